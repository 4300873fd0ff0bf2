"""Two-way sensitivity: incremental net benefit over a grid of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cea.analysis.pairs import versus
from cea.analysis.two_way import TwoWay
from cea.analysis.two_way_grid import Axis
from cea.report.charts.text import columns_that_fit, wrap
from cea.report.format import per_qaly, ratio
from cea.report.style import HIGH, INK, LOW, TITLE, WIDTH, Chart, _Numbers, dress, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

_HEIGHT = 4.6  # inches
_HATCH = "#00000030"
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
    _switch(axes, found)
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
    _corners(axes, found, currency)
    _legend(figure, found)
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
    if axis.choices:
        names = [choice.replace("_", " ") for choice in axis.choices]
        ticks = axes.set_xticks if way == "x" else axes.set_yticks
        ticks(axis.values.tolist(), names)


def _switch(axes: Axes, found: TwoWay) -> None:
    """Draw INMB = 0: a line through the exact points, or a mark in each column of a choice."""
    if found.x.choices or found.y.choices:
        half = 0.5
        pieces = [
            [(p.x - half, p.y), (p.x + half, p.y)]
            if found.x.choices
            else [(p.x, p.y - half), (p.x, p.y + half)]
            for p in found.crossings.values()
        ]
    else:
        pieces = [list(piece) for piece in found.segments]
    axes.add_collection(LineCollection(pieces, color=INK, linewidths=1.6, zorder=3), autolim=False)


def _corners(axes: Axes, found: TwoWay, currency: str) -> None:
    """Write the ICER, or the verdict in words, into the corners."""
    for (_, _, corner), (x, y) in zip(
        found.corners(), ((0, 0), (1, 0), (0, 1), (1, 1)), strict=True
    ):
        said = ratio(corner, currency)
        said = said if corner.icer is None else f"ICER {said.removesuffix(' per QALY')}"
        axes.annotate(
            wrap(said, 1.6, 3), (x, y), xycoords="axes fraction", xytext=(4 - 8 * x, 4 - 8 * y),
            textcoords="offset points", ha="right" if x else "left", va="top" if y else "bottom",
            zorder=5, bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5},
        )  # fmt: skip


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
