"""Two-way sensitivity analysis."""

from __future__ import annotations

from cea.analysis.pairs import versus
from cea.analysis.two_way import TwoWay, shown
from cea.analysis.two_way_grid import Axis
from cea.report.format import per_qaly
from cea.report.results_workbook.book import (
    EFFECT,
    MONEY,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Shown,
    size_format,
)
from cea.report.results_workbook.report import Report, icer_cell
from cea.report.style import LOW

_POSITIVE = "#B6AAD1"  # light enough for black figures
_MOST = 24  # columns of the grid: the rest is in twoway.csv


def write_two_way(book: Book, report: Report) -> None:
    """Write the grid, coloured, and its corners."""
    found = report.found.two_way
    assert found is not None
    money = report.currency
    page = book.page(
        "Two-way",
        "Two-way sensitivity analysis",
        f"{versus(report.assumptions, found.pair)}: incremental net monetary benefit (INMB, "
        f"{money}) at {per_qaly(found.threshold, money)}.",
        (24, 24, *[11] * (_MOST - 1)),
    )
    page.freeze_title(one_page=True)
    page.section("Corners of the grid", 6)
    page.table(
        [
            Column(found.x.label), Column(found.y.label),
            Column(f"Incremental costs ({money})", MONEY), Column("Incremental QALYs", EFFECT),
            Column(f"ICER ({money} per QALY)", MONEY), Column(f"INMB ({money})", MONEY),
        ],
        [
            [_value(found.x, x), _value(found.y, y), corner.cost, corner.effect,
             icer_cell(corner), found.threshold * corner.effect - corner.cost]
            for x, y, corner in found.corners()
        ],
    )  # fmt: skip
    columns = min(_MOST, len(found.x.values))
    page.section(f"INMB ({money})", columns + 1)
    page.note(f"Across: {found.x.label}. Down: {found.y.label}.")
    block = _grid(page, found, columns)
    _color(book, page, block, columns, float(abs(found.inmb).max()) or 1.0)
    page.note("In bold: INMB is 0 or more.")
    page.note("twoway.csv has every point, twoway_switch.csv the points at which INMB is 0.")


def _value(axis: Axis, value: float) -> Cell:
    found = shown(axis, value)
    if isinstance(found, str):
        return Shown(found, "General")
    return Shown(found, "0.0#%" if axis.percent else size_format(found))


def _grid(page: Page, found: TwoWay, columns: int) -> Block:
    heads = [_head(found.x, x) for x in found.x.values.tolist()[:columns]]
    return page.table(
        [
            Column(""),
            *(Column(head, MONEY) for head in heads),
        ],
        [
            [_value(found.y, y), *found.inmb[r, :columns].tolist()]
            for r, y in enumerate(found.y.values.tolist())
        ],
    )


def _head(axis: Axis, value: float) -> str:
    found = shown(axis, value)
    if isinstance(found, str):
        return found
    return f"{100 * found:.4g}%" if axis.percent else f"{found:,.5g}"


def _color(book: Book, page: Page, block: Block, columns: int, limit: float) -> None:
    """Colour the grid as the chart is: one colour below 0, another above."""
    page.sheet.conditional_format(
        block.first, 1, block.last, columns,
        {
            "type": "3_color_scale",
            "min_type": "num", "min_value": -limit, "min_color": LOW,
            "mid_type": "num", "mid_value": 0, "mid_color": "#FFFFFF",
            "max_type": "num", "max_value": limit, "max_color": _POSITIVE,
        },
    )  # fmt: skip
    bold = book.format({"bold": True, "num_format": MONEY})
    page.sheet.conditional_format(
        block.first, 1, block.last, columns,
        {"type": "cell", "criteria": ">=", "value": 0, "format": bold},
    )  # fmt: skip
