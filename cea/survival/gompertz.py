"""Gompertz survival."""

from __future__ import annotations

import math

import numpy as np

from cea.arrays import Array
from cea.survival.excel import Step
from cea.survival.family import Family, FamilyParameter, stack

# Taylor series of the derivative of (exp(x) - 1)/x, k/(k+1)! x^(k-1), highest power first.
_SLOPE = [k / math.factorial(k + 1) for k in range(10, 0, -1)]
_SMALL = 0.1


def _growth(x: Array) -> Array:
    """Return (exp(x) - 1)/x, 1 at 0."""
    growth = np.ones_like(x)
    return np.asarray(np.divide(np.expm1(x), x, out=growth, where=x != 0))


def _growth_slope(x: Array) -> Array:
    """Return the derivative of `_growth`, (exp(x) - growth(x))/x, 1/2 at 0."""
    slope = np.polyval(_SLOPE, x)
    direct = np.exp(x) - _growth(x)
    return np.asarray(np.divide(direct, x, out=slope, where=np.abs(x) > _SMALL))


class Gompertz(Family):
    """S(t) = exp(-rate/shape (exp(shape t) - 1)); hazard: rate exp(shape t).

    `rate` is the hazard at time 0; the hazard rises for shape > 0. At shape 0 it is the
    exponential; at shape < 0 a share exp(rate/shape) never has the event.
    """

    name = "gompertz"
    parameters = (FamilyParameter("shape", positive=False), FamilyParameter("rate", positive=True))
    location = 1
    effect = "log hazard ratio"
    unit_shift = (0.0, -1.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return rate t (exp(shape t) - 1)/(shape t), whose limit at shape 0 is rate t."""
        shape, rate = theta
        with np.errstate(over="ignore"):
            return np.asarray(rate * t * _growth(np.asarray(shape * t)))

    def excel(self) -> tuple[Step, ...]:
        """Return rate t (exp(x) - 1)/x, x = shape t, by its series where x is small."""
        series = "1+{x}/2*(1+{x}/3*(1+{x}/4*(1+{x}/5*(1+{x}/6))))"
        growth = "(EXP(MIN({limit.exponent},{x}))-1)/{x}"
        return (
            Step("x", "shape t", "{shape}*{t}"),
            Step(
                "H",
                "rate t (exp(x)-1)/x",
                f"{{rate}}*{{t}}*IF(MAX({{x}},-{{x}})<{{limit.series}},{series},{growth})",
            ),
        )

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return log(1 - shape log(1-p)/rate)/shape."""
        shape, rate = theta
        h = -np.log1p(-p) / rate
        x = np.asarray(shape * h)
        ratio = np.ones_like(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(np.log1p(x), x, out=ratio, where=x != 0)
        return np.where(x <= -1, np.inf, h * ratio)

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log rate + shape t - H(t)."""
        shape, rate = theta
        return np.asarray(np.log(rate) + shape * t - self.cumulative_hazard(t, shape, rate))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by shape and log rate."""
        by_shape, by_rate = self.survival_score(t, *theta)
        return stack(t + by_shape, 1 + by_rate)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by shape and log rate."""
        shape, rate = theta
        slope = _growth_slope(np.asarray(shape * t))
        return stack(-rate * t * t * slope, -self.cumulative_hazard(t, shape, rate))

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Exponential; hazards of the earlier and the later half of the events."""
        hazard = -np.log(s)
        rate = float(hazard[-1] / t[-1])
        found: list[tuple[float, ...]] = [(0.0, rate)]
        middle = len(t) // 2
        if 0 < middle < len(t) - 1:
            early = float(hazard[middle] / t[middle])
            late = float((hazard[-1] - hazard[middle]) / (t[-1] - t[middle]))
            shape = float(np.log(late / early) / (t[-1] / 2))
            found.append((shape, early * float(np.exp(-shape * t[middle] / 2))))
        return found

    def change_unit(self, fitted: Array, factor: float) -> Array:
        """The shape is per unit of time, on a scale that is not logarithmic."""
        return super().change_unit(fitted * np.array([1 / factor, 1.0]), factor)
