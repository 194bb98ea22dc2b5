"""Runs the four tasks as a Taipy scenario, wired as intended: skippable tasks over pickled nodes.

Dask reads the file in its default number of partitions for this machine. The rest is pandas, as in
Taipy's demonstrations. Taipy stores its files in the current directory, which is new for each run.
"""

import atexit
import logging
import os
import tempfile

import dask.dataframe as dd
import numpy as np
import pandas as pd

import steps

CSV = os.path.abspath(steps.data())
folder = tempfile.TemporaryDirectory(dir=os.path.dirname(CSV))
atexit.register(folder.cleanup)
os.chdir(folder.name)

from taipy.core import Orchestrator, create_scenario  # noqa: E402
from taipy.core.config import Config  # noqa: E402

logging.disable(logging.CRITICAL)


def preprocess_and_score(path):
    frame = dd.read_csv(path).compute()
    frame["CUSTOMER_SCORE"] = (
        0.5 * frame["TotalPurchaseAmount"] / 1000
        + 0.3 * frame["NumberOfPurchases"] / 10
        + 0.2 * frame["AverageReviewScore"]
    )
    return frame[["CUSTOMER_SCORE", "TotalPurchaseAmount", "NumberOfPurchases", "TotalPurchaseTime"]]


def featurization_and_segmentation(scored, payment_threshold, score_threshold):
    frame = scored.copy()
    frame["HighSpender"] = (frame["TotalPurchaseAmount"] > payment_threshold).astype(int)
    frame["AverageTimeBetweenPurchases"] = frame["TotalPurchaseTime"] / frame["NumberOfPurchases"]
    frame["Interaction1"] = frame["TotalPurchaseAmount"] * frame["NumberOfPurchases"]
    frame["Interaction2"] = frame["TotalPurchaseTime"] * frame["CUSTOMER_SCORE"]
    frame["PolynomialFeature"] = frame["TotalPurchaseAmount"] ** 2
    frame["ValueSegment"] = np.where(frame["CUSTOMER_SCORE"] > score_threshold, "High Value", "Low Value")
    return frame


def segment_analysis(segmented, metric):
    columns = ["CUSTOMER_SCORE", "TotalPurchaseAmount", "NumberOfPurchases", "TotalPurchaseTime"]
    how = {column: metric for column in columns}
    how["HighSpender"] = "sum"
    how["AverageTimeBetweenPurchases"] = metric
    return segmented.groupby("ValueSegment").agg(how).reset_index()


def high_value_cust_summary_statistics(segmented, segments, statistic):
    customers = segmented[segmented["ValueSegment"] == "High Value"]
    of_segment = segments.loc[segments["ValueSegment"] == "High Value", "TotalPurchaseAmount"]
    return pd.DataFrame(
        {
            "SummaryStatisticType": [statistic],
            "AveragePurchaseHighValue": [getattr(customers["TotalPurchaseAmount"], statistic)()],
            "MedianScoreHighValue": [customers["CUSTOMER_SCORE"].median()],
            "SegmentAnalysisHighValue": [of_segment.iloc[0]],
        }
    )


def main():
    # Without this mode, every start discards the results of the last.
    Config.configure_core(mode="experiment")
    path = Config.configure_data_node("path_to_data", default_data=CSV)
    inputs = {name: Config.configure_data_node(name, default_data=value) for name, value in steps.COLD.items()}
    scored = Config.configure_data_node("scored_df")
    segmented = Config.configure_data_node("segmented_customer_df")
    segments = Config.configure_data_node("segment_result")
    summary = Config.configure_data_node("high_value_summary_df")

    def task(function, reads, makes):
        return Config.configure_task(function.__name__, function, reads, makes, skippable=True)

    tasks = [
        task(preprocess_and_score, [path], scored),
        task(featurization_and_segmentation, [scored, inputs["payment_threshold"], inputs["score_threshold"]], segmented),
        task(segment_analysis, [segmented, inputs["metric"]], segments),
        task(high_value_cust_summary_statistics, [segmented, segments, inputs["summary_statistic_type"]], summary),
    ]
    scenario_config = Config.configure_scenario("customer_analysis", tasks)
    Orchestrator().run()
    scenario = create_scenario(scenario_config)
    now = dict(steps.COLD)

    def step(_, settings):
        for name, value in settings.items():
            if now[name] != value:
                getattr(scenario, name).write(value)
                now[name] = value
        scenario.submit()  # returns when all jobs are done, in this mode
        row = scenario.high_value_summary_df.read().iloc[0]
        return row["AveragePurchaseHighValue"], row["MedianScoreHighValue"], row["SegmentAnalysisHighValue"]

    steps.run(step)


if __name__ == "__main__":
    main()
