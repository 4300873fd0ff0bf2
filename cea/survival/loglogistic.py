"""Log-logistic survival."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from cea.arrays import Array
from cea.survival.excel import Step
from cea.survival.family import Family, FamilyParameter, line, log_time, stack


class LogLogistic(Family):
    """S(t) = 1/(1 + (t/scale)^shape).

    `scale` is the median. The hazard falls for shape <= 1, else rises to a peak and then falls.
    The odds of having survived are proportional between curves of the same shape.
    """

    name = "loglogistic"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("scale", positive=True))
    location = 1
    effect = "log time ratio"
    unit_shift = (0.0, 1.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return log(1 + (t/scale)^shape)."""
        shape, scale = theta
        return np.asarray(np.logaddexp(0.0, shape * (log_time(t) - np.log(scale))))

    def excel(self) -> tuple[Step, ...]:
        """Return log(1 + (t/scale)^shape), 0 at time 0."""
        power = "EXP(MIN({limit.exponent},{shape}*LN({t}/{scale})))"
        return (Step("H", "log(1 + (t/scale)^shape)", f"IF({{t}}=0,0,LN(1+{power}))"),)

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return scale (p/(1-p))^(1/shape)."""
        shape, scale = theta
        return np.asarray(scale * (p / (1 - p)) ** (1 / shape))

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log shape - log t + x - 2 log(1 + exp(x)), x = shape log(t/scale)."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        return np.asarray(np.log(shape) - np.log(t) + x - 2 * np.logaddexp(0.0, x))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape and log scale."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        by_x = -np.tanh(x / 2)
        return stack(1 + x * by_x, -shape * by_x)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape and log scale."""
        shape, scale = theta
        x = shape * (np.log(t) - np.log(scale))
        dead = expit(x)
        return stack(-x * dead, shape * dead)

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Line through the log odds of death against log t; shape 1."""
        level, shape = line(np.log(t), -logit(s))
        scale = float(np.exp(-level / shape))
        return [(shape, scale), (1.0, scale)]
