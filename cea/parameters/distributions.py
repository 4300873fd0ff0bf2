"""Distributions of uncertain parameters, each by its inverse CDF.

Sampling through inverse CDFs lets one uniform number, from a Sobol sequence, a Latin hypercube or
a pseudo-random generator, drive each parameter, and lets a Gaussian copula correlate them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

from cea.arrays import Array
from cea.assumptions import Parameter
from cea.formula import Expression, Values

Z95 = 1.959963984540054  # normal quantile of 0.975


class DistributionError(ValueError):
    """A distribution that does not exist: which column is at fault, what it holds, what to do."""

    def __init__(self, column: str, found: str, remedy: str) -> None:
        self.column, self.found, self.remedy = column, found, remedy
        super().__init__(f"{column}: {found}; {remedy}")


class Distribution(ABC):
    """A continuous distribution."""

    @abstractmethod
    def quantile(self, u: Array) -> Array:
        """Inverse CDF at `u` in (0, 1), elementwise."""

    @property
    @abstractmethod
    def mean(self) -> float:
        """Expected value."""

    @property
    @abstractmethod
    def sd(self) -> float:
        """Standard deviation."""

    def __str__(self) -> str:
        shown = ", ".join(f"{name} {value:.4g}" for name, value in vars(self).items())
        return f"{type(self).__name__.lower()} ({shown})"


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal with mean and standard deviation."""

    mu: float
    sigma: float

    def quantile(self, u: Array) -> Array:
        """Mu + sigma Phi^-1(u)."""
        return np.asarray(self.mu + self.sigma * ndtri(u))

    @property
    def mean(self) -> float:
        """Mu."""
        return self.mu

    @property
    def sd(self) -> float:
        """Sigma."""
        return self.sigma


@dataclass(frozen=True)
class LogNormal(Distribution):
    """Log-normal: the logarithm is normal. The median is exp(meanlog)."""

    meanlog: float
    sdlog: float

    def quantile(self, u: Array) -> Array:
        """exp(meanlog + sdlog Phi^-1(u))."""
        return np.asarray(np.exp(self.meanlog + self.sdlog * ndtri(u)))

    @property
    def mean(self) -> float:
        """exp(meanlog + sdlog^2/2)."""
        return float(np.exp(self.meanlog + self.sdlog**2 / 2))

    @property
    def sd(self) -> float:
        """Mean times sqrt(exp(sdlog^2) - 1)."""
        return float(self.mean * np.sqrt(np.expm1(self.sdlog**2)))


@dataclass(frozen=True)
class Gamma(Distribution):
    """Gamma with shape and scale: mean shape x scale, variance shape x scale^2."""

    shape: float
    scale: float

    def quantile(self, u: Array) -> Array:
        """Scale x P^-1(shape, u)."""
        return np.asarray(self.scale * gammaincinv(self.shape, u))

    @property
    def mean(self) -> float:
        """Shape x scale."""
        return self.shape * self.scale

    @property
    def sd(self) -> float:
        """sqrt(shape) x scale."""
        return float(np.sqrt(self.shape) * self.scale)


@dataclass(frozen=True)
class Beta(Distribution):
    """Beta on (0, 1)."""

    alpha: float
    beta: float

    def quantile(self, u: Array) -> Array:
        """I^-1(alpha, beta; u)."""
        return np.asarray(betaincinv(self.alpha, self.beta, u))

    @property
    def mean(self) -> float:
        """alpha/(alpha + beta)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def sd(self) -> float:
        """sqrt(mean (1 - mean)/(alpha + beta + 1))."""
        return float(np.sqrt(self.mean * (1 - self.mean) / (self.alpha + self.beta + 1)))


@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform between two limits."""

    minimum: float
    maximum: float

    def quantile(self, u: Array) -> Array:
        """Minimum + u (maximum - minimum)."""
        return np.asarray(self.minimum + u * (self.maximum - self.minimum))

    @property
    def mean(self) -> float:
        """Midpoint."""
        return (self.minimum + self.maximum) / 2

    @property
    def sd(self) -> float:
        """Range/sqrt(12)."""
        return float((self.maximum - self.minimum) / np.sqrt(12))


