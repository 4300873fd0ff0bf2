"""Commands that turn survival evidence into curves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cea.cli.app import Workbook, app, check, read, user_errors


@app.command()
def fit(
    workbook: Workbook,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Output folder; default outputs/NAME-fit of the workbook."),
    ] = None,
) -> None:
    """Fit every survival family to the workbook's data sets, with diagnostics."""
    from cea.analysis.endpoints import analyse_endpoints
    from cea.analysis.survival_notes import fit_warnings
    from cea.report.fit import save_fit
    from cea.report.terminal_fit import show_fit

    with user_errors():
        target = Path("outputs") / f"{workbook.stem}-fit" if out is None else out
        check(target, "fit")
        assumptions = read(workbook)
        analyses = analyse_endpoints(assumptions)
        warnings = fit_warnings(assumptions, analyses)
        show_fit(analyses, warnings)
        save_fit(analyses, assumptions, warnings, target)
        typer.echo(f"Written to {target}")
