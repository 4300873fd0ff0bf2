"""The command that writes the live workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import Workbook, app, read, user_errors
from cea.errors import OutputError


@app.command()
def export(
    workbook: Workbook,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write; default outputs/NAME-model.xlsx."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=2, help="Draws of the PSA that it can replay.")
    ] = 1000,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write the whole model as live Excel formulas, beside the engine's numbers."""
    from cea.report.live import export_model

    with user_errors():
        target = Path("outputs") / f"{workbook.stem}-model.xlsx" if out is None else out
        if target.suffix.lower() != ".xlsx":
            raise OutputError(
                f"{target}: not an .xlsx name; call it {target.with_suffix('.xlsx').name}"
            )
        if target.exists() and not force:
            raise OutputError(
                f"{target}: exists already, perhaps with your changes; choose another name with "
                "--out, or add --force"
            )
        for said in export_model(read(workbook), target, draws):
            typer.echo(said)
