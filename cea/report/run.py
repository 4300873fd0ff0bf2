"""The main job: everything from one workbook, in one folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import cea
from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.psa import Psa, psa
from cea.analysis.scenarios import Scenarios, scenarios
from cea.analysis.tornado import Tornado, tornado
from cea.report.folder import output_folder
from cea.report.notes import notes
from cea.report.outputs import Results, write_figures, write_record, write_tables
from cea.report.record import RunRecord
from cea.report.results_workbook import write_results
from cea.workbook.read import read_workbook


class Steps(Protocol):
    """Where a run says how far it is."""

    def step(self, name: str) -> None:
        """Say what begins."""

    def draws(self, done: int, total: int) -> None:
        """Say how many draws are done."""


@dataclass(frozen=True)
class Finished:
    """A run that was written."""

    base: BaseCase
    psa: Psa
    tornado: Tornado
    scenarios: Scenarios
    warnings: tuple[str, ...]
    record: RunRecord


def run_all(
    workbook: Path, target: Path, draws: int | None, seed: int | None, steps: Steps
) -> Finished:
    """Read a workbook, run every analysis and write everything to `target`.

    Raises
    ------
    UserError
        The workbook, an analysis or the folder; nothing is written then.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        steps.step(name)
        begin = time.perf_counter()
        yield
        seconds[name] = round(time.perf_counter() - begin, 3)

    with timed("Reading the workbook"):
        assumptions = read_workbook(workbook)
    with timed("Base case"):
        base = base_case(assumptions)
    with timed("Tornado"):
        varied = tornado(assumptions)
    with timed("Scenarios"):
        edited = scenarios(assumptions)
    with timed("PSA"):
        sampled = psa(assumptions, draws, seed, steps.draws)
    said = notes(base, sampled)
    results = Results(base, sampled, varied, edited)
    with output_folder(target, complete=True) as folder:
        with timed("Tables"):
            write_tables(results, folder)
        with timed("Figures"):
            write_figures(results, folder)
        assert assumptions.file is not None
        record = RunRecord(
            cea.__version__,
            assumptions.file.name,
            assumptions.file.sha256,
            sampled.n,
            sampled.seed,
            sampled.sampling,
            started,
            seconds,
        )
        with timed("Results workbook"):
            write_results(
                folder / "results.xlsx",
                base=base,
                psa=sampled,
                tornado=varied,
                scenarios=edited,
                record=record,
                warnings=said,
            )
        write_record(assumptions.settings, record, said, folder)
    return Finished(base, sampled, varied, edited, said, record)
