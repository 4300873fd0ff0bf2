"""Expected loss by threshold, and how the draws are spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cea.analysis.histogram import edges
from cea.arrays import Array
from cea.report.format import per_qaly
from cea.report.results_workbook.book import EFFECT, MONEY, SHARE, Book, Column, Page, Row
from cea.report.results_workbook.charts import axis, line, lines
from cea.report.results_workbook.report import Report, label_width
from cea.report.style import strategy_style

_ROWS = 20  # of a chart
_SIZE = (680, 340)


def write_loss(book: Book, report: Report) -> None:
    """Write the expected loss of every strategy by willingness to pay."""
    psa = report.found.psa
    assert psa is not None
    money, labels, found = report.currency, report.labels, psa.acceptability
    page = book.page(
        "Expected loss",
        "Expected loss",
        "Net benefit forgone on average by choosing each strategy, per patient. The lowest is the "
        "best choice, and its loss is the EVPI.",
        (18, *[min(20.0, label_width([label])) for label in labels]),
    )
    own = {threshold.value for threshold in report.assumptions.thresholds}
    rows = zip(found.thresholds.tolist(), found.expected_loss.tolist(), strict=True)
    block = page.table(
        [Column(f"Willingness to pay ({money} per QALY)", MONEY),
         *(Column(f"{label} ({money})", MONEY) for label in labels)],
        [Row([x, *loss], "best" if x in own else "") for x, loss in rows],
        freeze=True,
    )  # fmt: skip
    page.note("Shaded: the thresholds of the workbook.")
    series = [
        {
            "name": label,
            "categories": block.column(0),
            "values": block.column(1 + s),
            "line": line(s, strategy_style(s).color),
        }
        for s, label in enumerate(labels)
    ]
    x = axis(f"Willingness to pay ({money} per QALY)", min=0, num_format=MONEY,
             max=float(found.thresholds.max()) or 1.0)  # fmt: skip
    y = axis(f"Expected loss per patient ({money})", min=0, num_format=MONEY)
    page.chart(lines(book, "Expected loss", series, x, y, _SIZE), block.first, 1 + len(labels))


def write_histograms(book: Book, report: Report) -> None:
    """Write histograms of incremental net benefit, costs and QALYs, with charts."""
    psa = report.found.psa
    assert psa is not None
    a, o = report.assumptions, psa.outcomes
    threshold = a.threshold.value
    page = book.page(
        "Histograms",
        "How the draws are spread",
        f"Share of the {psa.n:,} draws by size of the incremental net benefit (INMB) at "
        f"{per_qaly(threshold, report.currency)}, of costs and of QALYs.",
        (30, 18, *[18] * max(4, len(report.labels))),
    )
    page.freeze_title()
    gains = []
    for s in report.others:
        cost, effect = psa.increments(s)
        gains.append(threshold * effect - cost)
    names = [f"{report.labels[s]} versus {report.reference}" for s in report.others]
    page.section("Draws with an INMB above 0", 2)
    page.table(
        [Column("Comparison"), Column("Share of the draws", SHARE)],
        [[name, float(np.mean(x > 0))] for name, x in zip(names, gains, strict=True)],
    )
    everyone = list(range(len(report.labels)))
    _one(book, page, f"INMB ({report.currency})", MONEY, names, report.others, gains, zero=True)
    breaks = [page.row]
    _one(book, page, f"Cost ({report.currency})", MONEY, report.labels, everyone, list(o.cost.T))
    breaks.append(page.row)
    _one(book, page, "QALYs", EFFECT, report.labels, everyone, list(o.total_qaly.T))
    page.sheet.set_h_pagebreaks(breaks)


def _one(
    book: Book,
    page: Page,
    title: str,
    number: str,
    names: list[str],
    positions: Sequence[int],
    values: list[Array],
    *,
    zero: bool = False,
) -> None:
    """Write one histogram of several columns: a chart, and its table below."""
    bars = edges(*values, through_zero=zero)
    shares = [np.histogram(x, bars)[0] / len(x) for x in values]
    page.section(title, 3 + len(names))
    top = page.row
    page.row += _ROWS
    rows = np.column_stack([bars[:-1], bars[1:], (bars[:-1] + bars[1:]) / 2, *shares])
    block = page.table(
        [
            Column("From", number), Column("To", number), Column("Middle", number),
            *(Column(name, SHARE) for name in names),
        ],
        [row.tolist() for row in rows],
    )  # fmt: skip
    series: list[dict[str, Any]] = [
        {
            "name": name,
            "categories": block.column(2),
            "values": block.column(3 + k),
            "line": line(s, strategy_style(s).color),
        }
        for k, (name, s) in enumerate(zip(names, positions, strict=True))
    ]
    x = axis(title, num_format=number, min=float(bars[0]), max=float(bars[-1]))
    y = axis("Share of the draws", num_format="0%", min=0, label_position="low")
    page.chart(lines(book, f"{title}: share of the draws", series, x, y, _SIZE), top, 0)
