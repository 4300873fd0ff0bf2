"""How the sheets of the live workbook are laid out on screen and paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import wrap
from typing import Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from cea.report.results_workbook.book import Page


class Kind(StrEnum):
    """What a sheet is for, as the colour of its tab tells the reader."""

    START = "Start"
    INPUT = "Inputs"
    CALCULATION = "Calculation"
    RESULT = "Results"
    DATA = "Data of the engine"


TABS = {
    Kind.START: "#1F4E5F",
    Kind.INPUT: "#E3B23C",
    Kind.CALCULATION: "#9AA5AB",
    Kind.RESULT: "#2E8B6F",
    Kind.DATA: "#8E7CA6",
}


class About(NamedTuple):
    """A sheet's kind, and what stands on it."""

    kind: Kind
    said: str


COVER = "Cover"
SHEETS = {
    COVER: About(Kind.START, ""),
    "Settings": About(Kind.INPUT, "How the model runs; willingness to pay; constants"),
    "Parameters": About(Kind.INPUT, "Every parameter with its deterministic, sampled and live "
                        "value"),
    "Survival": About(Kind.INPUT, "Families, parameters, hazard ratios and waning of the curves"),
    "Curves": About(Kind.INPUT, "Tabulated survival curves"),
    "Costs": About(Kind.INPUT, "Cost rows: amounts, periods, months charged"),
    "Utilities": About(Kind.INPUT, "Utility of the health states"),
    "Adverse events": About(Kind.INPUT, "Incidence, cost and disutility"),
    "Life table": About(Kind.INPUT, "Mortality of the general population"),
    "Time": About(Kind.CALCULATION, "What all strategies share: months, discount factors, "
                  "population mortality, what is charged when"),
    "Results": About(Kind.RESULT, "Totals, increments, ICER, net benefit, dominance"),
    "PSA": About(Kind.RESULT, "Means, intervals, acceptability curves and EVPI over the draws"),
    "Tornado": About(Kind.RESULT, "One-way sensitivity of the incremental net benefit"),
    "Charts": About(Kind.RESULT, "Survival, trace, costs, acceptability curves, tornado"),
    "Checks": About(Kind.RESULT, "Formulas that say OK, or where the model fails"),
    "PSA draws": About(Kind.DATA, "Sampled parameters of each draw, with the engine's results"),
    "Tornado cases": About(Kind.DATA, "The ends of every bar, with the engine's results"),
}  # fmt: skip
STRATEGY = About(
    Kind.CALCULATION, "Cycle by cycle, from survival curves to the trace, costs and QALYs"
)

LEFT: Mapping[str, Any] = {"align": "left", "indent": 1}  # text beside a number
_RULE = "#1F4E5F"
TOTAL: Mapping[str, Any] = {
    "bold": True, "top": 1, "bottom": 1, "top_color": _RULE, "bottom_color": _RULE,
    "bg_color": "#DCE8EC",
}  # fmt: skip

_PAPER = (297 - 2 * 10.2) / 25.4 * 96  # pixels of an A4 landscape between its margins, at 100%
_SPARE = 0.93  # programs differ a little in the widths of columns
_LETTER, _PADDING = 7, 5  # pixels: of a digit, and of a column besides
_BOLD = 1.12  # a bold letter to a digit


class PlainFormulas(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are written as they are.

    XlsxWriter looks for 29 newer functions in every formula, to prefix them: a third of the time
    that this workbook takes. The formulas here hold none of them, and say their own prefixes.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


@dataclass(frozen=True)
class Heading:
    """The heading of a column; a helper is greyed."""

    text: str
    note: str = ""
    number: bool = False
    helper: bool = False


def tint(color: str) -> str:
    """Return a colour lightened so that dark text can be read on it.

    >>> tint("#000000")
    '#C0C0C0'
    """
    parts = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{255 - (255 - part) // 4:02X}" for part in parts)


def wide_enough(text: str, width: float) -> float:
    """Return a width in which no word of a heading is broken."""
    words = re.split(r"[\s-]+", text)
    return max(width, *(_BOLD * len(word) + 1.5 for word in words))


def lines_of(text: str, width: float, *, bold: bool = True) -> int:
    """Count the lines of a heading, or of plain text, in a column."""
    letters = (width - 1) / _BOLD if bold else 1.12 * (width - 2)
    return max(1, len(wrap(text, max(1, int(letters)))))


@dataclass
class Strip:
    """The columns of a wide sheet, from the left: what it takes to break them into pages."""

    widths: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # of each group of columns
    lines: int = 1  # of the highest heading
    band: int = 1  # of the highest heading of a group

    def breaks(self, scale: int, repeated: int) -> list[int]:
        """Return the columns before which a page ends: between groups, where these fit a page.

        Parameters
        ----------
        scale
            Of the print, in percent.
        repeated
            Columns printed on every page.
        """
        room = _PAPER * _SPARE * 100 / scale - _pixels(self.widths[:repeated])
        ends = [
            *sorted({s for s in self.starts if repeated < s < len(self.widths)}),
            len(self.widths),
        ]
        found: list[int] = []
        page = start = repeated
        for end in ends:
            if _pixels(self.widths[page:end]) > room and start > page:
                found.append(start)
                page = start
            while _pixels(self.widths[page:end]) > room:  # a group wider than a page
                page += _fitting(self.widths[page:end], room)
                found.append(page)
            start = end
        return found


def _pixels(widths: Sequence[float]) -> float:
    return sum(_LETTER * width + _PADDING for width in widths)


def _fitting(widths: Sequence[float], room: float) -> int:
    count = 1
    while _pixels(widths[: count + 1]) <= room:
        count += 1
    return count


def print_in_pages(page: Page, first: int, repeated: int, *, scale: int = 70, high: int = 1,
                   strip: Strip | None = None) -> None:  # fmt: skip
    """Print a wide sheet on as many pages as it takes, at a size that can be read.

    Parameters
    ----------
    page
        The sheet, all written.
    first, high
        First row of the print, and the rows from there that are printed on every page.
    repeated
        Columns printed on every page.
    scale
        In percent.
    strip
        Its groups of columns, between which pages end.
    """
    sheet = page.sheet
    sheet.print_area(first, 0, sheet.dim_rowmax, sheet.dim_colmax)
    # The title would be cut off at the repeated columns: it stands in the header of every page.
    title = page.title.replace("&", "&&")
    sheet.set_header(f'&L&"Arial,Bold"&11 {title[:200]}')
    if high:
        sheet.repeat_rows(first, first + high - 1)
    if repeated:
        sheet.repeat_columns(0, repeated - 1)
    sheet.set_print_scale(scale)
    if strip is not None:
        sheet.set_v_pagebreaks(strip.breaks(scale, repeated))
