#!/usr/bin/env python3
"""Executes the notebook of the worked example and checks what its cells show.

    notebook.py NOTEBOOK OUTPUT

Needs nbclient and the evcxr kernel. Writes the executed notebook to OUTPUT, and prints how long the cells took.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

# Text that the HTML of a cell must contain, by the beginning of the cell's code.
EXPECTED = {
    "use customer_analysis::CustomerAnalysis": ["<svg", "preprocess_and_score"],
    "scenario.submit()?": ["<table>", "<td>preprocess_and_score</td>", "in "],
    "let summary": ["<th>AveragePurchaseHighValue</th>", "1454.39"],
    "scenario.payment_threshold.write(1_600.0)": ["1000 → 1600", "featurization_and_segmentation"],
    "scenario.payment_threshold.write(1_000.0)": ["0 ran, 4 skipped"],
    "let what_if": ["2 ran, 2 skipped"],
    "store.compare": ["<table>", "summary_statistic_type", "8674.45"],
    "what_if.lineage": ["high_value_cust_summary_statistics</span>", "ran in"],
    "scenario.segment_result": ["<th>ValueSegment</th>", "High Value"],
}


def main():
    source, output = Path(sys.argv[1]), Path(sys.argv[2])
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(notebook, timeout=3600, kernel_name="rust", resources={"metadata": {"path": str(source.parent)}})
    failed, times = [], []
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            start = time.monotonic()
            client.execute_cell(cell, index)
            times.append(time.monotonic() - start)
            html = "".join(o["data"].get("text/html", "") for o in cell.outputs if "data" in o)
            for begin, parts in EXPECTED.items():
                if cell.source.startswith(begin):
                    failed += [f"cell {index} ({begin}…) does not show `{part}`: {html[:500]}" for part in parts if part not in html]
    nbformat.write(notebook, output)
    print(f"first cell {times[0]:.0f} s, the others {', '.join(f'{seconds:.1f}' for seconds in times[1:])} s")
    for line in failed:
        print(line, file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
