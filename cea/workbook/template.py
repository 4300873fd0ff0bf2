"""Write a workbook: every sheet of the schema, ready to fill in, with the content given.

XlsxWriter stores a formula together with its value, so a workbook can be read before any
spreadsheet program has opened it. The file depends on the content alone, byte for byte.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from cea.formula import Expression, FormulaSyntaxError, is_cell_address, parse
from cea.parameters.values import resolve
from cea.workbook.cover import BANNER, write_cover
from cea.workbook.dropdowns import bounds_in_words, validation
from cea.workbook.schema import BY_NAME, EVIDENCE, SETTINGS, SHEETS, Field, Kind, Sheet
from cea.workbook.styles import FONT, Look, Styles, look_of, note_box, number_format, row_height

Cell: TypeAlias = str | float | None
Row: TypeAlias = Mapping[str, Cell]
Content: TypeAlias = Mapping[str, Sequence[Row]]  # sheet -> rows -> column -> cell

HEADER_ROW = 1  # 0-based, as XlsxWriter counts
FIRST_ROW = 2
SPARE_ROWS = 50

_CREATED = datetime(2024, 1, 1)
_INDENT = 2  # characters
_MOST_CHOICES = 12  # that a note lists
_PAGE_WIDTH = 250  # characters that stay legible across a page
_PARAMETERS = BY_NAME["Parameters"]
_BASE = _PARAMETERS.column("Base")
_UNIT_OF_ROW = tuple(_PARAMETERS.column(name) for name in ("Base", "Low", "High"))
_SETTING = {setting.name: setting for setting in SETTINGS}
_IDENTIFIER = re.compile(r"^[A-Za-z_]\w*$")


@dataclass(frozen=True)
class _Workbook:
    """What every sheet's writing needs."""

    book: Any
    styles: Styles
    content: Content
    values: Mapping[str, float]  # base case of every parameter, by lower-case name
    currency: str
    footer: str

    def rows(self, sheet: Sheet) -> Sequence[Row]:
        return self.content.get(sheet.name, ())

    def last_row(self, sheet: Sheet) -> int:
        """Last row that drop-downs and colours reach. Settings has a row for every setting."""
        spare = 0 if sheet is BY_NAME["Settings"] else SPARE_ROWS
        return FIRST_ROW + len(self.rows(sheet)) + spare - 1

    def source(self, column: str) -> str:
        """Return the range that holds the entries of a ``Sheet.Column``."""
        sheet_name, _, column_name = column.partition(".")
        sheet = BY_NAME[sheet_name]
        at = sheet.columns.index(sheet.column(column_name))
        return f"{_quoted(sheet)}!{xl_range_abs(FIRST_ROW, at, self.last_row(sheet), at)}"


def write_workbook(
    path: str | Path, content: Content, *, title: str, illustrative: bool = False
) -> None:
    """Write a workbook.

    Parameters
    ----------
    path
        The file to write.
    content
        Rows of each sheet; a sheet without rows is written with its header alone. Text beginning
        with ``=`` is a formula.
    title
        Printed on the first sheet and kept in the file's properties.
    illustrative
        Whether to mark the workbook as an example with made-up numbers.
    """
    # A copy: XlsxWriter adds to the properties it is given.
    with xlsxwriter.Workbook(str(path), {"default_format_properties": dict(FONT)}) as book:
        book.set_properties({"title": title, "author": "cea", "created": _CREATED})
        footer = f"&L&A&C{BANNER if illustrative else ''}&RPage &P of &N"
        workbook = _Workbook(
            book, Styles(book), content, _base_values(content), _currency(content), footer
        )
        write_cover(book, workbook.styles, title=title, illustrative=illustrative)
        for sheet in SHEETS:
            _write_sheet(workbook, sheet)
        _define_names(workbook)


def _currency(content: Content) -> str:
    found = (
        str(row.get("Value") or "")
        for row in content.get("Settings", ())
        if row.get("Setting") == "currency"
    )
    return next(found, "")


def _quoted(sheet: Sheet) -> str:
    return f"'{sheet.name}'" if " " in sheet.name else sheet.name


# Values of formulas


def _base_values(content: Content) -> dict[str, float]:
    """Return the base case of every parameter that has one.

    A formula that cannot be read, or that rests on an unknown name, has none.
    """
    formulas: dict[str, Expression] = {}
    for row in content.get(_PARAMETERS.name, ()):
        expression = _expression(row.get(_BASE.name))
        if expression is not None:
            formulas[str(row.get("Name")).lower()] = expression
    return {name: float(value) for name, value in resolve(_grounded(formulas)).items()}


