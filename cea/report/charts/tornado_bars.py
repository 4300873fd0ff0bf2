"""The tornado."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cea.analysis.pairs import Measure, pairs_of, versus
from cea.analysis.tornado import Bar, Tornado
from cea.report.charts import tornado_rest
from cea.report.charts.text import columns_that_fit, text_width, wrap, wrap_evenly
from cea.report.charts.tornado_rest import span, split
from cea.report.format import value_range
from cea.report.style import HIGH, INK, LINE, LOW, TITLE, WIDTH, Chart, dress, styled
from cea.report.words_oneway import measure_name, result

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = 0.34 * WIDTH  # inches for the parameters' names
_NOTHING = 1e-9  # of the widest swing: rounding
_PLAIN = {"", "-", "–", "utility", "proportion", "ratio"}  # units that say nothing more
_REACH = 0.6  # INMB = 0 is drawn if it lies within this share of the bars' span


@styled
def tornado(tornado: Tornado, strategy: str | None = None, top: int | None = None) -> Figure:
    """Draw an outcome at each parameter's low and high value.

    Parameters
    ----------
    tornado
        Results.
    strategy
        Whose bars: those of the first pair if None.
    top
        How many parameters, the widest bar first; the last line sums what is left out, but for
        ratios.

    Raises
    ------
    AnalysisError
        There is no such strategy, or it is the comparator.
    """
    pair = tornado.pairs[0]
    if strategy is not None:
        (asked,) = pairs_of(tornado.assumptions, strategy, _against(tornado))
        pair = tornado.pair(asked.strategy)
    bars = tornado.bars(pair.strategy)
    adds_up = tornado.measure.adds_up
    shown, others, broken = split(bars, tornado.top if top is None else top)
    labels = [wrap_evenly(_name(bar), _LABELS, 3) for bar in shown]
    if others:
        labels.append(wrap_evenly(tornado_rest.label(others, adds_up=adds_up), _LABELS, 3))
    row = max(0.26, 0.04 + LINE * (1 + max(label.count("\n") for label in labels)))
    figure = Chart(figsize=(WIDTH, row * len(labels) + 1.5), layout="constrained")
    axes = figure.subplots()
    dress(axes, grid="x", x_ticks=5)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5 + 0.2 / row, -0.6)  # room for the words at INMB = 0
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    base = tornado.base_result(pair.strategy)
    width = WIDTH - 0.45 - max(map(text_width, labels))
    rest = span(others, adds_up=adds_up)
    _scale(axes, shown, [base, *(rest or ())], width, zero=tornado.measure is Measure.INMB)
    for k, bar in enumerate(shown):
        _draw(axes, bar, base, k, row)
    if rest is not None:
        tornado_rest.draw(axes, rest, len(shown), min(0.7, 0.2 / row))
    zero = _lines(axes, base, width, zero=tornado.measure is Measure.INMB)
    axes.set_xlabel(_axis_label(tornado, width))
    handles = _legend(tornado, shown, base, zero=zero, rest=rest is not None)
    if broken:
        names = ", ".join(bar.parameter.label or bar.parameter.name for bar in broken)
        said = f"Not drawn, as the ratio loses its meaning at an end: {names}"
        handles.append(Line2D([], [], linestyle="none", label=wrap(said, WIDTH - 1, 3)))
    figure.legend(
        handles=handles, loc="outside upper left", ncols=columns_that_fit(handles, WIDTH - 0.3),
        title=wrap(versus(tornado.assumptions, pair), WIDTH - 0.4, 3, TITLE), title_fontsize=TITLE,
        alignment="left",
    )  # fmt: skip
    return figure


def _against(tornado: Tornado) -> str:
    return tornado.assumptions.strategy_names[tornado.pairs[0].against]


def _axis_label(tornado: Tornado, width: float) -> str:
    """Name the outcome, and the threshold that belongs to it."""
    a = tornado.assumptions
    name = measure_name(tornado.measure, a.settings.currency, tornado.threshold)
    name = f"{name[:1].upper()}{name[1:]}"
    if tornado.measure is not Measure.INMB or tornado.threshold != a.threshold.value:
        return wrap(name, width, 3)
    label = f"({a.threshold.label})"
    gap = " " if text_width(f"{name} {label}") <= width else "\n"
    return wrap(f"{name}{gap}{label}", width, 3)


def _texts(bar: Bar) -> tuple[str, str]:
    """Print the input at both ends, with the restricted mean of its curve in brackets."""
    low, high = value_range(bar.low, bar.high)
    if bar.months is None or (bar.parameter.unit == "months" and bar.months[0] == bar.base):
        return low, high
    means = value_range(bar.months[1], bar.months[2])
    return f"{low} ({means[0]})", f"{high} ({means[1]})"


def _name(bar: Bar) -> str:
    """Name a parameter, with its unit where the numbers need one; what must not part does not."""
    parameter = bar.parameter
    unit = "" if parameter.unit.strip().lower() in _PLAIN else f" ({parameter.unit.strip()})"
    if unit.replace(" ", "") in parameter.label.replace(" ", ""):
        unit = ""
    star = "\u00a0*" if parameter.evidence == "assumption" else ""
    kept = unit[1:].replace(" ", "\u00a0")
    return f"{parameter.label or parameter.name}{' ' if kept else ''}{kept}{star}"


def _scale(
    axes: Axes, bars: list[Bar], also: list[float], width: float, *, zero: bool
) -> None:  # fmt: skip
    """Set limits that leave room for the values at the ends, and hold 0 if it is near."""
    ends = [*also, *(x for bar in bars for x in bar.ends)]
    low, high = min(ends), max(ends)
    span = (high - low) or max(abs(also[0]) * 0.1, 1e-3)
    if zero and 0 < low <= _REACH * span:
        low = 0.0
    elif zero and -_REACH * span <= high < 0:
        high = 0.0
    span = (high - low) or span
    text = max(text_width(v) for bar in bars for v in _texts(bar)) + 0.12
    room = span * text / max(width - 2 * text, 1.0)
    axes.set_xlim(low - room, high + room)


def _draw(axes: Axes, bar: Bar, base: float, k: int, row: float) -> None:
    """Draw one parameter, with its values at the ends of its bar.

    Ends on the same side of the base case share the height of the bar. A value hides the line at
    INMB = 0 where it stands on it: moved aside it would no longer be at its bar.
    """
    height = min(0.7, 0.2 / row)
    span = axes.get_xlim()[1] - axes.get_xlim()[0]
    low, high = (base if abs(x - base) < _NOTHING * span else x for x in bar.ends)
    split = (low - base) * (high - base) > 0
    texts = _texts(bar)
    styles = ((LOW, "/////"), (HIGH, ""))
    for e, (end, text, (color, hatch)) in enumerate(zip((low, high), texts, styles, strict=True)):
        shift = (0.25 * height if e else -0.25 * height) if split else 0.0
        axes.barh(
            k + shift, end - base, height / 2 if split else height, left=base, color=color,
            hatch=hatch, edgecolor=INK, linewidth=0.5, zorder=2, label=bar.parameter.name,
        )  # fmt: skip
        other = low if e else high
        rightward = end > base or (end == base and (other < base or (other == base and e == 1)))
        axes.annotate(
            text, (end, k), xytext=(3 if rightward else -3, -shift * row * 86),
            textcoords="offset points", ha="left" if rightward else "right", va="center",
            zorder=4, bbox={"facecolor": "white", "linewidth": 0, "pad": 0.6},
        )  # fmt: skip


def _lines(axes: Axes, base: float, width: float, *, zero: bool) -> bool:
    """Draw the base case, and INMB = 0 if it is asked for and in view: returns whether it is.

    The words at INMB = 0 stand on the side where they keep clear of the base case and the edge.
    """
    axes.axvline(base, color=INK, linewidth=1.3, zorder=3)
    left, right = axes.get_xlim()
    zero = zero and bool(left <= 0 <= right)
    if zero:
        axes.axvline(0, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2.5)
        more, less = "cost-effective →", "← not cost-effective"
        inch = (right - left) / width
        ahead, behind = (inch * (text_width(text) + 0.1) for text in (more, less))
        if ahead < right and not 0 <= base < ahead:
            text, x, ha = more, 2, "left"
        elif behind < -left and not -behind < base <= 0:
            text, x, ha = less, -2, "right"
        else:
            text, x, ha = (more, 2, "left") if right > -left else (less, -2, "right")
        axes.annotate(
            text, (0, 0), xycoords=("data", "axes fraction"), xytext=(x, 3),
            textcoords="offset points", ha=ha, va="bottom", style="italic",
            bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.5}, zorder=5,
        )  # fmt: skip
    return zero


def _legend(
    tornado: Tornado, bars: list[Bar], base: float, *, zero: bool, rest: bool
) -> list[Artist]:
    said = result(tornado.measure, base, tornado.assumptions.settings.currency)
    handles: list[Artist] = [
        Patch(facecolor=LOW, hatch="/////", label="Low value", edgecolor=INK, linewidth=0.5),
        Patch(facecolor=HIGH, label="High value", edgecolor=INK, linewidth=0.5),
        Line2D([], [], color=INK, linewidth=1.3, label=f"Base case, {said}"),
    ]
    if zero:
        handles.append(
            Line2D([], [], color=INK, linewidth=1.1, linestyle=(0, (4, 2)), label="INMB = 0")
        )
    if rest:
        handles.append(tornado_rest.key())
    ends = [base, *(x for bar in bars for x in bar.ends)]
    notes = []
    if tornado.measure is Measure.INMB and (min(ends) > 0 or max(ends) < 0):
        words = "> 0 (cost-effective)" if min(ends) > 0 else "< 0 (not cost-effective)"
        notes.append(f"INMB {words} at every value shown")
    if any("(" in text for bar in bars for text in _texts(bar)):
        notes.append("In brackets: restricted mean of the curve, months")
    if any(bar.parameter.evidence == "assumption" for bar in bars):
        notes.append("* The value is an assumption")
    return handles + [Line2D([], [], linestyle="none", label=note) for note in notes]
