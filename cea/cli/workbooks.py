"""Commands that make and check input workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import Workbook, app, read, user_errors
from cea.errors import UserError, nearest


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Where to write the workbook.", show_default=False)],
    example: Annotated[
        str | None,
        typer.Option(help="Start from an example: sor_tace or three_strategies; else blank."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Make an input workbook: blank, or from an example."""
    from cea.workbook.examples import EXAMPLES, make_workbook

    with user_errors():
        if path.suffix.lower() != ".xlsx":
            raise UserError(f"{path}: not an .xlsx name; call it {path.with_suffix('.xlsx').name}")
        if example is not None and example not in EXAMPLES:
            raise UserError(f"no example '{example}'; {nearest(example, EXAMPLES)}")
        if path.exists() and not force:
            raise UserError(f"{path}: exists already; choose another name, or add --force")
        make_workbook(path, example)
    typer.echo(f"Wrote {path}. Edit it in Excel, then: cea run {path}")


@app.command()
def validate(workbook: Workbook) -> None:
    """Check a workbook and say everything there is to mend."""
    from cea.report import terminal

    with user_errors():
        terminal.show_contents(read(workbook))
