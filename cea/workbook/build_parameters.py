"""The Parameters sheet: names first, so that formulas can use them in any order."""

from __future__ import annotations

import re

from cea.assumptions import Parameter
from cea.formula import FUNCTIONS, Bounds, Expression, is_cell_address
from cea.workbook.rows import RowReader
from cea.workbook.tables import Row, shown

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
# Columns of tables that also have a parameter's column, under its own name: the draws of a PSA
# (`iteration` is what other tools call a draw) and the grid of a two-way analysis. A test holds
# them to the tables.
TAKEN = frozenset({
    "draw", "iteration", "strategy", "against", "incremental_cost", "incremental_qaly", "inmb",
    "icer", "status", "best", "exact",
})  # fmt: skip
_UNIT_BOUNDS = {
    "proportion": Bounds(minimum=0, maximum=1),
    "probability": Bounds(minimum=0, maximum=1),
    "utility": Bounds(minimum=-1, maximum=1),
}


def read_parameters(rows: RowReader) -> tuple[Parameter, ...]:
    """Read the sheet: names, then the values of the base case, then the rest of each row."""
    table = rows.tables["Parameters"]
    rows.names.complete = rows.was_read("Parameters")
    rows.names.typed = {name.lower(): name for row in table if (name := _name(row, rows))}
    _read_bases(rows)
    return tuple(rows.each("Parameters", lambda row: _parameter(row, rows)))


def _name(row: Row, rows: RowReader) -> str:
    """Read a name. One that formulas cannot use is kept: its uses are no further mistakes."""
    cell = row["Name"]
    name = rows.text(row, "Name")
    if not name:
        rows.names.complete = False
    elif is_cell_address(name):
        other = _BEFORE_DIGIT.sub("_", name)
        other = f"{name}_" if other == name else other
        found = f"'{name}', which Excel reads as a cell"
        rows.findings.problem(cell, found, f"rename it, e.g. to '{other}'")
    elif name.upper() in {"TRUE", "FALSE", *FUNCTIONS}:
        found = f"'{name}', which is a word of Excel's formulas"
        rows.findings.problem(cell, found, f"rename it, e.g. to '{name}_'")
    elif name.lower() in TAKEN:
        found = f"'{name}', which is a column of the results"
        rows.findings.problem(cell, found, f"rename it, e.g. to '{name}_'")
    elif not _NAME.match(name):
        rows.names.complete = False  # formulas use it by another name, if at all
        rows.findings.problem(
            cell,
            f"'{name}' cannot be used in formulas",
            "use letters a-z, digits and underscores, and no digit first",
        )
    return name


def _read_bases(rows: RowReader) -> None:
    by_name: dict[str, Row] = {}
    formulas: dict[str, Expression] = {}
    for row in rows.tables["Parameters"]:
        base = rows.value(row, "Base")
        if base is not None:
            by_name[shown(row["Name"]).lower()] = row
            formulas[shown(row["Name"]).lower()] = base
    for circle in rows.names.resolve(formulas):
        named = " -> ".join(rows.names.typed[name] for name in circle)
        cell = by_name[circle[0]]["Base"]
        rows.findings.problem(
            cell, f"a circular formula: {named}", "type a number into one of them"
        )
    # In order of dependency: only the first of those that rest on each other is a mistake.
    for name in rows.names.base:
        row = by_name[name]
        sound = rows.cells.check(formulas[name], row["Base"])
        if not (sound and _hold_to_unit(formulas[name], row, "Base", rows)):
            rows.names.blame(name)


def _parameter(row: Row, rows: RowReader) -> Parameter | None:
    name, base = rows.text(row, "Name"), rows.value(row, "Base")
    spread = {c: rows.value(row, c) for c in ("Low", "High", "SE", "Par1", "Par2")}
    for column in ("Low", "High"):
        expression = spread[column]
        if expression is not None:
            _hold_to_unit(expression, row, column, rows)
    if base is None:
        return None
    return Parameter(
        name,
        rows.text(row, "Label") or name,
        rows.text(row, "Group"),
        rows.text(row, "Unit"),
        base,
        spread["Low"],
        spread["High"],
        rows.choice(row, "Distribution"),
        spread["SE"],
        spread["Par1"],
        spread["Par2"],
        rows.yes_no(row, "In DSA"),
        rows.yes_no(row, "In PSA"),
        rows.choice(row, "Evidence"),
        rows.text(row, "Source"),
        rows.text(row, "Note"),
    )


def _hold_to_unit(expression: Expression, row: Row, column: str, rows: RowReader) -> bool:
    unit = shown(row["Unit"]).lower()
    if unit not in _UNIT_BOUNDS:
        return True
    return rows.cells.hold(expression, row[column], _UNIT_BOUNDS[unit], f" as a {unit}")
