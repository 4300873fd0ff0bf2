"""Text that fits: measuring, wrapping, and the key under a chart."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cea.report.style import FAINT, INK, LINE, SIZE, WIDTH, Chart, StrategyStyle, fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN, _GAP, _SWATCH = 0.12, 0.24, 0.42  # inches
_HEADER = 0.6, 1.5  # inches: the least and the most that a header is given before it is wrapped
Swatch = Callable[[float], Artist]  # the height of the row's middle, in inches -> what is drawn


@cache
def _canvas() -> FigureCanvasAgg:
    return FigureCanvasAgg(Figure(dpi=100))


@cache
def _measured(text: str, size: float, family: tuple[str, ...]) -> float:
    canvas = _canvas()
    figure = canvas.figure
    made = figure.text(0, 0, text, size=size, family=list(family), parse_math=False)
    width = made.get_window_extent(canvas.get_renderer()).width / figure.dpi  # type: ignore[no-untyped-call]
    made.remove()
    return width


def text_width(text: str, size: float = SIZE) -> float:
    """Return the width of a text in inches, the widest of its lines."""
    return max(_measured(line, size, fonts()) for line in text.split("\n"))


def wrap(text: str, width: float, lines: int = 4, size: float = SIZE) -> str:
    """Break a text into lines no wider than `width` inches; what does not fit ends in an ellipsis.

    Words are kept whole where they fit a line. `lines` is the most that one paragraph may take.
    """
    if "\n" in text:
        return "\n".join(wrap(paragraph, width, lines, size) for paragraph in text.split("\n"))
    natural = text_width(text, size)
    if natural <= width:
        return text
    split = _longest_word(text, size) > width
    for characters in range(int(1.4 * len(text) * width / natural) + 1, 1, -1):
        made = textwrap.wrap(
            text, characters, max_lines=lines, placeholder=" …", break_on_hyphens=False,
            break_long_words=split,
        )  # fmt: skip
        if text_width("\n".join(made), size) <= width:
            return "\n".join(made)
    return text


def _longest_word(text: str, size: float = SIZE) -> float:
    # Unlike a space, a no-break space is part of a word.
    return max(text_width(word, size) for word in text.replace("\n", " ").split(" "))


def wrap_evenly(text: str, width: float, lines: int = 4) -> str:
    """Break a text as `wrap` does, into lines of about the same length."""
    found = wrap(text, width, lines)
    narrower, count, least = width, found.count("\n"), _longest_word(text)
    while count and (narrower := narrower - 0.05) >= least:
        tried = wrap(text, narrower, lines)
        if tried.count("\n") > count or "…" in tried or text_width(tried) > narrower:
            break
        found = tried
    return found


@dataclass(frozen=True)
class Row:
    """A row of a key: how it is drawn in the chart, what it is, and its numbers."""

    swatch: Swatch | None
    label: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """A small table under a chart that is its legend and gives the numbers behind it.

    `headers` has the label's column first.
    """

    headers: Sequence[str]
    rows: Sequence[Row]

    @cached_property
    def _cell_widths(self) -> list[float]:
        """Widths of the columns of numbers: the widest that fit, up to the most for a header."""
        left = WIDTH - 2 * _MARGIN - self._indent - min(self._natural, 1.5)
        least, most = _HEADER
        for step in range(10):
            found = self._widths_at(most + (least - most) * step / 9)
            if sum(found) + _GAP * len(found) <= left:
                break
        return found

    def _widths_at(self, share: float) -> list[float]:
        """Widths of the columns of numbers where a header takes no more than `share`."""
        found = []
        for k, header in enumerate(self.headers[1:]):
            cells = max((text_width(row.cells[k]) for row in self.rows), default=0.0)
            width = max(cells, _longest_word(header), min(share, text_width(header)))
            found.append(max(cells, text_width(wrap_evenly(header, width, 8))))
        return found

    @cached_property
    def _natural(self) -> float:
        """Width of the labels where they need not be wrapped."""
        return max(map(text_width, [self.headers[0], *(row.label for row in self.rows)]))

    @cached_property
    def _gap(self) -> float:
        left = WIDTH - 2 * _MARGIN - self._indent - sum(self._cell_widths) - min(self._natural, 1.2)
        return min(_GAP, max(0.1, left / max(1, len(self._cell_widths))))

    @cached_property
    def _label_width(self) -> float:
        taken = sum(width + self._gap for width in self._cell_widths)
        left = WIDTH - 2 * _MARGIN - self._indent - taken
        return min(self._natural, max(left, 0.5))

    @cached_property
    def _indent(self) -> float:
        return _SWATCH + 0.1 if any(row.swatch for row in self.rows) else 0.0

    @cached_property
    def _headers(self) -> list[str]:
        widths = [self._label_width, *self._cell_widths]
        return [wrap_evenly(h, w, 8) for h, w in zip(self.headers, widths, strict=True)]

    @cached_property
    def _labels(self) -> list[str]:
        return [wrap(row.label, self._label_width, 3) for row in self.rows]

    @cached_property
    def _heights(self) -> list[float]:
        return [(label.count("\n") + 1) * LINE + 0.05 for label in self._labels]

    @cached_property
    def _header_height(self) -> float:
        return (max(h.count("\n") for h in self._headers) + 1) * LINE + 0.06

    @cached_property
    def height(self) -> float:
        """Height in inches."""
        return self._header_height + sum(self._heights) + 0.16

    def draw(self, figure: Figure | SubFigure) -> None:
        """Fill a figure of the key's height and the charts' width."""
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(self.height, 0), label="key")
        axes.set_axis_off()
        axes.set_in_layout(False)
        start = _MARGIN + self._indent
        rights, x = [], start + self._label_width
        for width in self._cell_widths:
            x += self._gap + width
            rights.append(x)
        y = self._header_height
        axes.text(start, y - 0.04, self._headers[0], va="bottom")
        for right, header in zip(rights, self._headers[1:], strict=True):
            axes.text(right, y - 0.04, header, va="bottom", ha="right")
        axes.add_artist(Line2D([_MARGIN, x], [y, y], color=FAINT, linewidth=0.6))
        y += 0.04
        for row, label, height in zip(self.rows, self._labels, self._heights, strict=True):
            middle = y + height / 2
            if row.swatch is not None:
                axes.add_artist(row.swatch(middle))
            _write(axes, start, middle, label, "left")
            for right, cell in zip(rights, row.cells, strict=True):
                _write(axes, right, middle, cell, "right")
            y += height


def _write(axes: Axes, x: float, middle: float, text: str, ha: Literal["left", "right"]) -> None:
    """Write a cell; a single line on the row's base line, whatever its letters."""
    if "\n" in text:
        axes.text(x, middle, text, ha=ha, va="center", linespacing=1.1)
    else:
        axes.text(x, middle + 0.36 * SIZE / 72, text, ha=ha, va="baseline")


