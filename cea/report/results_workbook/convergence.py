"""How exact the probabilistic analysis is, and what it says of the ICER."""

from __future__ import annotations

from typing import Any

from matplotlib.ticker import MaxNLocator

from cea.analysis.precision import Estimate, Precision
from cea.analysis.ratio import ratio_intervals
from cea.report.format import per_qaly
from cea.report.ratio_words import interval
from cea.report.results_workbook.book import (
    COUNT,
    MONEY,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Shown,
)
from cea.report.results_workbook.charts import axis, line, lines
from cea.report.results_workbook.report import Report, capitalised
from cea.report.style import strategy_style

_COLUMNS = 9
_ROWS = 20  # of a chart
_SIZE = (620, 330)
_FINE = "0.00%"
_FORMATS = {
    "incremental cost": ("#,##0.00", MONEY),
    "incremental QALYs": ("0.00000", "0.0000"),
    "INMB": ("#,##0.00", MONEY),
    "ICER": ("#,##0.00", MONEY),
    "probability": (_FINE, _FINE),
}


def write_convergence(book: Book, report: Report) -> None:
    """Write the Monte-Carlo error, how it falls with the draws, and the ICER's intervals."""
    found = report.found.precision
    assert found is not None
    size = found.draws // found.replicates
    threshold = per_qaly(report.assumptions.threshold.value, report.currency)
    page = book.page(
        "Convergence",
        "Monte-Carlo error of the probabilistic analysis",
        f"{found.replicates} independent sets of {size:,} draws: the spread of their means is a "
        f"valid measure of error. At {threshold}.",
        (40, 56, *[15] * 7),
    )
    page.freeze_title()
    _errors(page, report)
    psa = report.found.psa
    if psa is not None and found.psa is not psa:
        page.note(
            f"These {found.draws:,} draws are a check: the analysis has {psa.n:,} others, of "
            "one sequence, and is as a rule more exact than these."
        )
    page.note(
        "Draws needed: for an error of one percentage point of a probability, or of 1% of anything "
        "else. Pseudo-random draws: how many would be as exact."
    )
    page.row += 1
    _ratios(page, report)
    breaks = []
    for s in report.others:
        breaks.append(page.row)
        block = _running(page, report, s)
        for k, chart in enumerate(_charts(book, report, s, block)):
            page.chart(chart, page.row, 3 * k)
        page.row += _ROWS
    page.sheet.set_h_pagebreaks(breaks)


def _errors(page: Page, report: Report) -> None:
    found = report.found.precision
    assert found is not None
    page.section("Estimates with their 95% Monte-Carlo interval", _COLUMNS)
    page.table(
        [
            Column("Technologies"), Column("Quantity"), Column("Estimate", MONEY),
            Column("Standard error", MONEY), Column("95% half-width", MONEY),
            Column("2.5%", MONEY), Column("97.5%", MONEY), Column("Draws needed", COUNT),
            Column("Pseudo-random draws as exact", COUNT),
        ],
        [_estimate(report.labels[e.strategy], e, report.currency) for e in found.estimates],
    )  # fmt: skip


def _estimate(label: str, e: Estimate, currency: str) -> list[Cell]:
    fine, _ = _FORMATS[e.quantity]
    name = {
        "probability": "Probability most cost-effective",
        "incremental QALYs": "Incremental QALYs",
        "ICER": f"ICER of means ({currency} per QALY)",
    }.get(e.quantity, f"{capitalised(e.quantity)} ({currency})")
    low, high = e.value - e.half_width, e.value + e.half_width
    if e.quantity == "probability":
        low, high = max(low, 0.0), min(high, 1.0)
    numbers = (e.value, e.standard_error, e.half_width, low, high)
    return [label, name, *(Shown(x, fine) for x in numbers), e.draws, e.random_draws]


def _ratios(page: Page, report: Report) -> None:
    psa = report.found.psa
    if psa is None:
        return
    page.pairs(
        "What the draws say of the ICER, with 95% confidence",
        [
            (
                f"{report.labels[found.strategy]}, {name}",
                capitalised(interval(wedge, report.currency)),
            )
            for found in ratio_intervals(psa)
            for name, wedge in (("Fieller", found.fieller), ("draws by angle", found.draws))
        ],
    )
    page.note(
        "Both are wedges around the mean increment on the plane; a ratio is read off their edges. "
        "Fieller's takes the draws' means and covariance as those of a normal distribution."
    )
    page.row += 1


def _running(page: Page, report: Report, s: int) -> Block:
    found = report.found.precision
    assert found is not None
    running = found.running(s)
    page.section(f"{report.labels[s]} versus {report.reference}, as the draws grow", 7)
    of_inmb = ("INMB", "INMB, 2.5%", "INMB, 97.5%")
    of_share = ("Probability most cost-effective", "2.5%", "97.5%")
    inmb, half = running["inmb"], running["inmb_half_width"]
    share, error = running["probability"], running["probability_half_width"]
    columns: list[Any] = [
        running["draws"], inmb, inmb - half, inmb + half,
        share, (share - error).clip(0, 1), (share + error).clip(0, 1),
    ]  # fmt: skip
    return page.table(
        [
            Column("Draws", COUNT),
            *(Column(f"{name} ({report.currency})", MONEY) for name in of_inmb),
            *(Column(name, _FINE) for name in of_share),
        ],
        [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)],
    )  # fmt: skip


def _charts(book: Book, report: Report, s: int, block: Block) -> list[Any]:
    found = report.found.precision
    assert found is not None
    color, draws = strategy_style(s).color, found.running(s)["draws"]
    made = []
    for title, first, number in (
        (f"INMB ({report.currency})", 1, MONEY),
        ("Probability most cost-effective", 4, "0%"),
    ):
        series = [
            {
                "name": name,
                "categories": block.column(0),
                "values": block.column(first + k),
                "line": line(0 if k == 0 else 3, color, 2.0 if k == 0 else 1.0),
            }
            for k, name in enumerate(("Estimate", "2.5%", "97.5%"))
        ]
        x = axis("Draws (each step doubles them)", log_base=2, num_format=COUNT,
                 min=float(draws[0]), max=float(draws[-1]), label_position="low")  # fmt: skip
        low, high = _limits(found, s) if first == 1 else (0.0, None)
        y = axis(title, num_format=number, min=low, max=high)
        name = f"{report.labels[s]}: {title} and 95% Monte-Carlo interval"
        made.append(lines(book, name, series, x, y, _SIZE))
    return made


def _limits(found: Precision, s: int) -> tuple[float, float]:
    """Return round limits of the INMB and its intervals."""
    running = found.running(s)
    mean, half = running["inmb"], running["inmb_half_width"]
    ticks = MaxNLocator(6).tick_values(float((mean - half).min()), float((mean + half).max()))
    return float(ticks[0]), float(ticks[-1])
