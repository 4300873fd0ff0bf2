"""Gompertz survival."""

from __future__ import annotations

import numpy as np

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter


class Gompertz(Family):
    """S(t) = exp(-rate/shape (exp(shape t) - 1)); hazard: rate exp(shape t).

    `rate` is the hazard at time 0; the hazard rises for shape > 0. At shape 0 it is the
    exponential; at shape < 0 a share exp(rate/shape) never has the event.
    """

    name = "gompertz"
    parameters = (FamilyParameter("shape", positive=False), FamilyParameter("rate", positive=True))

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return rate t (exp(shape t) - 1)/(shape t), whose limit at shape 0 is rate t."""
        shape, rate = theta
        x = np.asarray(shape * t)
        growth = np.ones_like(x)
        with np.errstate(over="ignore"):
            np.divide(np.expm1(x), x, out=growth, where=x != 0)
            return np.asarray(rate * t * growth)

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return log(1 - shape log(1-p)/rate)/shape."""
        shape, rate = theta
        h = -np.log1p(-p) / rate
        x = np.asarray(shape * h)
        ratio = np.ones_like(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(np.log1p(x), x, out=ratio, where=x != 0)
        return np.where(x <= -1, np.inf, h * ratio)
