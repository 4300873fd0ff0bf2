"""The visual language of every chart.

A strategy keeps its colour, line and marker, by its place in the order of display, in all charts:
colours are Okabe and Ito's, which the colour-blind can tell apart; line and marker carry them
through greyscale. Charts are made with Matplotlib's objects, never pyplot, and under `styled`, so
the user's own settings neither leak in nor change.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar

import matplotlib.style
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator, PercentFormatter

from cea.report.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

P = ParamSpec("P")
R = TypeVar("R")

WIDTH = 175 / 25.4  # inches: two columns of a journal
SIZE = 8.0  # points: the smallest a journal prints
TITLE = SIZE + 1
LINE = SIZE * 1.25 / 72  # inches from one line of text to the next
INK, SOFT, FAINT, GRID = "#222222", "#555555", "#767676", "#E4E4E4"

_SANS = ("Arial", "Liberation Sans", "DejaVu Sans")
_CHINESE = (
    "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "SimHei",
    "WenQuanYi Micro Hei", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip


Line: TypeAlias = (
    Literal["-", "none"] | tuple[float, tuple[float, ...]]
)  # a line style of Matplotlib's


@dataclass(frozen=True)
class StrategyStyle:
    """How one strategy is drawn; `dash` is the line's name in a chart of Excel's."""

    color: str
    line: Line
    marker: str
    dash: str = "solid"


_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_SHADES = (INK, "#6A6A6A", "#9A9A9A", "#444444")
_LINES: tuple[tuple[Line, str], ...] = (
    ("-", "solid"),
    ((0, (5, 1.5)), "dash"),
    ((0, (6, 1.5, 1, 1.5)), "long_dash_dot"),
    ((0, (1.2, 1.2)), "round_dot"),
    ((0, (8, 2, 1, 1, 1, 2)), "long_dash_dot_dot"),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def strategy_style(position: int) -> StrategyStyle:
    """Return the style of the strategy at a place in the order of display."""
    return _style(_COLORS, position)


def shade_style(position: int) -> StrategyStyle:
    """Return the style of a line that stands for no strategy: shades and dashes of one ink.

    Such are thresholds and inputs.
    """
    return _style(_SHADES, position)


def slope_style(position: int) -> StrategyStyle:
    """Return the style of a threshold's line in the cost-effectiveness plane.

    One shade, and never solid: the axes and the ellipse are.
    """
    return replace(_style(_SHADES, 1 + position % (len(_LINES) - 1)), color=FAINT)


def _style(colors: Sequence[str], position: int) -> StrategyStyle:
    line, dash = _LINES[position % len(_LINES)]
    return StrategyStyle(
        colors[position % len(colors)], line, _MARKERS[position % len(_MARKERS)], dash
    )


# From dark to light, so that the order survives greyscale; ink that can be read on each.
STATES = {
    "progression_free": ("Progression-free", "#2A6F77", "#FFFFFF"),
    "progressed": ("Progressed", "#E0B04C", INK),
    "dead": ("Dead", "#EDEDED", INK),
}

BASE_CASE = (
    "#F0E442"  # fill of its mark among draws: no strategy has it, and it stays light in grey
)
LOW, HIGH = "#FDC786", "#5E3C99"  # ends of a tornado's bars; LOW is hatched as well

_PASTELS = (
    "#77AADD", "#EEDD88", "#EE8866", "#44BB99", "#FFAABB", "#99DDFF", "#BBCC33", "#DDDDDD",
)  # fmt: skip
_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "++++", "oo", "||||")


def category_style(position: int) -> tuple[str, str]:
    """Return colour and hatch of the cost category at a place in the table."""
    return _PASTELS[position % len(_PASTELS)], _HATCHES[position % len(_HATCHES)]


@cache
def fonts() -> tuple[str, ...]:
    """Return the installed fonts to use: a plain sans-serif one, and one with Chinese."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    sans = [name for name in _SANS if name in installed]
    return (*sans, *[name for name in _CHINESE if name in installed][:1])


