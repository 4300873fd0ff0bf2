"""Time and size of the live workbook: 2 strategies, 10 years of weekly cycles, 1,000 draws.

`python benchmarks/live_workbook.py` prints both, beside what they should stay under.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import cea
from cea.report.model_workbook import DRAWS, write_model
from cea.report.record import RunRecord

WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
SECONDS, MEGABYTES = 5.0, 4.0


def main(repetitions: int = 3) -> None:
    """Write the workbook a few times and print the best time."""
    monthly = cea.read_workbook(WORKBOOK)
    settings = replace(monthly.settings, cycle_unit="week", horizon_years=10.0)
    assumptions = replace(monthly, settings=settings)
    base, psa = cea.base_case(assumptions), cea.psa(assumptions, draws=DRAWS)
    tornado = cea.tornado(assumptions)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = RunRecord(cea.__version__, "", "", None, None, None, now, {}, "export")
    times, busy = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.xlsx"
        for _ in range(repetitions):
            start, began = perf_counter(), process_time()
            made = write_model(path, base, psa, tornado, record)
            times.append(perf_counter() - start)
            busy.append(process_time() - began)
        size = path.stat().st_size / 1e6
    print(
        f"{len(assumptions.strategies)} strategies x {base.grid.cycles} weekly cycles, {DRAWS:,} "
        f"draws: written in {min(times):.1f} s (to stay under {SECONDS:.0f}), {min(busy):.1f} s of "
        f"them computing; {size:.1f} MB (to stay under {MEGABYTES:.0f}); largest difference "
        f"{made.difference:.1e}"
    )


if __name__ == "__main__":
    main()
