"""Labels beside points, where they hide nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.transforms import Bbox

from cea.report.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

    from cea.arrays import Array

_DISTANCES = (7.0, 13.0, 22.0, 34.0, 50.0)  # points
_LEADER = 15.0  # points: farther away, a line leads to the point


@dataclass(frozen=True)
class Label:
    """A text beside a point of the axes."""

    text: str
    x: float
    y: float
    color: str = INK


def place(
    figure: Figure,
    axes: Axes,
    labels: Sequence[Label],
    points: Sequence[tuple[float, float]],
    segments: Sequence[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    """Write labels so that they keep clear of each other, of points and of line segments.

    Call it last: the limits of the axes must be final. Each label takes the best of some places
    around its point, the nearest first.
    """
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    frame = axes.get_window_extent()
    busy = [_around(axes.transData.transform(p), 5 * scale) for p in points]
    for start, end in segments:
        ends = axes.transData.transform([start, end])
        busy += [
            _around(ends[0] + (ends[1] - ends[0]) * f, 2.5 * scale) for f in np.arange(60) / 59
        ]
    placed: list[Bbox] = []
    for label in labels:
        note = axes.annotate(
            label.text, (label.x, label.y), xytext=(0, 0), textcoords="offset points",
            color=label.color, linespacing=1.15,
        )  # fmt: skip
        note.set_in_layout(False)
        best = min(
            ((_cost(note, *spot, frame, busy, placed), k, spot) for k, spot in enumerate(_spots())),
            key=lambda found: found[:2],
        )
        _move(note, *best[2])
        placed.append(note.get_window_extent().padded(4 * scale))
        if best[2][1] > _LEADER:
            axes.annotate(
                "", (label.x, label.y), xytext=note.get_position(), textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkB": 4},
            ).set_in_layout(False)  # fmt: skip


def _spots() -> list[tuple[float, float]]:
    """Angle in degrees and distance in points, in the order of preference."""
    angles = (0, 180, 90, 270, 45, 315, 135, 225)
    return [(float(angle), distance) for distance in _DISTANCES for angle in angles]


def _move(note: Annotation, angle: float, distance: float) -> None:
    x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    note.set_position((distance * x, distance * y))
    note.set_horizontalalignment("left" if x > 0.3 else "right" if x < -0.3 else "center")
    note.set_verticalalignment("bottom" if y > 0.3 else "top" if y < -0.3 else "center")


def _cost(
    note: Annotation, angle: float, distance: float, frame: Bbox, busy: list[Bbox],
    placed: list[Bbox],
) -> float:  # fmt: skip
    """Return the area that a label would hide, counted heavier for other labels and the edge."""
    _move(note, angle, distance)
    box = note.get_window_extent()
    inside = _overlap(box, frame)
    hidden = sum(_overlap(box, other) for other in busy)
    return hidden + 20 * sum(_overlap(box, other) for other in placed) + 20 * (
        box.width * box.height - inside
    )  # fmt: skip


def _around(middle: Array, half: float) -> Bbox:
    x, y = middle
    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _overlap(a: Bbox, b: Bbox) -> float:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0 and height > 0 else 0.0
