"""Whether a probabilistic analysis has enough draws, by independent replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cea.analysis.precision import Precision
from cea.report.charts.strategies import compared
from cea.report.charts.text import Key, Row, line_swatch, with_key
from cea.report.format import money, number, per_qaly, points
from cea.report.style import FAINT, INK, SIZE, dress, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TICKS = 5  # on the horizontal axis


@styled
def precision(found: Precision) -> Figure:
    """Draw INMB and probability of being best, with their 95% Monte-Carlo intervals.

    The draws grow along the axis: each replicate by powers of 2.

    Raises
    ------
    AnalysisError
        There is nothing to compare with the reference.
    """
    a = found.assumptions
    currency, shown = a.settings.currency, compared(a, None)
    rows = []
    for s in shown:
        inmb, share = found.of("INMB", s), found.of("probability", s)
        assert inmb is not None
        assert share is not None
        cells = (
            f"{money(inmb.value, currency)} ± {money(inmb.half_width, currency)}",
            f"{points(share.value)} ± {points(share.half_width)}",
        )
        rows.append(Row(line_swatch(strategy_style(s), marker=True), a.strategies[s].label, cells))
    key = Key(
        [
            f"Versus {a.strategies[a.reference].label}; {number(found.draws)} draws in "
            f"{found.replicates} independent replicates{_checks(found)}, 95% Monte-Carlo interval",
            f"INMB at {per_qaly(a.threshold.value, currency)}",
            "Probability most cost-effective",
        ],
        rows,
    )
    height = 2.7 if len(shown) == 1 else 1.7 * len(shown) + 0.4
    figure, top = with_key(height, key)
    panels = top.subplots(len(shown), 2, sharex=True, squeeze=False)
    for line, s in zip(panels, shown, strict=True):
        running = found.running(s)
        for axes, name in zip(line, ("inmb", "probability"), strict=True):
            dress(axes, y_ticks=5)
            mean, half = running[name], running[f"{name}_half_width"]
            band = mean - half, mean + half
            if name == "probability":
                band = np.clip(band[0], 0, 1), np.clip(band[1], 0, 1)
            _funnel(axes, s, a.strategy_names[s], running["draws"], mean, band)
        line[1].yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}%"))
        low, high = line[0].get_ylim()
        if low < 0 < high:
            line[0].axhline(0, color=INK, linewidth=1, linestyle=(0, (4, 2)), label="_zero")
    for axes in panels[-1]:
        axes.set_xlabel("Draws (each step doubles them)")
        _doublings(axes, running["draws"])
    panels[0, 0].set_title(f"INMB ({currency})", size=SIZE)
    panels[0, 1].set_title("Probability most cost-effective", size=SIZE)
    return figure


def _checks(found: Precision) -> str:
    """Say that these draws are others than those of the analysis."""
    if found.checked is None:
        return ""
    return f" (a separate check: the analysis has {number(found.checked)} other draws)"


def _funnel(axes: Axes, s: int, name: str, draws: Any, mean: Any, band: tuple[Any, Any]) -> None:
    style = strategy_style(s)
    axes.set_xscale("log", base=2)
    axes.fill_between(draws, *band, color=style.color, alpha=0.18, linewidth=0)
    for edge in band:
        axes.plot(draws, edge, color=style.color, linewidth=0.6, label="_edge")
    axes.axhline(float(mean[-1]), color=FAINT, linewidth=0.6, label="_final")
    axes.plot(
        draws, mean, color=style.color, linestyle=style.line, marker=style.marker, markersize=4,
        label=name,
    )  # fmt: skip


def _doublings(axes: Axes, draws: Any) -> None:
    every = -(-len(draws) // _TICKS)
    axes.set_xlim(float(draws[0]) * 0.9, float(draws[-1]) * 1.1)
    axes.xaxis.set_major_locator(FixedLocator(draws[::-1][::every][::-1].tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))