def _settings() -> dict[str, Any]:
    return {
        # Concrete names: "sans-serif" would be looked up among the user's when drawn.
        "font.family": list(fonts()),
        "font.size": SIZE,
        "text.color": INK,
        "text.hinting": "none",  # text as wide at 300 dpi as at 100
        "text.parse_math": False,  # a currency may be "$"
        "figure.constrained_layout.h_pad": 0.05,
        "figure.constrained_layout.w_pad": 0.05,
        "axes.titlesize": TITLE,
        "axes.titlelocation": "left",
        "axes.labelsize": SIZE,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "legend.fontsize": SIZE,
        "legend.frameon": False,
        "legend.borderaxespad": 0.2,
        "legend.handlelength": 2.6,
        "legend.columnspacing": 1.4,
        "lines.linewidth": 1.5,
        "lines.solid_capstyle": "butt",
        "hatch.linewidth": 0.5,
        "savefig.dpi": 300,
        "svg.fonttype": "none",
        "svg.hashsalt": "cea",
    }


def styled(make: Callable[P, R]) -> Callable[P, R]:
    """Run a function under the charts' settings, whatever the user's are, and restore those."""

    @wraps(make)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(["default", _settings()]):
            return make(*args, **kwargs)

    return inside


_COMPRESSION = {"compress_level": 3}


class Chart(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        return draw(self, "png", dpi=150)


@styled
def draw(figure: Figure, kind: str, dpi: float = 300) -> bytes:
    """Return a figure as a PNG or SVG file, the same bytes every time."""
    file = BytesIO()
    if kind == "png":
        # Level 3 takes half the time of the default for a tenth more bytes.
        figure.savefig(
            file, format=kind, dpi=dpi, metadata={"Software": None}, pil_kwargs=_COMPRESSION
        )
    else:
        figure.savefig(file, format=kind, metadata={"Date": None, "Creator": None})
    return file.getvalue()


class _Numbers(Formatter):
    """Tick labels with thousands separators and just enough decimals to tell them apart."""

    decimals = 0

    def set_locs(self, locs: Sequence[float]) -> None:
        gaps = [b - a for a, b in itertools.pairwise(locs) if b > a]
        tolerance = min(gaps, default=1.0) * 1e-3
        self.decimals = next(
            (d for d in range(10) if all(abs(round(x, d) - x) <= tolerance for x in locs)), 10
        )

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number(x, self.decimals)


def dress(axes: Axes, *, grid: str = "both", x_ticks: int = 6, y_ticks: int = 6) -> None:
    """Dress axes: ticks, a light grid, thousands separators.

    What is set here is kept by the axis: ticks are made when first drawn, which may happen under
    the user's settings.
    """
    axes.tick_params(
        labelsize=SIZE, labelfontfamily=list(fonts()), length=3, width=0.7, color=INK,
        labelcolor=INK,
    )  # fmt: skip
    steps = [1, 2, 2.5, 5, 10]
    for name, axis, ticks in (("x", axes.xaxis, x_ticks), ("y", axes.yaxis, y_ticks)):
        if grid in ("both", name):
            axis.grid(True, color=GRID, linewidth=0.6, linestyle="-")
        else:
            axis.grid(False)
        axis.set_major_locator(MaxNLocator(ticks, steps=steps))
        axis.set_major_formatter(_Numbers())


def percent_axis(axes: Axes) -> None:
    """Make the vertical axis run from 0% to 100%."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="%"))


def month_axis(axes: Axes, months: float, ticks: int = 8) -> None:
    """Make the horizontal axis run from 0 to `months`, with ticks at whole half-years."""
    steps = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
    step = next((s for s in steps if months / s <= ticks), steps[-1])
    axes.set_xlim(0, months)
    axes.set_xticks([step * k for k in range(int(months / step + 1e-9) + 1)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))
    axes.set_xlabel("Months")


def year_axis(axes: Axes, years: float, ticks: int = 10) -> None:
    """Make the horizontal axis run from 0 to `years`."""
    steps = (0.25, 0.5, 1, 2, 5, 10, 20)
    step = next((s for s in steps if years / s <= ticks), steps[-1])
    axes.set_xlim(0, years)
    axes.set_xticks([step * k for k in range(int(years / step + 1e-9) + 1)])
    axes.xaxis.set_major_formatter(_Numbers())
    axes.set_xlabel("Years")
