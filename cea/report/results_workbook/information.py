"""Value of information: EVPI, and what each input is worth knowing."""

from __future__ import annotations

from cea.analysis.evppi import PartialInformation
from cea.analysis.input_sets import ASSUMED, CURVE, GROUP, NAMED, SINGLE
from cea.report.format import number, per_qaly
from cea.report.results_workbook.book import (
    CENTS,
    MONEY,
    SHARE,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Row,
    Shown,
)
from cea.report.results_workbook.charts import bars
from cea.report.results_workbook.report import Report

_KINDS = {
    SINGLE: "Parameter",
    CURVE: "Fitted curve",
    GROUP: "Group",
    NAMED: "Named set",
    ASSUMED: "All assumptions",
}
_TOP = 15
_NOTES = (
    "EVPI: what deciding with everything known would gain per patient. EVPPI: the same with only "
    "these inputs known; with an input one also learns what it tells of correlated ones.",
    "By regression of incremental costs and QALYs on the inputs. The standard error holds the "
    "noise of the regression and of the number of draws, as if these were pseudo-random; for "
    "Sobol and Latin hypercube draws it is too wide. Values do not add up.",
    "Tinted: an assumption is among the inputs.",
)


def write_information(book: Book, report: Report) -> None:
    """Write EVPI with the population's, then EVPPI of inputs and groups."""
    voi = report.found.voi
    assert voi is not None
    money, thresholds = report.currency, report.assumptions.thresholds
    page = book.page(
        "Value of information",
        "Value of information",
        "Expected value of perfect information, per patient, and of the part of it that each input "
        "or group of inputs is worth.",
        (52, 16, *[15] * (3 * len(thresholds)), 60),
    )
    page.freeze_title()
    _evpi(page, report)
    columns = [Column("Inputs"), Column("Kind")]
    for threshold in thresholds:
        at = per_qaly(threshold.value, money)
        columns += [
            Column(f"EVPPI at {at} ({money})", MONEY),
            Column("Standard error", MONEY),
            Column("Share of EVPI", SHARE),
        ]
    noted = any(p.refused or p.structure for p in voi.information)
    columns += [Column("Note")] if noted else []
    blocks = []
    for heading, found in (
        ("Single inputs and fitted curves", voi.singles),
        ("Groups and sets of inputs", voi.groups),
    ):
        if not found:
            continue
        page.section(f"{heading}, at {per_qaly(thresholds[0].value, money)} the most first",
                     len(columns))  # fmt: skip
        blocks.append(page.table(columns, [_row(report, p, noted=noted) for p in found]))
    for note in _NOTES:
        page.note(note)
    first = blocks[0]
    worth = sum(bool(p.evppi[0] > 0) for p in voi.singles)
    if not worth:
        return
    shown = Block(first.sheet, first.header, first.first, first.first + min(worth, _TOP) - 1)
    page.chart(
        bars(
            book,
            f"EVPPI at {per_qaly(thresholds[0].value, money)}",
            shown.column(0),
            shown.column(2),
            f"EVPPI per patient ({money})",
            130 + 24 * (shown.last - shown.first + 1),
        ),
        page.row + 1,
        0,
    )


def _evpi(page: Page, report: Report) -> None:
    voi = report.found.voi
    assert voi is not None
    money, population = report.currency, voi.population
    columns = [
        Column(f"Willingness to pay ({money} per QALY)"), Column("Value", MONEY),
        Column(f"EVPI per patient ({money})", MONEY), Column("Standard error", MONEY),
        Column("EVPPI of all assumptions, of the EVPI", SHARE),
    ]  # fmt: skip
    if population is not None:
        columns += [Column(f"EVPI for the population ({money})", MONEY)]
    rows: list[list[Cell]] = []
    for k, threshold in enumerate(report.assumptions.thresholds):
        whole = float(voi.evpi[k])
        row: list[Cell] = [
            threshold.label, threshold.value, _amount(whole), _amount(float(voi.evpi_error[k])),
            voi.assumption_share(k) if whole > 0 else None,
        ]  # fmt: skip
        if population is not None:
            row.append(whole * population.patients())
        rows.append(row)
    page.section("Expected value of perfect information", len(columns))
    page.table(columns, rows)
    if population is not None:
        page.note(
            f"Population: {number(population.incidence)} patients a year, evenly, for "
            f"{population.horizon:g} years, discounted at {100 * population.rate:g}% a year: "
            f"{number(population.patients())} patients."
        )
        page.row += 1


def _amount(value: float) -> Shown:
    """Small amounts with cents."""
    return Shown(value, MONEY if value == 0 or value >= 10 else CENTS)


def _row(report: Report, found: PartialInformation, *, noted: bool) -> Row:
    voi = report.found.voi
    assert voi is not None
    cells: list[Cell] = [found.of.name, _KINDS[found.of.kind]]
    for k, whole in enumerate(voi.evpi.tolist()):
        value = float(found.evppi[k])
        if found.refused:
            cells += [None, None, None]
            continue
        share = min(1.0, value / whole) if whole > 0 else None
        cells += [_amount(value), _amount(float(found.std_error[k])), share]
    note = found.refused
    if found.structure:
        note = f"Residuals vary with {found.structure}: likely too low"
    cells += [note] if noted else []
    return Row(cells, "assumption" if found.of.assumed else "")
