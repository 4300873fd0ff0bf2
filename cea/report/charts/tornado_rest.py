"""The last line of a tornado: the inputs that have no bar of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Patch

from cea.analysis.tornado import Bar, Direction, summed
from cea.report.style import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REST = "#D9D9D9"


def split(bars: list[Bar], top: int) -> tuple[list[Bar], list[Bar], list[Bar]]:
    """Sort bars into those drawn, those summed, and those that cannot be drawn.

    What changes nothing is not worth a line; one bar is shown whatever it is.
    """
    drawable = [bar for bar in bars if bar.direction is not Direction.BROKEN]
    broken = [bar for bar in bars if bar.direction is Direction.BROKEN]
    moving = sum(bar.direction is not Direction.NONE for bar in drawable)
    count = max(1, min(top, moving))
    return drawable[:count], drawable[count:], broken


def label(rest: list[Bar], *, adds_up: bool) -> str:
    """Name the bars that have no line of their own."""
    plural = "s" * (len(rest) > 1)
    if all(bar.direction is Direction.NONE for bar in rest):
        return f"{len(rest)} other{plural} (no effect)"
    if not adds_up:
        return f"{len(rest)} other{plural}, not summed: a ratio"
    return f"{len(rest)} other{plural}, summed" if len(rest) > 1 else "1 other"


def span(rest: list[Bar], *, adds_up: bool) -> tuple[float, float] | None:
    """Return the ends of the summed bar; None where there is nothing to draw."""
    if not rest or not adds_up or all(bar.direction is Direction.NONE for bar in rest):
        return None
    found = summed(rest)
    return found.low, found.high


def draw(axes: Axes, ends: tuple[float, float], k: int, height: float) -> None:
    """Draw the summed bar on line k."""
    axes.barh(
        k, ends[1] - ends[0], height, left=ends[0], color=REST, edgecolor=FAINT, linewidth=0.5,
        hatch="....", zorder=2, label="_rest",
    )  # fmt: skip


def key() -> Patch:
    """Explain the summed bar."""
    return Patch(
        facecolor=REST, edgecolor=FAINT, hatch="....", linewidth=0.5,
        label="Others: moves, each alone, added up (not a joint range)",
    )  # fmt: skip
