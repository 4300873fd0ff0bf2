"""Incremental net benefit by subgroup, with its interval: a forest plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from cea.analysis.decision import Verdict
from cea.analysis.subgroups import Group, Subgroups
from cea.report.charts.beside import Beside, write_beside
from cea.report.charts.strategies import compared, versus
from cea.report.charts.text import text_width, wrap, wrap_evenly
from cea.report.format import number, per_qaly, percent
from cea.report.style import (
    FAINT,
    INK,
    LINE,
    SOFT,
    TITLE,
    WIDTH,
    Chart,
    dress,
    strategy_style,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARGIN, _GAP = 0.1, 0.14  # inches
_LABELS = 0.3 * WIDTH


@styled
def subgroups(found: Subgroups, strategy: str | None = None) -> Figure:
    """Draw the incremental net benefit of each subgroup, and weighted.

    Parameters
    ----------
    found
        Results.
    strategy
        Compared with the reference; the first other one if None.

    Raises
    ------
    AnalysisError
        There is no such strategy, or it is the reference.
    """
    s = compared(found.assumptions, strategy)[0]
    rows = found.rows
    labels = [_label(group) for group in rows]
    columns = _columns(found, s)
    heading = wrap(versus(found.assumptions, s), WIDTH - 0.4, 3, TITLE)
    foot = wrap(_foot(found), WIDTH - 2 * _MARGIN, 6)
    row = max(0.26, 0.06 + LINE * (1 + max(label.count("\n") for label in labels)))
    headers = max(column.header.count("\n") + 1 for column in columns)
    above = 0.1 + TITLE * 1.25 / 72 * (heading.count("\n") + 1) + LINE * headers + 0.08
    below = 0.62 + LINE * (foot.count("\n") + 1)
    height = above + row * (len(rows) + 0.3) + below
    figure = Chart(figsize=(WIDTH, height))
    left = _MARGIN + max(map(text_width, labels)) + _GAP
    right = WIDTH - _MARGIN - sum(column.width for column in columns)
    axes = figure.add_axes(
        (left / WIDTH, below / height, (right - left) / WIDTH, 1 - (above + below) / height)
    )
    dress(axes, grid="x", x_ticks=4)
    axes.set_ylim(len(rows) - 0.4, -0.7)
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.axhline(len(found.groups) - 0.5, color=FAINT, linewidth=0.7)
    for k, group in enumerate(rows):
        _draw(axes, found, group, s, k)
    axes.axvline(0, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1.5)
    at = per_qaly(found.threshold, found.assumptions.settings.currency)
    axes.set_xlabel(f"Incremental net benefit ({found.assumptions.settings.currency}) at {at}")
    write_beside(axes, columns, right - left)
    figure.text(_MARGIN / WIDTH, 1 - 0.08 / height, heading, size=TITLE, va="top")
    figure.text(_MARGIN / WIDTH, 0.08 / height, foot, va="bottom", linespacing=1.25, color=SOFT)
    return figure


def _label(group: Group) -> str:
    share = "" if not group.changes and group.weight > 1 - 1e-6 else f" ({percent(group.weight)})"
    return wrap_evenly(f"{group.label}{share}", _LABELS, 3)


def _columns(found: Subgroups, s: int) -> list[Beside]:
    """Return what stands at the right."""
    currency = found.assumptions.settings.currency
    icers = []
    for group in found.rows:
        pair = found.increment(group, s)
        text = str(pair.verdict) if pair.icer is None else number(pair.icer)
        icers.append(f"{text}*" if pair.verdict is Verdict.SAVING else text)
    columns = [Beside(f"ICER ({currency}\nper QALY)", icers)]
    shares = [percent(x.probability) for g in found.rows if (x := found.sampled(g, s)) is not None]
    if shares:
        columns.append(Beside("Most cost-\neffective", shares))
    return columns


def _draw(axes: Axes, found: Subgroups, group: Group, s: int, k: int) -> None:
    style = strategy_style(s)
    total = group is found.weighted
    if (drawn := found.sampled(group, s)) is not None:
        ends = [drawn.low, drawn.high]
        axes.add_line(Line2D(ends, [k, k], color=style.color, linewidth=1.6))
        axes.update_datalim([(x, k) for x in ends])
    axes.plot(
        [found.inmb(group, s)], [k], color=style.color, marker="D" if total else style.marker,
        markersize=7 if total else 5.5, markeredgecolor=INK, markeredgewidth=0.6, zorder=3,
    )  # fmt: skip
    axes.autoscale_view(scaley=False)


def _foot(found: Subgroups) -> str:
    said = "Marks: base case."
    if found.n:
        said += f" Lines: 95% interval of {found.n:,} draws, the same for every subgroup."
    said += " Weighted: costs and QALYs added up by share, then compared; above 0: cost-effective."
    if any(
        found.increment(group, s).verdict is Verdict.SAVING
        for group in found.rows
        for s in range(len(found.assumptions.strategies))
    ):
        said += " * Saved per QALY forgone."
    return said
