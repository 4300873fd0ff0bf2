"""The cost-effectiveness plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from cea.analysis.decision import Increment, increment
from cea.analysis.psa import Psa
from cea.arrays import Array
from cea.model.evaluate import evaluate
from cea.parameters.draws import base_draw
from cea.report.charts.strategies import compared, versus
from cea.report.charts.text import wrap, wrap_evenly
from cea.report.format import money, number, per_qaly, percent, qaly, ratio
from cea.report.style import (
    BASE_CASE,
    INK,
    TITLE,
    WIDTH,
    Chart,
    dress,
    slope_style,
    strategy_style,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DRAWN = 3000  # points; more only blacken the paper
_CHI_SQUARE = -2 * np.log(0.05)  # 95% quantile, two degrees of freedom
_MEAN: dict[str, Any] = {
    "linestyle": "none", "marker": "D", "markersize": 5.5, "color": INK,
    "markeredgecolor": "white", "markeredgewidth": 0.8, "zorder": 4.1,
}  # fmt: skip
_BASE: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "markersize": 9, "markerfacecolor": BASE_CASE,
    "markeredgecolor": INK, "markeredgewidth": 1.4, "zorder": 4,
}  # fmt: skip
_MARGIN = 0.1  # share of the axes on each side of the origin, at least


@styled
def plane(psa: Psa, strategy: str | None = None) -> Figure:
    """Draw incremental cost against incremental QALYs: draws, their mean and the base case.

    New minus reference. One panel for each strategy other than the reference, or for the one
    named. Shares count all draws; the points drawn are the first 3,000.

    Raises
    ------
    AnalysisError
        There is no such strategy, or it is the reference.
    """
    shown = compared(psa.assumptions, strategy)
    columns = min(2, len(shown))
    lines = -(-len(shown) // columns)
    width = WIDTH if columns > 1 else 0.75 * WIDTH
    legend = 0.18 * (3 + columns * (2 + len(psa.assumptions.thresholds)))
    figure = Chart(figsize=(width, (3.9 + legend) * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    base = _base_case(psa)
    increments = [psa.increments(s) for s in shown]
    x = _limits([*(effect for _, effect in increments), *(base[s].effect for s in shown)])
    y = _limits([*(cost for cost, _ in increments), *(base[s].cost for s in shown)])
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, s in zip(grid.flat, shown, strict=False):
        dress(axes, x_ticks=5)
        axes.set_xlim(x)
        axes.set_ylim(y)
        _draw(figure, axes, psa, s, base[s], width / columns - 0.75)
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("Incremental QALYs (new minus reference)")
    for axes in grid[:, 0]:
        axes.set_ylabel(
            f"Incremental cost, {psa.assumptions.settings.currency} (new minus reference)"
        )
    return figure


def _base_case(psa: Psa) -> list[Increment]:
    """Judge the base case of every strategy against the reference's."""
    found = evaluate(psa.assumptions, base_draw(psa.assumptions))
    cost, qaly, r = found.cost[0], found.total_qaly[0], psa.assumptions.reference
    return [
        increment(float(c - cost[r]), float(q - qaly[r])) for c, q in zip(cost, qaly, strict=True)
    ]


def _limits(values: Sequence[Array | float]) -> tuple[float, float]:
    """Return limits that hold all values, and the origin well inside."""
    low = min(0.0, *(float(np.min(v)) for v in values))
    high = max(0.0, *(float(np.max(v)) for v in values))
    span = (high - low) or 1.0
    low, high = low - 0.06 * span, high + 0.06 * span
    # the origin is _MARGIN of the axes from either side
    low = min(low, -high * _MARGIN / (1 - _MARGIN))
    return low, max(high, -low * _MARGIN / (1 - _MARGIN))


def _draw(figure: Figure, axes: Axes, psa: Psa, s: int, base: Increment, width: float) -> None:
    cost, effect = psa.increments(s)
    style, currency = strategy_style(s), psa.assumptions.settings.currency
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    axes.axvline(0, color=INK, linewidth=0.7, zorder=1)
    drawn = slice(0, _DRAWN)
    axes.plot(
        effect[drawn], cost[drawn], linestyle="none", marker=".", markersize=3, alpha=0.3,
        color=style.color, markeredgewidth=0, label=psa.assumptions.strategy_names[s],
    )  # fmt: skip
    count = f"Draws ({number(psa.n)})"
    if psa.n > _DRAWN:
        count = f"Draws ({number(_DRAWN)} of {number(psa.n)} drawn, all counted)"
    count += f"\n{_quadrants(cost, effect)}"
    handles: list[Artist] = [
        Line2D([], [], linestyle="none", marker=".", color=style.color, label=count)
    ]
    for name, pair, marker in (
        ("Mean of draws", psa.mean_increment(s), _MEAN),
        ("Base case (deterministic)", base, _BASE),
    ):
        axes.plot(pair.effect, pair.cost, **marker, label=f"_{name}")
        said = f"{money(pair.cost, currency)}, {qaly(pair.effect)}\u00a0QALYs"
        label = f"{name}: {said}; {ratio(pair, currency)}"
        handles.append(Line2D([], [], **marker, label=label))
    ellipse = _ellipse(effect, cost)
    if ellipse is not None:
        axes.plot(*ellipse, color=INK, linewidth=1, zorder=3)
        handles.append(
            Line2D([], [], color=INK, linewidth=1, label="95% ellipse (assumes normality)")
        )
    for k, threshold in enumerate(psa.assumptions.thresholds):
        drawn_as = slope_style(k)
        line = axes.axline(
            (0, 0), slope=threshold.value, color=drawn_as.color, linewidth=1.2,
            linestyle=drawn_as.line, zorder=2,
        )  # fmt: skip
        below = float(np.mean(threshold.value * effect - cost > 0))
        handles.append(line)
        line.set_label(
            f"{per_qaly(threshold.value, currency)} ({threshold.label}): {percent(below)} "
            "of draws below"
        )
    for handle in handles:
        handle.set_label(wrap_evenly(str(handle.get_label()), width - 0.35, 3))
    title = wrap(versus(psa.assumptions, s), width, 3, TITLE)
    axes.set_title(title)
    below_label = ScaledTranslation(0, -0.42, figure.dpi_scale_trans)
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), borderpad=0,
        bbox_transform=axes.transAxes + below_label,
    )  # fmt: skip


def _ellipse(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Return the edge of the 95% region of a normal distribution with the draws' moments."""
    sx, sy = float(x.std(ddof=1)), float(y.std(ddof=1))
    if not sx or not sy:
        return None
    r = float(np.corrcoef(x, y)[0, 1])
    angle = np.linspace(0, 2 * np.pi, 181)
    across, up = np.cos(angle), r * np.cos(angle) + np.sqrt(max(1 - r * r, 0)) * np.sin(angle)
    scale = np.sqrt(_CHI_SQUARE)
    return x.mean() + scale * sx * across, y.mean() + scale * sy * up


def _quadrants(cost: Array, effect: Array) -> str:
    """Say which share of draws is in each quadrant; on an axis they count as the better side.

    Draws without any difference are in no quadrant.
    """
    east, north, moved = effect >= 0, cost > 0, (effect != 0) | (cost != 0)
    corners = {
        "NE": east & north, "NW": ~east & north, "SW": ~east & ~north, "SE": east & ~north,
    }  # fmt: skip
    shares = (
        f"{name} {percent(float((inside & moved).mean()))}" for name, inside in corners.items()
    )
    return ", ".join(shares)