def _grounded(formulas: Mapping[str, Expression]) -> dict[str, Expression]:
    """Keep the formulas that rest on known names alone, and not on themselves."""
    kept: dict[str, Expression] = {}
    while ready := {
        name: expression
        for name, expression in formulas.items()
        if name not in kept and expression.names <= kept.keys()
    }:
        kept.update(ready)
    return kept


def _expression(cell: Cell) -> Expression | None:
    if isinstance(cell, float | int):
        return Expression.constant(cell)
    if not cell or not cell.startswith("="):
        return None
    try:
        return parse(cell)
    except FormulaSyntaxError:
        return None


def _stored_value(formula: str, values: Mapping[str, float]) -> float | str:
    """Value to store beside a formula: a number, or the error a spreadsheet would show."""
    expression = _expression(formula)
    if expression is None:
        return "#N/A"
    if not expression.names <= values.keys():
        return "#NAME?"
    value = float(expression.evaluate(values))
    return value if math.isfinite(value) else "#NUM!"


def _define_names(workbook: _Workbook) -> None:
    """Give every parameter's base cell its name."""
    column = _PARAMETERS.columns.index(_BASE)
    defined = set()
    for number, row in enumerate(workbook.rows(_PARAMETERS)):
        name = str(row.get("Name") or "")
        # A name that Excel refuses is left to the reader, which says what is wrong with it.
        if name.lower() in defined or is_cell_address(name) or not _IDENTIFIER.match(name):
            continue
        defined.add(name.lower())
        cell = xl_rowcol_to_cell(FIRST_ROW + number, column, row_abs=True, col_abs=True)
        workbook.book.define_name(name, f"={_quoted(_PARAMETERS)}!{cell}")


# Sheets


def _write_sheet(workbook: _Workbook, sheet: Sheet) -> None:
    page = workbook.book.add_worksheet(sheet.name)
    page.write_string(0, 0, sheet.description, workbook.styles.of(Look.DESCRIPTION))
    for number, field in enumerate(sheet.columns):
        header = workbook.styles.of(Look.HEADER, None if _is_key(sheet, field) else field)
        page.write_string(HEADER_ROW, number, field.name, header)
        page.write_comment(HEADER_ROW, number, _note(field), note_box(_note(field)))
        page.set_column(number, number, field.width, _column_format(workbook, field))
    bold = [(field.name, 0.9 * field.width - _INDENT) for field in sheet.columns]
    page.set_row(HEADER_ROW, row_height(bold))
    for number, row in enumerate(workbook.rows(sheet)):
        _write_row(workbook, page, sheet, FIRST_ROW + number, row)
    for number, field in enumerate(sheet.columns):
        _colour(workbook, page, sheet, number, field)
    _validate(workbook, page, sheet)
    page.freeze_panes(FIRST_ROW, _leading_keys(sheet))
    _set_up_print(page, sheet, workbook.footer)


def _leading_keys(sheet: Sheet) -> int:
    """Count the columns at the left that tell rows apart: they stay in view."""
    count = 0
    while sheet.columns[count].name in sheet.key and count + 1 < len(sheet.columns):
        count += 1
    return count


def _set_up_print(page: Any, sheet: Sheet, footer: str) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    pages = math.ceil(sum(field.width for field in sheet.columns) / _PAGE_WIDTH)
    page.fit_to_pages(pages, 0)
    page.repeat_rows(HEADER_ROW)
    if pages > 1:
        page.repeat_columns(0, _leading_keys(sheet) - 1)
    page.set_footer(footer)


def _column_format(workbook: _Workbook, field: Field) -> Any:
    """Return the format of cells not yet filled: it needs no cell of its own."""
    return workbook.styles.of(Look.PLAIN, field, number_format(field))


def _note(field: Field) -> str:
    """Return the note of a header cell."""
    lines = [field.description]
    if field.unit:
        lines.append(f"Unit: {field.unit}.")
    if words := bounds_in_words(field):
        lines.append(f"Allowed: {words}.")
    if 0 < len(field.choices) <= _MOST_CHOICES:
        lines.append(f"One of: {', '.join(field.choices)}.")
    if field.choices_from:
        source, _, column = field.choices_from.partition(".")
        lines.append(f"One of: the entries of {column} on the {source} sheet.")
    lines.append(f"Holds: {field.kind.value}.")
    if field.default is not None:
        lines.append(f"Blank: {field.default}.")
    elif field.required:
        lines.append("Must be filled in.")
    return "\n".join(lines)


