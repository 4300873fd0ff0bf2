"""Scenario analyses beside the base case, and what each of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from cea.analysis.decision import Verdict
from cea.analysis.scenarios import ScenarioResult, Scenarios
from cea.report.format import money as amount
from cea.report.format import number, per_qaly
from cea.report.results_workbook import charts
from cea.report.results_workbook.book import (
    EFFECT,
    MONEY,
    PERCENT,
    PIXELS,
    SHARE,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Row,
)
from cea.report.results_workbook.report import SAVING, Report, icer_cell

_TOP = 20  # bars in the chart; the table has all


def write_scenarios(book: Book, report: Report) -> None:
    """Write every scenario beside the base case."""
    found = report.found.scenarios
    assert found is not None
    money, threshold = report.currency, report.assumptions.threshold
    # Where every row compares the same two strategies, headers name them.
    references = {result.assumptions.reference for result in found.results}
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
    rows = [
        _scenario(report, found, result, s, named=not pair)
        for s in range(len(report.labels))
        for result in found.results
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
        for result in found.results
        for s in range(len(report.labels))
    ):
        page.note(SAVING)


def _scenario(
    report: Report, found: Scenarios, result: ScenarioResult, s: int, *, named: bool
) -> Row | list[Cell]:
    pair = result.against_reference(s)
    r, ly, qaly = (
        result.assumptions.reference, result.outcomes.total_ly[0], result.outcomes.total_qaly[0],
    )  # fmt: skip
    is_base = result is found.results[0]
    change = None if is_base else found.change(result, s)
    cells: list[Cell] = [
        result.label or result.name,
        "" if is_base else "\n".join(result.changes),
        *([report.labels[s]] if named else []),
        pair.cost,
        float(ly[s] - ly[r]),
        pair.effect,
        icer_cell(pair),
        result.inmb(s),
        None if change is None else change.icer[1],
        None if change is None else found.inmb_change(result, s),
        *(float(total[k]) for total in (ly, qaly) for k in (s, r)),
    ]
    return Row(cells, "total") if is_base else cells


def write_scenario_changes(book: Book, report: Report) -> None:
    """Write a tornado of the scenarios for each comparison, what changes, and their PSA."""
    found = report.found.scenarios
    assert found is not None
    threshold = report.assumptions.threshold
    page = book.page(
        "Scenario changes",
        "What the scenarios change",
        f"Changes of the incremental results against {report.reference}, from the base case. INMB: "
        f"incremental net monetary benefit at {per_qaly(threshold.value, report.currency)}.",
        (54, *([13] * 6), 16, 14, 14, 14),
    )
    page.freeze_title()
    breaks = []
    for s in report.others:
        breaks.append(page.row)
        _changes(book, page, report, found, s)
        if found.results[0].psa is not None:
            _sampled(page, report, found, s, found.results[0].psa.n)
    page.sheet.set_h_pagebreaks(breaks[1:])


def _changes(book: Book, page: Page, report: Report, found: Scenarios, s: int) -> None:
    """Write a chart, and below it the table from which it is drawn, the largest change first."""
    money, base = report.currency, found.results[0].inmb(s)
    ranked = found.ranked(s)
    shown = ranked[:_TOP]
    page.section(f"{report.labels[s]} versus {report.reference}", 11)
    if not ranked:
        page.note("No scenario keeps the comparator of the base case.")
        return
    top, height = page.row, 130 + 24 * len(shown)
    page.row += height // PIXELS + 2
    columns = [
        Column("Scenario"), Column(f"Change in costs ({money})", MONEY), Column("in %", PERCENT),
        Column("Change in QALYs", EFFECT), Column("in %", PERCENT),
        Column("Change in ICER", MONEY), Column("in %", PERCENT),
        Column(f"Change in INMB ({money})", MONEY), Column(f"INMB ({money})", MONEY),
        Column("Lower end of the bar", MONEY), Column("Upper end of the bar", MONEY),
    ]  # fmt: skip
    block = page.table(columns, [_changed(found, one, s, base) for one in ranked])
    charted = Block(block.sheet, block.header, block.first, block.first + len(shown) - 1)
    changes = [found.inmb_change(one, s) for one in shown]
    chart = charts.tornado(
        book,
        f"{report.labels[s]} versus {report.reference}: base case INMB {amount(base, money)}",
        charted.column(0),
        ("Lower net benefit", charted.column(9), _ends(changes, lower=True)),
        ("Higher net benefit", charted.column(10), _ends(changes, lower=False)),
        base=base,
        x_name=f"Incremental net monetary benefit ({money})",
        number=MONEY,
        height=height,
        inmb=[base + change for change in changes],
    )
    page.chart(chart, top, 0)
    page.note(
        "The numbers at the ends of the bars are the changes of the INMB. The change of the ICER "
        "is blank where either ICER has no meaning."
    )
    page.row += 1


def _changed(found: Scenarios, result: ScenarioResult, s: int, base: float) -> list[Cell]:
    change, inmb = found.change(result, s), result.inmb(s)
    assert change is not None, "ranked scenarios keep the comparator"
    moved = [None if isnan(x) else x for x in (*change.cost, *change.qaly, *change.icer)]
    return [result.label, *moved, inmb - base, inmb, min(inmb, base), max(inmb, base)]


def _ends(changes: Sequence[float], *, lower: bool) -> list[str]:
    """Return the labels at one end of the bars; blank where the bar has its other end there."""
    return [_signed(change) if (change < 0) == lower else "" for change in changes]


def _signed(change: float) -> str:
    text = number(change)
    return f"+{text}" if change > 0 and text != "0" else text


def _sampled(page: Page, report: Report, found: Scenarios, s: int, draws: int) -> None:
    money = report.currency
    page.section(
        f"PSA of every scenario, {draws:,} draws: {report.labels[s]} versus {report.reference}", 8
    )
    rows = []
    for result in found.results:
        drawn = result.sampled(s)
        if drawn is None or s == result.assumptions.reference:
            continue
        cells: list[Cell] = [
            result.label, drawn.means.cost, drawn.means.effect, drawn.inmb, drawn.low, drawn.high,
            drawn.probability, icer_cell(drawn.means),
        ]  # fmt: skip
        rows.append(Row(cells, "total") if result is found.results[0] else cells)
    page.table(
        [
            Column("Scenario"), Column(f"Incremental costs ({money})", MONEY),
            Column("Incremental QALYs", EFFECT), Column(f"INMB ({money})", MONEY),
            Column("95% interval, low", MONEY), Column("95% interval, high", MONEY),
            Column("Most cost-effective", SHARE), Column(f"ICER ({money} per QALY)", MONEY),
        ],
        rows,
    )  # fmt: skip
    page.note(
        "Means of the draws; the ICER is that of the means. Scenarios that sample the same "
        "parameters use the same random numbers."
    )
    page.row += 1
