"""Threshold analysis, value-based price and discounts."""

from __future__ import annotations

import math

import numpy as np

from cea.analysis.decision import increment
from cea.analysis.pairs import Pair, versus
from cea.analysis.price import DISCOUNTS, Price
from cea.analysis.threshold import ThresholdAnalysis
from cea.report.format import per_qaly, significant
from cea.report.results_workbook import charts
from cea.report.results_workbook.book import (
    CENTS,
    MONEY,
    PIXELS,
    SHARE,
    Book,
    Cell,
    Column,
    Page,
    Shown,
    size_format,
)
from cea.report.results_workbook.report import Report, icer_cell
from cea.report.style import FAINT, INK, strategy_style

_HEIGHT = 330  # pixels
_EVERY = 4  # of the points of the curve: price.csv has all


def write_threshold(book: Book, report: Report) -> None:
    """Write the switches of one input and, where it is a price, prices and discounts."""
    found = report.found.threshold
    assert found is not None
    moved, unit = found.moved, found.moved.parameter.unit.strip()
    base = significant(moved.base, 5)
    page = book.page(
        "Threshold",
        "Threshold analysis",
        f"{moved.label}: {base} {unit} in the base case; looked for from "
        f"{significant(found.within.low, 4)} to {significant(found.within.high, 4)} "
        f"({found.within.words}).",
        (44, 30, 20, 24, 24, *[15] * 6),
    )
    page.freeze_title()
    _switches(page, report, found)
    if found.price is not None:
        for p, pair in enumerate(found.price.pairs):
            _prices(book, page, report, found.price, p, pair)
        for pair in found.price.pairs:
            _discounts(page, report, found.price, pair)
        page.note(f"{found.price.method}.")


def _switches(page: Page, report: Report, found: ThresholdAnalysis) -> None:
    page.section("Values at which the decision switches", 5)
    labels, form = report.assumptions.labels, size_format(found.moved.base)
    rows = []
    for row in found.table.to_dict("records"):
        compared = "Highest net benefit of all"
        if row["against"] != "all":
            compared = f"{labels[row['strategy']]} versus {labels[row['against']]}"
        value: Cell = row["status"] if math.isnan(row["switch"]) else Shown(row["switch"], form)
        threshold = per_qaly(row["threshold"], report.currency)
        rows.append([
            f"{threshold} ({row['threshold_label']})", compared, value,
            labels[row["preferred_below"]], labels[row["preferred_above"]],
        ])  # fmt: skip
    page.table(
        [
            Column("Willingness to pay"), Column("Comparison"), Column("Switches at", MONEY),
            Column("Better below it"), Column("Better above it"),
        ],
        rows,
    )  # fmt: skip
    page.note("Where nothing switches, the better strategy is so throughout.")
    page.row += 1


def _prices(
    book: Book, page: Page, report: Report, price: Price, p: int, pair: Pair
) -> None:  # fmt: skip
    money, drawn = report.currency, price.drawn
    form = CENTS if price.moved.base < 100 else MONEY
    page.section(f"Value-based price, {versus(report.assumptions, pair)}", 5)
    page.note(
        "The price at which the ICER equals the willingness to pay; blank where it would be below "
        "0, or was not found."
    )
    top = page.row
    page.row += _HEIGHT // PIXELS + 2
    columns = [Column(f"Willingness to pay ({money} per QALY)", MONEY), Column("Price", form)]
    values = [price.wtp, price.value[p]]
    if drawn is not None:
        columns += [Column("PSA: expected INMB is 0", form),
                    Column("PSA: mean of the draws' prices", form),
                    Column("PSA, lower end of 95%", form),
                    Column("PSA, upper end of 95%", form)]  # fmt: skip
        values += [drawn.expected[p], drawn.mean[p], drawn.low[p], drawn.high[p]]
    kept = np.isin(price.wtp, [t.value for t in price.thresholds])
    kept[::_EVERY] = kept[-1] = True
    rows = np.stack(values, axis=1)[kept]
    block = page.table(columns, rows.tolist())
    style = strategy_style(pair.strategy)
    own = {"color": style.color, "width": 2.0}
    expected = {"color": INK, "width": 1.5, "dash_type": "dash"}
    mean = {"color": INK, "width": 1.5, "dash_type": "round_dot"}
    end = {"color": FAINT, "width": 1.0, "dash_type": "dash"}
    looks = [own, expected, mean, end, end]
    series = [
        {"name": block.title(k), "categories": block.column(0), "values": block.column(k),
         "line": look}
        for k, look in zip(range(1, len(columns)), looks, strict=False)
    ]  # fmt: skip
    chart = charts.lines(
        book, f"{price.moved.label}: value-based price", series,
        charts.axis(f"Willingness to pay ({money} per QALY)", num_format=MONEY, min=0,
                    max=float(price.wtp.max())),
        charts.axis("Price", num_format=form, min=0), (760, _HEIGHT),
    )  # fmt: skip
    page.chart(chart, top, 0)


def _discounts(page: Page, report: Report, price: Price, pair: Pair) -> None:
    money = report.currency
    s, a = pair.strategy, pair.against
    thresholds = price.thresholds
    probable = [] if price.drawn is None else list(thresholds)
    form = CENTS if price.moved.base < 100 else MONEY
    page.section(f"Discounts, {versus(report.assumptions, pair)}", 4 + 2 * len(thresholds))
    cost, qaly = price.discounted.cost, price.discounted.total_qaly
    rows: list[list[Cell]] = []
    for d, discount in enumerate(DISCOUNTS.tolist()):
        found = increment(float(cost[d, s] - cost[d, a]), float(qaly[d, s] - qaly[d, a]))
        cells: list[Cell] = [
            f"{discount:.0%}", Shown(price.moved.base * (1 - discount), form), found.cost,
            icer_cell(found), *(t.value * found.effect - found.cost for t in thresholds),
        ]  # fmt: skip
        if price.drawn is not None:
            cells += [float(price.drawn.probability[d, k, s]) for k in range(len(thresholds))]
        rows.append(cells)
    page.table(
        [
            Column("Discount"), Column(f"Price of {price.moved.label}", form),
            Column(f"Incremental costs ({money})", MONEY),
            Column(f"ICER ({money} per QALY)", MONEY),
            *(Column(f"INMB at {per_qaly(t.value, money)}", MONEY) for t in thresholds),
            *(Column(f"Most cost-effective at {per_qaly(t.value, money)}", SHARE)
              for t in probable),
        ],
        rows,
    )  # fmt: skip
    if probable:
        page.note(
            "Most cost-effective: probability in the PSA, the discount taken off the price of each "
            "draw."
        )
