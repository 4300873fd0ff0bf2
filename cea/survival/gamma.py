"""Gamma survival."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaincc, gammaincinv, gammaln

from cea.arrays import Array
from cea.survival.excel import Step, minus_log_upper_gamma
from cea.survival.family import Family, FamilyParameter, derivative, line, stack


class Gamma(Family):
    """S(t) = Q(shape, rate t), the regularised upper incomplete gamma function.

    The time has a gamma distribution with mean shape/rate. The hazard rises towards `rate` for
    shape > 1 and falls towards it for shape < 1; shape 1 is the exponential.
    """

    name = "gamma"
    parameters = (FamilyParameter("shape", positive=True), FamilyParameter("rate", positive=True))
    location = 1
    effect = "minus log time ratio"
    unit_shift = (0.0, -1.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log Q(shape, rate t); infinite once S falls below the smallest double."""
        shape, rate = theta
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(gammaincc(shape, rate * t)))

    def excel(self) -> tuple[Step, ...]:
        """Return -log Q(shape, x), x = rate t."""
        return (
            Step("x", "rate t", "{rate}*{t}"),
            Step("lower", "P(shape, x)", "GAMMA.DIST({x},{shape},1,TRUE)"),
            Step("H", "-log Q(shape, x)", minus_log_upper_gamma("{x}", "{shape}", "{lower}")),
        )

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return P^-1(shape, p)/rate."""
        shape, rate = theta
        return np.asarray(gammaincinv(shape, p) / rate)

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return shape log y - y - log Gamma(shape) - log t, y = rate t."""
        shape, rate = theta
        y = rate * t
        return np.asarray(shape * np.log(y) - y - gammaln(shape) - np.log(t))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape and log rate."""
        shape, rate = theta
        y = rate * t
        return stack(shape * (np.log(y) - digamma(shape)), shape - y)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by log shape, by differences, and log rate."""
        shape, rate = theta

        def log_survival(log_shape: Array) -> Array:
            return -self.cumulative_hazard(t, np.exp(log_shape), rate)

        t_hazard = np.exp(self.log_density(t, *theta) + self.cumulative_hazard(t, *theta)) * t
        return stack(derivative(log_survival, np.log(shape)), -t_hazard)

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """The Weibull's shape, raised a little, with its mean; exponential."""
        level, slope = line(np.log(t), np.log(-np.log(s)))
        mean = np.exp(-level / slope + gammaln(1 + 1 / slope))
        shape = slope**1.5
        return [(shape, float(shape / mean)), (1.0, float(-np.log(s[-1]) / t[-1]))]
