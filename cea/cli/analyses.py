"""Commands that run the model: everything, or one analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import (
    DrawsOption,
    Out,
    SchedulerOption,
    SeedOption,
    UntilOption,
    Workbook,
    app,
    check,
    finish,
    read,
    user_errors,
)
from cea.errors import UserError
from cea.workbook.schema import MOST_DRAWS


@app.command()
def run(
    workbook: Workbook,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Output folder; default outputs/NAME of the workbook."),
    ] = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    scenario_draws: Annotated[
        int | None,
        typer.Option(
            "--scenario-draws",
            min=2,
            max=MOST_DRAWS,
            help="Also run a PSA of so many draws of every scenario.",
        ),
    ] = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Run everything: base case, PSA, tornado, scenarios, charts, results workbook."""
    from cea.cluster import workers_at
    from cea.report import terminal
    from cea.report.run import run_all

    with user_errors():
        target = Path("outputs") / workbook.stem if out is None else out
        with workers_at(scheduler) as workers, terminal.progress() as steps:
            finished = run_all(
                workbook, target, draws, seed, steps, scenario_draws, workers=workers
            )
        terminal.show_run(finished, target)


@app.command()
def base(workbook: Workbook, out: Out = None) -> None:
    """Run the base case."""
    from cea.analysis.base_case import base_case
    from cea.report import terminal
    from cea.report.results import Results

    with user_errors():
        check(out, "base")
        assumptions = read(workbook)
        result = base_case(assumptions)
        terminal.show_base(result)
        finish(assumptions, "base", Results(base=result), out)


@app.command()
def psa(
    workbook: Workbook,
    out: Out = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    until: UntilOption = None,
    max_draws: Annotated[
        int | None,
        typer.Option(
            "--max-draws", min=2, max=MOST_DRAWS, help="With --until: not more than this."
        ),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            min=2,
            help="Make the draws of so many independent sets; --until takes 16 without it.",
        ),
    ] = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Run the probabilistic sensitivity analysis: means, intervals, CEAC, EVPI, its own error."""
    from cea.analysis.measured import MOST_UNTIL, measured_psa, psa_until
    from cea.analysis.precision import REPLICATES
    from cea.cluster import workers_at
    from cea.report import terminal, terminal_psa
    from cea.report.results import Results

    with user_errors():
        if until is not None and draws is not None:
            raise UserError("--until chooses the number of draws itself: leave out --draws")
        if until is None and max_draws is not None:
            raise UserError("--max-draws goes with --until: give the number with --draws instead")
        check(out, "psa")
        assumptions = read(workbook)
        with workers_at(scheduler) as workers, terminal.progress() as steps:
            if until is None:
                result, measured = measured_psa(
                    assumptions,
                    draws,
                    seed=seed,
                    progress=steps.draws,
                    replicates=replicates,
                    workers=workers,
                )
            else:
                measured = psa_until(
                    assumptions, until, seed=seed, replicates=replicates or REPLICATES,
                    most=max_draws or MOST_UNTIL, progress=steps.draws, workers=workers,
                )  # fmt: skip
                result = measured.psa
        terminal.show_psa(result)
        terminal_psa.show_ratios(result)
        terminal_psa.show_precision(result, measured, asked=until is not None)
        finish(assumptions, "psa", Results(psa=result, precision=measured), out)


@app.command()
def scenarios(
    workbook: Workbook,
    out: Out = None,
    with_psa: Annotated[
        bool, typer.Option("--psa", help="Run a PSA of every scenario, with the same seed.")
    ] = False,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Run every scenario of the workbook."""
    from cea.analysis.scenarios import scenarios as run_scenarios
    from cea.cluster import workers_at
    from cea.report import terminal
    from cea.report.results import Results

    with user_errors():
        if not with_psa and not (draws is None and seed is None and scheduler is None):
            raise UserError(
                "--draws, --seed and --scheduler go with --psa: add it, or leave them out"
            )
        check(out, "scenarios")
        assumptions = read(workbook)
        size = (draws or assumptions.settings.psa_draws) if with_psa else None
        with workers_at(scheduler) as workers, terminal.progress() as steps:
            steps.step("Scenarios")
            result = run_scenarios(
                assumptions, size, seed=seed, progress=steps.draws, workers=workers
            )
        terminal.show_scenarios(result)
        finish(assumptions, "scenarios", Results(scenarios=result), out)
