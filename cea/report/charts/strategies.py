"""Which strategies a chart shows, and the thresholds it marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cea.analysis.pairs import strategy_at
from cea.assumptions import Assumptions, Threshold
from cea.errors import AnalysisError
from cea.report.charts.text import text_width
from cea.report.format import number
from cea.report.style import FAINT, LINE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def compared(assumptions: Assumptions, strategy: str | None) -> Sequence[int]:
    """Return the places of the strategies to compare with the reference: all without a name.

    Raises
    ------
    AnalysisError
        There is no such strategy, or nothing to compare.
    """
    others: Sequence[int] = assumptions.others
    if strategy is not None:
        others = [strategy_at(assumptions, strategy)]
    if assumptions.reference in others or not others:
        raise AnalysisError(
            f"{assumptions.settings.reference_strategy} is the reference strategy: name another "
            "one to compare with it"
        )
    return others


def versus(assumptions: Assumptions, strategy: int) -> str:
    """Name a comparison: new versus reference."""
    labels = assumptions.strategies
    return f"{labels[strategy].label} versus {labels[assumptions.reference].label}"


def mark_thresholds(axes: Axes, thresholds: Sequence[Threshold], width: float) -> None:
    """Mark thresholds on the horizontal axis, `width` inches long, their values above the axes."""
    left, right = axes.get_xlim()
    taken: list[float] = []  # right end of the last value at each level
    for value in sorted({threshold.value for threshold in thresholds}):
        axes.axvline(value, color=FAINT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1.5)
        text = number(value)
        middle = (value - left) / (right - left) * width
        half = text_width(text) / 2 + 0.05
        level = next((k for k, end in enumerate(taken) if end <= middle - half), len(taken))
        taken[level : level + 1] = [middle + half]
        axes.annotate(
            text, (value, 1), xycoords=("data", "axes fraction"),
            xytext=(0, 2 + level * LINE * 72), textcoords="offset points",
            ha="center", va="bottom", color=SOFT,
        )  # fmt: skip
