"""Weibull survival."""

from __future__ import annotations

import numpy as np

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter, affine, log_time


class Weibull(Family):
    """S(t) = exp(-(t/scale)^shape); hazard: shape/scale (t/scale)^(shape-1).

    The hazard rises for shape > 1 and falls for shape < 1; shape 1 is the exponential. `scale` is
    the time at which 37% survive. Both proportional hazards and accelerated failure time.
    """

    name = "weibull"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("scale", positive=True))

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return (t/scale)^shape, as exp(shape log t - shape log scale): no slow power."""
        shape, scale = theta
        x = affine(shape, log_time(t), -shape * np.log(scale))
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(x))

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return scale (-log(1-p))^(1/shape)."""
        shape, scale = theta
        return np.asarray(scale * (-np.log1p(-p)) ** (1 / shape))
