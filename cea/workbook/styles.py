"""How the workbook looks: what a colour means, and the number format that fits a unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from textwrap import wrap
from typing import Any

from cea.workbook.schema import Field, Kind


class Look(StrEnum):
    """What a cell is, as its colour tells the reader."""

    INPUT = "input"
    FORMULA = "formula"
    TEXT = "text"
    KEY = "key"
    ASSUMPTION = "assumption"
    PLAIN = "plain"  # a cell yet to be filled
    HEADER = "header"
    DESCRIPTION = "description"
    TITLE = "title"
    SECTION = "section"
    BODY = "body"
    BANNER = "banner"
    LINK = "link"


_GRID = {"border": 1, "border_color": "#D0D5DA"}
_CELL = {**_GRID, "valign": "top", "text_wrap": True}

LOOKS: Mapping[Look, Mapping[str, Any]] = {
    Look.INPUT: {**_CELL, "bg_color": "#FFF8DC", "font_color": "#1F3FBF"},
    Look.FORMULA: {**_CELL, "bg_color": "#F1F3F4", "font_color": "#000000"},
    Look.TEXT: {**_CELL},
    Look.KEY: {**_CELL, "bold": True},
    Look.ASSUMPTION: {**_CELL, "bg_color": "#F8CBAD", "font_color": "#7F2A00"},
    Look.PLAIN: {"valign": "top", "text_wrap": True},
    Look.HEADER: {
        **_GRID, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E5F", "text_wrap": True,
        "valign": "vcenter",
    },
    Look.DESCRIPTION: {"italic": True, "font_size": 9, "font_color": "#6B7280"},
    Look.TITLE: {"bold": True, "font_size": 18, "font_color": "#1F4E5F"},
    Look.SECTION: {"bold": True, "font_size": 12, "font_color": "#1F4E5F", "bottom": 1,
                   "bottom_color": "#1F4E5F"},
    Look.BODY: {"text_wrap": True, "valign": "top"},
    Look.BANNER: {"bold": True, "font_color": "#7F2A00", "bg_color": "#F8CBAD", "indent": 1},
    Look.LINK: {"font_color": "#0563C1", "underline": 1, "valign": "top"},
}  # fmt: skip

# Every format's font. Its metric twin is on systems without it, so that text wraps alike.
FONT: Mapping[str, Any] = {"font_name": "Arial", "font_size": 10}

# What a conditional format may set, of the above.
_CONDITIONAL = ("bg_color", "font_color", "border", "border_color", "bold")

_FORMATS: Mapping[str, str] = {
    "utility": "0.000",
    "proportion": "0.000",
    "ratio": "0.000",
    "per year": "0.000###",
    "per month": "0.0000",
    "currency": "#,##0.00",
    "currency per QALY": "#,##0",
}
# Of a parameter's own unit, beside the above. Blank: a shape, a mean of logarithms.
_FORMATS_OF_ROW: Mapping[str, str] = {"months": "0.00", "": "0.0000"}
_LIFE_TABLE = "0.000000"
_FREE = "0.0###"
_WHOLE_BY_DEFAULT = 1000.0
_LETTERS = 1.12  # letters to a unit of column width, which is a digit's


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}

    def of(self, look: Look, field: Field | None = None, num_format: str = "") -> Any:
        """Return the format of a cell, of a column or of its own."""
        properties = dict(LOOKS[look])
        if field is not None:
            properties |= _alignment(field, look)
        if num_format:
            properties["num_format"] = num_format
        return self._make(properties)

    def conditional(self, look: Look) -> Any:
        """Return what a conditional format can set of a look."""
        properties = {k: v for k, v in LOOKS[look].items() if k in _CONDITIONAL}
        return self._make(properties)

    def _make(self, properties: Mapping[str, Any]) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(properties))
        return self._made[key]


def _alignment(field: Field, look: Look) -> Mapping[str, Any]:
    """Numbers to the right, also where headers; text a little off the number at its left."""
    if look is Look.KEY:
        return {}
    if field.kind is Kind.YES_NO:
        return {"align": "center"}
    if field.kind in (Kind.NUMBER, Kind.INTEGER, Kind.VALUE):
        return {"align": "right"}
    return {"align": "left", "indent": 1}


def row_height(texts: Iterable[tuple[str, float]]) -> float:
    """Return the height in points that shows all of the texts, each in a column of some width.

    Spreadsheet programs differ in whether they fit heights when they open a file.
    """
    lines = max((len(wrap(text, int(_LETTERS * width))) for text, width in texts), default=1)
    return 2.5 + 12.75 * max(1, lines)


def look_of(field: Field, cell: str | float | None) -> Look:
    """Tell what a cell of a column is."""
    if isinstance(cell, str) and cell.startswith("="):
        return Look.FORMULA
    return Look.TEXT if field.kind is Kind.TEXT else Look.INPUT


def number_format(field: Field, unit: str | None = None, currency: str = "") -> str:
    """Return the number format that fits a unit.

    Parameters
    ----------
    field
        The column, or the setting.
    unit
        The unit that the row states; None where the column's own holds.
    currency
        An amount is a number in this unit, alone or per something.

    Examples
    --------
    >>> utility = Field("Base", Kind.VALUE, "")
    >>> number_format(utility, "utility"), number_format(utility, "USD/month", "USD")
    ('0.000', '#,##0.00')
    """
    if unit is not None and unit in _FORMATS_OF_ROW:
        return _FORMATS_OF_ROW[unit]
    unit = field.unit if unit is None else unit
    if field.kind in (Kind.INTEGER, Kind.NUMBER) and not unit:
        large = isinstance(field.default, float | int) and field.default >= _WHOLE_BY_DEFAULT
        return "#,##0" if large else "General"
    if field.kind is Kind.NUMBER and unit == "per year":
        return _LIFE_TABLE
    if unit in _FORMATS:
        return _FORMATS[unit]
    if currency and unit.split("/")[0].split(" ")[0] == currency:
        return _FORMATS["currency"]
    if field.kind is Kind.VALUE and not unit:
        return _FREE
    return "General"


def note_box(note: str) -> dict[str, Any]:
    """Size a note so that all of it shows: about 46 characters a line, 15 pixels each."""
    lines = sum(math.ceil(len(line) / 46) for line in note.split("\n"))
    return {"author": "cea", "width": 290, "height": 15 * lines + 14, "font_size": 9}
