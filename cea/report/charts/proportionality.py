"""Is the effect proportional: on the hazard (Schoenfeld residuals), or on time (quantiles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from scipy.special import ndtri

from cea.analysis.survival import Comparison, SurvivalAnalysis
from cea.errors import AnalysisError
from cea.report.charts.text import Key, Row, legend_above, with_key, wrap
from cea.report.format import number, p_value, significant
from cea.report.style import FAINT, INK, TITLE, WIDTH, dress, month_axis, strategy_style, styled
from cea.survival.smooth import natural_spline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cea.survival.cox import Cox

_DASHED = (0, (4, 2))
_RATIOS_SHOWN = 3.0  # times the time ratio, or 1


def _compared(analysis: SurvivalAnalysis) -> tuple[Comparison, ...]:
    if not analysis.comparisons:
        raise AnalysisError(f"{analysis.endpoint}: one strategy only; nothing to compare it with")
    return analysis.comparisons


def _versus(analysis: SurvivalAnalysis, one: Comparison) -> str:
    return f"{analysis.label(one.arm)} versus {analysis.label(one.reference)}"


@styled
def schoenfeld(analysis: SurvivalAnalysis) -> Figure:
    """Draw scaled Schoenfeld residuals over time, with a smooth line: the log hazard ratio.

    Raises
    ------
    AnalysisError
        There is one strategy only.
    """
    shown = _compared(analysis)
    headers = [
        analysis.endpoint, "Hazard ratio (95% interval)",
        "Proportional hazards: against 1 − S", "Against time",
    ]  # fmt: skip
    rows = []
    for one in shown:
        cells: tuple[str, ...] = ("–", "–", "–")
        if one.cox is not None:
            low, high = one.cox.interval()
            ratio = f"{one.cox.hazard_ratio:.2f} ({low:.2f} to {high:.2f})"
            tests = (p_value(one.cox.test(g).p) for g in ("km", "identity"))
            cells = (ratio, *tests)
        rows.append(Row(None, _versus(analysis, one), cells))
    figure, top = with_key(2.7 * len(shown) + 0.3, Key(headers, rows))
    panels = top.subplots(len(shown), 1, squeeze=False)[:, 0]
    for axes, one in zip(panels, shown, strict=True):
        dress(axes)
        position = analysis.arms.index(one.arm)
        if one.cox is None:
            axes.set_title(wrap(one.reason, WIDTH - 1, 3, TITLE))
            continue
        _residuals(axes, one.cox, strategy_style(position).color)
        axes.set_ylabel("Log hazard ratio")
        if len(shown) > 1:
            axes.set_title(wrap(_versus(analysis, one), WIDTH - 1, 2, TITLE))
    if shown[0].cox is not None:
        legend_above(panels[0], _residuals_legend(strategy_style(1).color))
        if len(shown) > 1:
            panels[0].get_legend().set_bbox_to_anchor((0, 1.12))
    return figure


def _residuals(axes: Axes, cox: Cox, color: str) -> None:
    y = cox.scaled_residuals
    month_axis(axes, float(cox.time[-1]) * 1.02)
    axes.axhline(0, color=INK, linewidth=0.7, label="_no effect")
    axes.axhline(
        cox.log_hazard_ratio, color=FAINT, linewidth=1.2, linestyle=_DASHED, label="_constant"
    )
    axes.plot(
        cox.time, y, linestyle="none", marker="o", markersize=3, color=color, alpha=0.55,
        markeredgewidth=0, label="_residuals",
    )  # fmt: skip
    if len(np.unique(cox.time)) < 4:
        return
    smooth = natural_spline(cox.time, y)
    half = float(ndtri(0.975)) * np.sqrt(len(y) * cox.std_error**2 * smooth.leverage)
    axes.plot(smooth.x, smooth.y, color=color, label="_smooth")
    axes.fill_between(
        smooth.x, smooth.y - half, smooth.y + half, color=color, alpha=0.15, linewidth=0
    )


def _residuals_legend(color: str) -> list[Line2D]:
    return [
        Line2D(
            [], [], linestyle="none", marker="o", markersize=3, color=color, alpha=0.55,
            label="Scaled Schoenfeld residual",
        ),
        Line2D([], [], color=color, label="Smooth, 95% limits"),
        Line2D(
            [], [], color=FAINT, linewidth=1.2, linestyle=_DASHED, label="Constant hazard ratio"
        ),
    ]  # fmt: skip


@styled
def quantile_quantile(analysis: SurvivalAnalysis) -> Figure:
    """Draw the quantiles of each arm against the reference's: a line through 0 if time scales.

    Raises
    ------
    AnalysisError
        There is one strategy only.
    """
    shown = _compared(analysis)
    rows = []
    for one in shown:
        last = one.quantiles.share
        reached = f"{last[-1]:.0%}" if len(last) else "–"
        cells = (number(one.quantiles.time_ratio, 2) or "–", reached)
        rows.append(Row(None, _versus(analysis, one), cells))
    headers = [analysis.endpoint, "Time ratio (median)", "Share with the event, up to"]
    figure, top = with_key(3.3, Key(headers, rows))
    panels = top.subplots(1, max(2, len(shown)), squeeze=False)[0]
    width = WIDTH / max(2, len(shown)) - 0.9
    for axes, one in zip(panels, shown, strict=False):
        dress(axes, x_ticks=5, y_ticks=5)
        _quantiles(axes, one, strategy_style(analysis.arms.index(one.arm)).color)
        axes.set_xlabel(wrap(f"{analysis.label(one.reference)}, months", width, 3))
        axes.set_ylabel(wrap(f"{analysis.label(one.arm)}, months", 2.2, 3))
    color = strategy_style(1).color
    if len(shown) == 1:
        _ratios(panels[1], shown[0], color)
        if said := _above(shown[0]):
            marked = Line2D([], [], linestyle="none", marker="^", markersize=5, color=color,
                            markeredgewidth=0, label=said)  # fmt: skip
            legend_above(panels[1], [marked], width + 0.4)
    legend_above(panels[0], _quantiles_legend(color), width + 0.4)
    return figure


def _quantiles(axes: Axes, one: Comparison, color: str) -> None:
    pairs = one.quantiles
    if not len(pairs.share):
        return
    end = 1.05 * float(max(pairs.reference.max(), pairs.compared.max()))
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.plot([0, end], [0, end], color=FAINT, linewidth=1, linestyle=_DASHED, label="_equal")
    axes.plot([0, end], [0, end * pairs.time_ratio], color=color, label="_time ratio")
    axes.plot(
        pairs.reference, pairs.compared, linestyle="none", marker="o", markersize=3.5, color=color,
        markeredgecolor="white", markeredgewidth=0.4, label="_quantiles",
    )  # fmt: skip
    axes.set_aspect("equal")


def _ratios(axes: Axes, one: Comparison, color: str) -> None:
    """Draw the ratio of the two quantiles, which is level where time scales."""
    pairs = one.quantiles
    dress(axes, x_ticks=5, y_ticks=5)
    axes.set_xlabel("Share with the event")
    axes.set_ylabel("Ratio of the quantiles")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="%"))
    if not len(pairs.share):
        return
    ratio = pairs.ratios
    top = _highest(one)
    above = ratio > top
    axes.set_xlim(0, 1.02 * float(pairs.share[-1]))
    axes.set_ylim(0, 1.1 * top)
    axes.axhline(1, color=FAINT, linewidth=1, linestyle=_DASHED, label="_equal")
    axes.axhline(pairs.time_ratio, color=color, label="_time ratio")
    axes.plot(
        pairs.share[~above], ratio[~above], linestyle="none", marker="o", markersize=3.5,
        color=color, markeredgecolor="white", markeredgewidth=0.4, label="_ratios",
    )  # fmt: skip
    # Early quantiles of a few events may be many times apart: they are marked, not shown.
    axes.plot(
        pairs.share[above], np.full(int(above.sum()), 1.1 * top), linestyle="none", marker="^",
        markersize=5, color=color, markeredgewidth=0, clip_on=False, label="_above", zorder=4,
        in_layout=False,
    )  # fmt: skip


def _highest(one: Comparison) -> float:
    """Return the highest ratio for which the panel has room."""
    return min(float(one.quantiles.ratios.max()), _RATIOS_SHOWN * max(one.quantiles.time_ratio, 1))


def _above(one: Comparison) -> str:
    """Say how many ratios lie above the panel, and how far up; empty if none does."""
    ratios = one.quantiles.ratios
    if not len(ratios) or not (above := int((ratios > _highest(one)).sum())):
        return ""
    return f"{above} ratio{'s' * (above > 1)} above, up to {significant(float(ratios.max()))}"


def _quantiles_legend(color: str) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", marker="o", markersize=3.5, color=color, label="Quantile"),
        Line2D([], [], color=color, label="Time ratio"),
        Line2D([], [], color=FAINT, linewidth=1, linestyle=_DASHED, label="Equal"),
    ]
