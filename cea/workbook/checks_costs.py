"""Rules about costs: when a row is charged, and rows that are charged twice."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from cea.assumptions import Cost
from cea.workbook.tables import Row, same, shown

if TYPE_CHECKING:
    from cea.workbook.checks import Check


def _window(check: Check, cost: Cost) -> tuple[float, float]:
    """Return the months of the base case from which on and to which a row is charged."""
    start, end = (
        None if month is None else float(month.evaluate(check.draft.names.base))
        for month in (cost.from_month, cost.to_month)
    )
    return 0.0 if start is None else start, math.inf if end is None else end


def windows_in_order(check: Check) -> None:
    """A cost's window does not end before it starts, nor start beyond the horizon."""
    months = check.settings.cycles * check.settings.months_per_cycle
    for cost, row in zip(check.draft.costs, check.tables["Costs"], strict=True):
        start, end = _window(check, cost)
        if start >= months:
            text = f"{start:g}, not before the horizon of {months:g} months: nothing is charged"
            check.findings.warn(row["From month"], text)
        if end <= start:
            check.findings.problem(
                row["To month"], f"{end:g}, not after From month ({start:g})",
                "set it later, or leave it blank for the horizon",
            )  # fmt: skip


def rows_counted_once(check: Check) -> None:
    """Rows add up: one that was pasted twice is refused, one that overlaps another is named."""
    pairs = zip(check.draft.costs, check.tables["Costs"], strict=True)
    for (first, above), (second, row) in combinations(pairs, 2):
        if not _overlap(check, first, second):
            continue
        at = above["Item"].address
        if all(_alike(above, row, column) for column in row.cells):
            found = f"'{second.item}' stands in {at} already, alike in every cell"
            check.findings.problem(
                row["Item"], found, "rows add up: delete one of the two, or name them apart"
            )
            continue
        whom = first.strategy or second.strategy
        said = f"'{second.item}' is charged twice{f' to {whom}' if whom else ''}, here and in {at}"
        if (first.strategy is None) != (second.strategy is None):
            said += ": a strategy's row is added to the row for all"
        else:
            said += ": rows add up"
        check.findings.warn(row["Item"], said)


def _overlap(check: Check, first: Cost, second: Cost) -> bool:
    """Whether two rows charge the same, to a strategy of both, at a time of both."""
    alike = (
        same(first.item, second.item)
        and first.applies_to == second.applies_to
        and (None in (first.strategy, second.strategy) or first.strategy == second.strategy)
    )
    if not alike or first.applies_to == "entry":
        return alike
    (start, end), (other_start, other_end) = _window(check, first), _window(check, second)
    return max(start, other_start) < min(end, other_end)


def _alike(first: Row, second: Row, column: str) -> bool:
    a, b = first[column], second[column]
    if a.formula is not None or b.formula is not None:
        return a.formula == b.formula
    return same(shown(a), shown(b))
