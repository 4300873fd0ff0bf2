"""Log-normal survival."""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtri

from cea.arrays import Array
from cea.survival.excel import Step, minus_log_upper_normal
from cea.survival.family import Family, FamilyParameter, line, log_time, stack

LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


def mills(z: Array) -> Array:
    """Return phi(z)/Phi(-z), the hazard of the standard normal, for z of any size."""
    return np.asarray(np.sqrt(2 / np.pi) / erfcx(z / np.sqrt(2)))


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
    location = 0
    effect = "log time ratio"
    unit_shift = (1.0, 0.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log Phi(-z), z = (log t - meanlog)/sdlog."""
        meanlog, sdlog = theta
        return np.asarray(-log_ndtr((meanlog - log_time(t)) / sdlog))

    def excel(self) -> tuple[Step, ...]:
        """Return -log Phi(-z), z = (log t - meanlog)/sdlog; z is far below 0 at time 0."""
        return (
            Step("z", "z", "IF({t}=0,-{limit.exponent},(LN({t})-{meanlog})/{sdlog})"),
            Step("H", "-log Phi(-z)", minus_log_upper_normal("{z}")),
        )

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return exp(meanlog + sdlog Phi^-1(p))."""
        meanlog, sdlog = theta
        return np.asarray(np.exp(meanlog + sdlog * ndtri(p)))

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log phi(z) - log sdlog - log t."""
        meanlog, sdlog = theta
        z = (np.log(t) - meanlog) / sdlog
        return np.asarray(-z * z / 2 - LOG_ROOT_2PI - np.log(sdlog) - np.log(t))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by meanlog and log sdlog."""
        meanlog, sdlog = theta
        z = (np.log(t) - meanlog) / sdlog
        return stack(z / sdlog, z * z - 1)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by meanlog and log sdlog."""
        meanlog, sdlog = theta
        z = (np.log(t) - meanlog) / sdlog
        ratio = mills(z)
        return stack(ratio / sdlog, z * ratio)

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Line through the normal quantile of 1 - s against log t; twice its spread."""
        level, slope = line(np.log(t), -ndtri(s))
        return [(-level / slope, 1 / slope), (-level / slope, 2 / slope)]
