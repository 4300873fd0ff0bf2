"""The command that tries every survival family."""

from __future__ import annotations

from typing import Annotated

import typer

from cea.cli.app import Out, Workbook, app, check, finish, read, user_errors


@app.command()
def families(
    workbook: Workbook,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy",
            help="Vary this strategy's curves alone; may be repeated. Default: all fitted curves.",
        ),
    ] = None,
    out: Out = None,
) -> None:
    """Try every survival family for the fitted OS and PFS curves, in all combinations."""
    from cea.analysis.families import families as run_families
    from cea.report.results import Results
    from cea.report.terminal_families import show_families

    with user_errors():
        check(out, "families")
        assumptions = read(workbook)
        result = run_families(assumptions, strategy)
        show_families(result)
        finish(assumptions, "families", Results(families=result), out)
