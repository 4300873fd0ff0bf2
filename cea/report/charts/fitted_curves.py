"""Fitted survival curves and hazards, within the data and to the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from cea.analysis.survival import SurvivalAnalysis
from cea.arrays import Array
from cea.report.charts.family_lines import (
    GROUPS,
    ArmFit,
    Group,
    family_name,
    family_style,
    group_fits,
)
from cea.report.charts.kaplan_meier_steps import (
    draw_external,
    draw_steps,
    end_legend,
    external_legend,
    mark_end,
    numbers_at_risk,
    steps_legend,
)
from cea.report.charts.text import (
    Key,
    columns_that_fit,
    line_swatch,
    with_key,
    wrap,
)
from cea.report.charts.text import Row as KeyRow
from cea.report.format import number, percent, significant
from cea.report.style import INK, WIDTH, dress, month_axis, percent_axis, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_POINTS = 301
_HEIGHT = 3.0  # inches
_HAZARD_ROOM = 1.3  # times the highest of the smoothed hazard, with its limits


def _title(analysis: SurvivalAnalysis, arm: str) -> str:
    return wrap(f"{analysis.endpoint}, {analysis.label(arm)}", 1.7, 3)


def _panels(
    analysis: SurvivalAnalysis, arm: str, top: SubFigure, legend: Sequence[Artist]
) -> tuple[Axes, Axes]:
    """Two panels: until the end of follow-up, and until the horizon."""
    left, right = top.subplots(1, 2, sharey=True)
    end = analysis.follow_up(arm)
    for axes, months in ((left, end), (right, max(analysis.horizon, end))):
        dress(axes)
        month_axis(axes, months, 6)
    left.set_title("Within the data")
    right.set_title("To the horizon")
    mark_end(right, end)
    top.legend(
        handles=list(legend), ncols=columns_that_fit(legend, WIDTH - 0.3), loc="outside upper left",
        borderpad=0.1, borderaxespad=0.6,
    )  # fmt: skip
    return left, right


def _grid(analysis: SurvivalAnalysis, arm: str) -> Array:
    """Months from just after 0, denser within the data."""
    end = analysis.follow_up(arm)
    inside = np.linspace(end / _POINTS, end, _POINTS)
    return np.union1d(inside, np.linspace(end, max(analysis.horizon, end), _POINTS))


@styled
def fitted_survival(
    analysis: SurvivalAnalysis, arm: str, group: Group = "standard", *, joint: bool = False
) -> Figure:
    """Draw every fitted curve of a group against the Kaplan-Meier curve of an arm.

    On the left until the end of follow-up, with the numbers at risk; on the right until the
    horizon. The key is in the order of AIC. With `joint` the curves are those fitted to all arms
    together.
    """
    fits = group_fits(analysis, arm, group, joint=joint)
    figure, top = with_key(
        _HEIGHT, _survival_key(analysis, arm, _what(analysis, arm, group, joint), fits)
    )
    external = analysis.external(arm)
    legend = [*steps_legend(), end_legend(), *([external_legend()] if external else [])]
    left, right = _panels(analysis, arm, top, legend)
    percent_axis(left)
    left.set_ylabel(_title(analysis, arm))
    t = _grid(analysis, arm)
    for axes in (left, right):
        for fit in fits:
            _line(axes, fit, t, fit.survival(t))
        draw_steps(axes, analysis.curves[arm], censoring=axes is left)
        draw_external(axes, [p for p in external if p.month <= axes.get_xlim()[1]])
    numbers_at_risk(left, analysis.curves[arm])
    return figure


def _what(analysis: SurvivalAnalysis, arm: str, group: Group, joint: bool) -> str:
    """Head the key: which families, of whom, and how fitted."""
    return f"{GROUPS[group]}, {analysis.label(arm)}{', fitted jointly' if joint else ''}"


def _line(axes: Axes, fit: ArmFit, t: Array, y: Array) -> None:
    style = family_style(fit.row.fit)
    axes.plot(t, y, color=style.color, linestyle=style.line, linewidth=1.2, label=fit.row.label)


def _survival_key(analysis: SurvivalAnalysis, arm: str, what: str, fits: Sequence[ArmFit]) -> Key:
    horizon, end = analysis.horizon, analysis.follow_up(arm)
    headers = [
        what, "AIC less the lowest", "Median, months", f"Mean to month {significant(horizon)}",
        f"Alive at month {significant(end)}" if analysis.endpoint == "OS"
        else f"Without event at month {significant(end)}",
        f"At month {significant(horizon)}",
    ]  # fmt: skip
    cells = [
        (
            number(fit.row.aic_difference, 1),
            number(fit.summary.median, 1) or "not reached",
            number(fit.summary.restricted_mean, 1),
            *(percent(float(s)) for s in fit.survival(np.array([end, horizon]))),
        )
        for fit in fits
    ]
    seen = float(analysis.curves[arm].survival[-1])
    km = analysis.curves[arm]
    observed = KeyRow(
        None, "Kaplan–Meier", ("", number(km.quantile(), 1) or "not reached", "", percent(seen), "")
    )
    return Key(headers, [*_named(fits, cells), observed])


def _named(fits: Sequence[ArmFit], cells: Sequence[tuple[str, ...]]) -> list[KeyRow]:
    return [
        KeyRow(line_swatch(family_style(fit.row.fit)), family_name(fit.row.label), cell)
        for fit, cell in zip(fits, cells, strict=True)
    ]


@styled
def fitted_hazards(
    analysis: SurvivalAnalysis, arm: str, group: Group = "standard", *, joint: bool = False
) -> Figure:
    """Draw the fitted hazards of a group over the smoothed hazard of an arm.

    The smoothed hazard ends where fewer than ten are at risk. What rises beyond the panel is in
    the key. With `joint` the hazards are those fitted to all arms together.
    """
    fits = group_fits(analysis, arm, group, joint=joint)
    horizon, end = analysis.horizon, analysis.follow_up(arm)
    smooth = analysis.hazards[arm]
    headers = [
        _what(analysis, arm, group, joint), "AIC less the lowest",
        f"Hazard per month at month {significant(end)}", f"At month {significant(horizon)}",
    ]  # fmt: skip
    cells = [
        (
            number(fit.row.aic_difference, 1),
            *(number(float(h), 3) or "–" for h in fit.hazard(np.array([end, horizon]))),
        )
        for fit in fits
    ]  # fmt: skip
    figure, top = with_key(_HEIGHT, Key(headers, _named(fits, cells)))
    legend = [
        Line2D([], [], color=INK, linewidth=2.4, label="Smoothed hazard of the patients"),
        Line2D([], [], color=INK, linewidth=6, alpha=0.15, label="95% limits"),
        end_legend(),
    ]
    left, right = _panels(analysis, arm, top, legend)
    left.set_ylabel(f"Hazard per month\n{_title(analysis, arm)}")
    t = _grid(analysis, arm)
    upper = smooth.hazard + 1.96 * smooth.std_error
    for axes in (left, right):
        for fit in fits:
            _line(axes, fit, t, fit.hazard(t))
        axes.plot(smooth.time, smooth.hazard, color=INK, linewidth=2.4, label="Smoothed", zorder=3)
        axes.fill_between(
            smooth.time, np.maximum(smooth.hazard - 1.96 * smooth.std_error, 0), upper, color=INK,
            alpha=0.12, linewidth=0,
        )  # fmt: skip
    highest = float(np.max(upper, initial=0.0)) * _HAZARD_ROOM
    left.set_ylim(0, highest or None)
    return figure


__all__ = ["fitted_hazards", "fitted_survival"]
