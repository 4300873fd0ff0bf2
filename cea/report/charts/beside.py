"""Columns of text at the right of a chart whose rows are at 0, 1, 2, ..."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cea.report.charts.text import text_width
from cea.report.style import INK, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.14  # inches before each column


@dataclass(frozen=True)
class Beside:
    """A column: its header, which may have several lines, and a cell for each row."""

    header: str
    cells: Sequence[str]

    @property
    def width(self) -> float:
        """Width in inches, the gap before it included."""
        return _GAP + max(map(text_width, (self.header, *self.cells)))


def write_beside(axes: Axes, columns: Sequence[Beside], inside: float) -> None:
    """Write columns at the right of axes that are `inside` inches wide."""
    x = inside
    for column in columns:
        x += column.width
        axes.annotate(
            column.header, (x / inside, 1), xycoords="axes fraction", ha="right", va="baseline",
            xytext=(0, 4), textcoords="offset points", annotation_clip=False, color=SOFT,
            linespacing=1.1,
        )  # fmt: skip
        for k, text in enumerate(column.cells):
            axes.annotate(
                text, (x / inside, k), xycoords=("axes fraction", "data"), ha="right",
                va="center", annotation_clip=False, color=INK,
            )  # fmt: skip
