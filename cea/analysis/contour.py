"""The line along which a function of two inputs is 0, through points known on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.arrays import Array

Point = tuple[float, float]
Edge = tuple[str, int, int]  # "x" or "y": the direction it runs in; column and row it starts at


@dataclass(frozen=True)
class Crossing:
    """Where an edge of the grid crosses 0. `exact`: solved for, not interpolated."""

    x: float
    y: float
    exact: bool


def edges_crossed(values: Array) -> list[Edge]:
    """Edges between neighbours of different sign; shape of `values` is (rows, columns).

    A point at exactly 0 counts as above 0.
    """
    up = values >= 0
    rows, columns = np.nonzero(up[:, 1:] != up[:, :-1])
    found: list[Edge] = [("x", int(c), int(r)) for r, c in zip(rows, columns, strict=True)]
    rows, columns = np.nonzero(up[1:] != up[:-1])
    return found + [("y", int(c), int(r)) for r, c in zip(rows, columns, strict=True)]


def segments(crossings: dict[Edge, Crossing], values: Array) -> list[tuple[Point, Point]]:
    """Join the crossings of each cell's edges to segments (marching squares).

    A cell with four crossings is read by the mean of its corners, as a plane through them would be.
    """
    found: list[tuple[Point, Point]] = []
    rows, columns = values.shape
    for r in range(rows - 1):
        for c in range(columns - 1):
            around: list[Edge] = [("x", c, r), ("y", c + 1, r), ("x", c, r + 1), ("y", c, r)]
            hit = [crossings[edge] for edge in around if edge in crossings]
            points = [(one.x, one.y) for one in hit]
            if len(points) == 2:
                found.append((points[0], points[1]))
            elif len(points) == 4:
                middle = values[r : r + 2, c : c + 2].mean() >= 0
                first = 0 if middle == (values[r, c] >= 0) else 1
                # The corner of the middle's sign is not cut off: its edges belong to others.
                pairs = ((0, 1), (2, 3)) if first == 0 else ((0, 3), (1, 2))
                found += [(points[i], points[j]) for i, j in pairs]
    return found
