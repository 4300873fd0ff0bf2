"""The family of a curve, splines included."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array, BoolArray
from cea.assumptions import SurvivalCurve
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.spline import Spline

_POINTS = 101


def family_of(curve: SurvivalCurve) -> Family:
    """Return the family of a parametric curve."""
    if curve.spline is None:
        return FAMILIES[curve.family]
    scale, knots = curve.spline
    return Spline(knots, scale)


def cumulative_hazard(family: Family, t: Array, *theta: Array) -> Array:
    """Return H(t) that never falls, shape (n, m), from parameters (n, 1) and rising times (m,).

    A sampled spline may rise in S somewhere: H is held level there, and where it would already rise
    before the first knot, from time 0 on, the hazard is constant up to that knot.
    """
    hazard = family.cumulative_hazard(t, *theta)
    if not isinstance(family, Spline):
        return hazard
    from_start = theta[1][:, 0] <= 0
    if from_start.any():
        first = np.exp(family.knots[0])
        rows = (gamma[from_start] for gamma in theta)
        before = t < first
        at_first = family.cumulative_hazard(np.array([first]), *rows)
        hazard[np.ix_(from_start, before)] = at_first * t[before] / first
    return np.asarray(np.maximum.accumulate(hazard, axis=1, out=hazard))


def rising(spline: Spline, *theta: Array) -> BoolArray:
    """Tell in which draws the curve rises somewhere, shape (n,), from parameters (n, 1).

    The spline's slope is looked at from the first knot to the last; outside it is constant.
    """
    x = np.linspace(spline.knots[0], spline.knots[-1], _POINTS)
    slopes = np.hstack(theta) @ spline.basis(x, 1)
    return np.asarray((slopes <= 0).any(axis=1))
