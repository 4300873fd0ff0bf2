"""The command that runs the subgroups."""

from __future__ import annotations

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
from cea.errors import UserError


@app.command()
def subgroups(
    workbook: Workbook, out: Out = None, draws: DrawsOption = None, seed: SeedOption = None
) -> None:
    """Run every subgroup of the workbook, and weigh the results; base case and PSA."""
    from cea.analysis.subgroups import subgroups as run_subgroups
    from cea.report import terminal
    from cea.report.results import Results
    from cea.report.terminal_subgroups import show_subgroups

    with user_errors():
        check(out, "subgroups")
        assumptions = read(workbook)
        with terminal.progress() as steps:
            result = run_subgroups(assumptions, draws, seed=seed, progress=steps.draws)
        if not result.n and (draws is not None or seed is not None):
            raise UserError("--draws and --seed are for a PSA, and no parameter is sampled")
        show_subgroups(result)
        finish(assumptions, "subgroups", Results(subgroups=result), out)
