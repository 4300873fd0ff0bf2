"""The cells of the live workbook: where each stands, what it holds, and how one refers to another.

Every cell or column that a formula may use has a key. A formula names keys, never addresses; it is
written to the sheet and evaluated here, so that each cell is stored with its value.

References in a template: ``{key}`` the cell, or the cell of the same row of a column; ``{key+1}``
and ``{key-1}`` the row below and above; ``{key:}`` the whole column; ``{key#3}`` its fourth cell.
A key that its own table holds may be written without the table's prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from cea.arrays import Array
from cea.formula import Expression
from cea.report.model_workbook.formulas import formula
from cea.report.results_workbook.book import Page

Value = float | str
_REFERENCE = re.compile(r"^(?P<key>[^:#+-]+)(?P<offset>[+-]\d+)?(?P<whole>:)?(?:#(?P<row>\d+))?$")
_PLAIN_NAME = re.compile(r"^[A-Za-z_][A-Za-z_]*$")


@dataclass(frozen=True)
class Place:
    """Where a cell, a column or a block stands, and its values: a value, (n,) or (n, m)."""

    sheet: str
    row: int
    column: int
    values: Any

    @property
    def is_cell(self) -> bool:
        """Whether it is a single cell."""
        return np.ndim(self.values) == 0


@dataclass(frozen=True)
class Reference:
    """A key as a template writes it, taken apart."""

    key: str
    offset: int
    whole: bool
    row: int | None

    @classmethod
    def of(cls, text: str) -> Reference:
        """Take a reference apart."""
        match = _REFERENCE.match(text)
        assert match, f"no reference: {text}"
        row = match["row"]
        return cls(
            match["key"],
            int(match["offset"] or 0),
            match["whole"] is not None,
            None if row is None else int(row),
        )


@dataclass
class Cells:
    """All cells with a key; filled in the order in which formulas build on each other."""

    places: dict[str, Place] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)  # by lower-case name

    def __getitem__(self, key: str) -> Any:
        return self.places[key].values

    def put(self, key: str, place: Place) -> None:
        """Register a place; a key is used once."""
        assert key not in self.places, f"{key} stands in two places"
        self.places[key] = place

    def find(self, key: str, prefix: str = "") -> Place:
        """Return the place of a key, of the table's own first."""
        own = self.places.get(f"{prefix}.{key}") if prefix else None
        return own if own is not None else self.places[key]

    def cell(self, page: Page, row: int, column: int, key: str, template: str, style: Any) -> Value:
        """Write a formula to a cell of its own."""
        parts = formula(template)
        values, addresses = {}, {}
        for text in parts.keys:
            reference = Reference.of(text)
            place = self.find(reference.key)
            values[text] = _seen(place, reference)
            addresses[text] = _address(place, reference, page.name)
        value = _single(parts.evaluate(values))
        _check(value, template)
        page.sheet.write_formula(row, column, parts.text(addresses), style, value)
        if key:
            self.put(key, Place(page.name, row, column, value))
        return value

    def typed(
        self, page: Page, row: int, column: int, key: str, cell: Expression | Value | None,
        style: Any,
    ) -> Value:  # fmt: skip
        """Write what the analyst typed: a number, a text or a formula over parameters.

        An empty cell counts as 0 in a formula.
        """
        if isinstance(cell, Expression) and cell.is_formula:
            value: Value = float(cell.evaluate(self.parameters))
            page.sheet.write_formula(row, column, f"={cell.text}", style, value)
        else:
            plain = float(cell.evaluate({})) if isinstance(cell, Expression) else cell
            page.write(row, column, plain, style)
            value = 0.0 if plain is None else plain
        if key:
            self.put(key, Place(page.name, row, column, value))
        return value


@dataclass(frozen=True)
class Column:
    """A column of formulas: one formula, the same in every row.

    Attributes
    ----------
    key, header, formula
        Its key in the table, its heading, its template.
    number
        Number format.
    group
        Heading over a run of columns.
    rows
        Number of rows, from the first; 0: all of the table.
    by_row
        Evaluate row after row: where rows hold text, or build on the row above.
    values
        Values computed elsewhere, for the one formula that cannot be evaluated here.
    """

    key: str
    header: str
    formula: str
    number: str = "0.000000"
    group: str = ""
    rows: int = 0
    by_row: bool = False
    values: Callable[[Cells], Array] | None = None


