"""Value of information: what each input is worth knowing, and what a study is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.evppi import PartialInformation
from cea.analysis.evsi import Evsi
from cea.analysis.input_sets import ASSUMED
from cea.analysis.voi import Voi
from cea.arrays import Array
from cea.report.charts.strategies import mark_thresholds
from cea.report.charts.text import Key, Row, line_swatch, text_width, with_key, wrap, wrap_evenly
from cea.report.format import money, number, per_qaly, percent
from cea.report.style import (
    INK,
    LINE,
    SIZE,
    SOFT,
    TITLE,
    WIDTH,
    Chart,
    StrategyStyle,
    dress,
    shade_style,
    styled,
)
from cea.report.words_voi import best_size, no_result_matters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = 0.36 * WIDTH  # inches for the names
_ROW = 0.225  # inches
_SINGLE, _GROUP = "#2A6F77", "#B9C7CC"
_NOTHING = 1e-3  # of the EVPI: what is worth less is only counted
_HEIGHT = 3.0
_MARKS, _SEEN = 12, 0.01  # markers along a line, where it is above this share of the EVPI
_CURVES = 4  # as many as there are kinds of dashes
_EVPI = shade_style(0)


@styled
def evppi_bars(voi: Voi, top: int = 15) -> Figure:
    """Draw the EVPPI of the most valuable inputs, and of groups, at the headline threshold.

    The whisker is the 95% interval of the estimate; inputs that are worth nothing are counted.
    """
    panels = [
        (heading, _worth_showing(voi, found)[:top], color, hatch, found)
        for heading, found, color, hatch in (
            ("Single inputs and curves", voi.singles, _SINGLE, ""),
            ("Groups and sets", voi.groups, _GROUP, "////"),
        )
        if found
    ]
    rows = [max(1, len(shown)) for _, shown, *_ in panels]
    labels = [[wrap_evenly(_name(p), _LABELS, 2) for p in shown] for _, shown, *_ in panels]
    extra = sum(label.count("\n") for part in labels for label in part) * LINE * 0.6
    height = _ROW * sum(rows) + extra + 0.72 * len(panels) + 0.5
    figure = Chart(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, height_ratios=[n + 0.4 for n in rows]
    )[:, 0]
    currency, whole = voi.decision.assumptions.settings.currency, float(voi.evpi[0])
    shown = [p for _, part, *_ in panels for p in part]
    reach = max((float(p.evppi[0] + 1.96 * p.std_error[0]) for p in shown), default=0.0) or 1.0
    texts = [_amount(p, whole, currency) for p in shown]
    room = (max(map(text_width, texts), default=0.0) + 0.15) / (WIDTH - _LABELS - 0.4)
    for (heading, part, color, hatch, found), ax, names in zip(panels, axes, labels, strict=True):
        dress(ax, grid="x")
        places = np.arange(len(part))
        ax.barh(
            places, [p.evppi[0] for p in part], 0.66, color=color, hatch=hatch, edgecolor=INK,
            linewidth=0.5, label="EVPPI",
        )  # fmt: skip
        for k, p in enumerate(part):
            value, half = float(p.evppi[0]), 1.96 * float(p.std_error[0])
            low, high = max(0.0, value - half), value + half
            ax.plot([low, high], [k, k], color=INK, linewidth=0.9, label="_interval")
            ax.annotate(
                _amount(p, whole, currency), (high, k), xytext=(4, 0), textcoords="offset points",
                va="center",
            )  # fmt: skip
        ax.set_yticks(places, names)
        ax.set_ylim(max(1, len(part)) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.set_title(_heading(heading, len(found), len(part), top), size=TITLE)
    axes[-1].set_xlim(0, reach / max(0.3, 1 - room))
    threshold = voi.decision.assumptions.threshold
    words = f"EVPPI per patient ({currency}) at {per_qaly(threshold.value, currency)}"
    words += f"; in brackets, its share of the EVPI of {money(whole, currency)}.\n"
    words += "Line: 95% interval of the estimate."
    if any(p.of.assumed for p in shown):
        words += " *: an assumption is among the inputs."
    figure.supxlabel(words, size=SIZE, x=0.02, ha="left")
    return figure


def _worth_showing(voi: Voi, found: Sequence[PartialInformation]) -> list[PartialInformation]:
    least = _NOTHING * float(voi.evpi[0])
    kept = [p for p in found if not p.refused and p.evppi[0] > least]
    return kept or [p for p in found if not p.refused][:1]


def _heading(heading: str, everything: int, shown: int, limit: int) -> str:
    if shown == everything:
        return heading
    rest = "no other is worth more" if shown == limit else "all others under 0.1%"
    return f"{heading}: {shown} of {everything}; {rest}"


def _name(found: PartialInformation) -> str:
    star = " *" if found.of.assumed and found.of.kind != ASSUMED else ""
    return f"{found.of.name}{star}"


def _amount(found: PartialInformation, whole: float, currency: str) -> str:
    value = float(found.evppi[0])
    share = f" ({percent(min(1.0, value / whole))})" if whole > 0 else ""
    return f"{money(value, currency)}{share}"


@styled
def evppi_curves(voi: Voi, top: int = _CURVES) -> Figure:
    """Draw EVPI, and the EVPPI of the inputs that are worth most anywhere, by threshold."""
    decision = voi.decision
    a, grid = decision.assumptions, decision.ceac_thresholds
    currency = a.settings.currency
    singles = [p for p in voi.singles if not p.refused]
    ranked = sorted(singles, key=lambda p: -float(p.curve.max()))[:top]
    ranked = [p for p in ranked if p.curve.max() > 0] or ranked[:1]
    at = range(len(a.thresholds))
    rows = [
        Row(
            line_swatch(_EVPI),
            "EVPI, everything known",
            tuple(money(float(voi.evpi[k]), currency) for k in at),
        )
    ]
    rows += [
        Row(
            line_swatch(_input_style(s), marker=True),
            _name(p),
            tuple(money(float(p.evppi[k]), currency) for k in at),
        )
        for s, p in enumerate(ranked)
    ]
    headers = ["Per patient", *(f"At {money(x.value, currency)}\n{x.label}" for x in a.thresholds)]
    figure, part = with_key(_HEIGHT, Key(headers, rows))
    axes = part.subplots()
    _by_threshold(axes, voi, grid, currency)
    evpi = decision.acceptability.evpi
    axes.plot(grid, evpi, color=_EVPI.color, linestyle=_EVPI.line, label="EVPI")
    step = max(1, len(grid) // _MARKS)
    for s, p in enumerate(ranked):
        style = _input_style(s)
        seen = np.flatnonzero(p.curve > _SEEN * float(evpi.max()))
        axes.plot(
            grid, p.curve, color=style.color, linestyle=style.line, label=p.of.name, linewidth=1.2,
            marker=style.marker, markersize=4, markevery=seen[s * step // len(ranked) :: step],
        )  # fmt: skip
    axes.set_ylim(0, max(float(evpi.max()) * 1.06, 1e-9) if evpi.any() else 1)
    axes.set_ylabel(f"Value of information per patient ({currency})")
    return figure


def _input_style(position: int) -> StrategyStyle:
    """Return the style of an input's line: none is solid, as the EVPI is, or a strategy's."""
    return shade_style(position + 1)


def _by_threshold(axes: Axes, voi: Voi, grid: Array, currency: str) -> None:
    dress(axes, x_ticks=8)
    axes.set_xlim(0, float(grid.max()) or 1)
    axes.set_xlabel(f"Threshold ({currency} per QALY)")
    mark_thresholds(axes, voi.decision.assumptions.thresholds, WIDTH - 0.8)


@styled
def evsi(found: Evsi) -> Figure:
    """Draw EVSI by size at every threshold, and the net benefit of sampling at the headline.

    The band is the 95% interval of the estimate; the dotted line is the value of a study without
    end.
    """
    a = found.decision.assumptions
    currency = a.settings.currency
    if no_result_matters(found):
        return _no_panel(found)
    rows = [
        Row(
            line_swatch(shade_style(k), marker=True),
            f"{x.label}, {per_qaly(x.value, currency)}",
            (money(float(found.evsi[k, -1]), currency), money(float(found.evppi[k]), currency)),
        )
        for k, x in enumerate(a.thresholds)
    ]
    largest = f"EVSI at {number(float(found.sizes[-1]))} {found.study.unit}"
    # Without value and cost there is no net benefit to draw.
    with_population = found.population is not None and bool(found.net_benefit.any())
    figure, part = with_key(
        2.6 * (1 + with_population),
        Key([found.study.label, largest, "EVPPI of the same inputs (dotted)"], rows),
    )
    panels = part.subplots(1 + with_population, 1, sharex=True, squeeze=False)[:, 0]
    for axes in panels:
        dress(axes, x_ticks=8)
        axes.set_xlim(*_ends(found.sizes))
    for k in range(len(a.thresholds)):
        style = shade_style(k)
        half = 1.96 * found.std_error[k]
        panels[0].fill_between(
            found.sizes, np.maximum(found.evsi[k] - half, 0), found.evsi[k] + half,
            color=style.color, alpha=0.18, linewidth=0,
        )  # fmt: skip
        panels[0].plot(
            found.sizes, found.evsi[k], color=style.color, linestyle=style.line,
            marker=style.marker, markersize=4, label=a.thresholds[k].label, clip_on=False,
        )  # fmt: skip
        panels[0].axhline(
            float(found.evppi[k]), color=style.color, linewidth=0.9, linestyle=(0, (1, 2)),
            label="_evppi",
        )  # fmt: skip
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(f"EVSI per patient ({currency})")
    if with_population:
        _sampling(panels[1], found, currency)
    panels[-1].set_xlabel(f"Size of the study ({found.study.unit})")
    return figure


def _no_panel(found: Evsi) -> Figure:
    """Say in words that no result would change the decision: there is nothing to draw."""
    at = [per_qaly(x.value, found.decision.assumptions.settings.currency)
          for x in found.decision.assumptions.thresholds]  # fmt: skip
    said = f"No result would change the decision at {' or '.join(at)}: EVSI and EVPPI are 0"
    text = wrap(said, WIDTH - 0.4, 4)
    title = wrap(found.study.label, WIDTH - 0.4, 3, TITLE)
    height = (title.count("\n") + text.count("\n") + 2) * LINE + 0.4
    figure = Chart(figsize=(WIDTH, height))
    figure.text(0.02, 1 - 0.12 / height, title, va="top", size=TITLE)
    figure.text(0.02, 0.12 / height, text, va="bottom")
    return figure


def _ends(sizes: Array) -> tuple[float, float]:
    low, high = float(sizes.min()), float(sizes.max())
    return (0.0 if low < 0.3 * high else low, high) if high > low else (0.9 * low, 1.1 * high)


def _sampling(axes: Axes, found: Evsi, currency: str) -> None:
    """Draw the expected net benefit of sampling for the population, the best size marked."""
    for k, benefit in enumerate(found.net_benefit):
        style = shade_style(k)
        axes.plot(
            found.sizes, benefit, color=style.color, linestyle=style.line, marker=style.marker,
            markersize=4, label=found.decision.assumptions.thresholds[k].label, clip_on=False,
        )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=1, linestyle=(0, (4, 2)), label="_zero")
    best = found.best() if found.cost.any() else None
    if best is None:
        axes.set_title(best_size(found), size=SIZE, color=SOFT)
    else:
        axes.annotate(
            best_size(found), (float(found.sizes[best]), float(found.net_benefit[0, best])),
            xytext=(0, 7), textcoords="offset points", va="bottom", color=SOFT,
            ha="right" if best == len(found.sizes) - 1 else "center",
        )  # fmt: skip
        axes.margins(y=0.16)
    axes.set_ylabel(f"Net benefit of sampling\nto the population ({currency})")
