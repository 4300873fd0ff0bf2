"""Results by subgroup, and weighted."""

from __future__ import annotations

from cea.analysis.decision import Verdict
from cea.analysis.subgroups import Group, Subgroups
from cea.report.format import number, per_qaly
from cea.report.results_workbook.book import EFFECT, MONEY, SHARE, Book, Cell, Column, Page, Row
from cea.report.results_workbook.report import Report, capitalised, icer_cell
from cea.report.terminal_subgroups import gain


def write_subgroups(book: Book, report: Report) -> None:
    """Write the totals of every strategy, then each comparison with the reference."""
    found = report.found.subgroups
    assert found is not None
    threshold = report.assumptions.threshold
    page = book.page(
        "Subgroups",
        "Results by subgroup",
        "Weighted: costs, life-years and QALYs are added up by the subgroups' shares, in every "
        "draw too; ratios and probabilities follow from the sums and are never averaged.",
        (26, 11, 34, *([14] * 4), 34, 18, *([14] * 5)),
    )
    page.freeze_title()
    for s in report.others:
        _comparison(page, report, found, s)
    page.note(
        f"INMB: incremental net monetary benefit at {per_qaly(threshold.value, report.currency)} "
        f"({threshold.label}). LYG: life-years gained."
    )
    if found.n:
        page.note(
            f"PSA: {found.n:,} draws, seed {found.seed}, with the same random numbers for every "
            "subgroup."
        )
    verdicts = {found.increment(g, s).verdict for g in found.rows for s in report.others}
    if Verdict.SAVING in verdicts:
        page.note(
            "Where incremental costs and QALYs are both negative, the ICER is the saving per QALY "
            "forgone."
        )
    page.note(f"{gain(found)} (Static value of heterogeneity, Espinoza et al. 2014.)")
    page.row += 1
    _totals(page, report, found)


def _comparison(page: Page, report: Report, found: Subgroups, s: int) -> None:
    money = report.currency
    columns = [
        Column("Subgroup"), Column("Weight", SHARE), Column("What differs"),
        Column(f"Incremental costs ({money})", MONEY), Column("Incremental LYG", EFFECT),
        Column("Incremental QALYs", EFFECT), Column(f"INMB ({money})", MONEY),
        Column("Fully incremental analysis"), Column(f"ICER ({money} per QALY)", MONEY),
    ]  # fmt: skip
    if found.n:
        columns += [
            Column(f"PSA: INMB ({money})", MONEY), Column("95% interval, low", MONEY),
            Column("95% interval, high", MONEY), Column("Most cost-effective", SHARE),
            Column(f"PSA: ICER ({money} per QALY)", MONEY),
        ]  # fmt: skip
    page.section(f"{report.labels[s]} versus {report.reference}", len(columns))
    page.table(columns, [_row(report, found, group, s) for group in found.rows])


def _row(report: Report, found: Subgroups, group: Group, s: int) -> Row | list[Cell]:
    r = report.assumptions.reference
    pair = found.increment(group, s)
    ly = group.base.gains(s, r).ly
    cells: list[Cell] = [
        group.label, group.weight, "\n".join(group.changes), pair.cost, float(ly[0]), pair.effect,
        found.inmb(group, s), _place(report, found, group, s), icer_cell(pair),
    ]  # fmt: skip
    if (drawn := found.sampled(group, s)) is not None:
        cells += [drawn.inmb, drawn.low, drawn.high, drawn.probability, icer_cell(drawn.means)]
    return Row(cells, "total") if group is found.weighted else cells


def _place(report: Report, found: Subgroups, group: Group, s: int) -> str:
    """Say where a strategy stands among all: against which one its ICER counts."""
    row = found.place(group, s)
    if row.icer is None or row.against is None:
        return capitalised("least costly" if row.verdict is Verdict.REFERENCE else str(row.verdict))
    against = report.labels[row.against]
    return f"{number(row.icer)} against {against}"


def _totals(page: Page, report: Report, found: Subgroups) -> None:
    page.section("Totals of every strategy", 6)
    rows: list[Row | list[Cell]] = []
    for group in found.rows:
        for s, label in enumerate(report.labels):
            cells: list[Cell] = [
                group.label, group.weight, label,
                *(float(x[0, s]) for x in (group.base.cost, group.base.ly, group.base.qaly)),
            ]  # fmt: skip
            rows.append(Row(cells, "total") if group is found.weighted else cells)
    page.table(
        [
            Column("Subgroup"), Column("Weight", SHARE), Column("Strategy"),
            Column(f"Costs ({report.currency})", MONEY), Column("Life-years", EFFECT),
            Column("QALYs", EFFECT),
        ],
        rows,
    )  # fmt: skip
