"""Two-way sensitivity: incremental net benefit over a grid of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from cea.analysis.pairs import versus
from cea.analysis.two_way import TwoWay
from cea.analysis.two_way_grid import Axis
from cea.report.charts.text import columns_that_fit, wrap
from cea.report.format import per_qaly, ratio, significant
from cea.report.style import HIGH, INK, LOW, TITLE, WIDTH, Chart, _Numbers, dress, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

_HEIGHT = 4.6  # inches
_HATCH = "#00000030"
_APART = 3.0  # points between a corner's label and the line INMB = 0
_STEP, _MOVES = 6.0, 24  # points, and how often: how far such a label may be moved
_LEADER = 24.0  # points: moved farther, a thin line leads to the corner
Piece: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
_MAP = LinearSegmentedColormap.from_list("inmb", ["#B35806", LOW, "#FAFAFA", "#B6AAD1", HIGH])


@styled
def two_way(found: TwoWay) -> Figure:
    """Draw a heat map of the INMB, the line where it is 0, the base case and the corners' ICERs."""
    assumptions = found.assumptions
    figure = Chart(figsize=(WIDTH, _HEIGHT), layout="constrained")
    axes = figure.subplots()
    dress(axes, grid="none")
    limit = float(np.abs(found.inmb).max()) or 1.0
    mesh = axes.pcolormesh(
        _edges(found.x), _edges(found.y), found.inmb, cmap=_MAP, rasterized=True,
        norm=TwoSlopeNorm(0.0, -limit, limit),
    )  # fmt: skip
    _hatch(axes, found)
    for axis, value in (("x", found.x), ("y", found.y)):
        _label(axes, axis, value)
    pieces = _switch(axes, found)
    axes.plot(
        found.x.base, found.y.base, marker="o", markersize=7, markerfacecolor="white",
        markeredgecolor=INK, linestyle="none", zorder=4, label="Base case", clip_on=False,
    )  # fmt: skip
    bar: Colorbar = figure.colorbar(mesh, ax=axes, pad=0.02)
    currency = assumptions.settings.currency
    name = f"INMB ({currency}) at {per_qaly(found.threshold, currency)}"
    bar.set_label(wrap(name, _HEIGHT - 1.2, 3))
    bar.ax.tick_params(labelsize=8, length=3, width=0.7)
    bar.ax.yaxis.set_major_formatter(_Numbers())
    bar.outline.set_visible(False)
    bar.ax.axhspan(-limit, 0, facecolor="none", edgecolor=_HATCH, hatch="///", linewidth=0)
    bar.ax.axhline(0, color=INK, linewidth=1.1)
    notes = _corners(axes, found, currency)
    _legend(figure, found)
    if pieces:
        _clear(figure, axes, notes, pieces)
    return figure


def _hatch(axes: Axes, found: TwoWay) -> None:
    """Hatch where the INMB is below 0, for a reader without colours."""
    below = np.ma.masked_where(found.inmb >= 0, np.zeros(found.inmb.shape))
    if found.x.choices or found.y.choices or not found.crossings:
        axes.pcolor(
            _edges(found.x), _edges(found.y), below, facecolor="none", hatch="///",
            edgecolor=_HATCH, linewidth=0, zorder=2,
        )  # fmt: skip
        return
    drawn = axes.contourf(
        found.x.values, found.y.values, found.inmb, levels=[-np.inf, 0], colors="none",
        hatches=["///"],
    )  # fmt: skip
    drawn.set_edgecolor(_HATCH)
    drawn.set_linewidth(0)


def _edges(axis: Axis) -> np.ndarray:
    """Return the edges of the cells: halfway between values, the outer ones at the ends."""
    values = axis.values
    if axis.choices:
        return np.arange(len(values) + 1) - 0.5
    return np.concatenate((values[:1], (values[1:] + values[:-1]) / 2, values[-1:]))


def _label(axes: Axes, way: str, axis: Axis) -> None:
    width = WIDTH - 2.2 if way == "x" else _HEIGHT - 1.4
    text = wrap(axis.label, width, 2)
    if way == "x":
        axes.set_xlabel(text)
    else:
        axes.set_ylabel(text)
    if axis.percent:
        of = axes.xaxis if way == "x" else axes.yaxis
        of.set_major_formatter(FuncFormatter(lambda v, _: f"{significant(100 * v)}%"))
    if axis.choices:
        names = [choice.replace("_", " ") for choice in axis.choices]
        ticks = axes.set_xticks if way == "x" else axes.set_yticks
        ticks(axis.values.tolist(), names)


