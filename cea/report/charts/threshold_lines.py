"""Threshold analysis: net benefit along one input, and the value-based price."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from cea.analysis.pairs import Pair, gains, pairs_of, versus
from cea.analysis.price import Price
from cea.analysis.ranges import AS_ASKED
from cea.analysis.threshold import ThresholdAnalysis
from cea.assumptions import Assumptions
from cea.report.charts.strategies import mark_thresholds
from cea.report.charts.text import Key, Row, line_swatch, with_key, wrap
from cea.report.format import in_column, money, per_qaly, significant
from cea.report.style import (
    FAINT,
    INK,
    TITLE,
    WIDTH,
    StrategyStyle,
    dress,
    shade_style,
    strategy_style,
    styled,
)
from cea.report.words_oneway import price_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cea.assumptions import Parameter

_HEIGHT = 3.3  # inches
_ROOM = 0.25  # beside what is worth showing
_BAND = "#C9D6E2"
_EXPECTED, _MEAN = (0, (4, 2)), (0, (1, 1.5))  # lines of prices in the PSA


def _pair(assumptions: Assumptions, pairs: Sequence[Pair], strategy: str | None) -> Pair:
    """Return the pair of a strategy; the first without one."""
    if strategy is None:
        return pairs[0]
    against = assumptions.strategy_names[pairs[0].against]
    (asked,) = pairs_of(assumptions, strategy, against)
    return next(pair for pair in pairs if pair.strategy == asked.strategy)


def _named(parameter: Parameter, width: float) -> str:
    """Name an input with its unit."""
    label, unit = parameter.label or parameter.name, parameter.unit.strip()
    return wrap(f"{label} ({unit})" if unit and unit not in label else label, width, 2)


@styled
def threshold(found: ThresholdAnalysis, strategy: str | None = None) -> Figure:
    """Draw the INMB of a pair along the range at each threshold; switches are marked."""
    a, moved = found.assumptions, found.moved
    pair = _pair(a, found.pairs, strategy)
    p = found.pairs.index(pair)
    currency = a.settings.currency
    rows = []
    for k, worth in enumerate(found.thresholds):
        switches = found.pairwise[k][p].switches
        cell = "; ".join(significant(s.value, 4) for s in switches)
        rows.append(
            Row(
                line_swatch(shade_style(k), marker=True),
                worth.label,
                (money(worth.value, currency), cell or found.status(found.pairwise[k][p])),
            )
        )
    figure, top = with_key(_HEIGHT, Key(["Threshold", "Per QALY", "INMB = 0 at"], rows))
    axes = top.subplots()
    dress(axes)
    increments = gains(found.scan.outcomes, pair)
    for k, worth in enumerate(found.thresholds):
        style = shade_style(k)
        inmb = increments.inmb(worth.value)
        axes.plot(
            found.scan.values, inmb, color=style.color, linestyle=style.line, label=worth.label
        )
        at = [s.value for s in found.pairwise[k][p].switches]
        if not at:
            continue
        axes.plot(
            at, [0.0] * len(at), linestyle="none", marker=style.marker, color=style.color,
            markersize=7, markeredgecolor="white", zorder=4, label="_switch", clip_on=False,
        )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=0.9, zorder=1.6)
    axes.set_xlim(*_view(found, p))
    axes.set_ylim(*_seen(axes))
    if found.within.low <= moved.base <= found.within.high:
        axes.axvline(moved.base, color=FAINT, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1.5)
        axes.annotate(
            f"base {significant(moved.base, 4)}", (moved.base, 1),
            xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            ha="center", va="bottom", color=FAINT,
        )  # fmt: skip
    axes.set_xlabel(_named(moved.parameter, WIDTH - 1))
    axes.set_ylabel(wrap(f"Incremental net monetary benefit ({currency})", _HEIGHT - 0.8, 2))
    axes.set_title(wrap(versus(a, pair), WIDTH - 1, 2, TITLE), pad=16)
    return figure


def _view(found: ThresholdAnalysis, p: int) -> tuple[float, float]:
    """Return the part of the range worth showing: the base case, the tornado's range, switches."""
    low, high = found.within.low, found.within.high
    if found.within.words == AS_ASKED:
        return low, high
    points = [found.moved.base, *(found.moved.ends or ())]
    points += [s.value for row in found.pairwise for s in row[p].switches]
    points = [x for x in points if low <= x <= high] or [low, high]
    room = max(_ROOM * (max(points) - min(points)), 0.02 * (high - low))
    return max(low, min(points) - room), min(high, max(points) + room)


