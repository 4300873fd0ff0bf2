"""Weibull survival."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.survival.excel import Step
from cea.survival.family import Family, FamilyParameter, affine, line, log_time, stack


class Weibull(Family):
    """S(t) = exp(-(t/scale)^shape); hazard: shape/scale (t/scale)^(shape-1).

    The hazard rises for shape > 1 and falls for shape < 1; shape 1 is the exponential. `scale` is
    the time at which 37% survive. Both proportional hazards and accelerated failure time.
    """

    name = "weibull"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("scale", positive=True))
    location = 1
    effect = "log time ratio"
    unit_shift = (0.0, 1.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return (t/scale)^shape, as exp(shape log t - shape log scale): no slow power."""
        shape, scale = theta
        x = affine(shape, log_time(t), -shape * np.log(scale))
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(x))

    def excel(self) -> tuple[Step, ...]:
        """Return (t/scale)^shape, 0 at time 0."""
        power = "EXP(MIN({limit.exponent},{shape}*LN({t}/{scale})))"
        return (Step("H", "(t/scale)^shape", f"IF({{t}}=0,0,{power})"),)

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return scale (-log(1-p))^(1/shape)."""
        shape, scale = theta
        return np.asarray(scale * (-np.log1p(-p)) ** (1 / shape))

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log shape - log t + x - exp(x), x = shape log(t/scale)."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        return np.asarray(np.log(shape) - np.log(t) + x - np.exp(x))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape and log scale."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        by_x = -np.expm1(x)
        return stack(1 + x * by_x, -shape * by_x)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape and log scale."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        hazard = np.exp(x)
        return stack(-x * hazard, shape * hazard)

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Line through log H against log t; exponential."""
        level, shape = line(np.log(t), np.log(-np.log(s)))
        return [(shape, np.exp(-level / shape)), (1.0, float(-t[-1] / np.log(s[-1])))]
