"""Every survival family for every fitted curve."""

from __future__ import annotations

from collections.abc import Sequence

from cea.analysis.families import Families, Grid, Slot
from cea.analysis.pairs import Gains
from cea.report.format import family_name, per_qaly
from cea.report.results_workbook.book import (
    MONEY,
    Block,
    Book,
    Cell,
    Column,
    Page,
    Row,
    Shown,
)
from cea.report.results_workbook.report import Report, icer_cell
from cea.report.terminal_families import sentences
from cea.survival.ranking import WARNING

_WEIGHT = "0.00"
_AS_TYPED = "As in the workbook"
_BELOW, _ABOVE = "#F0A04B", "#8F79BE"  # the ends of the scale, white at 0


def write_families(book: Book, report: Report) -> None:
    """Write the grids, what all combinations say, and the fits behind them."""
    found = report.found.families
    assert found is not None
    threshold = report.assumptions.threshold
    page = book.page(
        "Families",
        "Choice of survival families",
        "Incremental net monetary benefit (INMB) at "
        f"{per_qaly(threshold.value, report.currency)} ({threshold.label}) against "
        f"{report.reference}, and ICER, for every family of OS and of PFS.",
        (38, *([16] * 7), *([18] * 4)),
    )
    page.freeze_title()
    for line in sentences(found):
        page.note(line)
    for line in (*found.notes, WARNING):
        page.note(line)
    page.row += 1
    breaks = []
    for grid in (found.joint, *found.single):
        for s in report.others:
            breaks.append(page.row)
            _grid(page, report, found, grid, s)
    page.sheet.set_h_pagebreaks([*breaks[1:], page.row])
    _fits(page, found)


def _grid(page: Page, report: Report, found: Families, grid: Grid, s: int) -> None:
    labels = report.assumptions.labels
    whose = "the same families for " if len(grid.varied) > 1 else "families of "
    whose += " and ".join(labels[name] for name in grid.varied)
    if len(grid.varied) == 1 and found.joint is not grid:
        whose += ", other curves as in the workbook"
    slots = [slot for slot in found.slots if set(slot.strategies) & set(grid.varied)]
    os = [slot for slot in slots if slot.endpoint == "OS"]
    pair = found.gains(s)
    for title, threshold in (("INMB", report.assumptions.threshold.value), ("ICER", None)):
        unit = report.currency if title == "INMB" else f"{report.currency} per QALY"
        page.section(
            f"{title} ({unit}), {report.labels[s]} versus {report.reference}: {whose}",
            1 + len(grid.columns) + len(os),
        )
        block = page.table(
            [
                Column("OS in rows, PFS in columns"),
                *(Column(_name(name), MONEY) for name in grid.columns),
                *(Column(f"AIC weight of OS, {_who(report, slot)}", _WEIGHT) for slot in os),
            ],
            [
                *(_row(grid, i, pair, threshold, os) for i in range(len(grid.rows))),
                *(_weights(report, slot, grid) for slot in slots if slot.endpoint == "PFS"),
            ],
        )  # fmt: skip
        if title == "INMB":
            _colour(page, block, grid)


def _row(
    grid: Grid, i: int, pair: Gains, threshold: float | None, os: Sequence[Slot]
) -> list[Cell]:
    """Return a row of INMBs at a threshold, of ICERs without one."""
    cells: list[Cell] = [_name(grid.rows[i])]
    for draw in grid.cells[i]:
        if draw < 0:
            cells.append("No fit")
        elif threshold is not None:
            cells.append(float(pair.inmb(threshold)[draw]))
        else:
            cells.append(icer_cell(pair.increment(draw)))
    return [*cells, *(slot.weights.get(grid.rows[i]) for slot in os)]


def _weights(report: Report, slot: Slot, grid: Grid) -> Row:
    cells = [Shown(slot.weights.get(name), _WEIGHT) for name in grid.columns]
    return Row([f"AIC weight of PFS, {_who(report, slot)}", *cells], "total")


def _who(report: Report, slot: Slot) -> str:
    return " and ".join(report.assumptions.labels[name] for name in slot.strategies)


def _name(family: str) -> str:
    return family_name(family) if family else _AS_TYPED


def _colour(page: Page, block: Block, grid: Grid) -> None:
    """Colour the cells by their INMB, white where it is 0."""
    last = block.first + len(grid.rows) - 1
    page.sheet.conditional_format(
        block.first, 1, last, len(grid.columns),
        {"type": "3_color_scale", "min_color": _BELOW, "mid_color": "#FFFFFF",
         "max_color": _ABOVE, "mid_type": "num", "mid_value": 0},
    )  # fmt: skip


def _fits(page: Page, found: Families) -> None:
    page.section("Fits", 9)
    rows = [
        [
            f"{row['endpoint']}, {row['strategy']}", family_name(row["family"]), row["aic"],
            row["aic_difference"], row["aic_weight"], row["bic"], row["restricted_mean"],
            row["note"],
        ]
        for row in found.fits.to_dict("records")
    ]  # fmt: skip
    page.table(
        [
            Column("Curve"), Column("Family"), Column("AIC", "0.0"), Column("Δ AIC", "0.0"),
            Column("AIC weight", _WEIGHT), Column("BIC", "0.0"),
            Column("Mean to the horizon (months)", "0.0"), Column("Note"),
        ],
        rows,
    )  # fmt: skip
    page.note(
        "AIC weight: exp(-Δ AIC/2), scaled to add up to 1 over the families of a curve. The mean "
        "of a joint fit is that of its first strategy."
    )
