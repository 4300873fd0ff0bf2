"""One-way sensitivity analysis and scenarios."""

from __future__ import annotations

from cea.analysis.decision import Increment, Verdict, increment
from cea.analysis.scenarios import ScenarioResult
from cea.analysis.tornado import Bar
from cea.report.format import money as amount
from cea.report.format import per_qaly, value_range
from cea.report.results_workbook import charts
from cea.report.results_workbook.book import (
    ANY,
    EFFECT,
    MONEY,
    PERCENT,
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
from cea.report.results_workbook.report import Report, icer_cell

_TOP = 15  # bars in the chart; the table has all
_COLUMNS = 14
_SAVING = (
    "Where incremental costs and QALYs are both negative, the ICER is the saving per QALY forgone."
)


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
        (46, 14, 11, 11, 11, 13, 13, 13, 18, 18, 13, 13, 13, 13),
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
            Column(f"Swing ({money})", MONEY),
            Column(f"ICER at low ({money} per QALY)", MONEY),
            Column(f"ICER at high ({money} per QALY)", MONEY),
            Column(f"Incremental costs at low ({money})", MONEY),
            Column(f"Incremental costs at high ({money})", MONEY),
            Column("Incremental QALYs at low", EFFECT), Column("Incremental QALYs at high", EFFECT),
        ],
        [_bar(bar) for bar in bars],
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
    if any(increment(c, q).verdict is Verdict.SAVING for c, q in _ends(bars)):
        page.note(_SAVING)
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
            *bar.inmb, bar.swing, *icers, *bar.cost, *bar.qaly,
        ],
        "assumption" if parameter.evidence == "assumption" else "",
    )  # fmt: skip


def write_scenarios(book: Book, report: Report) -> None:
    """Write every scenario beside the base case."""
    assert report.found.scenarios is not None
    money, threshold = report.currency, report.assumptions.threshold
    # Where every row compares the same two strategies, headers name them.
    references = {result.assumptions.reference for result in report.found.scenarios.results}
    pair = len(report.labels) == 2 and len(references) == 1
    names = ["", ", reference"]
    compared = "Each strategy against the reference strategy"
    if pair:
        new, old = report.labels[report.others[0]], report.reference
        names, compared = [f", {new}", f", {old}"], f"{new} against {old}"
    page = book.page(
        "Scenarios",
        "Scenarios",
        f"{compared}. INMB: incremental net monetary benefit at "
        f"{per_qaly(threshold.value, money)}, or at the scenario's own threshold.",
        (48, 44, *([] if pair else [30]), 14, 12, 12, 20, 14, 12, 14, 12, 12, 12, 12),
    )
    base = report.found.scenarios.results[0]
    rows = [
        _scenario(report, base, result, s, named=not pair)
        for s in range(len(report.labels))
        for result in report.found.scenarios.results
        if s != result.assumptions.reference
    ]
    page.table(
        [
            Column("Scenario"), Column("What changes"),
            *([] if pair else [Column("Strategy")]),
            Column(f"Incremental costs ({money})", MONEY), Column("Incremental LYG", EFFECT),
            Column("Incremental QALYs", EFFECT), Column(f"ICER ({money} per QALY)", MONEY),
            Column(f"INMB ({money})", MONEY), Column("Change in ICER", PERCENT),
            Column(f"Change in INMB ({money})", MONEY),
            *(Column(f"Total LYG{name}", EFFECT) for name in names),
            *(Column(f"Total QALYs{name}", EFFECT) for name in names),
        ],
        rows,
        freeze=True,
    )  # fmt: skip
    page.note(
        "Changes are from the base case; that of the ICER is blank where either has no meaning. "
        "LYG: life-years gained."
    )
    if any(
        result.against_reference(s).verdict is Verdict.SAVING
        for result in report.found.scenarios.results
        for s in range(len(report.labels))
    ):
        page.note(_SAVING)


def _scenario(
    report: Report, base: ScenarioResult, result: ScenarioResult, s: int, *, named: bool
) -> Row | list[Cell]:
    pair, before = result.against_reference(s), base.against_reference(s)
    r, ly, qaly = (
        result.assumptions.reference, result.outcomes.total_ly[0], result.outcomes.total_qaly[0],
    )  # fmt: skip
    is_base = result is base
    cells: list[Cell] = [
        result.label or result.name,
        "" if is_base else "\n".join(result.changes),
        *([report.labels[s]] if named else []),
        pair.cost,
        float(ly[s] - ly[r]),
        pair.effect,
        icer_cell(pair),
        result.inmb(s),
        None if is_base else _relative(pair, before),
        None if is_base else result.inmb(s) - base.inmb(s),
        *(float(total[k]) for total in (ly, qaly) for k in (s, r)),
    ]
    return Row(cells, "total") if is_base else cells


def _relative(pair: Increment, before: Increment) -> float | None:
    """Relative change of the ICER, where both are costs per QALY gained."""
    both = (pair.verdict, before.verdict) == (Verdict.TRADE_OFF, Verdict.TRADE_OFF)
    if not both or pair.icer is None or before.icer is None:
        return None
    return pair.icer / before.icer - 1
