"""Transformed Kaplan-Meier curves: which families could fit, and is the effect proportional."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from scipy.special import logit, ndtri

from cea.analysis.survival import SurvivalAnalysis
from cea.arrays import Array
from cea.report.charts.text import Key, Row, line_swatch, with_key
from cea.report.format import number, significant
from cea.report.style import LINE, dress, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TICKS = (0.1, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96, 192)
_EARLIEST = 0.02  # share of the events before which the curves are all noise


@dataclass(frozen=True)
class _Panel:
    title: str
    axis: str
    transform: Callable[[Array], Array]


_PANELS = (
    _Panel(
        "Log cumulative hazard\nStraight: Weibull\nParallel: proportional hazards",
        "log(−log S)", lambda s: np.log(-np.log(s)),
    ),
    _Panel(
        "Log odds of the event\nStraight: log-logistic\nParallel: proportional odds",
        "log((1 − S)/S)", lambda s: -logit(s),
    ),
    _Panel(
        "Normal quantile\nStraight: log-normal\nParallel: one time ratio",
        "−Φ⁻¹(S)", lambda s: -ndtri(s),
    ),
)  # fmt: skip


@styled
def hazard_shapes(analysis: SurvivalAnalysis) -> Figure:
    """Draw log cumulative hazard, log odds and normal quantile against log time."""
    rows = []
    for k, arm in enumerate(analysis.arms):
        curve = analysis.curves[arm]
        events = int(curve.events.sum())
        median = number(curve.quantile(), 1) or "not reached"
        cells = (number(float(curve.at_risk[0])), number(events), median)
        rows.append(Row(line_swatch(strategy_style(k)), analysis.label(arm), cells))
    headers = [f"{analysis.endpoint}", "Patients", "Events", "Median, months"]
    figure, top = with_key(2.6 + 2 * LINE, Key(headers, rows))
    for axes, panel in zip(top.subplots(1, 3), _PANELS, strict=True):
        _draw(axes, panel, analysis)
    return figure


def _draw(axes: Axes, panel: _Panel, analysis: SurvivalAnalysis) -> None:
    dress(axes, y_ticks=5)
    first, last = [], []
    for k, arm in enumerate(analysis.arms):
        curve = analysis.curves[arm]
        use = (curve.survival < 1) & (curve.survival > 0) & (curve.events > 0)
        if not use.any():
            continue
        t, y = curve.time[use], panel.transform(curve.survival[use])
        style = strategy_style(k)
        axes.step(t, y, where="post", color=style.color, linestyle=style.line, label=arm)
        first.append(float(np.quantile(t, _EARLIEST)))
        last.append(float(t[-1]))
    axes.set_xscale("log")
    if first:
        low, high = 0.9 * min(first), 1.1 * max(last)
        axes.set_xlim(low, high)
        within = [tick for tick in _TICKS if low <= tick <= high]
        while len(within) > 6:
            within = within[::-2][::-1]
        axes.xaxis.set_major_locator(FixedLocator(within))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(x)))
    heading, *said = panel.title.split("\n")
    axes.set_title("\n".join((heading, *said)), linespacing=1.25)
    axes.set_xlabel("Months (logarithmic)")
    axes.set_ylabel(panel.axis)
