"""Commands that run the model: everything, or one analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import (
    DrawsOption,
    Out,
    SeedOption,
    Workbook,
    app,
    check,
    finish,
    read,
    user_errors,
)


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
            "--scenario-draws", min=2, help="Also run a PSA of so many draws of every scenario."
        ),
    ] = None,
) -> None:
    """Run everything: base case, PSA, tornado, scenarios, charts, results workbook."""
    from cea.report import terminal
    from cea.report.run import run_all

    with user_errors():
        target = Path("outputs") / workbook.stem if out is None else out
        with terminal.progress() as steps:
            finished = run_all(workbook, target, draws, seed, steps, scenario_draws)
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
    workbook: Workbook, out: Out = None, draws: DrawsOption = None, seed: SeedOption = None
) -> None:
    """Run the probabilistic sensitivity analysis: means, intervals, CEAC, EVPI."""
    from cea.analysis.psa import psa as run_psa
    from cea.report import terminal
    from cea.report.results import Results

    with user_errors():
        check(out, "psa")
        assumptions = read(workbook)
        with terminal.progress() as steps:
            result = run_psa(assumptions, draws, seed, steps.draws)
        terminal.show_psa(result)
        finish(assumptions, "psa", Results(psa=result), out)


@app.command()
def scenarios(
    workbook: Workbook,
    out: Out = None,
    with_psa: Annotated[
        bool, typer.Option("--psa", help="Run a PSA of every scenario, with the same seed.")
    ] = False,
    draws: DrawsOption = None,
    seed: SeedOption = None,
) -> None:
    """Run every scenario of the workbook."""
    from cea.analysis.scenarios import scenarios as run_scenarios
    from cea.report import terminal
    from cea.report.results import Results

    with user_errors():
        check(out, "scenarios")
        assumptions = read(workbook)
        size = (draws or assumptions.settings.psa_draws) if with_psa else None
        result = run_scenarios(assumptions, size, seed)
        terminal.show_scenarios(result)
        finish(assumptions, "scenarios", Results(scenarios=result), out)
