"""Scenarios."""

from __future__ import annotations

from cea.analysis.decision import Increment, Verdict
from cea.analysis.scenarios import ScenarioResult
from cea.report.format import per_qaly
from cea.report.results_workbook.book import EFFECT, MONEY, PERCENT, Book, Cell, Column, Row
from cea.report.results_workbook.report import SAVING, Report, icer_cell


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
        page.note(SAVING)


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
