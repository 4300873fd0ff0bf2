"""The workbook as XlsxWriter makes it: formats, tables and print set-up in one style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from textwrap import wrap
from typing import Any, TypeAlias

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from cea.workbook.styles import LOOKS, Look

Cell: TypeAlias = "str | float | Shown | None"

MONEY = "#,##0"
CENTS = "#,##0.00"
EFFECT = "0.000"
YEARS = "0.00"
MONTHS = "0.0"
PERCENT = "0.0%"  # a change, of either sign
SHARE = "share"  # from 0% to 100%; only exactly 0 and 1 are printed as such
PROBABILITY = "0.0000"
WHOLE = "0"
COUNT = "#,##0"
ANY = "General"
TEXT = ""
# Numbers of any size: inputs of different units share a column.
_SIZES = ((1000.0, "#,##0"), (100.0, "#,##0.0"), (10.0, "0.00"), (0.1, "0.000"), (0.01, "0.0000"))

_SMALL_SHARE = '[=0]0%;[<0.0005]"<0.1%";0.0%'
_LARGE_SHARE = '[=1]0%;[>0.9995]">99.9%";0.0%'

_TOTAL = {"bold": True, "top": 1, "top_color": "#1F4E5F", "bg_color": "#EAF0F2"}
_BEST = {"bg_color": "#E2F0E6"}
_BODY = {"text_wrap": True, "valign": "top", "align": "left"}
_CELL = {"border": 1, "border_color": "#D0D5DA", "valign": "top"}
_FONT = {"font_name": "Arial", "font_size": 10}  # as wide in every program
_LINE = 12.75  # points: the height of a line of that font
_ROW = 13.5  # points
_HIGHEST = 409.0  # points: as high as Excel makes a row
_FOOTER = 120  # characters: Excel takes 255 for all three parts
PIXELS = 18  # height of a row on the screen
_ASSUMED = {"bg_color": "#FCE8DC"}
_CREATED = datetime(2000, 1, 1)  # fixed: the same run gives the same bytes


@dataclass(frozen=True)
class Column:
    """A column of a table; `number` is a number format, or `TEXT`."""

    header: str
    number: str = TEXT


@dataclass(frozen=True)
class Shown:
    """A value with a number format of its own."""

    value: str | float | None
    number: str


@dataclass(frozen=True)
class Row:
    """A row that stands out: a total, the best choice, or an assumption."""

    cells: Sequence[Cell]
    look: str = ""


@dataclass(frozen=True)
class Block:
    """Where a table's body stands: rows and columns count from 0."""

    sheet: str
    header: int
    first: int
    last: int

    def column(self, position: int) -> list[Any]:
        """Return a column of the body, as charts take it."""
        return [self.sheet, self.first, position, self.last, position]

    def title(self, position: int) -> list[Any]:
        """Return a column's header, as charts take it."""
        return [self.sheet, self.header, position]


def size_format(value: float) -> str:
    """Return a number format with about four significant digits.

    >>> [size_format(x) for x in (15432.0, 0.55, 0.0003)]
    ['#,##0', '0.000', '0.000000']
    """
    for least, number in _SIZES:
        if abs(value) >= least:
            return number
    return "0.000000" if value else "0"


def _lines(text: str, width: float) -> int:
    """Count the lines that a text wraps to."""
    if len(text) <= width and "\n" not in text:
        return 1
    # A formula without spaces begins a line of its own.
    broken = any(len(word) > width for word in text.split())
    return broken + sum(max(1, len(wrap(part, max(1, int(width))))) for part in text.split("\n"))


def _number_format(value: float | None, number: str) -> str:
    """Return the number format of a cell of Excel's."""
    if number == SHARE:
        return _LARGE_SHARE if value is not None and value > 0.5 else _SMALL_SHARE
    return _without_sign(value, number)


def _without_sign(value: float | None, number: str) -> str:
    """Return the format that prints a negative number that rounds to zero without its sign."""
    if value is None or not -0.5 < value < 0 or number == ANY:
        return number
    decimals = number.partition(".")[2].count("0") + (2 if number.endswith("%") else 0)
    return number if round(value, decimals) else f"{number};{number}"


