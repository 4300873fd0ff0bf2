"""Restricted mean survival: the area under a curve up to a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cea.arrays import Array

_PANELS = 16
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def quadrature(until: float, seams: Sequence[float] = ()) -> tuple[Array, Array]:
    """Times, rising, and weights whose sum over S(t) is the area from 0 to `until`, shape (m,).

    Gauss-Legendre over even panels of the cube root of time: there S has no infinite slope at 0
    unless the hazard is all but infinite, and early deaths have room however far `until` is. At
    `seams`, times at which a derivative of S jumps, panels meet.
    """
    inside = np.cbrt(np.array([t for t in seams if 0 < t < until]) / until)
    edges = np.union1d(np.linspace(0.0, 1.0, _PANELS + 1), inside)
    half = np.diff(edges)[:, None] / 2
    root = (edges[:-1, None] + half * (1 + _NODES)).ravel()
    return until * root**3, (half * _WEIGHTS).ravel() * 3 * root**2 * until
