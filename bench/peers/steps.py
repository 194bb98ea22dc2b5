"""The five steps that every peer takes, and how a peer says what came of them."""

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


def take(step):
    """Calls step(number, settings) for each step; prints seconds and figures as one line of JSON.

    A step that a peer does not have returns None.
    """
    said = {"seconds": [], "figures": []}
    for number, settings in enumerate(STEPS):
        began = time.perf_counter()
        figures = step(number, settings)
        took = time.perf_counter() - began
        said["seconds"].append(None if figures is None else took)
        said["figures"].append([None] * 3 if figures is None else [float(figure) for figure in figures])
    print(json.dumps(said), flush=True)


def data():
    """The CSV file to work on."""
    return sys.argv[1]
