"""The column Per of the Costs sheet: what it takes, and what it says of what it does not."""

from pathlib import Path

import pytest

import cea
from cea.assumptions import Cost, Period
from cea.workbook.periods import REMEDY
from tests.workbooks.book import put, workbook


def _cost(folder: Path, per: object) -> Cost:
    path = folder / "workbook.xlsx"
    path.write_bytes(workbook(put("Costs", "Visits", "Per", per)))
    return cea.read_workbook(path).costs[1]


@pytest.mark.parametrize(
    ("typed", "per"),
    [
        ("day", Period(1, "day")),
        ("28 days", Period(28, "day")),
        ("1 day", Period(1, "day")),
        ("week", Period(1, "week")),
        ("2 weeks", Period(2, "week")),
        ("4 Weeks", Period(4, "week")),
        (" 6   week ", Period(6, "week")),
        ("month", Period(1, "month")),
        ("18 months", Period(18, "month")),
        ("9999 years", Period(9999, "year")),
        ("Cycle", "cycle"),
    ],
)
def test_amounts_that_accrue(tmp_path: Path, typed: str, per: Period | str):
    cost = _cost(tmp_path, typed)
    assert (cost.per, cost.every) == (per, None)


@pytest.mark.parametrize(
    ("typed", "every"),
    [
        ("every 10 days", Period(10, "day")),
        ("every 1 week", Period(1, "week")),
        ("every month", Period(1, "month")),
        ("EVERY 12 weeks", Period(12, "week")),
        ("every 3 months", Period(3, "month")),
        ("every 2 year", Period(2, "year")),
    ],
)
def test_repeated_charges(tmp_path: Path, typed: str, every: Period):
    cost = _cost(tmp_path, typed)
    assert (cost.per, cost.every) == ("", every)


@pytest.mark.parametrize(
    "typed",
    [
        "monthly", "biweekly", "fortnight", "quarter", "weeks", "four weeks", "4-weekly", "q4w",
        "1.5 months", "1,5 months", "0 weeks", "-2 weeks", "12345 days", "4 cycles", "28",
        "every 1.5 months", "every 0 weeks", "every 4 cycles", "every weeks",
        "4 weeks, then 8 weeks",
    ],
)  # fmt: skip
def test_anything_else_is_refused_without_a_guess(tmp_path: Path, typed: str):
    """The nearest period would charge another amount."""
    with pytest.raises(cea.WorkbookError) as raised:
        _cost(tmp_path, typed)
    assert str(raised.value) == f"Costs!H3 (Per): '{typed}'; {REMEDY}"
    assert not any(character.isdigit() and character not in "19" for character in REMEDY)


@pytest.mark.parametrize("per", ["2 weeks", "every 2 weeks", "cycle"])
def test_what_happens_once_takes_no_period(tmp_path: Path, per: str):
    path = tmp_path / "workbook.xlsx"
    path.write_bytes(workbook(put("Costs", "Test", "Per", per)))
    with pytest.raises(cea.WorkbookError, match="applies to entry is charged once: use event"):
        cea.read_workbook(path)


def test_a_scenario_changes_a_period(tmp_path: Path):
    row = {"Scenario": "cheaper", "Sheet": "Costs", "Item": "Visits", "Column": "Per"}
    path = tmp_path / "workbook.xlsx"
    path.write_bytes(
        workbook(lambda book: book.rows["Scenarios"].append({**row, "Value": "every 12 weeks"}))
    )
    cost = cea.read_workbook(path).scenarios[-1].assumptions.costs[1]
    assert cost.every == Period(12, "week")
