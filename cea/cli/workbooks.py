"""Commands that make and check input workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import Force, Workbook, app, check_file, read, user_errors
from cea.errors import UserError, nearest
from cea.examples import EXAMPLES


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Where to write the workbook.", show_default=False)],
    example: Annotated[
        str | None,
        typer.Option(help=f"Start from an example: {', '.join(EXAMPLES)}; else blank."),
    ] = None,
    force: Force = False,
) -> None:
    """Make an input workbook: blank, or from an example."""
    from cea.workbook.examples import make_workbook

    with user_errors():
        check_file(path, force=force)
        if example is not None and example not in EXAMPLES:
            raise UserError(f"no example '{example}'; {nearest(example, EXAMPLES)}")
        make_workbook(path, example)
    typer.echo(f"Wrote {path}. Edit it in Excel, then: cea run {path}")


@app.command()
def validate(workbook: Workbook) -> None:
    """Check a workbook and say everything there is to mend."""
    from cea.analysis.base_case import base_case
    from cea.report import terminal

    with user_errors():
        terminal.show_contents(base_case(read(workbook)))
