"""Log-normal survival."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtri

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter, log_time


class LogNormal(Family):
    """S(t) = 1 - Phi((log t - meanlog)/sdlog).

    The logarithm of time is normal with mean `meanlog` and standard deviation `sdlog`; the hazard
    rises to a peak and then falls towards 0. Median: exp(meanlog).
    """

    name = "lognormal"
    parameters = (
        FamilyParameter("meanlog", positive=False),
        FamilyParameter("sdlog", positive=True),
    )

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log Phi(-z), z = (log t - meanlog)/sdlog."""
        meanlog, sdlog = theta
        return np.asarray(-log_ndtr((meanlog - log_time(t)) / sdlog))

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return exp(meanlog + sdlog Phi^-1(p))."""
        meanlog, sdlog = theta
        return np.asarray(np.exp(meanlog + sdlog * ndtri(p)))
