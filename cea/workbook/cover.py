"""The first sheet: what the workbook is, the steps, the colours, what to type, the sheets."""

from __future__ import annotations

from typing import Any

from cea.workbook.schema import COVER, SHEETS
from cea.workbook.styles import Look, Styles, row_height

BANNER = "Illustrative example: made-up numbers"

_PURPOSE = (
    "A cost-effectiveness model of cancer treatments with three health states: progression-free, "
    "progressed and dead. Everything the model uses stands in this workbook; nothing is hidden in "
    "code."
)

_STEPS = (
    ("Fill in", "Work through the sheets from left to right. Hover over a column header to read "
     "what belongs there; where only some words will do, the cell has a drop-down."),
    ("Save", "Save as .xlsx and close the file."),
    ("Check", "cea validate my_model.xlsx lists everything that is missing or cannot be right, "
     "with the cell and the remedy."),
    ("Run", "cea run my_model.xlsx --out results writes tables, charts and results.xlsx to the "
     "folder results. This workbook is never written to."),
)  # fmt: skip

_COLOURS = (
    (Look.INPUT, "Input", "A number or a choice: type over it."),
    (Look.FORMULA, "Formula", "Computed from parameters, in Excel and again in every draw of the "
     "probabilistic analysis. Change the parameter rather than the formula."),
    (Look.KEY, "Name", "A parameter's name: formulas on every sheet may use it."),
    (Look.TEXT, "Text", "Labels, sources and notes."),
    (Look.ASSUMPTION, "assumption", "Nobody published this value: expect questions about it."),
)  # fmt: skip

_TYPING = (
    ("Numbers", "As plain numbers: 0.05 rather than 5%, 1756.55 rather than 1,756.55 USD."),
    ("Formulas", "As in Excel, over parameter names: =c_drug*dose_intensity. Operators + - * / ^ "
     "and functions such as IF, MIN, MAX, SUM, EXP, LN, SQRT."),
    ("Uncertainty", "Low and High alone are read as a 95% interval. An SE (of the logarithm for "
     "lognormal) or Par1 and Par2 come before them. A formula without a distribution is computed "
     "anew in every draw."),
    ("Blank cells", "Blank means the default, or that the row holds for all strategies. The header "
     "notes say which."),
    ("More rows", "Go on below the last row; drop-downs and colours are already there."),
    ("Scenarios", "Name the cell to change: sheet, row, column, new value. For example: Settings, "
     "horizon_years, Value, 15. Rows with the same scenario name are changed together."),
    ("Subgroups", "As scenarios, each with its share of the patients as Weight in one of its rows. "
     "Leave the sheet empty for none."),
)  # fmt: skip

_WIDTHS = (3, 22, 116)


def write_cover(book: Any, styles: Styles, *, title: str, illustrative: bool) -> None:
    """Write the first sheet.

    Parameters
    ----------
    book
        The XlsxWriter workbook.
    styles
        Its formats.
    title
        Printed at the top.
    illustrative
        Whether to say that the numbers are made up.
    """
    page = book.add_worksheet(COVER)
    page.hide_gridlines(2)
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width)
    _set_up_print(page)
    page.set_row(0, 30)
    page.write_string(0, 1, title, styles.of(Look.TITLE))
    row = 1
    if illustrative:
        page.set_row(row, 20)
        page.write_string(row, 1, BANNER, styles.of(Look.BANNER))
        page.write_blank(row, 2, None, styles.of(Look.BANNER))
        row += 1
    row = _paragraph(page, styles, row, _PURPOSE)
    row = _steps(page, styles, row + 1)
    row = _colours(page, styles, row + 1)
    row = _section(page, styles, row + 1, "What to type")
    for what, how in _TYPING:
        row = _pair(page, styles, row, what, how)
    _sheets(page, styles, row + 1)


def _set_up_print(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 1)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.set_footer("&L&A&RPage &P of &N")


def _section(page: Any, styles: Styles, row: int, heading: str) -> int:
    page.write_string(row, 1, heading, styles.of(Look.SECTION))
    page.write_blank(row, 2, None, styles.of(Look.SECTION))
    return row + 1


def _paragraph(page: Any, styles: Styles, row: int, text: str) -> int:
    page.write_string(row, 1, text, styles.of(Look.DESCRIPTION))
    return row + 1


def _pair(page: Any, styles: Styles, row: int, what: str, how: str, look: Look = Look.BODY) -> int:
    page.set_row(row, row_height([(how, _WIDTHS[2])]))
    page.write_string(row, 1, what, styles.of(look))
    page.write_string(row, 2, how, styles.of(Look.BODY))
    return row + 1


def _steps(page: Any, styles: Styles, row: int) -> int:
    row = _section(page, styles, row, "Steps")
    for number, (what, how) in enumerate(_STEPS, start=1):
        row = _pair(page, styles, row, f"{number}. {what}", how)
    return row


def _colours(page: Any, styles: Styles, row: int) -> int:
    row = _section(page, styles, row, "Colours")
    for look, name, meaning in _COLOURS:
        row = _pair(page, styles, row, name, meaning, look)
    return row


def _sheets(page: Any, styles: Styles, row: int) -> None:
    row = _section(page, styles, row, "Sheets")
    for sheet in SHEETS:
        needed = "" if sheet.required else " Optional."
        link = f"internal:'{sheet.name}'!A1"
        after = _pair(page, styles, row, sheet.name, sheet.description + needed)
        page.write_url(row, 1, link, styles.of(Look.LINK), sheet.name)
        row = after
