"""A Kaplan-Meier curve as it is drawn: steps, censoring, limits, numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from cea.report.format import number
from cea.report.style import FAINT, INK, SIZE, SOFT
from cea.survival.kaplan_meier import KaplanMeier

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from cea.assumptions import ExternalPoint

END = (0, (4, 2))


def draw_steps(axes: Axes, curve: KaplanMeier, *, censoring: bool = True) -> None:
    """Draw the curve, its 95% limits and, if there is room, a tick where one was censored."""
    t = np.append(0.0, curve.time)
    axes.step(
        t, np.append(1.0, curve.survival), where="post", color=INK, linewidth=1.3, label="KM",
        zorder=3,
    )  # fmt: skip
    axes.fill_between(
        curve.time, curve.lower, curve.upper, step="post", color=INK, alpha=0.12, linewidth=0,
    )  # fmt: skip
    if not censoring:
        return
    gone = curve.censored > 0
    axes.plot(
        curve.time[gone], curve.survival[gone], linestyle="none", marker="|", markersize=4.5,
        markeredgewidth=0.8, color=INK, label="_censored", zorder=3,
    )  # fmt: skip


def steps_legend() -> list[Artist]:
    """Explain what `draw_steps` draws."""
    return [
        Line2D([], [], color=INK, linewidth=1.3, label="Kaplan–Meier"),
        Line2D([], [], color=INK, linewidth=6, alpha=0.15, label="95% limits"),
        Line2D(
            [], [], linestyle="none", marker="|", markersize=5, color=INK, label="Censored"
        ),
    ]  # fmt: skip


def mark_end(axes: Axes, month: float) -> None:
    """Draw a dashed line where the data end."""
    axes.axvline(month, color=FAINT, linewidth=1, linestyle=END, label="_end", zorder=1.5)


def end_legend() -> Artist:
    """Explain `mark_end`."""
    return Line2D([], [], color=FAINT, linewidth=1, linestyle=END, label="End of follow-up")


def numbers_at_risk(axes: Axes, curve: KaplanMeier) -> None:
    """Write how many are at risk below each tick of the horizontal axis."""
    left, right = axes.get_xlim()
    ticks = [float(t) for t in axes.get_xticks() if left <= t <= right]
    below = -(3 * SIZE + 10)
    for tick, n in zip(ticks, curve.at_risk_at(ticks), strict=True):
        axes.annotate(
            number(float(n)), (tick, 0), xycoords=("data", "axes fraction"), xytext=(0, below),
            textcoords="offset points", ha="center", va="top", color=SOFT,
        )  # fmt: skip
    axes.annotate(
        "At risk", (0, 0), xycoords="axes fraction", xytext=(-SIZE * 1.6, below),
        textcoords="offset points", ha="right", va="top", color=SOFT,
    )  # fmt: skip


def draw_external(
    axes: Axes, points: Sequence[ExternalPoint], color: str = INK, months: float = 1.0
) -> None:
    """Draw points known from elsewhere, with the range thought plausible.

    `months` are those of the axis' unit.
    """
    for point in points:
        low = point.survival if point.low is None else point.low
        high = point.survival if point.high is None else point.high
        axes.plot(
            [point.month / months] * 2, [low, high], color=color, linewidth=1, zorder=4,
            label="_range", marker="_", markersize=4.5 if high > low else 0, clip_on=False,
        )  # fmt: skip
        axes.plot(
            point.month / months, point.survival, marker="D", markersize=4.5, color="white",
            markeredgecolor=color, markeredgewidth=1.1, linestyle="none", zorder=5,
            label="External", clip_on=False,
        )  # fmt: skip


def external_legend() -> Line2D:
    """Explain `draw_external`."""
    return Line2D(
        [], [], linestyle="none", marker="D", markersize=4.5, color="white", markeredgecolor=INK,
        markeredgewidth=1.1, label="External point, range",
    )  # fmt: skip
