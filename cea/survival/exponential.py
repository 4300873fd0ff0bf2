"""Exponential survival."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.survival.excel import Step
from cea.survival.family import Family, FamilyParameter, stack


class Exponential(Family):
    """S(t) = exp(-rate t); hazard: rate, constant."""

    name = "exponential"
    parameters = (FamilyParameter("rate", positive=True),)
    location = 0
    effect = "log hazard ratio"
    unit_shift = (-1.0,)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return rate t."""
        (rate,) = theta
        return rate * t

    def excel(self) -> tuple[Step, ...]:
        """Return rate t."""
        return (Step("H", "rate t", "{rate}*{t}"),)

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return -log(1-p) / rate."""
        (rate,) = theta
        return np.asarray(-np.log1p(-p) / rate)

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log rate - rate t."""
        (rate,) = theta
        return np.asarray(np.log(rate) - rate * t)

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivative by log rate."""
        (rate,) = theta
        return stack(1 - rate * t)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivative by log rate."""
        (rate,) = theta
        return stack(-rate * t)

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Rates of the whole curve and of its median point."""
        middle = len(t) // 2
        return [(float(-np.log(s[at]) / t[at]),) for at in (-1, middle)]
