"""Time many scenarios with a PSA of each: ``python benchmarks/scenarios.py``.

The workbook is the shipped one with 90 scenarios, the shipped ones over and over, each repetition
with a drug price of its own. Timed are reading it, in which every scenario is read and checked as
a workbook of its own, and the analysis: base case and PSA of each scenario.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import cycle
from pathlib import Path

import cea
from cea.workbook.examples import load_example
from cea.workbook.template import Row, write_workbook


def scenarios(count: int) -> list[Row]:
    """Repeat the shipped scenarios until there are `count`."""
    shipped = load_example("sor_tace")["Scenarios"]
    by_name: dict[str, list[Row]] = {}
    for row in shipped:
        by_name.setdefault(str(row["Scenario"]), []).append(row)
    made: list[Row] = []
    for k, (name, rows) in zip(range(count), cycle(by_name.items()), strict=False):
        made += [
            {**row, "Scenario": f"{name}_{k}", "Label": row["Label"] and f"{row['Label']} ({k})"}
            for row in rows
        ]
        if not any(row["Item"] == "c_sorafenib_month" for row in rows):
            made.append(
                {
                    "Scenario": f"{name}_{k}",
                    "Sheet": "Parameters",
                    "Item": "c_sorafenib_month",
                    "Column": "Base",
                    "Value": 500.0 + 10 * k,
                }
            )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=90)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.xlsx"
        content = {**load_example("sor_tace"), "Scenarios": scenarios(options.scenarios)}
        write_workbook(path, content, title="Many scenarios")
        times = []
        for _ in range(options.repeats):
            begin = time.perf_counter()
            assumptions = cea.read_workbook(path)
            middle = time.perf_counter()
            found = cea.scenarios(assumptions, options.draws)
            times.append((time.perf_counter() - begin, middle - begin))
    assert len(found.results) == options.scenarios + 1
    total, reading = min(times)
    print(
        f"{options.scenarios} scenarios, {options.draws:,} draws each: {total:.2f} s, of which "
        f"reading {reading:.2f} s (best of {options.repeats}; {[f'{t:.2f}' for t, _ in times]})"
    )


if __name__ == "__main__":
    main()