@dataclass
class Table:
    """A table under construction, column by column from the left."""

    cells: Cells
    page: Page
    prefix: str
    first: int
    count: int
    column: int = 0

    def key(self, key: str) -> str:
        """Return a key of this table as other tables name it."""
        return f"{self.prefix}.{key}"

    def add(self, spec: Column, styles: Any) -> Any:
        """Write a column of formulas, in one style or one for each row; return its values."""
        parts = formula(spec.formula)
        rows = spec.rows or self.count
        references = {text: Reference.of(text) for text in parts.keys}
        own = self.key(spec.key)
        recursive = [text for text, r in references.items() if r.key in (spec.key, own)]
        places = {
            text: self.cells.find(r.key, self.prefix)
            for text, r in references.items()
            if text not in recursive
        }
        if spec.values is not None:
            values = spec.values(self.cells)
        elif recursive or spec.by_row:
            values = _row_by_row(parts, references, places, recursive, rows)
        else:
            found = parts.evaluate(
                {text: _seen(place, references[text], rows) for text, place in places.items()}
            )
            values = np.array(np.broadcast_to(np.asarray(found), (rows, 1))[:, 0])
        _check(values, spec.formula)
        here = Place(self.page.name, self.first, self.column, values)
        self.cells.put(own, here)
        write = self.page.sheet.write_formula
        makers = [
            (_maker(places.get(text, here), references[text], self.page.name), piece)
            for text, piece in zip(parts.keys, parts.pieces[1:], strict=True)
        ]
        for i, value in enumerate(values.tolist()):
            text = parts.pieces[0] + "".join(make(i) + piece for make, piece in makers)
            style = styles[i] if isinstance(styles, list) else styles
            write(self.first + i, self.column, text, style, value)
        self.column += 1
        return values

    def fill(self, key: str, values: Sequence[Any], styles: Any, *, blank: Value = 0.0) -> None:
        """Write a column of what was typed.

        Parameters
        ----------
        key
            Registers the column, where formulas use it.
        values, styles
            What stands in each row; one style, or one for each row.
        blank
            What a formula sees of an empty cell: 0 in arithmetic, the empty text in a comparison.
        """
        for i, value in enumerate(values):
            style = styles[i] if isinstance(styles, list) else styles
            self.cells.typed(self.page, self.first + i, self.column, "", value, style)
        if key:
            known = [self._known(value, blank) for value in values]
            kind = object if any(isinstance(x, str) for x in known) else float
            place = Place(self.page.name, self.first, self.column, np.array(known, dtype=kind))
            self.cells.put(self.key(key), place)
        self.column += 1

    def _known(self, value: Any, blank: Value) -> Any:
        if isinstance(value, Expression):
            return float(value.evaluate(self.cells.parameters))
        return blank if value is None else value


def quoted(sheet: str) -> str:
    """Return a sheet's name as a formula writes it."""
    return sheet if _PLAIN_NAME.match(sheet) else "'" + sheet.replace("'", "''") + "'"


def absolute(place: Place, sheet: str = "") -> str:
    """Return the fixed address of a place, with its sheet where that is another."""
    first = xl_rowcol_to_cell(place.row, place.column, row_abs=True, col_abs=True)
    prefix = "" if place.sheet == sheet else f"{quoted(place.sheet)}!"
    if place.is_cell:
        return f"{prefix}{first}"
    rows, columns = (*np.shape(place.values), 1)[:2]
    last = xl_rowcol_to_cell(
        place.row + rows - 1, place.column + columns - 1, row_abs=True, col_abs=True
    )
    return f"{prefix}{first}:{last}"


def _address(place: Place, reference: Reference, sheet: str) -> str:
    """Return the address of a reference from a cell that stands in no table."""
    if reference.row is not None:
        return absolute(Place(place.sheet, place.row + reference.row, place.column, 0.0), sheet)
    assert place.is_cell or reference.whole, f"{reference.key} has many rows"
    return absolute(place, sheet)


def _maker(place: Place, reference: Reference, sheet: str) -> Any:
    """Return what gives the address of a reference in row i of a table."""
    if place.is_cell or reference.whole or reference.row is not None:
        address = _address(place, reference, sheet)
        return lambda i: address
    prefix = "" if place.sheet == sheet else f"{quoted(place.sheet)}!"
    prefix += xl_col_to_name(place.column)
    first = place.row + 1 + reference.offset
    return lambda i: f"{prefix}{first + i}"


def _seen(place: Place, reference: Reference, rows: int = 1) -> Any:
    """Return the values of a reference: one, a range (1, n), or (rows, 1) beside a table's rows."""
    values = place.values
    if place.is_cell:
        return values
    if reference.row is not None:
        return values[reference.row]
    if reference.whole:
        return values[None, :] if values.ndim == 1 else values
    at = np.arange(rows) + reference.offset
    inside = (at >= 0) & (at < len(values))
    seen = np.full(rows, np.nan)
    seen[inside] = values[at[inside]]
    return seen[:, None]


def _row_by_row(
    parts: Any,
    references: Mapping[str, Reference],
    places: Mapping[str, Place],
    recursive: Sequence[str],
    rows: int,
) -> Any:
    """Evaluate a formula in each row in turn; `recursive` are references to its own column."""
    fixed = {
        text: _seen(place, references[text])
        for text, place in places.items()
        if place.is_cell or references[text].whole or references[text].row is not None
    }
    moving = {
        text: (place.values.tolist(), references[text].offset)
        for text, place in places.items()
        if text not in fixed
    }
    found: list[Any] = []
    nan = float("nan")
    for i in range(rows):
        values = dict(fixed)
        for text, (column, offset) in moving.items():
            at = i + offset
            values[text] = column[at] if 0 <= at < len(column) else nan
        for text in recursive:
            at = i + references[text].offset
            values[text] = found[at] if at >= 0 else nan
        found.append(_single(parts.evaluate(values)))
    return np.array(found, dtype=object if any(isinstance(x, str) for x in found) else float)


def _single(value: Any) -> Value:
    return value if isinstance(value, str) else float(np.ravel(value)[0])


def _check(values: Any, template: str) -> None:
    """Refuse what Excel would show as an error: it would be our fault."""
    numbers = [x for x in np.ravel(values).tolist() if not isinstance(x, str)]
    assert np.all(np.isfinite(numbers)), f"no finite value: {template}"
