"""A smooth line through points: least squares on a natural cubic spline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.arrays import Array, ReadOnly


@dataclass(frozen=True, eq=False)
class Smooth(ReadOnly):
    """A smooth line; shapes (m,).

    Attributes
    ----------
    x, y
        The line.
    leverage
        Variance of y in units of the variance of one point.
    """

    x: Array
    y: Array
    leverage: Array


def natural_spline(x: Array, y: Array, degrees: int = 4, points: int = 101) -> Smooth:
    """Fit a natural cubic spline with `degrees` degrees of freedom beside the constant.

    Knots stand at evenly spaced quantiles of x, the outer ones at its ends: what R's plot.cox.zph
    draws through scaled Schoenfeld residuals. Fewer degrees where x has too few distinct values.
    """
    degrees = max(1, min(degrees, len(np.unique(x)) - 2))
    knots = np.unique(np.quantile(x, np.linspace(0, 1, degrees + 1)))
    at = np.linspace(float(x.min()), float(x.max()), points)
    design, drawn = _basis(x, knots), _basis(at, knots)
    inverse = np.linalg.pinv(design.T @ design)
    return Smooth(
        at, drawn @ inverse @ design.T @ y, np.einsum("ij,jk,ik->i", drawn, inverse, drawn)
    )


def _basis(x: Array, knots: Array) -> Array:
    """Constant, line and a cubic for each inner knot that is straight beyond the outer ones."""
    first, last = float(knots[0]), float(knots[-1])
    span = (last - first) or 1.0
    u, k = (x - first) / span, (knots - first) / span

    def cubic(knot: float) -> Array:
        return np.maximum(u - knot, 0.0) ** 3

    bends = [cubic(knot) - (1 - knot) * cubic(0.0) - knot * cubic(1.0) for knot in k[1:-1]]
    return np.stack([np.ones_like(u), u, *bends], axis=1)
