"""Heat map of the incremental net benefit over families of OS and PFS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cea.analysis.decision import Increment, Verdict
from cea.analysis.families import Families, Grid, Slot
from cea.arrays import Array, BoolArray
from cea.errors import AnalysisError
from cea.report.charts.strategies import compared, versus
from cea.report.charts.text import text_width, wrap
from cea.report.format import family_name, number, per_qaly
from cea.report.style import INK, LINE, SOFT, TITLE, WIDTH, Chart, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Light orange, white, purple: the two sides differ in lightness too, for greyscale.
_MAP = LinearSegmentedColormap.from_list(
    "inmb", ["#F0A04B", "#FCE3C6", "#FFFFFF", "#C9BCDD", "#6A4FA3"]
)
_MARGIN, _ROW, _GAP = 0.08, 0.36, 0.1  # inches
_MOST_WEIGHTS = 3  # strategies whose weights have room
_SAVED = "*"  # behind an ICER that is a saving


@dataclass(frozen=True)
class _Layout:
    """Where the cells stand, in inches from the figure's left and top."""

    left: float
    top: float
    width: float
    rows: int
    columns: tuple[str, ...]  # headers

    def box(self, i: int, j: int) -> tuple[float, float]:
        """Return the upper left corner of a cell."""
        return self.left + j * self.width, self.top + i * _ROW

    @property
    def bottom(self) -> float:
        """Return the lower edge of the last row."""
        return self.top + self.rows * _ROW


