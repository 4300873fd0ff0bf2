"""Log-logistic survival."""

from __future__ import annotations

import numpy as np

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter, log_time


class LogLogistic(Family):
    """S(t) = 1/(1 + (t/scale)^shape).

    `scale` is the median. The hazard falls for shape <= 1, else rises to a peak and then falls.
    The odds of having survived are proportional between curves of the same shape.
    """

    name = "loglogistic"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("scale", positive=True))

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return log(1 + (t/scale)^shape)."""
        shape, scale = theta
        return np.asarray(np.logaddexp(0.0, shape * (log_time(t) - np.log(scale))))

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return scale (p/(1-p))^(1/shape)."""
        shape, scale = theta
        return np.asarray(scale * (p / (1 - p)) ** (1 / shape))
