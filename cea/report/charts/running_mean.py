"""Whether the probabilistic analysis has enough draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.analysis.psa import Psa
from cea.report.charts.strategies import compared
from cea.report.charts.text import Key, Row, line_swatch, with_key
from cea.report.format import money, per_qaly
from cea.report.style import INK, SIZE, dress, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SETTLED = 0.04  # share of the draws that does not count for the vertical limits
_STRATIFIED = {"sobol": "Sobol", "latin_hypercube": "Latin hypercube"}


@styled
def convergence(psa: Psa) -> Figure:
    """Draw the running mean of the incremental net benefit at the headline threshold.

    Raises
    ------
    AnalysisError
        There is nothing to compare with the reference.
    """
    a = psa.assumptions
    currency, threshold = a.settings.currency, a.threshold
    found = {s: psa.convergence(s, threshold.value) for s in compared(a, None)}
    interval = "95% Monte-Carlo interval"
    if psa.sampling in _STRATIFIED:
        interval += f" (wider than the truth for {_STRATIFIED[psa.sampling]} draws)"
    key = Key(
        [
            f"Versus {a.strategies[a.reference].label}",
            f"Mean INMB at {per_qaly(threshold.value, currency)}",
            interval,
        ],
        [
            Row(
                line_swatch(strategy_style(s)),
                a.strategies[s].label,
                (money(float(mean[-1]), currency), f"± {money(float(half[-1]), currency)}"),
            )
            for s, (_, mean, half) in found.items()
        ],
    )
    height = 2.8 if len(found) == 1 else 1.55 * len(found) + 0.4
    figure, top = with_key(height, key)
    panels = top.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (s, (draws, mean, half)) in zip(panels, found.items(), strict=True):
        style = strategy_style(s)
        dress(axes, x_ticks=8, y_ticks=4 if len(found) > 1 else 6)
        axes.fill_between(
            draws, mean - half, mean + half, color=style.color, alpha=0.18, linewidth=0
        )
        axes.plot(draws, mean, color=style.color, linestyle=style.line, label=a.strategy_names[s])
        axes.axhline(float(mean[-1]), color=style.color, linewidth=0.6, label="_final")
        settled = draws >= _SETTLED * psa.n
        low, high = float((mean - half)[settled].min()), float((mean + half)[settled].max())
        margin = 0.08 * (high - low) or max(abs(high) * 0.1, 1.0)
        axes.set_ylim(low - margin, high + margin)
        if low - margin < 0 < high + margin:
            axes.axhline(0, color=INK, linewidth=1, linestyle=(0, (4, 2)), label="_zero")
    panels[-1].set_xlim(0, psa.n)
    panels[-1].set_xlabel("Draws")
    top.supylabel(f"Running mean of INMB ({currency})", size=SIZE)
    return figure
