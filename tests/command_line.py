"""The command line, called in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cea import cli

INPUTS = Path(__file__).parents[1] / "inputs"
SHIPPED = INPUTS / "sor_tace.xlsx"


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a run its figures, and the second process that draws them."""
    monkeypatch.setattr("cea.report.second_process.figures", lambda _: {})
    monkeypatch.setattr("cea.report.second_process.cores", lambda: 1)