def _seen(axes: Axes) -> tuple[float, float]:
    """Return limits that hold 0 and every line in view."""
    left, right = axes.get_xlim()
    values = [np.zeros(1)]
    for line in axes.get_lines():
        x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
        if len(x) > 2:
            inside = (x >= left) & (x <= right)
            values += [y[inside], np.interp([left, right], x, y)]
    together = np.concatenate(values)
    room = 0.06 * (float(np.ptp(together)) or 1.0)
    return float(together.min()) - room, float(together.max()) + room


@styled
def price(found: Price, strategy: str | None = None) -> Figure:
    """Draw the price at which the ICER equals the willingness to pay, with its PSA interval."""
    a, moved = found.assumptions, found.moved
    pair = _pair(a, found.pairs, strategy)
    p = found.pairs.index(pair)
    currency = a.settings.currency
    style = replace(strategy_style(pair.strategy), line="-")
    columns = [f"At {per_qaly(t.value, currency)}\n{t.label}" for t in found.thresholds]
    at = [int(np.abs(found.wtp - t.value).argmin()) for t in found.thresholds]
    drawn = found.drawn
    cells = [_cells(found, p, k) for k in at]
    rows = [Row(line_swatch(style), "Base case", tuple(cell[0] for cell in cells))]
    if drawn is not None:
        for k, (line, words) in enumerate(
            ((_EXPECTED, "PSA: expected INMB is 0"), (_MEAN, "PSA: mean of the draws' prices")), 1
        ):
            swatch = line_swatch(StrategyStyle(INK, line, style.marker))
            rows.append(Row(swatch, words, tuple(cell[k] for cell in cells)))
        said = "PSA: 95% interval of these"
        rows.append(Row(_band_swatch, said, tuple(cell[3] for cell in cells)))
    today = StrategyStyle(FAINT, (0, (2, 2)), style.marker)
    rows.append(Row(line_swatch(today), f"Price now, {price_now(found)}", ("",) * len(at)))
    figure, top = with_key(_HEIGHT, Key(["Price (none: not found above 0)", *columns], rows))
    axes = top.subplots()
    dress(axes, x_ticks=8)
    axes.plot(*_finite(found.wtp, found.value[p]), color=style.color, linestyle=style.line)
    if drawn is not None:
        x, high = _finite(found.wtp, drawn.high[p])
        low = np.nan_to_num(drawn.low[p])[np.isfinite(drawn.high[p])]  # blank: it ends below 0
        if len(x) > 1:
            axes.fill_between(x, low, high, color=_BAND, linewidth=0, zorder=1.2)
        axes.plot(*_finite(found.wtp, drawn.expected[p]), color=INK, linestyle=_EXPECTED)
        axes.plot(*_finite(found.wtp, drawn.mean[p]), color=INK, linestyle=_MEAN)
    axes.axhline(moved.base, color=FAINT, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1.6)
    axes.set_xlim(0, float(found.wtp.max()) or 1)
    axes.set_ylim(*_limits(found, p))
    axes.set_xlabel(f"Willingness to pay ({currency} per QALY)")
    axes.set_ylabel(_named(moved.parameter, _HEIGHT - 0.8))
    mark_thresholds(axes, found.thresholds, WIDTH - 0.8)
    figure.suptitle(
        wrap(f"{versus(a, pair)}: value-based price", WIDTH - 0.4, 2, TITLE), x=0.01, ha="left",
        fontsize=TITLE,
    )  # fmt: skip
    return figure


def _limits(found: Price, p: int) -> tuple[float, float]:
    """Hold the curve and the interval."""
    values = [found.value[p], np.array([found.moved.base])]
    if found.drawn is not None:
        values += [found.drawn.high[p], found.drawn.mean[p], found.drawn.expected[p]]
    together = np.concatenate(values)
    finite = together[np.isfinite(together)]
    return 0.0, float(finite.max(initial=1e-9)) * 1.05


def _cells(found: Price, p: int, k: int) -> list[str]:
    """Print the prices at a threshold: base case, then expected, mean and interval of the PSA."""
    prices, drawn = [float(found.value[p, k])], found.drawn
    if drawn is not None:
        sampled = (drawn.expected, drawn.mean, drawn.low, drawn.high)
        prices += [float(values[p, k]) for values in sampled]
    cells = [said or "none" for said in in_column(prices)]
    interval = " to ".join(cells[3:]) if math.isfinite(prices[-1]) else ""
    return [*cells[:3], interval]


def _finite(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = np.isfinite(y)
    return x[at], y[at]


def _band_swatch(y: float) -> Artist:
    return Line2D([0.14, 0.52], [y, y], color=_BAND, linewidth=8)
