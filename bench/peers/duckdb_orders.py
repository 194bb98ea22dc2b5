"""Runs the orders workload as SQL. Tables are in DuckDB's memory and rebuilt when their inputs change."""

import json
import resource
import sys
import time

import duckdb

folder = sys.argv[1]
connection = duckdb.connect()
made = set()
STEPS = [("web", 1), ("web", 1), ("shop", 1), ("shop", 3)]


def step(number, channel, month):
    if number == 1:
        return None  # a hand-written program knows that nothing must be done
    if "sold" not in made:
        connection.execute(
            f"""create table sold as
                  select orders.id, date_trunc('month', day)::date as month, amount, channel, country, note
                  from read_parquet('{folder}/orders.parquet') orders
                  join read_parquet('{folder}/customers.parquet') customers on customers.id = customer"""
        )
        made.add("sold")
    months = connection.execute(
        """with months as (
             select month, country, count(*) as orders, sum(amount) as amount, max(amount) as largest from sold
             where channel = ? and month >= make_date(2026, ?, 1) group by month, country)
           select orders, amount::double, amount::double / sum(amount::double) over (partition by month), largest::double
           from months order by month, country""",
        [channel, month],
    ).fetchall()
    if "rank" not in made:
        connection.execute("create table rank as select id, month, amount from sold order by amount desc, id")
        made.add("rank")
    best = connection.execute("select id, amount::double from rank order by amount desc, id limit 10").fetchall()
    return [float(figure) for row in months + best for figure in row]


result = {"seconds": [], "figures": []}
for number, (channel, month) in enumerate(STEPS):
    start = time.perf_counter()
    figures = step(number, channel, month)
    result["seconds"].append(None if figures is None else time.perf_counter() - start)
    result["figures"].append(figures)
result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(result), flush=True)
