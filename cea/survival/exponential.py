"""Exponential survival."""

from __future__ import annotations

import numpy as np

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter


class Exponential(Family):
    """S(t) = exp(-rate t); hazard: rate, constant."""

    name = "exponential"
    parameters = (FamilyParameter("rate", positive=True),)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return rate t."""
        (rate,) = theta
        return rate * t

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return -log(1-p) / rate."""
        (rate,) = theta
        return np.asarray(-np.log1p(-p) / rate)