@dataclass(frozen=True)
class Triangular(Distribution):
    """Triangular with minimum, mode and maximum."""

    minimum: float
    mode: float
    maximum: float

    def quantile(self, u: Array) -> Array:
        """Invert the two parabolas of the CDF, below and above the mode."""
        a, c, b = self.minimum, self.mode, self.maximum
        rising = a + np.sqrt(u * (b - a) * (c - a))
        falling = b - np.sqrt((1 - u) * (b - a) * (b - c))
        return np.where(u < (c - a) / (b - a), rising, falling)

    @property
    def mean(self) -> float:
        """(minimum + mode + maximum)/3."""
        return (self.minimum + self.mode + self.maximum) / 3

    @property
    def sd(self) -> float:
        """sqrt((a^2 + b^2 + c^2 - ab - ac - bc)/18)."""
        a, c, b = self.minimum, self.mode, self.maximum
        return float(np.sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18))


@dataclass(frozen=True)
class Pert(Distribution):
    """PERT: a beta on [minimum, maximum] with alpha 1 + 4 (mode - min)/range, alpha + beta 6."""

    minimum: float
    mode: float
    maximum: float

    @property
    def _unit(self) -> Beta:
        alpha = 1 + 4 * (self.mode - self.minimum) / (self.maximum - self.minimum)
        return Beta(alpha, 6 - alpha)

    def quantile(self, u: Array) -> Array:
        """Minimum + range x the beta's quantile."""
        return self.minimum + (self.maximum - self.minimum) * self._unit.quantile(u)

    @property
    def mean(self) -> float:
        """(minimum + 4 mode + maximum)/6."""
        return self.minimum + (self.maximum - self.minimum) * self._unit.mean

    @property
    def sd(self) -> float:
        """Range x the beta's standard deviation."""
        return (self.maximum - self.minimum) * self._unit.sd


def _given(expression: Expression | None, values: Values) -> float | None:
    return None if expression is None else float(expression.evaluate(values))


def distribution_of(parameter: Parameter, values: Mapping[str, float]) -> Distribution:
    """Make a parameter's distribution from its row.

    The spread comes from SE, or from Par1 and Par2, or from Low and High: read as a 95% interval,
    or as the limits of a uniform, triangular or PERT distribution. A Dirichlet row gives the gamma
    distribution that is divided by the sum over its group.

    Parameters
    ----------
    parameter
        A row with a distribution other than `fixed`.
    values
        Base-case value of every parameter, by lower-case name.

    Raises
    ------
    DistributionError
        No such distribution exists.
    """
    base = float(values[parameter.key])
    se, par1, par2, low, high = (
        _given(expression, values)
        for expression in (
            parameter.se, parameter.par1, parameter.par2, parameter.low, parameter.high,
        )
    )  # fmt: skip
    kind = parameter.distribution
    if kind == "dirichlet":
        return _dirichlet_row(par1)
    if se is not None and (par1 is not None or par2 is not None):
        raise DistributionError("SE", "both SE and Par1/Par2 are given", "keep one of them")
    if par1 is not None or par2 is not None:
        if par1 is None or par2 is None:
            missing = "Par1" if par1 is None else "Par2"
            raise DistributionError(missing, "blank, but the other Par is given", "give both")
        return _from_pars(kind, base, par1, par2)
    if kind in ("uniform", "triangular", "pert"):
        return _from_limits(kind, base, se, low, high)
    return _from_se(kind, base, se, low, high)


def _dirichlet_row(alpha: float | None) -> Distribution:
    if alpha is None or alpha <= 0:
        raise DistributionError(
            "Par1",
            "blank" if alpha is None else f"{alpha:g}",
            "a dirichlet row needs its alpha, e.g. the number of patients, above 0",
        )
    return Gamma(alpha, 1.0)