class Book:
    """A workbook with its formats, each made once."""

    def __init__(self, path: Path, title: str, footer: str) -> None:
        self.workbook = Workbook(str(path), {"default_format_properties": dict(_FONT)})
        self.workbook.set_properties({"title": title, "created": _CREATED})
        self.workbook.set_calc_mode("auto")
        self._footer = footer[-_FOOTER:].replace("&", "&&")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, properties: Mapping[str, Any]) -> Any:
        """Return the format that has these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(dict(properties))
        return self._formats[key]

    def page(self, name: str, title: str, description: str, widths: Iterable[float]) -> Page:
        """Begin a sheet, new or one of that name: title and description stand in two rows."""
        sheet = self.workbook.get_worksheet_by_name(name) or self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_default_row(_ROW)
        sheet.set_footer(f"&L&8{self._footer}&C&8&A&R&8Page &P of &N")
        page = Page(self, sheet, name, tuple(widths), title)
        for column, width in enumerate(page.widths):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 26)
        page.write(0, 0, title, self.format(LOOKS[Look.TITLE]))
        page.write(1, 0, description, self.format(LOOKS[Look.DESCRIPTION]))
        page.row = 3
        return page

    def close(self) -> None:
        """Write the file.

        Raises
        ------
        OSError
            The system refuses.
        """
        try:
            self.workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None


class Page:
    """A sheet, written from the top: `row` is the next row."""

    def __init__(
        self, book: Book, sheet: Any, name: str, widths: Sequence[float], title: str
    ) -> None:
        self.book, self.sheet, self.name, self.widths, self.row = book, sheet, name, widths, 0
        self.title = title

    def fit(self, row: int, texts: Sequence[str], *, bold: bool = False) -> None:
        """Make a row as high as its wrapped texts need: not every program does so by itself."""
        lines = max(
            (
                _lines(text, width * (1.0 if bold else 1.05) - (1.5 if k and not bold else 0))
                for k, (text, width) in enumerate(zip(texts, self.widths, strict=False))
            ),
            default=1,
        )
        if lines > 1:
            self.sheet.set_row(row, min(_HIGHEST, 2 + _LINE * lines))

    def write(self, row: int, column: int, value: str | float | None, style: Any) -> None:
        """Write text or a number as what it is; what is not finite is left blank."""
        if isinstance(value, str):
            self.sheet.write_string(row, column, value, style)
        elif value is None or not isfinite(value):
            self.sheet.write_blank(row, column, None, style)
        else:
            self.sheet.write_number(row, column, float(value), style)

    def section(self, heading: str, columns: int) -> None:
        """Write a heading, ruled over the width of the table below it."""
        style = self.book.format(LOOKS[Look.SECTION])
        self.write(self.row, 0, heading, style)
        for column in range(1, columns):
            self.sheet.write_blank(self.row, column, None, style)
        self.row += 1

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell] | Row],
        *,
        freeze: bool = False,
        left: int = 1,
    ) -> Block:
        """Write a table and leave a row free below it.

        Parameters
        ----------
        columns, rows
            What stands in it.
        freeze
            Keep its header, and the first `left` columns, in view and on every printed page.
        left
            Columns kept in view.
        """
        header = self.row
        for position, column in enumerate(columns):
            align = "left" if column.number == TEXT else "right"
            indent = 1 if column.number == TEXT and position else 0
            style = self.book.format({**LOOKS[Look.HEADER], "align": align, "indent": indent})
            self.write(header, position, column.header, style)
        self.fit(header, [column.header for column in columns], bold=True)
        if freeze:
            self.sheet.freeze_panes(header + 1, left)
            self.sheet.repeat_rows(header)
        self.row += 1
        for row in rows:
            cells, look = (row.cells, row.look) if isinstance(row, Row) else (row, "")
            for position, cell in enumerate(cells):
                self._cell(position, cell, columns[position].number, look)
            self.fit(self.row, [cell if isinstance(cell, str) else "" for cell in cells])
            self.row += 1
        block = Block(self.name, header, header + 1, self.row - 1)
        self.row += 1
        return block

    def _cell(self, position: int, cell: Cell, number: str, look: str) -> None:
        shown = Shown(cell, number) if not isinstance(cell, Shown) else cell
        value, number = shown.value, shown.number
        properties: dict[str, Any] = {**_CELL, **_LOOKS[look]}
        if isinstance(value, str):
            left = number == TEXT
            properties |= {"text_wrap": True, "align": "left" if left else "right"}
            properties |= {"indent": 1} if left and position else {}
        else:
            properties |= {"num_format": _number_format(value, number), "align": "right"}
        self.write(self.row, position, value, self.book.format(properties))

    def pairs(self, heading: str, pairs: Sequence[tuple[str, str]], *, bold: bool = False) -> None:
        """Write names and what is said of them, in the first two columns."""
        self.section(heading, 2)
        for name, said in pairs:
            self.write(self.row, 0, name, self.book.format({**_BODY, "bold": bold}))
            self.write(self.row, 1, said, self.book.format(_BODY))
            self.fit(self.row, [name, said])
            self.row += 1
        self.row += 1

    def note(self, text: str) -> None:
        """Write a line of small print; it runs on to the right."""
        self.write(self.row, 0, text, self.book.format(LOOKS[Look.DESCRIPTION]))
        self.row += 1

    def freeze_title(self, *, one_page: bool = False) -> None:
        """Keep the title in view, where a sheet has several tables."""
        self.sheet.freeze_panes(1, 1)
        self.sheet.repeat_rows(0)
        if one_page:
            self.sheet.fit_to_pages(1, 1)

    def chart(self, chart: Any, row: int, column: int) -> None:
        """Place a chart, clear of the header that is printed again on the next page."""
        self.sheet.insert_chart(row, column, chart, {"x_offset": 6, "y_offset": 6})


_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "total": _TOTAL,
    "best": _BEST,
    "assumption": _ASSUMED,
}
