"""Survival curves as the model uses them, and where they were bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from cea.analysis.base_case import BaseCase
from cea.analysis.observed import against_points, evidence_curves
from cea.arrays import Array, IntArray
from cea.assumptions import ExternalPoint
from cea.report.charts.kaplan_meier_steps import draw_external, external_legend
from cea.report.charts.text import Key, Row, legend_above, line_swatch, with_key
from cea.report.format import number, significant
from cea.report.style import (
    FAINT,
    INK,
    Line,
    StrategyStyle,
    dress,
    month_axis,
    percent_axis,
    strategy_style,
    styled,
    year_axis,
)
from cea.survival.kaplan_meier import KaplanMeier

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES: dict[str, Line] = {"OS": "-", "PFS": (0, (5, 1.8)), "TOT": (0, (1.1, 1.3))}
_IMPLIED = (0, (7, 1.5, 1.2, 1.5))
_MONTHS_UP_TO = 60.0  # a longer horizon has its axis in years
_SHORT = 0.1  # a stretch within this share of the horizon is shown larger too ...
_FREE = 0.3  # ... if halfway OS is below this, so that the upper right of the chart is empty
_EVIDENCE = 0.75  # opacity of the Kaplan-Meier curves
_EVERY = 0.13  # share of the axes' diagonal from one marker of a curve to the next
_MARKED = 0.02  # lower, curves lie on each other and on the axis
_LEAST = 1e-6  # share of the cohort below which two curves are the same to the eye


def median_time(months: Array, survival: Array) -> float | None:
    """Return the month in which a curve reaches one half; None if it stays above.

    Within a cycle the logarithm of the cumulative hazard is taken as straight over that of time,
    which is exact for exponential and Weibull curves. Where it is 0 at the beginning the hazard
    is taken as constant, and where nobody is left at the end the curve as straight.

    >>> months = np.array([0.0, 10.0, 20.0])
    >>> round(median_time(months, 0.5 ** (months / 15) ** 1.4), 9)
    15.0
    >>> median_time(months, np.array([1.0, 0.8, 0.6]))
    """
    below = np.flatnonzero(survival <= 0.5)
    if not len(below):
        return None
    j = int(below[0])
    start, end = float(months[j - 1]), float(months[j])
    before, after = float(survival[j - 1]), float(survival[j])
    if after <= 0:
        return start + (end - start) * (before - 0.5) / before
    half, first, last = np.log(2), -np.log(before), -np.log(after)
    if start > 0 and first > 0:
        return float(start * (end / start) ** (np.log(half / first) / np.log(last / first)))
    return float(start + (end - start) * (half - first) / (last - first))


@dataclass(frozen=True)
class _Curves:
    """The curves of one strategy, each of shape (T+1,)."""

    base: BaseCase
    position: int

    @property
    def name(self) -> str:
        return self.base.assumptions.strategy_names[self.position]

    @cached_property
    def used(self) -> dict[str, Array]:
        """The curves that the model uses, by end point."""
        curves = self.base.cohorts[self.name].curves
        found = {"OS": curves.os[0], "PFS": curves.pfs[0]}
        return found if curves.tot is None else found | {"TOT": curves.tot[0]}

    @cached_property
    def implied(self) -> Array | None:
        """Overall survival of the cohort, where it is not the curve's."""
        implied = self.base.implied_os[self.name]
        return implied if np.abs(implied - self.used["OS"]).max() > _LEAST else None

    def input(self, endpoint: str) -> Array:
        """Return a curve before background mortality and the cap."""
        return self.base.input_curves[self.name, endpoint]

    def bounded(self, endpoint: str) -> IntArray:
        """Return the boundaries at which a curve was capped, or background mortality binds."""
        if endpoint != "OS":
            return np.flatnonzero(self.input(endpoint) > self.used["OS"])
        with np.errstate(divide="ignore", invalid="ignore"):
            own, used = (-np.diff(np.log(s)) for s in (self.input("OS"), self.used["OS"]))
            cycles = np.flatnonzero(used > own * (1 + 1e-6) + 1e-12)
        return np.union1d(cycles, cycles + 1)

    @cached_property
    def evidence(self) -> dict[str, KaplanMeier]:
        """The Kaplan-Meier curves that drawn curves were fitted to, by end point."""
        found = evidence_curves(self.base.assumptions)
        return {e: found[self.name, e] for e in self.used if (self.name, e) in found}

    @cached_property
    def external(self) -> list[ExternalPoint]:
        """Points known from elsewhere, of the curves that are drawn."""
        return [
            one.point
            for one in against_points(self.base)
            if one.point.strategy == self.name
            and one.point.endpoint in self.used
            and one.model is not None
        ]

    def words(self, endpoint: str) -> str:
        """Say in which months a curve was bounded, and by how many percentage points at most."""
        at = self.bounded(endpoint)
        if not len(at):
            return "–"
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        t = self.base.grid.t
        said = [f"{significant(t[run[0]])}–{significant(t[run[-1]])}" for run in runs[:2]]
        more = ", …" if len(runs) > len(said) else ""
        excess = float((self.input(endpoint) - self.used[endpoint]).max())
        return f"{', '.join(said)}{more} ({significant(100 * excess, 2)})"