@styled
def family_grid(
    families: Families, varied: str | None = None, strategy: str | None = None
) -> Figure:
    """Draw the ICER and the incremental net benefit for each pair of families.

    Parameters
    ----------
    families
        Results.
    varied
        The strategy whose curves are varied; None for the same families for all.
    strategy
        Compared with the reference: by default the one that is varied, else the first other one.

    Raises
    ------
    AnalysisError
        There is no such strategy or grid, or it is the reference.
    """
    assumptions = families.assumptions
    grid = _grid_of(families, varied)
    if strategy is None and varied != assumptions.settings.reference_strategy:
        strategy = varied
    s = compared(assumptions, strategy)[0]
    slots = [slot for slot in families.slots if set(slot.strategies) & set(grid.varied)]
    sides = [[slot for slot in slots if slot.endpoint == e][:_MOST_WEIGHTS] for e in ("OS", "PFS")]
    texts, inmb = _texts(families, grid, s)
    heading = _heading(families, grid, s)
    layout = _layout(grid, sides, heading)
    foot = _foot(families, grid, texts)
    height = layout.bottom + _GAP + LINE * (foot.count("\n") + 1) + 0.1
    figure = Chart(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    axes.text(_MARGIN, 0.06, heading, size=TITLE, va="top", linespacing=1.25)
    _margins(axes, grid, sides, layout)
    _cells(axes, layout, texts, inmb)
    _switch(axes, layout, inmb)
    _frame_own(axes, families, grid, layout)
    axes.text(_MARGIN, layout.bottom + _GAP, foot, va="top", linespacing=1.25)
    return figure


def _grid_of(families: Families, varied: str | None) -> Grid:
    if varied is None:
        return families.joint
    found = next((grid for grid in families.single if grid.varied == (varied,)), None)
    if found is None:
        known = ", ".join(grid.varied[0] for grid in families.single) or "none"
        raise AnalysisError(f"no grid varies {varied!r} alone; there are: {known}")
    return found


def _heading(families: Families, grid: Grid, s: int) -> str:
    labels = families.assumptions.labels
    whose = (
        "the same families for all strategies" if len(grid.varied) > 1
        else f"families of {labels[grid.varied[0]]}, other curves as in the workbook"
    )  # fmt: skip
    return wrap(f"{versus(families.assumptions, s)}: {whose}", WIDTH - 0.4, 3, TITLE)


def _layout(grid: Grid, sides: Sequence[Sequence[Slot]], heading: str) -> _Layout:
    names = [_name(name) for name in grid.rows]
    left = _MARGIN + max(map(text_width, [*names, "OS family"])) + 0.1
    left += sum(_weight_width(slot) for slot in sides[0]) + 0.05
    width = min((WIDTH - _MARGIN - left) / len(grid.columns), 1.6)
    columns = tuple(wrap(_name(name, "PFS"), width, 2) for name in grid.columns)
    top = 0.06 + (heading.count("\n") + 1) * TITLE * 1.25 / 72 + _GAP
    top += LINE * (1.2 + _lines(columns) + len(sides[1]) + 1.5) + 0.05
    return _Layout(left, top, width, len(grid.rows), columns)


def _lines(columns: Sequence[str]) -> int:
    return 1 + max(name.count("\n") for name in columns)


def _weight_width(slot: Slot) -> float:
    return max(text_width(_who(slot)), text_width("0.00")) + 0.12


def _who(slot: Slot) -> str:
    return wrap(" + ".join(slot.strategies), 0.8, 1)


def _name(family: str, endpoint: str = "OS") -> str:
    return family_name(family) if family else f"{endpoint} as in the workbook"


def _margins(axes: Axes, grid: Grid, sides: Sequence[Sequence[Slot]], layout: _Layout) -> None:
    """Write the families with their Akaike weights, for OS at the left and for PFS on top."""
    base = layout.top - 0.05 - LINE / 2  # the line of the left margin's headers
    last = base - LINE * (len(sides[1]) + 1.0)  # the base line of the families
    first = last - LINE * _lines(layout.columns)
    if grid.columns != ("",):
        x = layout.left + len(layout.columns) * layout.width / 2
        axes.text(x, first - LINE / 2, "PFS family", ha="center", va="center", color=SOFT)
    for j, (family, text) in enumerate(zip(grid.columns, layout.columns, strict=True)):
        x = layout.box(0, j)[0] + layout.width / 2
        axes.text(x, last, text, ha="center", va="baseline", linespacing=1.1)
        for k, slot in enumerate(sides[1]):
            y = base - LINE * (len(sides[1]) - k + 0.3)
            axes.text(x, y, _weight(slot, family), ha="center", va="center", color=SOFT)
            if not j:
                x_name = layout.left - 0.11
                axes.text(x_name, y, _who(slot), ha="right", va="center", color=SOFT)
    _left_margin(axes, grid, sides[0], layout, base)


def _left_margin(
    axes: Axes, grid: Grid, slots: Sequence[Slot], layout: _Layout, base: float
) -> None:
    if grid.rows != ("",):
        axes.text(_MARGIN, base, "OS family", va="center", color=SOFT)
    for i, family in enumerate(grid.rows):
        axes.text(_MARGIN, layout.box(i, 0)[1] + _ROW / 2, _name(family), va="center")
    x = layout.left - 0.11
    for slot in reversed(slots):
        axes.text(x, base, _who(slot), ha="right", va="center", color=SOFT)
        for i, family in enumerate(grid.rows):
            y = layout.box(i, 0)[1] + _ROW / 2
            axes.text(x, y, _weight(slot, family), ha="right", va="center", color=SOFT)
        x -= _weight_width(slot)


def _weight(slot: Slot, family: str) -> str:
    if family not in slot.weights:
        return "–"
    weight = slot.weights[family]
    return "<0.01" if weight < 0.005 else number(weight, 2)


def _texts(families: Families, grid: Grid, s: int) -> tuple[list[list[str]], Array]:
    """Return what each cell says and its INMB, NaN where a family could not be fitted."""
    pair = families.gains(s)
    every = pair.inmb(families.assumptions.threshold.value)
    inmb = np.where(grid.cells >= 0, every[grid.cells], np.nan)
    texts = [
        ["no fit" if draw < 0 else _text(pair.increment(draw), float(every[draw])) for draw in row]
        for row in grid.cells
    ]
    return texts, inmb


def _text(judged: Increment, inmb: float) -> str:
    if judged.icer is None:
        first = str(judged.verdict)
    else:
        first = number(judged.icer) + (_SAVED if judged.verdict is Verdict.SAVING else "")
    return f"{first}\n{number(inmb)}"


def _cells(axes: Axes, layout: _Layout, texts: Sequence[Sequence[str]], inmb: Array) -> None:
    reach = np.nanmax(np.abs(inmb)) if np.isfinite(inmb).any() else 1.0
    for (i, j), value in np.ndenumerate(inmb):
        x, y = layout.box(i, j)
        known = isfinite(value)
        color = _MAP(0.5 + 0.5 * value / (reach or 1.0)) if known else (1.0, 1.0, 1.0, 1.0)
        axes.add_patch(
            Rectangle(
                (x, y), layout.width, _ROW, facecolor=color, edgecolor="#FFFFFF", linewidth=0.8,
                hatch="" if known else "////",
            )
        )  # fmt: skip
        ink = INK if not known or _light(color) else "#FFFFFF"
        axes.text(
            x + layout.width / 2, y + _ROW / 2, texts[i][j], ha="center", va="center", color=ink,
            linespacing=1.1,
        )  # fmt: skip


def _light(color: Sequence[float]) -> bool:
    red, green, blue = to_rgb(tuple(color))  # type: ignore[arg-type]
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.55


def _switch(axes: Axes, layout: _Layout, inmb: Array) -> None:
    """Draw a line between neighbours on either side of the threshold."""
    for xs, ys in _edges(layout, inmb > 0, np.isfinite(inmb)):
        axes.add_line(Line2D(xs, ys, color=INK, linewidth=1.8, solid_capstyle="projecting"))


def _edges(
    layout: _Layout, positive: BoolArray, known: BoolArray
) -> Iterator[tuple[list[float], list[float]]]:
    for i, j in np.ndindex(positive.shape):
        x, y = layout.box(i, j)
        for down, right in ((1, 0), (0, 1)):
            k, m = i + down, j + right
            if k >= positive.shape[0] or m >= positive.shape[1]:
                continue
            if known[i, j] and known[k, m] and positive[i, j] != positive[k, m]:
                if down:
                    yield [x, x + layout.width], [y + _ROW] * 2
                else:
                    yield [x + layout.width] * 2, [y, y + _ROW]


def _frame_own(axes: Axes, families: Families, grid: Grid, layout: _Layout) -> None:
    """Frame the pair that the workbook uses, if it is one of the grid."""
    cell = families.own(grid)
    if cell is not None:
        x, y = layout.box(*cell)
        axes.add_patch(
            Rectangle((x + 0.03, y + 0.03), layout.width - 0.06, _ROW - 0.06, fill=False,
                      edgecolor=INK, linewidth=0.9, linestyle=(0, (2.5, 1.5)))
        )  # fmt: skip


def _foot(families: Families, grid: Grid, texts: Sequence[Sequence[str]]) -> str:
    threshold, settings = families.assumptions.threshold, families.assumptions.settings
    at = per_qaly(threshold.value, settings.currency)
    parts = [
        f"In each cell: ICER ({settings.currency} per QALY), below it the incremental net benefit "
        f"({settings.currency}) at {at} ({threshold.label}), which the colour shows: purple is "
        "cost-effective, orange is not. Thick line: where the decision changes. Grey: AIC weight "
        "of each family, by strategy.",
    ]
    if families.own(grid) is not None:
        parts.append("Dashed frame: the workbook's families.")
    if any(_SAVED in text for row in texts for text in row):
        parts.append(f"{_SAVED} Saved per QALY forgone.")
    if any(text == "no fit" for row in texts for text in row):
        parts.append("No fit: the family could not be fitted to all of the curves.")
    return wrap(" ".join(parts), WIDTH - 2 * _MARGIN, 6)
