"""The tornado of the scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cea.analysis.decision import Verdict
from cea.analysis.scenarios import ScenarioResult, Scenarios
from cea.report.charts.beside import Beside, write_beside
from cea.report.charts.strategies import compared, versus
from cea.report.charts.text import columns_that_fit, text_width, wrap, wrap_evenly
from cea.report.format import money, number, per_qaly
from cea.report.style import HIGH, INK, LINE, LOW, TITLE, WIDTH, Chart, dress, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = 0.36 * WIDTH  # inches for the scenarios' labels
_MARGIN = 0.1  # inches
_NOTHING = 1e-9  # of the largest change: rounding
_REACH = 0.6  # INMB = 0 is drawn if it lies within this share of the bars' span


@styled
def scenarios(found: Scenarios, strategy: str | None = None, top: int = 16) -> Figure:
    """Draw the incremental net benefit of each scenario, as a bar from the base case.

    Parameters
    ----------
    found
        Results.
    strategy
        Compared with the reference; the first other one if None.
    top
        How many scenarios, the largest change first; the last line says what is left out.

    Raises
    ------
    AnalysisError
        There is no such strategy, or it is the reference.
    """
    s = compared(found.assumptions, strategy)[0]
    ranked = found.ranked(s)
    largest = abs(found.inmb_change(ranked[0], s)) if ranked else 0.0
    moving = sum(abs(found.inmb_change(one, s)) > _NOTHING * largest for one in ranked)
    count = max(1, min(top, moving))
    shown, others = ranked[:count], ranked[count:]
    currency = found.assumptions.settings.currency
    labels = [wrap_evenly(one.label, _LABELS, 3) for one in shown]
    if others:
        effect = f"largest change {money(abs(found.inmb_change(others[0], s)), currency)}"
        effect = "no effect" if count >= moving else effect
        labels.append(f"{len(others)} other{'s' * (len(others) > 1)} ({effect})")
    if not ranked:
        labels = ["No scenario keeps the comparator"]
    columns = _columns(found, shown, s, blank=len(labels) > len(shown))
    row = max(0.25, 0.05 + LINE * (1 + max(x.count("\n") for x in labels)))
    heading = wrap(versus(found.assumptions, s), WIDTH - 0.4, 3, TITLE)
    left = _MARGIN + max(map(text_width, labels)) + 0.12
    inside = WIDTH - _MARGIN - left - sum(column.width for column in columns)
    limits = _limits(found, shown, s, inside)
    handles = _legend(found, s, limits)
    ncols = columns_that_fit(handles, WIDTH - 2 * _MARGIN)
    keys = -(-len(handles) // ncols)
    above = 0.12 + TITLE * 1.25 / 72 * (1 + heading.count("\n")) + LINE * (1.5 * keys + 2) + 0.1
    below = 0.62
    height = above + row * (len(labels) + 0.4) + below
    figure = Chart(figsize=(WIDTH, height))
    axes = figure.add_axes(
        (left / WIDTH, below / height, inside / WIDTH, 1 - (above + below) / height)
    )
    dress(axes, grid="x", x_ticks=4)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(limits)
    _draw(axes, found, shown, s)
    write_beside(axes, columns, inside)
    at = per_qaly(found.assumptions.threshold.value, currency)
    axes.set_xlabel(wrap(f"Incremental net benefit ({currency}) at {at}", inside + 1, 2))
    figure.text(_MARGIN / WIDTH, 1 - 0.08 / height, heading, size=TITLE, va="top")
    figure.legend(
        handles=handles, ncols=ncols, loc="upper left", borderaxespad=0, borderpad=0,
        bbox_to_anchor=(_MARGIN / WIDTH, 1 - (0.16 + TITLE * 1.25 / 72) / height),
    )  # fmt: skip
    return figure


def _columns(found: Scenarios, shown: list[ScenarioResult], s: int, *, blank: bool) -> list[Beside]:
    """Return the change of the net benefit, and the ICER, of each scenario."""
    changes, icers = [], []
    for one in shown:
        change = found.inmb_change(one, s)
        text = number(change)
        changes.append(f"+{text}" if change > 0 and text != "0" else text)
        pair = one.against_reference(s)
        text = str(pair.verdict) if pair.icer is None else number(pair.icer)
        icers.append(f"{text}*" if pair.verdict is Verdict.SAVING else text)
    rest = [""] * blank
    currency = found.assumptions.settings.currency
    return [
        Beside("Change\nof INMB", [*changes, *rest]),
        Beside(f"ICER ({currency}\nper QALY)", [*icers, *rest]),
    ]


def _limits(
    found: Scenarios, shown: list[ScenarioResult], s: int, inside: float
) -> tuple[float, float]:
    """Return the limits of the axis: they hold INMB = 0 if it is near."""
    base = found.results[0].inmb(s)
    ends = [base, *(one.inmb(s) for one in shown)]
    low, high = min(ends), max(ends)
    span = (high - low) or max(abs(base) * 0.1, 1.0)
    if 0 < low <= _REACH * span:
        low = 0.0
    elif -_REACH * span <= high < 0:
        high = 0.0
    room = (high - low or span) * (0.04 + 0.06 / inside)
    return low - room, high + room


def _draw(axes: Axes, found: Scenarios, shown: list[ScenarioResult], s: int) -> None:
    base = found.results[0].inmb(s)
    for k, one in enumerate(shown):
        end = one.inmb(s)
        color, hatch = (HIGH, "") if end > base else (LOW, "/////")
        axes.barh(
            k, end - base, 0.62, left=base, color=color, hatch=hatch, edgecolor=INK,
            linewidth=0.5, zorder=2,
        )  # fmt: skip
    axes.axvline(base, color=INK, linewidth=1.3, zorder=3)
    left, right = axes.get_xlim()
    if left <= 0 <= right:
        axes.axvline(0, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2.5)


def _legend(found: Scenarios, s: int, limits: tuple[float, float]) -> list[Artist]:
    base, currency = found.results[0], found.assumptions.settings.currency
    handles: list[Artist] = [
        Patch(facecolor=LOW, hatch="/////", edgecolor=INK, linewidth=0.5,
              label="Lower net benefit (INMB)"),
        Patch(facecolor=HIGH, edgecolor=INK, linewidth=0.5, label="Higher"),
        Line2D([], [], color=INK, linewidth=1.3,
               label=f"Base case, {money(base.inmb(s), currency)}"),
    ]  # fmt: skip
    if limits[0] <= 0 <= limits[1]:
        words = "INMB = 0 (above: cost-effective)"
        dashes = (0, (4, 2))
        handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=dashes, label=words))
    if any(one.against_reference(s).verdict is Verdict.SAVING for one in found.results):
        handles.append(Line2D([], [], linestyle="none", label="* Saved per QALY forgone"))
    return handles
