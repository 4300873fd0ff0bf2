"""Probabilistic analysis: its summary and the acceptability curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from cea.analysis.psa import Psa
from cea.report.format import per_qaly
from cea.report.results_workbook.book import (
    EFFECT,
    MONEY,
    SHARE,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Row,
)
from cea.report.results_workbook.charts import LEGEND, axis, line, lines
from cea.report.results_workbook.report import Report, icer_cell, label_width, reading
from cea.report.results_workbook.words import sampled
from cea.report.style import INK, strategy_style

_QUADRANTS = (
    "More costly, more effective",
    "Less costly, more effective",
    "Less costly, less effective",
    "More costly, less effective",
)
_CHART_ROWS = 20
_SIZE = (680, 340)


def write_psa(book: Book, report: Report) -> None:
    """Write means, intervals and decision uncertainty."""
    psa = report.found.psa
    assert psa is not None
    page = book.page(
        "PSA",
        "Probabilistic sensitivity analysis",
        f"{sampled(psa)} Means, and 95% intervals from the 2.5th to the 97.5th percentile.",
        (40, *[15] * 9, 18, 52),
    )
    page.freeze_title(one_page=True)
    _totals(page, report, psa)
    _increments(page, report, psa)
    _thresholds(page, report, psa)
    _quadrants(page, report, psa)
    page.note(
        "Most cost-effective: the highest net monetary benefit (NMB); ties are shared. Expected "
        "loss: net benefit forgone on average by choosing the strategy. Shaded: the highest "
        "expected net benefit."
    )
    page.note(
        "EVPI: expected value of perfect information per patient; the expected loss of the best "
        "choice. ICER of means: mean incremental costs over mean incremental QALYs."
    )


def _interval(name: str, number: str) -> list[Column]:
    return [Column(name, number), Column("2.5%", number), Column("97.5%", number)]


def _totals(page: Page, report: Report, psa: Psa) -> None:
    columns = [
        Column("Technologies"),
        *_interval(f"Total costs ({report.currency})", MONEY),
        *_interval("Total LYG", EFFECT),
        *_interval("Total QALYs", EFFECT),
    ]
    page.section("Costs and effects", len(columns))
    page.table(columns, _summary(report, psa, range(len(report.labels)), ""))


def _increments(page: Page, report: Report, psa: Psa) -> None:
    columns = [
        Column(f"Increments against {report.reference}"),
        *_interval(f"Incremental costs ({report.currency})", MONEY),
        *_interval("Incremental LYG", EFFECT),
        *_interval("Incremental QALYs", EFFECT),
        Column(f"ICER of means ({report.currency} per QALY)", MONEY),
        Column("How to read it"),
    ]
    rows = _summary(report, psa, report.others, "incremental_")
    for s, row in zip(report.others, rows, strict=True):
        pair = psa.mean_increment(s)
        row += [icer_cell(pair), reading(pair)]
    page.section("Increments", len(columns))
    page.table(columns, rows)


def _summary(report: Report, psa: Psa, positions: Sequence[int], prefix: str) -> list[list[Cell]]:
    table = psa.summary
    names = [f"{prefix}{x}{end}" for x in ("cost", "ly", "qaly") for end in ("", "_low", "_high")]
    found = table[names].to_numpy(dtype=float).tolist()
    return [[report.labels[s], *found[s]] for s in positions]


def _thresholds(page: Page, report: Report, psa: Psa) -> None:
    money, table = report.currency, psa.at_thresholds
    for threshold in report.assumptions.thresholds:
        at = table[table["label"] == threshold.label]
        page.section(f"At {per_qaly(threshold.value, money)}: {threshold.label}", 8)
        page.table(
            [
                Column("Technologies"), Column("Probability most cost-effective", SHARE),
                Column(f"Expected NMB ({money})", MONEY),
                Column(f"Incremental NMB ({money})", MONEY), Column("2.5%", MONEY),
                Column("97.5%", MONEY), Column(f"Expected loss ({money})", MONEY),
                Column(f"EVPI ({money})", MONEY),
            ],
            [
                _at_threshold(label, at.iloc[s], is_reference=s not in report.others)
                for s, label in enumerate(report.labels)
            ],
        )  # fmt: skip


def _at_threshold(label: str, found: Any, *, is_reference: bool) -> Row:
    best = bool(found["optimal"])
    gains = [None if is_reference else float(found[x]) for x in ("inmb", "inmb_low", "inmb_high")]
    return Row(
        [
            label, float(found["probability"]), float(found["nmb"]), *gains,
            float(found["expected_loss"]), float(found["evpi"]) if best else None,
        ],
        "best" if best else "",
    )  # fmt: skip


def _quadrants(page: Page, report: Report, psa: Psa) -> None:
    """Write the share of draws in each quarter of the plane."""
    rows: list[list[Cell]] = []
    for s in report.others:
        cost, qaly = psa.increments(s)
        dear, good = cost > 0, qaly > 0
        masks = (dear & good, ~dear & good, ~dear & ~good, dear & ~good)
        rows.append([report.labels[s], *(float(np.mean(mask)) for mask in masks)])
    page.section(f"Share of draws by comparison with {report.reference}", 5)
    page.table([Column("Technologies"), *(Column(name, SHARE) for name in _QUADRANTS)], rows)


def write_ceac(book: Book, report: Report) -> None:
    """Write acceptability curves, frontier and EVPI by threshold."""
    psa = report.found.psa
    assert psa is not None
    money, labels, found = report.currency, report.labels, psa.acceptability
    page = book.page(
        "CEAC",
        "Cost-effectiveness acceptability",
        "Probability that each strategy is the most cost-effective, by willingness to pay. The "
        "frontier (CEAF) is that of the strategy with the highest expected net benefit.",
        (18, *[min(20.0, label_width([label])) for label in labels], 12, label_width(labels), 14),
    )
    columns = [
        Column(f"Willingness to pay ({money} per QALY)", MONEY),
        *(Column(label, SHARE) for label in labels),
        Column("CEAF", SHARE),
        Column("Highest expected net benefit"),
        Column(f"EVPI per patient ({money})", MONEY),
    ]
    rows: list[list[Cell]] = [
        [threshold, *probability, ceaf, labels[best], evpi]
        for threshold, probability, ceaf, best, evpi in zip(
            found.thresholds.tolist(),
            found.probability.tolist(),
            found.frontier.tolist(),
            found.optimal.tolist(),
            found.evpi.tolist(),
            strict=True,
        )
    ]
    own = {threshold.value for threshold in report.assumptions.thresholds}
    block = page.table(
        columns, [Row(row, "best" if row[0] in own else "") for row in rows], freeze=True
    )
    page.note("Shaded: the thresholds of the workbook.")
    for k, chart in enumerate((_ceac(book, report, block), _evpi(book, report, block))):
        page.chart(chart, block.first + k * _CHART_ROWS, len(columns))


def _willingness(report: Report) -> dict[str, Any]:
    highest = max(
        report.settings.ceac_max,
        *(threshold.value for threshold in report.assumptions.thresholds),
    )
    return axis(
        f"Willingness to pay ({report.currency} per QALY)", min=0, max=highest, num_format=MONEY
    )


def _ceac(book: Book, report: Report, block: Block) -> Any:
    count = len(report.labels)
    series = [
        {
            "name": "Frontier (CEAF)",
            "categories": part.column(0),
            "values": part.column(1 + count),
            "line": {"color": INK, "width": 5.5, "transparency": 75},
        }
        for part in _stretches(report, block)
    ]
    repeated = list(range(1, len(series)))
    series += [
        {
            "name": label,
            "categories": block.column(0),
            "values": block.column(1 + s),
            "line": line(s, strategy_style(s).color),
        }
        for s, label in enumerate(report.labels)
    ]
    y = axis("Probability most cost-effective", min=0, max=1, major_unit=0.25, num_format="0%")
    chart = lines(book, "Acceptability curves", series, _willingness(report), y, _SIZE)
    if repeated:
        chart.set_legend({**LEGEND, "delete_series": repeated})
    return chart


def _stretches(report: Report, block: Block) -> list[Block]:
    """Cut the table where the optimal strategy changes: the frontier is broken there."""
    assert report.found.psa is not None
    optimal = report.found.psa.acceptability.optimal
    starts = [0, *(np.flatnonzero(np.diff(optimal)) + 1).tolist(), len(optimal)]
    return [
        replace(block, first=block.first + a, last=block.first + b - 1) for a, b in pairwise(starts)
    ]


def _evpi(book: Book, report: Report, block: Block) -> Any:
    series = {
        "name": "EVPI per patient",
        "categories": block.column(0),
        "values": block.column(3 + len(report.labels)),
        "line": line(0, strategy_style(0).color),
    }
    y = axis(f"EVPI per patient ({report.currency})", min=0, num_format=MONEY)
    return lines(
        book,
        "Expected value of perfect information",
        [series],
        _willingness(report),
        y,
        _SIZE,
    )