def _switch(axes: Axes, found: TwoWay) -> list[Piece]:
    """Draw INMB = 0: a line through the exact points, or a mark in each column of a choice."""
    pieces: list[Piece]
    if found.x.choices or found.y.choices:
        half = 0.5
        pieces = [
            ((p.x - half, p.y), (p.x + half, p.y))
            if found.x.choices
            else ((p.x, p.y - half), (p.x, p.y + half))
            for p in found.crossings.values()
        ]
    else:
        pieces = list(found.segments)
    axes.add_collection(LineCollection(pieces, color=INK, linewidths=1.6, zorder=3), autolim=False)
    return pieces


def _corners(axes: Axes, found: TwoWay, currency: str) -> list[Annotation]:
    """Write the ICER, or the verdict in words, into the corners."""
    notes = []
    for (_, _, corner), (x, y) in zip(
        found.corners(), ((0, 0), (1, 0), (0, 1), (1, 1)), strict=True
    ):
        said = ratio(corner, currency)
        said = said if corner.icer is None else f"ICER {said.removesuffix(' per QALY')}"
        note = axes.annotate(
            wrap(said, 1.6, 3), (x, y), xycoords="axes fraction", xytext=(4 - 8 * x, 4 - 8 * y),
            textcoords="offset points", ha="right" if x else "left", va="top" if y else "bottom",
            zorder=5, bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5},
        )  # fmt: skip
        notes.append(note)
    return notes


def _clear(figure: Figure, axes: Axes, notes: list[Annotation], pieces: list[Piece]) -> None:
    """Move corners' labels off the line INMB = 0, inwards.

    Call it last: the limits of the axes must be final.
    """
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    share = np.linspace(0, 1, 30)[:, None]
    ends = axes.transData.transform(np.reshape(pieces, (-1, 2))).reshape(-1, 2, 2)
    line = (ends[:, None, 0] * (1 - share) + ends[:, None, 1] * share).reshape(-1, 2)
    for note in notes:
        (x, y), (across, up) = note.xy, note.get_position()
        box = Text.get_window_extent(note).padded(_APART * scale)
        others = [Text.get_window_extent(one) for one in notes if one is not note]
        moves = [(-_STEP * k if x else _STEP * k, -_STEP * j if y else _STEP * j)
                 for k in range(_MOVES) for j in range(_MOVES)]  # fmt: skip
        for dx, dy in sorted(moves, key=lambda move: abs(move[0]) + abs(move[1])):
            moved = box.translated(dx * scale, dy * scale)
            inside = (line > moved.min) & (line < moved.max)
            if not inside.all(axis=1).any() and not moved.count_overlaps(others):
                break
        else:
            continue  # nowhere: it stays in its corner
        note.set_position((across + dx, up + dy))
        if abs(dx) + abs(dy) < _LEADER:
            continue
        axes.annotate(
            "", (x, y), xycoords="axes fraction", xytext=note.get_position(),
            textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.7, "shrinkA": 0,
                        "shrinkB": 0}, zorder=4.5,
        ).set_in_layout(False)  # fmt: skip


def _legend(figure: Figure, found: TwoWay) -> None:
    marker = Line2D(
        [], [], linestyle="none", marker="o", markersize=7, markerfacecolor="white",
        markeredgecolor=INK, label="Base case",
    )  # fmt: skip
    handles: list[Artist] = [marker]
    if found.crossings:
        handles.append(Line2D([], [], color=INK, linewidth=1.6, label="INMB = 0"))
    if found.inmb.min() < 0:
        words = "INMB < 0" if found.inmb.max() >= 0 else "INMB < 0 everywhere"
        handles.append(Patch(facecolor="#FFE9CF", edgecolor=_HATCH, hatch="///", label=words))
    else:
        handles.append(Line2D([], [], linestyle="none", label="INMB > 0 everywhere"))
    title = versus(found.assumptions, found.pair)
    figure.legend(
        handles=handles, loc="outside upper left", ncols=columns_that_fit(handles, WIDTH - 0.3),
        title=wrap(title, WIDTH - 0.4, 3, TITLE), title_fontsize=TITLE, alignment="left",
    )  # fmt: skip
