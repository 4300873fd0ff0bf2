"""Where the cohort is over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch

from cea.analysis.base_case import BaseCase
from cea.analysis.pairs import strategy_at
from cea.arrays import Array
from cea.report.charts.text import text_width, wrap
from cea.report.style import (
    INK,
    LINE,
    STATES,
    TITLE,
    WIDTH,
    Chart,
    dress,
    month_axis,
    percent_axis,
    styled,
    year_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3
_HEIGHT = 2.5  # inches of a row of panels


@styled
def trace(base: BaseCase, strategy: str | None = None) -> Figure:
    """Draw the share of the cohort in each state, for a strategy or for all side by side.

    Raises
    ------
    AnalysisError
        There is no such strategy.
    """
    a = base.assumptions
    shown = range(len(a.strategies)) if strategy is None else [strategy_at(a, strategy)]
    columns = min(len(shown), _COLUMNS)
    lines = -(-len(shown) // columns)
    width = WIDTH if columns > 1 else 0.7 * WIDTH
    panel = (width - 0.65) / columns - 0.15  # inches, about
    figure = Chart(figsize=(width, _HEIGHT * lines + 0.5), layout="constrained")
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    fits = []
    for k, axes in enumerate(grid.flat):
        if k >= len(shown):
            axes.set_visible(False)
            continue
        occupancy = _occupancy(base, a.strategy_names[shown[k]])
        t = base.grid.t / 12
        _draw(axes, t, occupancy, ticks=max(3, int(panel / 0.42)))
        axes.set_title(wrap(a.strategies[shown[k]].label, panel, 3, TITLE))
        axes.label_outer()
        if k % columns == 0:
            axes.set_ylabel("Share of the cohort")
        if k + columns >= len(shown):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("Years" if t[-1] > 2 else "Months")
        fits.append(_places(t, occupancy, panel, _HEIGHT - 0.6))
    found = [place for places in fits for place in places]
    if None not in found:
        for axes, places in zip(grid.flat, fits, strict=False):
            _label(axes, places, 1 if t[-1] > 2 else 12)
    else:
        figure.legend(
            handles=[
                Patch(facecolor=color, edgecolor=INK, linewidth=0.5, label=label)
                for label, color, _ in STATES.values()
            ],
            loc="outside upper left", ncols=3,
        )  # fmt: skip
    return figure


def _occupancy(base: BaseCase, name: str) -> Array:
    """Share in each state, in the order of `STATES`, shape (3, T+1)."""
    cohort = base.cohorts[name]
    pf, pd = cohort.progression_free[0], cohort.progressed[0]
    return np.stack([pf, pd, 1 - pf - pd])


def _draw(axes: Axes, years: Array, occupancy: Array, ticks: int) -> None:
    dress(axes, grid="none")
    percent_axis(axes)
    long = years[-1] > 2
    (year_axis if long else month_axis)(axes, float(years[-1]) * (1 if long else 12), ticks)
    axes.set_xlabel("")
    t = years if long else years * 12
    bottom = np.zeros_like(t)
    for (_, color, _), share in zip(STATES.values(), occupancy, strict=True):
        axes.fill_between(t, bottom, bottom + share, color=color, linewidth=0)
        bottom = bottom + share
    for top in np.cumsum(occupancy, axis=0)[:2]:
        axes.plot(t, top, color="white", linewidth=1)


@dataclass(frozen=True)
class _Place:
    """Where a state's name stands (years, share), and what a line leads to if it is beside it."""

    x: float
    y: float
    target: float | None = None


def _places(t: Array, occupancy: Array, width: float, height: float) -> list[_Place | None]:
    """Find a place for each state's name in a panel of `width` and `height` inches.

    It is where the state's band leaves the most room around it; if nowhere, among the dead, with
    a level line to the band.
    """
    edges = np.vstack([np.zeros_like(t), np.cumsum(occupancy, axis=0)])
    places: list[_Place | None] = []
    for k, (label, _, _) in enumerate(STATES.values()):
        span = (text_width(label) + 0.12) / width * t[-1]
        least = 1.15 * LINE / height
        place = _inside(t, edges[k], edges[k + 1], span, least)
        places.append(_beside(t, edges, k, span) if place is None else place)
    dead, others = places[2], places[:2]
    if dead is not None and dead.target is None and any(p and p.target for p in others):
        places[2] = replace(dead, y=max(dead.y, 0.82))
    return places


def _inside(t: Array, lower: Array, upper: Array, span: float, least: float) -> _Place | None:
    place = None
    if span > 0.98 * t[-1]:
        return None
    for left in np.linspace(t[-1] * 0.01, t[-1] * 0.99 - span, 60):
        within = (t >= left) & (t <= left + span)
        within[np.searchsorted(t, [left, left + span])] = True
        low, high = float(lower[within].max()), float(upper[within].min())
        if high - low > least:
            least, place = high - low, _Place(float(left + span / 2), (low + high) / 2)
    return place


def _beside(t: Array, edges: Array, k: int, span: float) -> _Place | None:
    level = (0.6, 0.4, None)[k]
    if level is None or edges[2][-1] >= level:
        return None

    def falls(edge: Array) -> float:
        """Return when an edge falls to the level."""
        return float(t[np.argmax(edge < level)])

    start, end, dead = falls(edges[k]), falls(edges[k + 1]), falls(edges[2])
    left = dead + 0.06 * t[-1]
    if left + span > t[-1]:
        return None
    return _Place(left + span / 2, level, (start + end) / 2)


def _label(axes: Axes, places: Sequence[_Place | None], scale: float) -> None:
    for (label, _, ink), place in zip(STATES.values(), places, strict=True):
        assert place is not None
        x = place.x * scale
        if place.target is None:
            axes.text(x, place.y, label, color=ink, ha="center", va="center")
            continue
        axes.annotate(
            label, (place.target * scale, place.y), xytext=(x, place.y), ha="center", va="center",
            arrowprops={
                "arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0,
            },
        )  # fmt: skip
        axes.plot(place.target * scale, place.y, ".", color=INK, markersize=3)
