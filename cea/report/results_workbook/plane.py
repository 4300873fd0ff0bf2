"""The cost-effectiveness plane as a native chart, and the points it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matplotlib.ticker import MaxNLocator

from cea.analysis.psa import Psa
from cea.report.format import per_qaly
from cea.report.results_workbook.book import (
    COUNT,
    EFFECT,
    MONEY,
    PIXELS,
    Block,
    Book,
    Cell,
    Column,
    Page,
)
from cea.report.results_workbook.charts import LEGEND, axis, points
from cea.report.results_workbook.report import Report, capitalised
from cea.report.style import BASE_CASE, INK, slope_style, strategy_style

_DRAWN = 2000  # points: more only blacken the chart
_SIZE = (720, 520)  # pixels
_TICKS = 7


def write_plane(book: Book, report: Report) -> None:
    """Write mean and base case, the thresholds, a chart for each comparison, and the draws."""
    psa = report.found.psa
    assert psa is not None
    count = min(psa.n, _DRAWN)
    said = f"All {count:,} draws are shown."
    if count < psa.n:
        said = f"The first {count:,} of {psa.n:,} draws are shown; means are of all."
    page = book.page(
        "Plane",
        "Cost-effectiveness plane",
        f"Increments against {report.reference}. {said}",
        (46, *[17] * max(4, 2 * len(report.others))),
    )
    page.freeze_title(one_page=len(report.others) == 1)
    means = _means(page, report, psa)
    x, y = _limits(report, psa, count)
    thresholds = _thresholds(page, report, x, y)
    rows = _SIZE[1] // PIXELS + 2
    tops = [page.row + k * rows for k in range(len(report.others))]
    page.row += len(tops) * rows
    page.sheet.print_area(0, 0, page.row - 1, 4)  # the draws are not worth the paper
    draws = _draws(page, report, psa, count)
    for k, top in enumerate(tops):
        page.chart(_chart(book, report, k, (draws, means, thresholds), (x, y)), top, 0)
    if len(tops) > 1:
        page.sheet.set_h_pagebreaks(tops)


def _columns(report: Report, name: str) -> list[Column]:
    return [
        Column(capitalised(f"{name}incremental QALYs"), EFFECT),
        Column(capitalised(f"{name}incremental costs ({report.currency})"), MONEY),
    ]


def _means(page: Page, report: Report, psa: Psa) -> Block:
    rows: list[list[Cell]] = []
    for s in report.others:
        mean, base = psa.mean_increment(s), report.base.against_reference(s)
        rows.append([report.labels[s], mean.effect, mean.cost, base.effect, base.cost])
    page.section("Mean of the draws and base case", 5)
    return page.table(
        [
            Column("Technologies"),
            *_columns(report, "Mean of the draws, "),
            *_columns(report, "Base case, "),
        ],
        rows,
    )


def _thresholds(page: Page, report: Report, x: list[float], y: list[float]) -> Block:
    """Write where the line of each threshold begins and ends in the chart."""
    rows: list[list[Cell]] = []
    for threshold in report.assumptions.thresholds:
        value, name = threshold.value, per_qaly(threshold.value, report.currency)
        ends = x[0], x[-1]
        if value > 0:
            ends = max(x[0], y[0] / value), min(x[-1], y[-1] / value)
        rows += [[f"{name} ({threshold.label})", effect, value * effect] for effect in ends]
    page.section("Thresholds: ends of their lines in the charts", 3)
    return page.table([Column("Threshold"), *_columns(report, "")], rows)


def _draws(page: Page, report: Report, psa: Psa, count: int) -> Block:
    shown = []
    for s in report.others:
        cost, effect = psa.increments(s)
        shown += [effect[:count].tolist(), cost[:count].tolist()]
    columns = [Column("Draw", COUNT)]
    for s in report.others:
        columns += _columns(report, f"{report.labels[s]}, ")
    page.section("Draws", len(columns))
    return page.table(
        columns, [[k, *row] for k, row in enumerate(zip(*shown, strict=True), start=1)]
    )


def _limits(report: Report, psa: Psa, count: int) -> tuple[list[float], list[float]]:
    """Return the ticks of both axes: they hold the origin and every point shown."""
    found: tuple[list[float], list[float]] = ([0.0], [0.0])
    for s in report.others:
        cost, effect = psa.increments(s)
        mean, base = psa.mean_increment(s), report.base.against_reference(s)
        found[0].extend([*effect[:count].tolist(), mean.effect, base.effect])
        found[1].extend([*cost[:count].tolist(), mean.cost, base.cost])
    return _ticks(found[0]), _ticks(found[1])


def _ticks(values: list[float]) -> list[float]:
    low, high = min(values), max(values)
    if low == high:
        low, high = -1.0, 1.0
    made = MaxNLocator(_TICKS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in made]


def _rows(block: Block, first: int, count: int) -> Block:
    """Return some rows of a table, from 0."""
    start = block.first + first
    return replace(block, first=start, last=start + count - 1)


def _chart(
    book: Book,
    report: Report,
    k: int,
    blocks: tuple[Block, Block, Block],
    limits: tuple[list[float], list[float]],
) -> Any:
    draws, means, thresholds = blocks
    s = report.others[k]
    color = strategy_style(s).color
    series: list[dict[str, Any]] = [
        {
            "name": "Draws",
            "categories": draws.column(1 + 2 * k),
            "values": draws.column(2 + 2 * k),
            "marker": {
                "type": "circle", "size": 3, "border": {"none": True},
                "fill": {"color": color, "transparency": 60},
            },
        }
    ]  # fmt: skip
    for position, threshold in enumerate(report.assumptions.thresholds):
        line_of, style = _rows(thresholds, 2 * position, 2), slope_style(position)
        series.append(
            {
                "name": per_qaly(threshold.value, report.currency),
                "categories": line_of.column(1),
                "values": line_of.column(2),
                "marker": {"type": "none"},
                "line": {"color": style.color, "width": 1.5, "dash_type": style.dash},
            }
        )
    marks = [
        {
            "name": name,
            "categories": _rows(means, k, 1).column(column),
            "values": _rows(means, k, 1).column(column + 1),
            "marker": {**marker, "border": {"color": INK, "width": 1.75}},
        }
        for name, column, marker in (
            ("Mean of the draws", 1, {"type": "diamond", "size": 7, "fill": {"color": INK}}),
            (
                "Base case (deterministic)",
                3,
                {"type": "circle", "size": 11, "fill": {"color": BASE_CASE}},
            ),
        )
    ]
    # Excel draws the last series on top, other programs the first: these stand at both ends.
    series = [*marks, *series, *reversed(marks)]
    x, y = (
        {"min": at[0], "max": at[-1], "major_unit": at[1] - at[0], "label_position": "low"}
        for at in limits
    )
    chart = points(
        book,
        f"{report.labels[s]} versus {report.reference}",
        series,
        axis("Incremental QALYs", num_format="0.0##", **x),
        axis(f"Incremental costs ({report.currency})", num_format=MONEY, **y),
        _SIZE,
    )
    chart.set_legend({**LEGEND, "delete_series": [0, 1]})
    return chart