def _write_row(workbook: _Workbook, page: Any, sheet: Sheet, at: int, row: Row) -> None:
    row = _with_setting(row, workbook.currency) if sheet.name == "Settings" else row
    texts = [(str(row.get(f.name) or ""), f.width - _INDENT) for f in sheet.columns]
    page.set_row(at, row_height((text, width) for text, width in texts if text[:1] != "="))
    for number, field in enumerate(sheet.columns):
        cell = row.get(field.name)
        look = Look.KEY if _is_key(sheet, field) else look_of(field, cell)
        style = workbook.styles.of(look, field, _row_format(workbook, sheet, field, row))
        _write_cell(page, at, number, cell, style, workbook.values)


def _is_key(sheet: Sheet, field: Field) -> bool:
    """Whether the column names its rows, and is typed rather than chosen."""
    chosen = field.kind not in (Kind.TEXT, Kind.NAME) and sheet.name != "Settings"
    return field.name == sheet.key[0] and not chosen


def _with_setting(row: Row, currency: str) -> Row:
    """Fill the unit and the note of a setting from the schema; keep what the row adds."""
    setting = _SETTING.get(str(row.get("Setting")))
    if setting is None:
        return row
    unit = setting.unit.replace("currency", currency or "currency")
    note = f"{setting.description} {row.get('Note') or ''}".strip()
    return {**row, "Unit": row.get("Unit") or unit, "Note": note}


def _row_format(workbook: _Workbook, sheet: Sheet, field: Field, row: Row) -> str:
    if field in _UNIT_OF_ROW and sheet is _PARAMETERS:
        return number_format(field, str(row.get("Unit") or ""), workbook.currency)
    if sheet.name == "Settings" and field.kind is Kind.ANY:
        return number_format(_SETTING.get(str(row.get("Setting")), field))
    return number_format(field)


def _write_cell(
    page: Any, row: int, column: int, cell: Cell, style: Any, values: Mapping[str, float]
) -> None:
    if cell is None or cell == "":
        page.write_blank(row, column, None, style)
    elif not isinstance(cell, str):
        page.write_number(row, column, float(cell), style)
    elif cell.startswith("="):
        page.write_formula(row, column, cell, style, _stored_value(cell, values))
    else:
        page.write_string(row, column, cell, style)


# Colours and drop-downs of cells yet to be filled


def _colour(workbook: _Workbook, page: Any, sheet: Sheet, number: int, field: Field) -> None:
    """Colour by rule, so that a cell keeps telling the truth when it is typed over.

    The spare rows are coloured by the rule alone: they hold no cells.
    """
    last = workbook.last_row(sheet)
    filled = FIRST_ROW + len(workbook.rows(sheet))

    def rule(first: int, test: str, look: Look) -> None:
        cell = xl_rowcol_to_cell(first, number)
        page.conditional_format(first, number, last, number, {
            "type": "formula", "criteria": test.format(cell=cell), "stop_if_true": True,
            "format": workbook.styles.conditional(look),
        })  # fmt: skip

    if last < FIRST_ROW:
        return
    if field.choices == EVIDENCE:
        rule(FIRST_ROW, '={cell}="assumption"', Look.ASSUMPTION)
    if field.kind in (Kind.VALUE, Kind.ANY):
        rule(FIRST_ROW, "=_xlfn.ISFORMULA({cell})", Look.FORMULA)
        rule(FIRST_ROW, "=TRUE", Look.INPUT)
    elif filled <= last:
        rule(filled, "=TRUE", Look.KEY if _is_key(sheet, field) else look_of(field, None))


def _validate(workbook: _Workbook, page: Any, sheet: Sheet) -> None:
    if sheet.name == "Settings":
        _validate_settings(workbook, page, sheet)
        return
    for number, field in enumerate(sheet.columns):
        rule = validation(sheet.name, field, workbook.source)
        if rule:
            page.data_validation(FIRST_ROW, number, workbook.last_row(sheet), number, rule)


def _validate_settings(workbook: _Workbook, page: Any, sheet: Sheet) -> None:
    column = sheet.columns.index(sheet.column("Value"))
    for number, row in enumerate(workbook.rows(sheet)):
        setting = _SETTING.get(str(row.get("Setting")))
        rule = setting and validation(sheet.name, setting, workbook.source)
        if rule:
            at = FIRST_ROW + number
            page.data_validation(at, column, at, column, rule)
