"""The efficiency frontier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.analysis.base_case import BaseCase
from cea.analysis.decision import Verdict
from cea.report.charts.placing import Label, place
from cea.report.charts.text import wrap
from cea.report.format import per_qaly
from cea.report.style import INK, SOFT, WIDTH, Chart, dress, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cea.arrays import Array

_WORDS = {
    Verdict.DOMINATED: "dominated",
    Verdict.EXTENDEDLY_DOMINATED: "extendedly dominated",
    Verdict.EQUAL: "same cost and QALYs as another",
}


@styled
def efficiency_frontier(base: BaseCase) -> Figure:
    """Draw cost against QALYs, the frontier with its ICERs, and what is dominated in words."""
    settings = base.assumptions.settings
    figure = Chart(figsize=(0.85 * WIDTH, 3.9), layout="constrained")
    axes = figure.subplots()
    dress(axes)
    axes.set_xlim(_limits(base.qaly, 0.22))
    axes.set_ylim(_limits(base.cost, 0.18))
    axes.set_xlabel("Discounted QALYs per patient")
    axes.set_ylabel(f"Discounted cost per patient ({settings.currency})")
    names, ratios, segments = [], [], []
    for row in base.frontier:
        i = row.position
        style = strategy_style(i)
        x, y = float(base.qaly[i]), float(base.cost[i])
        words = _WORDS.get(row.verdict)
        axes.plot(
            x, y, linestyle="none", marker=style.marker, markersize=7, color=style.color,
            markerfacecolor="white" if words else style.color, markeredgewidth=1.4, zorder=3,
            label=base.assumptions.strategy_names[i],
        )  # fmt: skip
        text = wrap(base.assumptions.strategies[i].label, 1.5, 4)
        names.append(Label(f"{text}\n({words})" if words else text, x, y))
        if row.against is not None and row.icer is not None:
            start = (float(base.qaly[row.against]), float(base.cost[row.against]))
            axes.plot(*zip(start, (x, y), strict=True), color=INK, linewidth=1.1, zorder=2)
            segments.append((start, (x, y)))
            middle = ((start[0] + x) / 2, (start[1] + y) / 2)
            ratios.append(Label(per_qaly(row.icer, settings.currency), *middle, SOFT))
    place(figure, axes, names + ratios, [(label.x, label.y) for label in names], segments)
    return figure


def _limits(values: Array, margin: float) -> tuple[float, float]:
    """Zoom to the data, with room for labels; all values may be equal."""
    low, high = float(values.min()), float(values.max())
    span = high - low
    if span <= 1e-9 * max(abs(low), abs(high), 1e-9):
        span = 0.2 * abs(high) or 1.0
        return low - span / 2, high + span / 2
    return low - margin * span, high + margin * span
