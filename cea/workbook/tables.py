"""A workbook as tables of cells that remember where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cea.errors import nearest
from cea.workbook.findings import Findings
from cea.workbook.schema import BY_NAME, SETTINGS, Field, Sheet, editable_sheets

_SETTINGS = [setting.name for setting in SETTINGS]


@dataclass(frozen=True)
class Cell:
    """A cell: its stored value, its formula if it has one, and its place.

    `serves` is the sheet whose table it fills in: another than `sheet` for a scenario's value.
    `own` is the name of a parameter that is edited, in lower case, and its Base before any edit,
    which the name stands for in the cell.
    """

    sheet: str
    address: str
    column: str
    value: object = None
    formula: str | None = None
    serves: str = ""
    own: tuple[str, Cell] | None = None

    @property
    def at(self) -> str:
        """``Sheet!Cell``."""
        return f"{self.sheet}!{self.address}"

    @property
    def where(self) -> str:
        """``Sheet!Cell (column)``."""
        return f"{self.at} ({self.column})"

    @property
    def sheets(self) -> frozenset[str]:
        """The sheets that are unsound if the cell is."""
        return frozenset({self.sheet, self.serves or self.sheet})

    @property
    def blank(self) -> bool:
        """Whether nothing but space stands in it."""
        return self.formula is None and (
            self.value is None or (isinstance(self.value, str) and not self.value.strip())
        )

    @property
    def from_scenario(self) -> bool:
        """Whether a scenario put it here."""
        return self.serves not in ("", self.sheet)


@dataclass(frozen=True)
class Row:
    """A row of a sheet: a cell for every column."""

    sheet: Sheet
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Cell:
        return self.cells[column]

    def replaced(self, column: str, cell: Cell) -> Row:
        """Return the row with another cell in one column."""
        own = None
        if self.sheet.name == "Parameters":
            base = self["Base"]
            own = base.own or (shown(self["Name"]).lower(), base)
        cell = replace(cell, column=column, serves=self.sheet.name, own=own)
        return replace(self, cells={**self.cells, column: cell})

    @cached_property
    def item(self) -> str:
        """How the Scenarios sheet addresses it: its non-blank keys, joined by a full stop."""
        keys = (self[key] for key in self.sheet.key)
        return ".".join(shown(cell) for cell in keys if not cell.blank)

    @property
    def gaps(self) -> list[str]:
        """The columns that must be filled in, and are not."""
        return [c.name for c in self.sheet.columns if c.required and self[c.name].blank]


@dataclass(frozen=True)
class Tables:
    """The rows of every sheet, and the defined names that are not parameters.

    `stored_values_count` is off once a cell was edited: the values that Excel stored beside the
    formulas of other cells may then be out of date.
    """

    rows: Mapping[str, tuple[Row, ...]]
    other_names: frozenset[str] = frozenset()
    stored_values_count: bool = True

    def __getitem__(self, sheet: str) -> tuple[Row, ...]:
        return self.rows.get(sheet, ())

    def without_fragments(self, findings: Findings) -> Tables:
        """Leave out rows with several gaps: each is one mistake, and gets one message."""
        kept = {
            sheet: tuple(row for row in rows if not _refuse_fragment(row, findings))
            for sheet, rows in self.rows.items()
        }
        return replace(self, rows=kept)

    def edited(self, edit: Edit, findings: Findings) -> Tables:
        """Replace one cell; a problem is noted, and nothing replaced, if there is no such cell."""
        sheet = _sheet_to_edit(edit, findings)
        column = None if sheet is None else _column_to_edit(edit, sheet, findings)
        if sheet is None or column is None:
            return self
        rows = list(self[sheet.name])
        matches = [i for i, row in enumerate(rows) if same(row.item, edit.item)]
        if sheet.name == "Settings" and not matches and edit.item.lower() in _SETTINGS:
            rows.append(_setting_row(edit))
            matches = [len(rows) - 1]
        if len(matches) != 1:
            findings.problem(edit.at["Item"], *_not_one_row(edit, rows, len(matches)))
            return self
        rows[matches[0]] = rows[matches[0]].replaced(column, edit.at["Value"])
        return replace(self, rows={**self.rows, sheet.name: tuple(rows)}, stored_values_count=False)


@dataclass(frozen=True)
class Edit:
    """A row of Scenarios or Subgroups: which cell takes the value of ``at["Value"]``."""

    sheet: str
    item: str
    column: str
    at: Row

    @classmethod
    def of(cls, row: Row) -> Edit:
        """Read a row of Scenarios or Subgroups."""
        sheet = shown(row["Sheet"])
        known = next((name for name in BY_NAME if same(name, sheet)), sheet)
        return cls(known, shown(row["Item"]), shown(row["Column"]), row)

    @property
    def in_words(self) -> str:
        """What it changes, e.g. ``c_drug Base = 3078``."""
        value = self.at["Value"]
        new = value.formula or ("blank" if value.blank else shown(value))
        return f"{self.item} {self.column} = {new.removeprefix('=')}"


def shown(cell: Cell) -> str:
    """Return the cell's content as a person would type it, spaces made single."""
    if isinstance(cell.value, bool):
        return str(cell.value).upper()
    if isinstance(cell.value, float) and cell.value.is_integer() and abs(cell.value) < 1e15:
        return str(int(cell.value))
    if isinstance(cell.value, dt.datetime) and cell.value.time() == dt.time():
        return str(cell.value.date())
    return "" if cell.value is None else " ".join(str(cell.value).split())


