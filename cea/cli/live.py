"""The command that writes the live workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import Force, Workbook, app, check_file, read, user_errors


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
    force: Force = False,
) -> None:
    """Write the whole model as live Excel formulas, beside the engine's numbers."""
    from cea.report.live import export_model, spare_workbook

    with user_errors():
        target = Path("outputs") / f"{workbook.stem}-model.xlsx" if out is None else out
        spare_workbook(target, workbook)
        check_file(target, force=force)
        for said in export_model(read(workbook), target, draws=draws):
            typer.echo(said)