@styled
def survival(base: BaseCase) -> Figure:
    """Draw OS, PFS and time on treatment of every strategy.

    Where the input PFS lies above OS, or background mortality binds, the stretch is highlighted
    and the input curve is drawn thin; so is the OS that the cohort shows where it is not the
    input's. Medians are marked; the key gives them and the months in question. Kaplan-Meier curves
    that were fitted, and external points, are drawn over them.
    """
    drawn = [_Curves(base, s) for s in range(len(base.assumptions.strategies))]
    figure, top = with_key(3.5, _key(base, drawn))
    axes = top.subplots()
    dress(axes)
    percent_axis(axes)
    horizon = float(base.grid.t[-1])
    months = horizon <= _MONTHS_UP_TO
    scale = 1.0 if months else 12.0
    (month_axis if months else year_axis)(axes, horizon / scale)
    axes.set_ylabel("Share of the cohort")
    for curves in drawn:
        style = strategy_style(curves.position)
        _draw(axes, curves, style, base.grid.t / scale)
        if len(drawn) > 1:
            _mark(axes, curves, style, base.grid.t / scale, len(drawn))
        draw_external(axes, curves.external, style.color, scale)
    legend_above(axes, list(_legend(drawn)))
    _zoom(axes, drawn, base.grid.t)
    return figure


def _zoom(axes: Axes, drawn: list[_Curves], months: Array) -> None:
    """Show an early, short capped stretch larger, where the chart leaves room for it."""
    last = max((c.bounded(e)[-1] for c in drawn for e in c.used if len(c.bounded(e))), default=0)
    end = int(np.searchsorted(months, 1.5 * months[last]))
    half = len(months) // 2
    if not 0 < end < _SHORT * len(months) or max(c.used["OS"][half] for c in drawn) > _FREE:
        return
    axes.add_patch(
        Rectangle((0.52, 0.3), 0.5, 0.71, transform=axes.transAxes, color="white", zorder=4)
    )
    inset = axes.inset_axes((0.6, 0.45, 0.39, 0.47))
    dress(inset, x_ticks=6, y_ticks=4)
    for curves in drawn:
        _draw(inset, curves, strategy_style(curves.position), months, medians=False)
    low = min(s[end] for c in drawn for s in c.used.values())
    inset.set_xlim(0, months[end])
    inset.set_ylim(low, 1 + 0.02 * (1 - low))
    inset.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{significant(100 * y, 4)}%"))
    inset.set_xlabel("Months")


def _draw(
    axes: Axes, curves: _Curves, style: StrategyStyle, t: Array, *, medians: bool = True
) -> None:
    for endpoint, used in curves.used.items():
        at = curves.bounded(endpoint)
        if len(at):
            given = curves.input(endpoint)
            for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
                around = slice(max(0, run[0] - 1), run[-1] + 2)  # where it leaves and comes back
                axes.plot(
                    t[around],
                    given[around],
                    color=style.color,
                    linewidth=0.8,
                    alpha=0.8,
                    label="_input",
                )
                axes.plot(
                    t[run], used[run], color=style.color, linewidth=6, alpha=0.25,
                    solid_capstyle="round", label="_bounded",
                )  # fmt: skip
        axes.plot(t, used, color=style.color, linestyle=_LINES[endpoint], label=curves.name)
        observed = curves.evidence.get(endpoint)
        if observed is not None:
            axes.step(
                np.append(0.0, observed.time) * t[-1] / curves.base.grid.t[-1],
                np.append(1.0, observed.survival), where="post", color=style.color, linewidth=0.7,
                alpha=_EVIDENCE, label="_evidence", zorder=1.8,
            )  # fmt: skip
        median = median_time(t, used)
        if medians and median is not None:
            axes.plot(
                median, 0.5, linestyle="none", marker=style.marker, markersize=5,
                color=style.color, markeredgecolor="white", markeredgewidth=0.6, label="_median",
                zorder=3,
            )  # fmt: skip
    if curves.implied is not None:
        axes.plot(
            t, curves.implied, color=style.color, linewidth=0.9, linestyle=_IMPLIED,
            label="_implied",
        )  # fmt: skip


