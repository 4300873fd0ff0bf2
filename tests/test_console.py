"""What the terminal shows where it is narrow, and long lists in warnings."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from cea.report import terminal
from cea.report.console import new_table


@pytest.mark.parametrize("width", [20, 30, 60])
def test_no_name_and_no_number_is_cut(width: int):
    table = new_table("Costs", "Strategy", "Cost", "INMB")
    table.add_row("Chemoimmunotherapy", "1,234,567", "−17,123")
    shown = Console(file=StringIO(), width=width)
    shown.print(table)
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    # Folded over lines, every sign is still there.
    for cell in ("Chemoimmunotherapy", "1,234,567", "−17,123"):
        assert all(text.count(sign) >= cell.count(sign) for sign in cell)


def test_a_long_list_is_cut_short_whatever_its_labels_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(terminal, "console", Console(width=400))
    names = [f"Second line: drug {k}" for k in range(9)]
    terminal.warn([f"9 inputs rest on assumption: {'; '.join(names)}", "One: a; b"])
    long, short = capsys.readouterr().out.splitlines()
    assert long == f"! 9 inputs rest on assumption: {'; '.join(names[:7])}; and 2 more"
    assert short == "! One: a; b"
