"""Expected loss: what each choice costs on average, for want of certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.psa import Psa
from cea.report.charts.acceptability import BAND, band_swatch, headers, threshold_axis
from cea.report.charts.text import Key, Row, line_swatch, with_key
from cea.report.format import money
from cea.report.style import strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 3.3  # inches


@styled
def expected_loss(psa: Psa) -> Figure:
    """Draw the expected loss of each strategy by threshold, and its lower edge, the EVPI.

    The strategy with the lowest curve is the best choice, and what its curve shows is the expected
    value of perfect information (Alarid-Escudero et al., Value Health 2019;22:611).
    """
    a, found = psa.assumptions, psa.acceptability
    currency = a.settings.currency
    at = [psa.acceptability_at(threshold.value) for threshold in a.thresholds]
    rows = [
        Row(
            line_swatch(strategy_style(s)),
            strategy.label,
            tuple(money(float(one.expected_loss[0, s]), currency) for one in at),
        )
        for s, strategy in enumerate(a.strategies)
    ]
    evpi = tuple(money(float(one.evpi[0]), currency) for one in at)
    rows.append(Row(band_swatch, "Lowest loss: the best choice, and the EVPI", evpi))
    figure, top = with_key(_HEIGHT, Key(["Expected loss per patient", *headers(psa)], rows))
    axes = top.subplots()
    threshold_axis(axes, psa)
    axes.set_ylabel(f"Expected loss per patient ({currency})")
    axes.plot(found.thresholds, found.evpi, **BAND, label="EVPI", zorder=1.8)
    for s, name in enumerate(a.strategy_names):
        style = strategy_style(s)
        axes.plot(
            found.thresholds, found.expected_loss[:, s], color=style.color, linestyle=style.line,
            label=name, zorder=2.2,
        )  # fmt: skip
    highest = float(np.max(found.expected_loss)) or 1.0
    axes.set_ylim(-0.02 * highest, 1.04 * highest)
    return figure