def _from_pars(kind: str, base: float, par1: float, par2: float) -> Distribution:
    positive = {"normal": (False, True), "lognormal": (False, True)}.get(kind, (True, True))
    if kind in ("uniform", "triangular", "pert"):
        return _from_limits(kind, base, None, par1, par2, columns=("Par1", "Par2"))
    for column, value, must in zip(("Par1", "Par2"), (par1, par2), positive, strict=True):
        if must and value <= 0:
            raise DistributionError(column, f"{value:g}", f"a {kind} needs it above 0")
    match kind:
        case "normal":
            return Normal(par1, par2)
        case "lognormal":
            return LogNormal(par1, par2)
        case "gamma":
            return Gamma(par1, par2)
    return Beta(par1, par2)


def _from_limits(
    kind: str,
    base: float,
    se: float | None,
    low: float | None,
    high: float | None,
    columns: tuple[str, str] = ("Low", "High"),
) -> Distribution:
    if se is not None and kind != "uniform":
        raise DistributionError("SE", f"{se:g}", f"a {kind} has none: give {columns[0]} and "
                                f"{columns[1]} as minimum and maximum")  # fmt: skip
    if se is not None and low is None and high is None:
        if se <= 0:
            raise DistributionError("SE", f"{se:g}", _ABOVE_ZERO)
        half = float(np.sqrt(3) * se)
        return Uniform(base - half, base + half)
    for column, limit in zip(columns, (low, high), strict=True):
        if limit is None:
            raise DistributionError(column, "blank", f"a {kind} needs its {columns[0]} and "
                                    f"{columns[1]} as minimum and maximum")  # fmt: skip
    assert low is not None
    assert high is not None
    if not low < high:
        raise DistributionError(columns[1], f"{high:g}", f"set it above {columns[0]} ({low:g})")
    if kind == "uniform":
        return Uniform(low, high)
    if not low <= base <= high:
        raise DistributionError("Base", f"{base:g}", "the mode lies between the limits "
                                f"{low:g} and {high:g}")  # fmt: skip
    return Triangular(low, base, high) if kind == "triangular" else Pert(low, base, high)


_ABOVE_ZERO = "a sampled parameter needs an SE above 0; set Distribution to fixed to hold it"


def _from_se(
    kind: str, base: float, se: float | None, low: float | None, high: float | None
) -> Distribution:
    if kind != "normal" and base <= 0:
        raise DistributionError("Base", f"{base:g}", f"a {kind} needs a base above 0")
    if kind == "beta" and base >= 1:
        raise DistributionError("Base", f"{base:g}", "a beta needs a base between 0 and 1, "
                                "both excluded")  # fmt: skip
    column = "SE"
    if se is None:
        if low is None or high is None:
            at = "SE" if low is high else "Low" if low is None else "High"
            raise DistributionError(
                at, "blank", f"a {kind} needs SE, or Par1 and Par2, or Low and High"
            )
        column = "High"
        if kind == "lognormal":
            if low <= 0:
                raise DistributionError("Low", f"{low:g}", "a lognormal needs Low above 0")
            low, high = float(np.log(low)), float(np.log(high))
        se = (high - low) / (2 * Z95)
    if not se > 0:
        raise DistributionError(column, f"{se:g}" if column == "SE" else "not above Low",
                                _ABOVE_ZERO)  # fmt: skip
    match kind:
        case "normal":
            return Normal(base, se)
        case "lognormal":
            return LogNormal(float(np.log(base)), se)
        case "gamma":
            return Gamma((base / se) ** 2, se**2 / base)
    size = base * (1 - base) / se**2 - 1
    if size <= 0:
        limit = float(np.sqrt(base * (1 - base)))
        raise DistributionError(column, f"a standard error of {se:.4g}", "a beta with this base "
                                f"needs it below {limit:.4g}")  # fmt: skip
    return Beta(base * size, (1 - base) * size)