def line_swatch(style: StrategyStyle, *, marker: bool = False, line: bool = True) -> Swatch:
    """Draw a strategy's line, or its marker."""

    def make(y: float) -> Artist:
        middle = _MARGIN + _SWATCH / 2
        xs = [_MARGIN, middle, _MARGIN + _SWATCH]
        return Line2D(
            xs, [y] * 3, color=style.color, linestyle=style.line if line else "none",
            marker=style.marker if marker else "none", markevery=[1], markersize=5,
        )  # fmt: skip

    return make


def marker_swatch(marker: str, color: str = INK) -> Swatch:
    """Draw a marker alone."""
    return line_swatch(StrategyStyle(color, "-", marker), marker=True, line=False)


def patch_swatch(color: str, hatch: str = "") -> Swatch:
    """Draw a patch of a bar."""
    return lambda y: Rectangle(
        (_MARGIN, y - 0.05), _SWATCH - 0.08, 0.1, facecolor=color, hatch=hatch, edgecolor=INK,
        linewidth=0.5,
    )  # fmt: skip


def with_key(plot_height: float, key: Key) -> tuple[Chart, SubFigure]:
    """Make a figure with a key at the bottom; returns it and the part above for the axes."""
    figure = Chart(figsize=(WIDTH, plot_height + key.height), layout="constrained")
    parts = figure.subfigures(2, 1, height_ratios=[plot_height, key.height], squeeze=False)
    top, bottom = parts[:, 0]
    key.draw(bottom)
    return figure, top


def columns_that_fit(handles: Sequence[Artist], width: float) -> int:
    """Return the number of columns of a legend of `width` inches, which fills column by column."""
    widths = [text_width(str(h.get_label())) + 3.4 * SIZE / 72 for h in handles]
    for columns in range(len(handles), 1, -1):
        rows, longer = divmod(len(handles), columns)
        ends = [k * rows + min(k, longer) for k in range(columns + 1)]
        widest = [max(widths[a:b]) for a, b in itertools.pairwise(ends)]
        if sum(widest) + 1.4 * SIZE / 72 * (columns - 1) <= width:
            return columns
    return 1


def legend_above(axes: Axes, handles: Sequence[Artist], width: float = WIDTH - 0.9) -> None:
    """Place a legend above the axes, in as many columns as `width` inches hold."""
    axes.legend(
        handles=handles, ncols=columns_that_fit(handles, width), loc="lower left",
        bbox_to_anchor=(0, 1.0), borderpad=0.1, borderaxespad=0.3, handletextpad=0.6,
    )  # fmt: skip
