"""What a parametric survival family is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cea.arrays import Array
from cea.survival.excel import Step
from cea.survival.restricted_mean import quadrature

_FAMILY_NAMES = {
    "weibull": "Weibull",
    "lognormal": "Log-normal",
    "loglogistic": "Log-logistic",
    "gengamma": "Generalised gamma",
}


@dataclass(frozen=True)
class FamilyParameter:
    """A parameter of a family; `positive` parameters must be above 0."""

    name: str
    positive: bool


class Family(ABC):
    """A parametric survival distribution in flexsurv's parameterisation.

    Subclasses state S(t), the hazard and each parameter's meaning in their docstring. Times are in
    months and may be 0; parameters broadcast against times, so that draws x times comes from
    parameters of shape (n, 1) and times of shape (m,).

    Fitting works on the *fitted scale*: the logarithm of positive parameters, the others as they
    are. Scores are derivatives on that scale, stacked along a new first axis, one per parameter.

    Attributes
    ----------
    location
        Index of the parameter that carries a treatment's effect, which is additive on the fitted
        scale.
    effect
        What that effect is.
    unit_shift
        What the fitted parameters gain when the logarithm of all times gains 1.
    seams
        Times at which a derivative of S jumps.
    """

    name: str
    parameters: tuple[FamilyParameter, ...]
    location: int
    effect: str
    unit_shift: tuple[float, ...]
    seams: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """The name that tells it from every other candidate."""
        return self.name

    @abstractmethod
    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return H(t) = -log S(t), computed so that neither tail loses its digits."""

    @abstractmethod
    def excel(self) -> tuple[Step, ...]:
        """Return H(t) as Excel formulas over ``{t}`` and the parameters' names."""

    @abstractmethod
    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return the time by which a share `p` has had the event; infinite if it never has."""

    @abstractmethod
    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log f(t) at times above 0."""

    @abstractmethod
    def density_score(self, t: Array, *theta: Array) -> Array:
        """Return the derivatives of log f(t) on the fitted scale, shape (parameters, ...)."""

    @abstractmethod
    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Return the derivatives of log S(t) on the fitted scale, shape (parameters, ...)."""

    @abstractmethod
    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Guess parameters from points (t, s) of a survival curve, 0 < s < 1; several guesses."""

    def survival(self, t: Array, *theta: Array) -> Array:
        """Return S(t) = exp(-H(t))."""
        return np.asarray(np.exp(-self.cumulative_hazard(t, *theta)))

    def hazard(self, t: Array, *theta: Array) -> Array:
        """Return h(t) = f(t)/S(t) at times above 0; not a number once S is below 1e-308."""
        with np.errstate(over="ignore", invalid="ignore"):
            log_hazard = self.log_density(t, *theta) + self.cumulative_hazard(t, *theta)
            return np.where(np.isposinf(log_hazard), np.nan, np.exp(log_hazard))

    def restricted_mean(self, until: float, *theta: Array) -> Array:
        """Area under S from 0 to `until`, shape (n,) for parameters of shape (n, 1)."""
        t, weight = quadrature(until, self.seams)
        return np.asarray(self.survival(t, *theta) @ weight)

    def to_fitted(self, theta: tuple[float, ...]) -> Array:
        """Parameters on the fitted scale, shape (parameters,)."""
        pairs = zip(self.parameters, theta, strict=True)
        return np.array([np.log(value) if p.positive else value for p, value in pairs])

    def from_fitted(self, fitted: Array) -> tuple[Array, ...]:
        """Parameters on their natural scale from an array whose first axis are the parameters."""
        pairs = zip(self.parameters, fitted, strict=True)
        return tuple(np.exp(value) if p.positive else value for p, value in pairs)

    def in_unit(self, factor: float) -> Family:
        """Return the same family for times that were multiplied by `factor`."""
        return self

    def change_unit(self, fitted: Array, factor: float) -> Array:
        """Return the fitted parameters for times multiplied by `factor`; affine in `fitted`."""
        return np.asarray(fitted + np.log(factor) * np.array(self.unit_shift))

    def defect(self, *theta: float) -> str:
        """Say why the parameters describe no survival curve; empty if they do."""
        return ""


LOG_ZERO = -1e300  # the logarithm of time 0: so far down that only its sign matters


def log_time(t: Array) -> Array:
    """Logarithm of time; `LOG_ZERO`, which is finite and survives a product with 0, at time 0."""
    t = np.asarray(t, dtype=float)
    return np.log(t, out=np.full(t.shape, LOG_ZERO), where=t > 0)


def affine(slope: Array, x: Array, intercept: Array) -> Array:
    """Return slope x + intercept, shape (n, m) from slope and intercept (n, 1) and x (m,).

    One matrix product: broadcasting (n, 1) over short rows takes three times as long.
    """
    if np.ndim(x) != 1 or np.shape(slope)[1:] != (1,) or np.shape(intercept)[1:] != (1,):
        return np.asarray(slope * x + intercept)
    left, right = np.empty((len(slope), 2)), np.empty((2, len(x)))
    left[:, :1], left[:, 1:] = slope, intercept
    right[0], right[1] = x, 1.0
    return left @ right


def stack(*rows: Array) -> Array:
    """Stack the scores of the parameters, broadcast to their common shape."""
    return np.stack(np.broadcast_arrays(*rows))


def line(x: Array, y: Array) -> tuple[float, float]:
    """Intercept and slope of the least-squares line through points that rise; slope at least 0.05.

    A single point gets a slope of 1.
    """
    spread = x - x.mean()
    square = float(spread @ spread)
    slope = max(float(spread @ y) / square, 0.05) if square > 0 else 1.0
    return float(y.mean() - slope * x.mean()), slope


# Weights of the central difference of sixth order at distances 1, 2 and 3.
_STENCIL = ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
_STEP = 0.01


def derivative(function: Callable[[Array], Array], x: Array) -> Array:
    """Derivative of a smooth function of order 1 by central differences of sixth order.

    For the shape of the incomplete gamma functions, which have no derivative in closed form. With
    values to 1e-14 it is good to about 1e-12, and its truncation error is of the order of 1e-14.
    """
    total = np.zeros(())
    for distance, weight in _STENCIL:
        h = distance * _STEP
        total = total + weight * (function(x + h) - function(x - h))
    return np.asarray(total / _STEP)


def family_name(label: str) -> str:
    """Name a survival family as it is printed, from its label.

    Examples
    --------
    >>> family_name("weibull"), family_name("spline, 2 knots, odds")
    ('Weibull', 'Spline, 2 knots, odds')
    """
    return _FAMILY_NAMES.get(label, label[:1].upper() + label[1:])