def _mark(axes: Axes, curves: _Curves, style: StrategyStyle, t: Array, count: int) -> None:
    """Repeat the strategy's marker, hollow, along its curves: they part without colours too."""
    for e, used in enumerate(curves.used.values()):
        seen = used > _MARKED
        start = _EVERY * (0.4 + (curves.position + e / len(curves.used)) / count)
        axes.plot(
            t[seen], used[seen], linestyle="none", marker=style.marker, markersize=4,
            markerfacecolor="white", markeredgecolor=style.color, markeredgewidth=0.9,
            markevery=(start, _EVERY), label="_strategy", zorder=2.5,
        )  # fmt: skip


def _legend(drawn: list[_Curves]) -> Iterator[Line2D]:
    words = {"OS": "Overall survival", "PFS": "Progression-free", "TOT": "On treatment"}
    for endpoint, line in _LINES.items():
        if any(endpoint in curves.used for curves in drawn):
            yield Line2D([], [], color=INK, linestyle=line, label=words[endpoint])
    if any(curves.implied is not None for curves in drawn):
        yield Line2D(
            [], [], color=INK, linewidth=0.9, linestyle=_IMPLIED, label="OS that the cohort shows"
        )
    if any(curves.evidence for curves in drawn):
        yield Line2D([], [], color=INK, linewidth=0.7, alpha=_EVIDENCE, label="Kaplan–Meier")
    if any(curves.external for curves in drawn):
        yield external_legend()
    bounded = [e for e in _LINES if any(e in c.used and len(c.bounded(e)) for c in drawn)]
    if bounded:
        capped = "capped at OS" if "PFS" in bounded or "TOT" in bounded else ""
        background = "background mortality binds" if "OS" in bounded else ""
        said = " or ".join(filter(None, (capped, background)))
        yield Line2D([], [], color=FAINT, linewidth=6, alpha=0.35, label=said[0].upper() + said[1:])
        input_label = "Unbounded input" if "OS" in bounded else "Uncapped input"
        yield Line2D([], [], color=FAINT, linewidth=0.8, label=input_label)


def _key(base: BaseCase, drawn: list[_Curves]) -> Key:
    endpoints = [e for e in _LINES if any(e in curves.used for curves in drawn)]
    bounded = [e for e in endpoints if any(e in c.used and len(c.bounded(e)) for c in drawn)]
    implied = any(curves.implied is not None for curves in drawn)
    headers = ["Strategy (filled marker: median)", *(f"Median {e}, months" for e in endpoints)]
    if implied:
        headers.append("Median OS of the cohort, months")
    for endpoint in bounded:
        said = "Background mortality binds" if endpoint == "OS" else f"{endpoint} capped at OS"
        headers.append(f"{said}: months (largest gap, percentage points)")
    rows = []
    for curves in drawn:
        shown = [curves.used.get(e) for e in endpoints]
        if implied:
            shown.append(base.implied_os[curves.name])
        cells = [_median(base, survival) for survival in shown]
        cells += [curves.words(e) if e in curves.used else "–" for e in bounded]
        style = strategy_style(curves.position)
        solid = StrategyStyle(style.color, "-", style.marker)
        label = base.assumptions.strategies[curves.position].label
        rows.append(Row(line_swatch(solid, marker=True), label, tuple(cells)))
    return Key(headers, rows)


def _median(base: BaseCase, survival: Array | None) -> str:
    if survival is None:
        return "–"
    median = median_time(base.grid.t, survival)
    return "not reached" if median is None else number(median, 1)
