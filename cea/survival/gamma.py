"""Gamma survival."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, gammaincinv

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter


class Gamma(Family):
    """S(t) = Q(shape, rate t), the regularised upper incomplete gamma function.

    The time has a gamma distribution with mean shape/rate. The hazard rises towards `rate` for
    shape > 1 and falls towards it for shape < 1; shape 1 is the exponential.
    """

    name = "gamma"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("rate", positive=True))

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log Q(shape, rate t); infinite once S falls below the smallest double."""
        shape, rate = theta
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(gammaincc(shape, rate * t)))

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return P^-1(shape, p)/rate."""
        shape, rate = theta
        return np.asarray(gammaincinv(shape, p) / rate)
