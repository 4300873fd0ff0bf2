"""One-way sensitivity analysis."""

from __future__ import annotations

from cea.analysis.decision import Verdict, increment
from cea.analysis.tornado import Bar, summed
from cea.report.format import money as amount
from cea.report.format import per_qaly, value_range
from cea.report.results_workbook import charts
from cea.report.results_workbook.book import (
    ANY,
    EFFECT,
    MONEY,
    MONTHS,
    PIXELS,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Row,
    Shown,
    size_format,
)
from cea.report.results_workbook.report import SAVING, Report, capitalised, icer_cell
from cea.report.words_oneway import searched

_TOP = 15  # bars in the chart; the table has all
_COLUMNS = 18


def write_tornado(book: Book, report: Report) -> None:
    """Write one chart and one table for each strategy against the reference."""
    assert report.found.tornado is not None
    threshold = report.assumptions.threshold
    page = book.page(
        "Tornado",
        "One-way sensitivity analysis",
        f"Incremental net monetary benefit (INMB) against {report.reference} at "
        f"{per_qaly(threshold.value, report.currency)} ({threshold.label}), each input at "
        "its low and its high value.",
        (46, 12, 11, 11, 11, 13, 13, 13, 13, 14, 15, 15, 13, 13, 13, 13, 13, 13),
    )
    page.freeze_title()
    breaks = []
    for s in report.others:
        breaks += [page.row, _one(book, page, report, s)]
    page.sheet.set_h_pagebreaks(breaks[1:])


def _one(book: Book, page: Page, report: Report, s: int) -> int:
    """Write a chart and its table; return the row in which the table begins."""
    assert report.found.tornado is not None
    money, label = report.currency, report.labels[s]
    bars = report.found.tornado.bars(s)
    page.section(f"{label} versus {report.reference}", _COLUMNS)
    top = page.row
    shown = bars[:_TOP]
    height = 130 + 24 * len(shown)
    page.row += height // PIXELS + 2
    block = page.table(
        [
            Column("Input"), Column("Evidence"), Column("Base", ANY), Column("Low", ANY),
            Column("High", ANY),
            Column(f"INMB at low ({money})", MONEY), Column(f"INMB at high ({money})", MONEY),
            Column(f"Swing ({money})", MONEY), Column("As the input rises, INMB"),
            Column("INMB = 0 at", ANY),
            Column(f"ICER at low ({money} per QALY)", MONEY),
            Column(f"ICER at high ({money} per QALY)", MONEY),
            Column(f"Incremental costs at low ({money})", MONEY),
            Column(f"Incremental costs at high ({money})", MONEY),
            Column("Incremental QALYs at low", EFFECT), Column("Incremental QALYs at high", EFFECT),
            Column("Mean of its curve at low (months)", MONTHS),
            Column("Mean of its curve at high (months)", MONTHS),
        ],
        [*(_bar(bar) for bar in bars), *_rest(bars[_TOP:])],
    )  # fmt: skip
    charted = Block(block.sheet, block.header, block.first, block.first + len(shown) - 1)
    base = report.found.tornado.base_inmb(s)
    ends = [value_range(bar.low, bar.high) for bar in shown]
    chart = charts.tornado(
        book,
        f"{label} versus {report.reference}: base case INMB {amount(base, money)}",
        charted.column(0),
        ("At the low value", charted.column(5), [low for low, _ in ends]),
        ("At the high value", charted.column(6), [high for _, high in ends]),
        base=base,
        x_name=f"Incremental net monetary benefit ({money})",
        number=MONEY,
        height=height,
        inmb=[end for bar in shown for end in bar.inmb],
    )
    page.chart(chart, top, 0)
    page.note(
        f"The chart shows the {len(shown)} widest bars; the numbers at their ends are the input "
        "values. Tinted: the input is an assumption."
    )
    page.note(
        f"Base case: INMB {amount(base, money)}. An ICER that would mislead is replaced by the "
        "verdict in words."
    )
    page.note(
        "INMB = 0 at: the value of the input at which the decision switches. It was looked for "
        "beyond low and high: dsa.csv says how far. none: no switch there."
    )
    page.note(
        "Mean of its curve: restricted mean to the horizon of the survival curve that the input "
        "belongs to."
    )
    if len(bars) > _TOP:
        page.note(
            "Summed: the moves of these inputs, each alone, added up downwards and upwards. They "
            "are not the range of moving them together."
        )
    if any(increment(c, q).verdict is Verdict.SAVING for c, q in _ends(bars)):
        page.note(SAVING)
    page.row += 1
    return block.header


def _ends(bars: list[Bar]) -> list[tuple[float, float]]:
    return [pair for bar in bars for pair in zip(bar.cost, bar.qaly, strict=True)]


def _bar(bar: Bar) -> Row:
    form = size_format(max(abs(bar.base), abs(bar.low), abs(bar.high)))
    icers = [icer_cell(increment(*pair)) for pair in zip(bar.cost, bar.qaly, strict=True)]
    parameter = bar.parameter
    return Row(
        [
            parameter.label or parameter.name, parameter.evidence,
            *(Shown(value, form) for value in (bar.base, bar.low, bar.high)),
            *bar.inmb, bar.swing, capitalised(bar.direction.partition(":")[0]), _switch(bar, form),
            *icers, *bar.cost, *bar.qaly, *((None, None) if bar.months is None else bar.months[1:]),
        ],
        "assumption" if parameter.evidence == "assumption" else "",
    )  # fmt: skip


def _switch(bar: Bar, form: str) -> Cell:
    """Return the value at which the decision switches, or the word that stands in its place."""
    values = bar.searched.nearest_first(bar.base)
    if len(values) == 1:
        return Shown(values[0], form)
    return Shown(searched(bar), ANY)


def _rest(bars: list[Bar]) -> list[Row]:
    """Return the row that sums the inputs without a bar of their own in the chart."""
    if not bars:
        return []
    found = summed(bars)
    cells: list[Cell] = [f"The {found.count} inputs below the {_TOP} widest, summed", "", None]
    return [Row([*cells, None, None, found.low, found.high, found.high - found.low], "total")]
