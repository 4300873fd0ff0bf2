"""Mean survival of a fitted curve, without a horizon."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.survival.family import Family

_EARLIEST, _LATEST = -60.0, 690.0  # logarithms of time
_STEP = 0.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_NEGLIGIBLE = 40.0  # logarithms below the integrand's peak


def mean(family: Family, theta: tuple[float, ...]) -> float:
    """Area under S over all time; infinite where it has no end.

    With x = log t the integrand is exp(x - H): smooth whatever the unit of time. What lies beyond
    the last x is added as the tail of an exponential; a curve whose t S(t) does not fall there,
    such as one with people who never have the event, has no mean.
    """
    parameters = tuple(np.array(value) for value in theta)

    def level(x: Array) -> Array:
        with np.errstate(all="ignore"):
            found = x - family.cumulative_hazard(np.exp(x), *parameters)
        return np.where(np.isfinite(found), found, -np.inf)

    edges = np.arange(_EARLIEST, _LATEST + _STEP / 2, _STEP)
    found = level(edges)
    peak = float(found.max())
    last = int(np.flatnonzero(found > peak - _NEGLIGIBLE)[-1])
    tail = 0.0
    if last == len(edges) - 1:
        slope = float(found[-1] - found[-2]) / _STEP
        if slope > -1e-3:
            return float("inf")
        tail = float(np.exp(found[-1])) / -slope
    bounds = np.union1d(edges[: last + 2], np.log(family.seams))
    half = np.diff(bounds)[:, None] / 2
    x = bounds[:-1, None] + half * (1 + _NODES)
    return float((np.exp(level(x)) * _WEIGHTS * half).sum()) + tail
