"""A rule about the times of survival evidence: months are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.assumptions import DAYS_PER_MONTH, MONTHS_PER_YEAR
from cea.workbook.tables import Cell, shown

if TYPE_CHECKING:
    from cea.workbook.checks import Check

SHEETS = ("KM", "At risk", "Patients", "Landmarks", "Curves")
_OLDEST = 120  # years of age that nobody reaches
_OLD = 100  # that hardly any study follows its patients to


def times_in_months(check: Check) -> None:
    """Nobody is followed beyond a human life: such times are days, or weeks."""
    if not check.tables.stored_values_count:
        return  # a scenario is a base case of another start age; its data are the workbook's
    start = check.settings.start_age
    for sheet in SHEETS:
        for cell in _longest(check, sheet).values():
            time = _time(cell)
            age = start + time / MONTHS_PER_YEAR
            found = f"{time:g} months from the start age of {start:g} on, which is age {age:.0f}"
            remedy = f"months are expected: are these days? Divide them by {DAYS_PER_MONTH}"
            if age > _OLDEST:
                check.findings.problem(cell, found, remedy)
            elif age > _OLD:
                check.findings.warn(cell, f"{found}; {remedy}")


def _longest(check: Check, sheet: str) -> dict[str, Cell]:
    """Return the cell with the longest time of each data set."""
    longest: dict[str, Cell] = {}
    for row in check.tables[sheet]:
        cell, name = row["Time"], shown(row["Data set"]).casefold()
        if name not in longest or _time(cell) > _time(longest[name]):
            longest[name] = cell
    return longest


def _time(cell: Cell) -> float:
    return float(cell.value) if isinstance(cell.value, float | int) else 0.0
