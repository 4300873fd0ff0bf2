"""A workbook as tables of cells that remember where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from cea.errors import Problem, nearest
from cea.workbook.schema import BY_NAME, Sheet


@dataclass(frozen=True)
class Cell:
    """A cell: its stored value, its formula if it has one, and its place."""

    sheet: str
    address: str
    column: str
    value: object = None
    formula: str | None = None

    @property
    def where(self) -> str:
        """``Sheet!Cell (column)``."""
        return f"{self.sheet}!{self.address} ({self.column})"

    @property
    def blank(self) -> bool:
        """Whether nothing but space stands in it."""
        return self.formula is None and (
            self.value is None or (isinstance(self.value, str) and not self.value.strip())
        )


@dataclass(frozen=True)
class Row:
    """A row of a sheet: a cell for every column."""

    sheet: Sheet
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Cell:
        return self.cells[column]

    def replaced(self, column: str, cell: Cell) -> Row:
        """Return the row with another cell in one column."""
        return replace(self, cells={**self.cells, column: replace(cell, column=column)})

    @property
    def item(self) -> str:
        """How the Scenarios sheet addresses it: its non-blank keys, joined by a full stop."""
        keys = (self[key] for key in self.sheet.key)
        return ".".join(shown(cell) for cell in keys if not cell.blank)


@dataclass
class Findings:
    """Problems and warnings, collected while a workbook is read."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _sheets: set[str] = field(default_factory=set)

    def problem(self, place: Cell | str, found: str, remedy: str) -> None:
        """Note a problem at a cell, or at a place in words."""
        where = place.where if isinstance(place, Cell) else place
        self._sheets.add(where.partition("!")[0])
        problem = Problem(where, found, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def spoil(self, sheet: str) -> None:
        """Mark a sheet as unusable where the problem stands elsewhere."""
        self._sheets.add(sheet)

    def warn(self, place: Cell | str, text: str) -> None:
        """Note a warning."""
        where = place.where if isinstance(place, Cell) else place
        said = f"{where}: {text}" if where else text
        if said not in self.warnings:
            self.warnings.append(said)

    def clean(self, *sheets: str) -> bool:
        """Whether no problem stands in these sheets: rules across rows can then be checked."""
        return self._sheets.isdisjoint(sheets)


@dataclass(frozen=True)
class Tables:
    """The rows of every sheet, and the defined names that are not parameters."""

    rows: Mapping[str, tuple[Row, ...]]
    other_names: frozenset[str] = frozenset()

    def __getitem__(self, sheet: str) -> tuple[Row, ...]:
        return self.rows.get(sheet, ())

    def edited(self, edit: Edit, findings: Findings) -> Tables:
        """Replace one cell; a problem is noted, and nothing replaced, if there is no such cell."""
        sheet = BY_NAME.get(edit.sheet)
        if sheet is None or edit.sheet == "Scenarios":
            editable = [name for name in BY_NAME if name != "Scenarios"]
            findings.problem(edit.at["Sheet"], f"no sheet '{edit.sheet}' to edit",
                             nearest(edit.sheet, editable))  # fmt: skip
            return self
        column = next((c.name for c in sheet.columns if _same(c.name, edit.column)), None)
        if column is None or (column in sheet.key and sheet.name != "Costs"):
            editable = [c.name for c in sheet.columns if c.name not in sheet.key]
            findings.problem(edit.at["Column"], f"no column '{edit.column}' to edit",
                             nearest(edit.column, editable))  # fmt: skip
            return self
        rows = list(self[edit.sheet])
        matches = [i for i, row in enumerate(rows) if _same(row.item, edit.item)]
        if sheet.name == "Settings" and not matches:
            rows.append(_setting_row(edit))
            matches = [len(rows) - 1]
        if len(matches) != 1:
            found = "no row" if not matches else f"{len(matches)} rows"
            remedy = (
                nearest(edit.item, [row.item for row in rows])
                if not matches
                else "give the rows different names"
            )
            findings.problem(edit.at["Item"], f"{found} '{edit.item}' in {sheet.name}", remedy)
            return self
        rows[matches[0]] = rows[matches[0]].replaced(column, edit.at["Value"])
        return replace(self, rows={**self.rows, edit.sheet: tuple(rows)})


@dataclass(frozen=True)
class Edit:
    """A row of the Scenarios sheet: which cell takes the value of ``at["Value"]``."""

    sheet: str
    item: str
    column: str
    at: Row

    @classmethod
    def of(cls, row: Row) -> Edit:
        """Read a row of the Scenarios sheet."""
        sheet = shown(row["Sheet"])
        known = next((name for name in BY_NAME if _same(name, sheet)), sheet)
        return cls(known, shown(row["Item"]), shown(row["Column"]), row)


def shown(cell: Cell) -> str:
    """Return the cell's content as a person would type it."""
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return str(cell.value).strip()


def _same(a: str, b: str) -> bool:
    return a.strip().casefold() == b.strip().casefold()


def _setting_row(edit: Edit) -> Row:
    """Make a row for a setting that the workbook leaves at its default."""
    sheet = BY_NAME["Settings"]
    blank = replace(edit.at["Item"], value=None)
    row = Row(sheet, {column.name: replace(blank, column=column.name) for column in sheet.columns})
    return row.replaced("Setting", edit.at["Item"])
