"""How the draws are spread: incremental net benefit, costs and QALYs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from cea.analysis.histogram import edges
from cea.analysis.psa import INTERVAL, Psa
from cea.arrays import Array
from cea.report.charts.strategies import compared, versus
from cea.report.charts.text import columns_that_fit, legend_above, wrap
from cea.report.format import money, per_qaly, percent, qaly
from cea.report.style import INK, SIZE, TITLE, WIDTH, Chart, dress, strategy_style, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOSS = "#D9D9D9"
_DASHED, _DOTTED = (0, (4, 2)), (0, (1, 1.5))


@styled
def net_benefit_density(psa: Psa) -> Figure:
    """Draw how the incremental net benefit is spread, and the share of draws above 0.

    One panel for each strategy other than the reference, at the headline threshold.

    Raises
    ------
    AnalysisError
        There is nothing to compare with the reference.
    """
    a = psa.assumptions
    currency, threshold = a.settings.currency, a.threshold.value
    shown = compared(a, None)
    found = {}
    for s in shown:
        cost, effect = psa.increments(s)
        found[s] = threshold * effect - cost
    figure = Chart(figsize=(WIDTH, 2.75 * len(shown)), layout="constrained")
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    bars = edges(*found.values(), through_zero=True)
    for axes, (s, gain) in zip(panels, found.items(), strict=True):
        style = strategy_style(s)
        dress(axes, x_ticks=7, grid="x")
        axes.yaxis.set_major_locator(NullLocator())
        counts, _ = np.histogram(gain, bars)
        height = counts / np.diff(bars)
        start = int(np.searchsorted(bars, 0.0))
        axes.stairs(height[:start], bars[: start + 1], fill=True, facecolor=_LOSS, edgecolor=INK,
                    linewidth=0.4, hatch="////")  # fmt: skip
        if start < len(height):
            axes.stairs(height[start:], bars[start:], fill=True, facecolor=style.color,
                        edgecolor=INK, linewidth=0.4)  # fmt: skip
        axes.axvline(0, color=INK, linewidth=1)
        mean = float(gain.mean())
        low, high = np.percentile(gain, INTERVAL)
        axes.axvline(mean, color=INK, linewidth=1, linestyle=_DASHED)
        axes.set_ylim(0, float(height.max()) * 1.06)
        axes.set_ylabel("Density of the draws")
        won = float((gain > 0).mean())
        interval = f"{money(float(low), currency)} to {money(float(high), currency)}"
        handles = [
            Patch(facecolor=style.color, edgecolor=INK, linewidth=0.4,
                  label=f"Above 0: {percent(won)} of the draws"),
            Patch(facecolor=_LOSS, edgecolor=INK, linewidth=0.4, hatch="////",
                  label=f"0 or less: {percent(1 - won)}"),
            Line2D([], [], color=INK, linewidth=1, linestyle=_DASHED,
                   label=f"Mean {money(mean, currency)} (95% interval {interval})"),
        ]  # fmt: skip
        legend_above(axes, handles)
        rows = -(-len(handles) // columns_that_fit(handles, WIDTH - 0.9))
        title = wrap(versus(a, s), WIDTH - 0.6, 2, TITLE)
        axes.set_title(title, pad=8 + rows * 1.25 * SIZE)
    panels[-1].set_xlabel(
        f"Incremental net benefit at {per_qaly(threshold, currency)} ({currency})"
    )
    return figure


@styled
def spread(psa: Psa) -> Figure:
    """Draw histograms of the cost and the QALYs of every strategy, with mean and 95% interval."""
    a, o = psa.assumptions, psa.outcomes
    currency, count = a.settings.currency, len(a.strategies)
    figure = Chart(figsize=(WIDTH, 0.35 + 1.55 * count), layout="constrained")
    grid = figure.subplots(count, 2, sharex="col", squeeze=False)
    for column, values in enumerate((o.cost, o.total_qaly)):
        bars = edges(*values.T)
        heights = [np.histogram(x, bars)[0] for x in values.T]
        for s, strategy in enumerate(a.strategies):
            axes, style = grid[s, column], strategy_style(s)
            dress(axes, x_ticks=5, grid="x")
            axes.yaxis.set_major_locator(NullLocator())
            axes.stairs(heights[s], bars, fill=True, facecolor=style.color, edgecolor=INK,
                        linewidth=0.4, alpha=0.75)  # fmt: skip
            axes.set_ylim(0, max(h.max() for h in heights) * 1.06)
            axes.tick_params(labelbottom=True)
            shown = _numbers(values[:, s], currency if column == 0 else None)
            _interval(axes, values[:, s])
            axes.set_title(wrap(shown, (WIDTH - 1.1) / 2, 2), size=SIZE)
            if column == 0:
                axes.set_ylabel(wrap(strategy.label, 1.3, 3))
    grid[-1, 0].set_xlabel(f"Cost ({currency})")
    grid[-1, 1].set_xlabel("QALYs")
    return figure


def _numbers(values: Array, currency: str | None) -> str:
    ends: Sequence[float] = [float(values.mean()), *np.percentile(values, INTERVAL).tolist()]
    mean, low, high = (money(x, currency) if currency is not None else qaly(x) for x in ends)
    return f"Mean {mean} (95% interval {low} to {high})"


def _interval(axes: Axes, values: Array) -> None:
    low, high = np.percentile(values, INTERVAL)
    axes.axvline(float(values.mean()), color=INK, linewidth=1, linestyle=_DASHED)
    for end in (low, high):
        axes.axvline(float(end), color=INK, linewidth=0.8, linestyle=_DOTTED)
