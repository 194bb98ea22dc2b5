"""Runs the four tasks as SQL. Tables are in DuckDB's memory and rebuilt when their inputs change."""

import duckdb

import steps

connection = duckdb.connect()
made = {}

STATISTICS = {"mean": "avg", "median": "median", "max": "max", "min": "min"}


def step(number, settings):
    if number == 1:
        return None  # a hand-written program knows that nothing must be done
    if "scored" not in made:
        connection.execute(
            """create table scored as select
                 -- a literal with an exponent is a double, as in the other peers; without one it is a decimal
                 0.5e0 * TotalPurchaseAmount / 1e3 + 0.3e0 * NumberOfPurchases / 1e1 + 0.2e0 * AverageReviewScore as CUSTOMER_SCORE,
                 TotalPurchaseAmount, NumberOfPurchases, TotalPurchaseTime
               from read_csv(?, header = true, columns = {
                 'CustomerID': 'VARCHAR', 'TotalPurchaseAmount': 'DOUBLE', 'NumberOfPurchases': 'BIGINT',
                 'AverageReviewScore': 'DOUBLE', 'TotalPurchaseTime': 'DOUBLE'})""",
            [steps.data()],
        )
        made["scored"] = True
    thresholds = settings["payment_threshold"], settings["score_threshold"]
    if made.get("segmented") != thresholds:
        connection.execute(
            """create or replace table segmented as select *,
                 coalesce(TotalPurchaseAmount > ?, false)::bigint as HighSpender,
                 case when NumberOfPurchases = 0 and TotalPurchaseTime = 0 then null
                      else TotalPurchaseTime / NumberOfPurchases end as AverageTimeBetweenPurchases,
                 TotalPurchaseAmount * NumberOfPurchases as Interaction1,
                 TotalPurchaseTime * CUSTOMER_SCORE as Interaction2,
                 TotalPurchaseAmount * TotalPurchaseAmount as PolynomialFeature,
                 case when CUSTOMER_SCORE > ? then 'High Value' else 'Low Value' end as ValueSegment
               from scored""",
            list(thresholds),
        )
        made["segmented"] = thresholds
        made.pop("segments", None)
    metric = settings["metric"]
    if made.get("segments") != metric:
        of = STATISTICS[metric]
        connection.execute(
            f"""create or replace table segments as select ValueSegment,
                 {of}(CUSTOMER_SCORE) as CUSTOMER_SCORE, {of}(TotalPurchaseAmount) as TotalPurchaseAmount,
                 {of}(NumberOfPurchases) as NumberOfPurchases, {of}(TotalPurchaseTime) as TotalPurchaseTime,
                 sum(HighSpender) as HighSpender, {of}(AverageTimeBetweenPurchases) as AverageTimeBetweenPurchases
               from segmented group by ValueSegment order by ValueSegment"""
        )
        made["segments"] = metric
    # The summary reads no column that the payment threshold changes.
    read = settings["score_threshold"], settings["metric"], settings["summary_statistic_type"]
    if made.get("summary_of") == read:
        return made["summary"]
    statistic = STATISTICS[settings["summary_statistic_type"]]
    made["summary_of"] = read
    made["summary"] = connection.execute(
        f"""select {statistic}(TotalPurchaseAmount), median(CUSTOMER_SCORE),
             (select TotalPurchaseAmount from segments where ValueSegment = 'High Value')
           from segmented where ValueSegment = 'High Value'"""
    ).fetchone()
    return made["summary"]


steps.run(step)
