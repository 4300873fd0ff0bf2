"""Decision uncertainty by threshold: acceptability curves and the value of information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from cea.analysis.decision_draws import DecisionDraws
from cea.arrays import Array
from cea.assumptions import Threshold
from cea.report.charts.strategies import mark_thresholds
from cea.report.charts.text import Key, Row, line_swatch, marker_swatch, with_key
from cea.report.format import money, percent
from cea.report.style import INK, WIDTH, dress, percent_axis, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.3  # inches
_MARKERS = "oDs^vPX"
_NOBODY = -1
BAND: dict[str, Any] = {
    "color": "#9A9A9A", "linewidth": 6, "alpha": 0.45,
}  # fmt: skip


@styled
def ceac(psa: DecisionDraws) -> Figure:
    """Draw the probability that each strategy is the most cost-effective, and the frontier.

    The frontier is broken where another strategy comes to have the highest expected net benefit.
    The key gives the probabilities at the workbook's thresholds.
    """
    a = psa.assumptions
    at = [psa.acceptability_at(threshold.value).probability[0] for threshold in a.thresholds]
    rows = [
        Row(
            line_swatch(strategy_style(s)),
            strategy.label,
            tuple(percent(float(probability[s])) for probability in at),
        )
        for s, strategy in enumerate(a.strategies)
    ]
    frontier = [percent(float(psa.acceptability_at(x.value).frontier[0])) for x in a.thresholds]
    rows.append(Row(band_swatch, "Highest expected net benefit (CEAF)", tuple(frontier)))
    figure, top = with_key(_HEIGHT, Key(["Probability most cost-effective", *headers(psa)], rows))
    axes = top.subplots()
    threshold_axis(axes, psa)
    percent_axis(axes)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("Probability most cost-effective")
    thresholds, probability, ceaf = _curves(psa)
    axes.plot(thresholds, ceaf, **BAND, label="CEAF", zorder=1.8)
    for s, name in enumerate(a.strategy_names):
        style = strategy_style(s)
        axes.plot(
            thresholds, probability[:, s], color=style.color, linestyle=style.line,
            label=name, zorder=2.2,
        )  # fmt: skip
    return figure


@styled
def evpi(psa: DecisionDraws) -> Figure:
    """Draw the expected value of perfect information for one patient, by threshold."""
    a = psa.assumptions
    currency = a.settings.currency
    at = [float(psa.acceptability_at(threshold.value).evpi[0]) for threshold in a.thresholds]
    rows = [
        Row(
            marker_swatch(_MARKERS[k % len(_MARKERS)]),
            threshold.label,
            (money(threshold.value, currency), money(value, currency)),
        )
        for k, (threshold, value) in enumerate(zip(a.thresholds, at, strict=True))
    ]
    key = Key(["Threshold", "Per QALY", "EVPI per patient"], rows)
    figure, top = with_key(_HEIGHT, key)
    axes = top.subplots()
    threshold_axis(axes, psa)
    axes.set_ylabel(f"EVPI per patient ({currency})")
    found = psa.acceptability
    axes.plot(found.thresholds, found.evpi, color=INK, label="EVPI")
    for k, (threshold, value) in enumerate(zip(a.thresholds, at, strict=True)):
        axes.plot(
            threshold.value, value, linestyle="none", marker=_MARKERS[k % len(_MARKERS)],
            color=INK, markersize=6, markeredgecolor="white", markeredgewidth=0.7, zorder=3,
            clip_on=False, label="_threshold",
        )  # fmt: skip
    axes.set_ylim(0, max(float(found.evpi.max()) * 1.06, 1e-9) if found.evpi.any() else 1)
    return figure


def _curves(psa: DecisionDraws) -> tuple[Array, Array, Array]:
    """Return thresholds, probabilities and the frontier, which breaks where the choice changes.

    That is at the threshold of equal expected net benefit, between two of the curve's. It is put
    in three times: as the end of the old choice, as the gap and as the beginning of the new one.
    """
    found = psa.acceptability
    cost, effect = psa.outcomes.cost.mean(axis=0), psa.outcomes.total_qaly.mean(axis=0)
    x, probability, best = [found.thresholds], [found.probability], [found.optimal]
    changes = np.flatnonzero(np.diff(found.optimal))
    for k in changes:
        old, new = found.optimal[k : k + 2]
        before, after = found.thresholds[k : k + 2]
        gained = effect[new] - effect[old]
        at = float((cost[new] - cost[old]) / gained) if gained else before
        at = min(max(at, before), after)  # a third strategy may come in between
        x.append(np.full(3, at))
        probability.append(np.repeat(psa.acceptability_at(at).probability, 3, axis=0))
        best.append(np.array([old, _NOBODY, new]))
    places = [np.arange(len(found.thresholds)), *(np.full(3, k + 0.5) for k in changes)]
    order = np.argsort(np.concatenate(places), kind="stable")
    shares, chosen = np.concatenate(probability)[order], np.concatenate(best)[order]
    frontier = np.take_along_axis(shares, np.maximum(chosen, 0)[:, None], axis=1)[:, 0]
    return np.concatenate(x)[order], shares, np.where(chosen == _NOBODY, np.nan, frontier)


def band_swatch(y: float) -> Artist:
    """Draw the band of the best choice in a key."""
    return Line2D([0.16, 0.5], [y, y], **BAND)


def headers(psa: DecisionDraws) -> list[str]:
    """Name the workbook's thresholds, as headers of a key."""
    return [
        f"{_short(psa, threshold)}\n{threshold.label}" for threshold in psa.assumptions.thresholds
    ]


def _short(psa: DecisionDraws, threshold: Threshold) -> str:
    return f"At {money(threshold.value, psa.assumptions.settings.currency)}"


def threshold_axis(axes: Axes, psa: DecisionDraws) -> None:
    """Lay out the thresholds of the acceptability curve, the workbook's own marked."""
    dress(axes, x_ticks=8)
    axes.set_xlim(0, float(np.max(psa.acceptability.thresholds)) or 1)
    axes.set_xlabel(f"Threshold ({psa.assumptions.settings.currency} per QALY)")
    mark_thresholds(axes, psa.assumptions.thresholds, WIDTH - 0.8)
