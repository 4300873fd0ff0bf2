"""The main job: everything from one workbook, in one folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.families import can_vary
from cea.analysis.families import families as try_families
from cea.analysis.measured import measured_psa
from cea.analysis.precision import Precision
from cea.analysis.psa import Psa
from cea.analysis.scenarios import Scenarios, scenarios
from cea.analysis.subgroups import subgroups as run_subgroups
from cea.analysis.threshold import ThresholdAnalysis, main_price, threshold_analysis
from cea.analysis.tornado import Tornado, tornado
from cea.analysis.two_way import widest
from cea.analysis.voi import Voi, too_few_draws, voi
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.parallel import HERE, Workers
from cea.report.folder import check_folder, output_folder
from cea.report.live import write_live
from cea.report.notes import notes
from cea.report.outputs import write_figures, write_tables
from cea.report.record import RunRecord, now, write_run
from cea.report.results import Results
from cea.report.results_workbook import write_results
from cea.report.second_process import second_process
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
    precision: Precision | None
    voi: Voi | None
    warnings: tuple[str, ...]
    record: RunRecord


def run_all(
    workbook: Path,
    target: Path,
    draws: int | None,
    seed: int | None,
    steps: Steps,
    scenario_draws: int | None = None,
    workers: Workers = HERE,
) -> Finished:
    """Read a workbook, run every analysis and write everything to `target`.

    `workers` refit curves for the bootstrap and sample scenarios, where these are asked for.

    Raises
    ------
    UserError
        The workbook, an analysis or the folder; nothing is written then.
    """
    check_folder(target, "run")
    started = now()
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        steps.step(name)
        begin = time.perf_counter()
        yield
        seconds[name] = round(time.perf_counter() - begin, 3)

    with timed("Reading the workbook"):
        assumptions = read_workbook(workbook)
    with second_process() as drawing:
        with timed("Base case"):
            base = base_case(assumptions)
        with timed("Tornado"):
            varied = tornado(assumptions)
        drawing.begin(Results(base, tornado=varied))
        with timed("Scenarios"):
            edited = scenarios(assumptions, scenario_draws, seed=seed, workers=workers)
        with timed("PSA"):
            sampled, measured = measured_psa(
                assumptions, draws, seed=seed, progress=steps.draws, workers=workers
            )
        drawing.begin(Results(base, sampled, varied, precision=measured))
        with timed("Two-way and threshold analysis"):
            switched, why = _main_threshold(varied, sampled)
            together = widest(varied)
        with timed("Value of information"):
            informed = None if too_few_draws(sampled.n) else voi(sampled)
        by_group = None
        if assumptions.subgroups:
            with timed("Subgroups"):
                by_group = run_subgroups(assumptions, draws, seed=seed)
        families = None
        if can_vary(assumptions):
            with timed("Families"):
                families = try_families(assumptions)
        results = Results(
            base, sampled, varied, edited, together, switched, families, by_group, measured,
            informed,
        )  # fmt: skip
        drawing.begin(results)
        said = (*notes(base, results), *why)
        if informed is None:
            said = (*said, f"Value of information: {too_few_draws(sampled.n)}")
        with output_folder(target, "run") as folder:
            with timed("Tables"):
                write_tables(results, folder)
            record = RunRecord.of(assumptions, "run", sampled, started, seconds)
            with timed("Results workbook"):
                write_results(folder / "results.xlsx", results, record, said)
            with timed("Live workbook"):
                said = (*said, *write_live(folder / "model.xlsx", results, record))
            with timed("Figures"):
                drawing.write(results, folder)
            write_run(assumptions.settings, record, said, folder)
    return Finished(base, sampled, varied, edited, measured, informed, said, record)


def _main_threshold(
    varied: Tornado, sampled: Psa
) -> tuple[ThresholdAnalysis | None, tuple[str, ...]]:
    """Analyse the price with the widest bar; where that fails, say why and go on without it."""
    name = main_price(varied)
    if name is None:
        return None, ()
    try:
        return threshold_analysis(varied.assumptions, name, psa=sampled), ()
    except AnalysisError as error:
        return None, (f"Threshold analysis of {name} was left out: {error}",)


def write_analysis(
    results: Results, assumptions: Assumptions, command: str, target: Path, warnings: Sequence[str]
) -> None:
    """Write the tables and figures of one analysis, and its record, to `target`.

    Raises
    ------
    OutputError
        The folder cannot take them.
    """
    with output_folder(target, command) as folder:
        write_tables(results, folder)
        write_figures(results, folder)
        record = RunRecord.of(assumptions, command, results.draws)
        if results.subgroups is not None and results.subgroups.n:
            found, sampling = results.subgroups, assumptions.settings.psa_sampling
            record = replace(
                record, draws=found.n, seed=found.seed, sampling=sampling, replicates=1
            )
        write_run(assumptions.settings, record, warnings, folder)