def same(a: str, b: str) -> bool:
    """Whether two names are one: Excel does not tell upper from lower case."""
    return a.casefold() == b.casefold()


def fill_in(form: Field) -> str:
    """Say what a blank cell must hold."""
    if form.choices:
        return f"fill in one of: {', '.join(form.choices)}"
    return f"fill it in: {form.description[0].lower()}{form.description[1:].rstrip('.')}"


def _refuse_fragment(row: Row, findings: Findings) -> bool:
    if len(row.gaps) < 2:
        return False
    *first, last = row.gaps
    findings.problem(
        row[row.gaps[0]],
        f"the row lacks {', '.join(first)} and {last}",
        "fill them in, or clear the row",
    )
    return True


def _sheet_to_edit(edit: Edit, findings: Findings) -> Sheet | None:
    editable = editable_sheets(edit.at.sheet.name)
    if edit.sheet in editable:
        return BY_NAME[edit.sheet]
    remedy = nearest(edit.sheet, editable)
    findings.problem(edit.at["Sheet"], f"there is no sheet '{edit.sheet}' to edit", remedy)
    return None


def _column_to_edit(edit: Edit, sheet: Sheet, findings: Findings) -> str | None:
    # A key of the Costs sheet may be edited: its rows need not be told apart by their keys.
    editable = [c.name for c in sheet.columns if c.name not in sheet.key or sheet.name == "Costs"]
    if sheet.name == "Settings":
        editable = ["Value"]
    column = next((name for name in editable if same(name, edit.column)), None)
    if column is None:
        found = f"there is no column '{edit.column}' to edit in {sheet.name}"
        findings.problem(edit.at["Column"], found, nearest(edit.column, editable))
    return column


def _not_one_row(edit: Edit, rows: list[Row], count: int) -> tuple[str, str]:
    if count:
        return f"{count} rows of {edit.sheet} are '{edit.item}'", "give them different names"
    found = f"there is no row '{edit.item}' in {edit.sheet}"
    items = _SETTINGS if edit.sheet == "Settings" else [row.item for row in rows]
    return found, nearest(edit.item, items)


def _setting_row(edit: Edit) -> Row:
    """Make a row for a setting that the workbook leaves at its default."""
    sheet = BY_NAME["Settings"]
    blank = replace(edit.at["Item"], value=None)
    row = Row(sheet, {column.name: replace(blank, column=column.name) for column in sheet.columns})
    return row.replaced("Setting", edit.at["Item"])
