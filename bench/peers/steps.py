"""Runs the five steps of every peer and prints the results."""

import json
import sys
import time

COLD = {"payment_threshold": 1000.0, "score_threshold": 1.5, "metric": "mean", "summary_statistic_type": "median"}
STEPS = [
    COLD,
    COLD,
    {**COLD, "payment_threshold": 1600.0},
    {**COLD, "payment_threshold": 1600.0, "metric": "median"},
    {**COLD, "payment_threshold": 1600.0, "metric": "median", "summary_statistic_type": "max"},
]


def run(step):
    """Calls step(number, settings) for each step and prints seconds and figures as one line of JSON.

    step returns None for a step that the peer does not have.
    """
    result = {"seconds": [], "figures": []}
    for number, settings in enumerate(STEPS):
        start = time.perf_counter()
        figures = step(number, settings)
        seconds = time.perf_counter() - start
        result["seconds"].append(None if figures is None else seconds)
        result["figures"].append([None] * 3 if figures is None else [float(figure) for figure in figures])
    print(json.dumps(result), flush=True)


def data():
    """Returns the path of the CSV file."""
    return sys.argv[1]
