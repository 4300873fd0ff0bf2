"""Own columns and sheets are left alone; what may have been renamed is asked after."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import cea
from cea.cli import app
from cea.workbook.examples import EXAMPLES, make_workbook
from cea.workbook.schema import BY_NAME, DESCRIBING
from tests.workbooks.book import (
    Edit,
    add_sheet,
    drop_column,
    drop_sheet,
    put,
    rename_column,
    workbook,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.xlsx"


def _complete(sheet: str) -> Edit:
    """Give a sheet all of its columns, those that it lacks without content."""
    return lambda book: book.columns[sheet].extend(
        column.name for column in BY_NAME[sheet].columns
        if column.name not in book.columns[sheet]
    )  # fmt: skip


def _problems(path: Path, *edits: Edit) -> list[str]:
    path.write_bytes(workbook(*edits))
    with pytest.raises(cea.WorkbookError) as raised:
        cea.read_workbook(path)
    return [problem.where for problem in raised.value.problems]


@pytest.mark.parametrize(("sheet", "column", "to"), [
    ("Costs", "Strategy", "Arm"),
    ("Costs", "To month", "End (month)"),
    ("Parameters", "SE", "Std error"),
    ("Parameters", "Distribution", "Dist. type"),
    ("Survival", "Waning start", "Start of waning"),
    ("Adverse events", "Strategy", "Arm"),
])  # fmt: skip
def test_a_column_of_another_name_is_asked_after(
    path: Path, sheet: str, column: str, to: str
) -> None:
    # Each changed the results without a word: blank means all strategies, no end, no spread.
    [where] = _problems(path, _complete(sheet), rename_column(sheet, column, to))
    assert where.startswith(f"{sheet}!")
    assert where.endswith(f"({to})")


@pytest.mark.parametrize("edits", [
    pytest.param((_complete("Survival"), put("Survival", 0, "Remark", "see the protocol")),
                 id="own column beside all others"),
    pytest.param((put("Survival", 0, "Remark", None),), id="own column without content"),
    pytest.param((drop_column("Parameters", "In DSA"),), id="column left out"),
    pytest.param((rename_column("Settings", "Note", "Why"),
                  put("Settings", 0, "Why", "as in the protocol")), id="notes renamed"),
    pytest.param((add_sheet("Pairs", ("Parameter A", "Parameter B", "Why"), ("os_hr", "u_pf", 3)),
                  drop_sheet("Correlations")), id="a sheet with some columns alike"),
    pytest.param((add_sheet("Scenarios of 2023",
                            ("Scenario", "Label", "Sheet", "Item", "Column", "Value"),
                            ("old", "Old", "Settings", "start_age", "Value", 55)),),
                 id="a copy of a sheet that is there"),
])  # fmt: skip
def test_what_is_ones_own_is_left_alone(path: Path, edits: tuple[Edit, ...]) -> None:
    path.write_bytes(workbook(*edits))
    assert cea.read_workbook(path).warnings == ()


def test_validate_lists_the_sheets_that_are_not_read(path: Path) -> None:
    path.write_bytes(workbook(add_sheet("Price list", ("Drug", "Price"), ("A", 3))))
    done = CliRunner().invoke(app, ["validate", str(path)])
    assert done.exit_code == 0
    assert "Sheets not read: Price list\n" in done.output


@pytest.mark.parametrize("example", [None, *EXAMPLES])
def test_workbooks_that_new_makes_hold_every_column(path: Path, example: str | None) -> None:
    """So a column that is missing was deleted or renamed."""
    import openpyxl

    make_workbook(path, example)
    pages = openpyxl.load_workbook(path)
    for name, sheet in BY_NAME.items():
        assert [cell.value for cell in pages[name][2]] == [c.name for c in sheet.columns]
    assert all(any(c.name == name for s in BY_NAME.values() for c in s.columns)
               for name in DESCRIBING)  # fmt: skip
