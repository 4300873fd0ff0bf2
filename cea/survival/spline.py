"""Royston-Parmar spline survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtri

from cea.arrays import Array
from cea.survival.excel import Step, minus_log_upper_normal
from cea.survival.family import Family, FamilyParameter, line, log_time, stack
from cea.survival.lognormal import LOG_ROOT_2PI, mills

_BISECTIONS = 60


class HazardScale:
    """Scale of log H: eta = log(-log S)."""

    effect = "log hazard ratio"

    def cumulative_hazard(self, eta: Array) -> Array:
        """Return H(eta)."""
        return np.asarray(np.exp(eta))

    def excel(self, eta: str) -> str:
        """Return H(eta) as an Excel formula."""
        return f"EXP(MIN({{limit.exponent}},{eta}))"

    def log_slope(self, eta: Array) -> Array:
        """Return log H'(eta)."""
        return eta

    def slopes(self, eta: Array) -> tuple[Array, Array]:
        """Return H'(eta) and the derivative of log H'(eta)."""
        return np.exp(eta), np.ones_like(eta)

    def eta(self, s: Array) -> Array:
        """Return eta of a survival."""
        return np.log(-np.log(s))


class OddsScale:
    """Scale of the log odds of death: eta = log(1/S - 1)."""

    effect = "log odds ratio"

    def cumulative_hazard(self, eta: Array) -> Array:
        """Return H(eta)."""
        return np.asarray(np.logaddexp(0.0, eta))

    def excel(self, eta: str) -> str:
        """Return H(eta) as an Excel formula."""
        return f"IF({eta}>{{limit.exponent}},{eta},LN(1+EXP({eta})))"

    def log_slope(self, eta: Array) -> Array:
        """Return log H'(eta)."""
        return np.asarray(-np.logaddexp(0.0, -eta))

    def slopes(self, eta: Array) -> tuple[Array, Array]:
        """Return H'(eta) and the derivative of log H'(eta)."""
        return expit(eta), expit(-eta)

    def eta(self, s: Array) -> Array:
        """Return eta of a survival."""
        return np.asarray(-logit(s))


class NormalScale:
    """Scale of the normal quantile: eta = -Phi^-1(S)."""

    effect = "shift of the normal quantile of death"

    def cumulative_hazard(self, eta: Array) -> Array:
        """Return H(eta)."""
        return np.asarray(-log_ndtr(-eta))

    def excel(self, eta: str) -> str:
        """Return H(eta) as an Excel formula."""
        return minus_log_upper_normal(eta)

    def log_slope(self, eta: Array) -> Array:
        """Return log H'(eta)."""
        return np.asarray(-eta * eta / 2 - LOG_ROOT_2PI - log_ndtr(-eta))

    def slopes(self, eta: Array) -> tuple[Array, Array]:
        """Return H'(eta) and the derivative of log H'(eta)."""
        ratio = mills(eta)
        return ratio, ratio - eta

    def eta(self, s: Array) -> Array:
        """Return eta of a survival."""
        return np.asarray(-ndtri(s))


Scale = HazardScale | OddsScale | NormalScale
SCALES: Mapping[str, Scale] = {
    "hazard": HazardScale(),
    "odds": OddsScale(),
    "normal": NormalScale(),
}


class Spline(Family):
    """A scale of S(t) is a natural cubic spline in log time (Royston and Parmar 2002).

    eta(x) = gamma0 + gamma1 x + sum of gamma_{j+1} v_j(x), x = log t, with one term for each inner
    knot k_j, v_j(x) = (x-k_j)+^3 - l_j (x-k_min)+^3 - (1-l_j) (x-k_max)+^3 and
    l_j = (k_max-k_j)/(k_max-k_min): flexsurv's basis. eta is linear outside the outer knots. With
    scale `hazard` S = exp(-exp(eta)), with `odds` S = 1/(1 + exp(eta)), with `normal`
    S = Phi(-eta); without inner knots these are the Weibull, log-logistic and log-normal.

    Parameters
    ----------
    knots
        Logarithms of time, rising: the two outer knots and the inner ones between them.
    scale
        hazard, odds or normal.
    """

    name = "spline"
    location = 0

    def __init__(self, knots: Sequence[float], scale: str) -> None:
        self.knots = tuple(float(knot) for knot in knots)
        self.scale = scale
        if len(self.knots) < 2 or not np.all(np.diff(self.knots) > 0):
            raise ValueError("a spline needs two or more knots that rise")
        self.link = SCALES[scale]
        self.effect = self.link.effect
        self.seams = tuple(np.exp(self.knots).tolist())
        self.parameters = tuple(
            FamilyParameter(f"gamma{j}", positive=False) for j in range(len(self.knots))
        )

    def __repr__(self) -> str:
        return f"Spline({self.knots}, {self.scale!r})"

    @property
    def label(self) -> str:
        """The name with the number of inner knots and the scale."""
        return SplineRequest(len(self.knots) - 2, self.scale).label

    def basis(self, x: Array, order: int = 0) -> Array:
        """Return the terms of eta(x), or their first derivatives, shape (parameters, *x.shape)."""
        first, last = self.knots[0], self.knots[-1]

        def cubic(knot: float) -> Array:
            gap = np.maximum(x - knot, 0.0)
            return np.asarray(gap**3 if order == 0 else 3 * gap**2)

        terms = [np.ones_like(x), x] if order == 0 else [np.zeros_like(x), np.ones_like(x)]
        if len(self.knots) > 2:
            start, end = cubic(first), cubic(last)
            for knot in self.knots[1:-1]:
                share = (last - knot) / (last - first)
                terms.append(cubic(knot) - share * start - (1 - share) * end)
        return np.stack(terms)

    def eta(self, t: Array, *theta: Array) -> Array:
        """Return the spline at times `t`."""
        return _combine(theta, self.basis(log_time(t)))

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return H(eta(log t)); 0 at time 0, where a rising eta is minus infinity."""
        with np.errstate(over="ignore"):
            return self.link.cumulative_hazard(self.eta(t, *theta))

    def excel(self) -> tuple[Step, ...]:
        """Return H(eta(log t)); knots are ``{knot0}``, ``{knot1}``, ..., held level as it falls.

        H never falls, and is linear in time before the first knot where eta would fall there: what
        `cea.survival.of_curve.cumulative_hazard` does with a sampled spline.
        """
        first, last = "{knot0}", f"{{knot{len(self.knots) - 1}}}"
        steps = [Step("x", "log t", f"IF({{t}}=0,{first},LN({{t}}))")]
        terms = ["{gamma0}", "{gamma1}*{x}"]
        for j in range(1, len(self.knots) - 1):
            share = f"({last}-{{knot{j}}})/({last}-{first})"
            steps.append(
                Step(
                    f"v{j}",
                    f"v{j}",
                    f"MAX({{x}}-{{knot{j}}},0)^3-{share}*MAX({{x}}-{first},0)^3"
                    f"-(1-{share})*MAX({{x}}-{last},0)^3",
                )
            )
            terms.append(f"{{gamma{j + 1}}}*{{v{j}}}")
        at_first = self.link.excel(f"({{gamma0}}+{{gamma1}}*{first})")
        return (
            *steps,
            Step("eta", "eta", "+".join(terms)),
            Step(
                "raw",
                "H of eta",
                f"IF({{t}}=0,0,IF(AND({{gamma1}}<=0,{{x}}<{first}),"
                f"({at_first})*{{t}}/EXP({first}),{self.link.excel('{eta}')}))",
            ),
            Step("H", "H, never falling", "MAX({raw},SUM({H-1}))"),
        )

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return the time at which eta is that of 1 - p, by bisection between the outer knots."""
        target = self.link.eta(1 - np.asarray(p, dtype=float))
        low, high = self.knots[0], self.knots[-1]
        at_low, at_high = (_combine(theta, self.basis(np.array(k))) for k in (low, high))
        target, at_low, at_high = np.broadcast_arrays(target, at_low, at_high)
        slope = _combine(theta, self.basis(np.array(high), 1))
        left, right = np.full(target.shape, low), np.full(target.shape, high)
        for _ in range(_BISECTIONS):
            middle = (left + right) / 2
            below = sum(g * v for g, v in zip(theta, self.basis(middle), strict=True)) < target
            left, right = np.where(below, middle, left), np.where(below, right, middle)
        before = low + (target - at_low) / theta[1]
        after = high + (target - at_high) / slope
        x = np.where(target < at_low, before, np.where(target > at_high, after, right))
        return np.asarray(np.exp(x))

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log H'(eta) + log eta'(x) - x - H(eta); minus infinity where eta falls."""
        x = np.log(t)
        eta, slope = _combine(theta, self.basis(x)), _combine(theta, self.basis(x, 1))
        log_slope = np.log(slope, out=np.full(slope.shape, -np.inf), where=slope > 0)
        return self.link.log_slope(eta) + log_slope - x - self.link.cumulative_hazard(eta)

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by the gammas."""
        x = np.log(t)
        basis, slopes = self.basis(x), self.basis(x, 1)
        by_eta, by_log = self.link.slopes(_combine(theta, basis))
        slope = _combine(theta, slopes)
        return stack(
            *((by_log - by_eta) * v + d / slope for v, d in zip(basis, slopes, strict=True))
        )

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by the gammas."""
        basis = self.basis(np.log(t))
        by_eta, _ = self.link.slopes(_combine(theta, basis))
        return stack(*(-by_eta * v for v in basis))

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Least squares on the scale, where it rises; the straight line; that of slope 1."""
        x, eta = np.log(t), self.link.eta(s)
        none = [0.0] * (len(self.knots) - 2)
        found = [(*line(x, eta), *none), (float((eta - x).mean()), 1.0, *none)]
        if none:
            curved, *_ = np.linalg.lstsq(self.basis(x).T, eta)
            if np.all(curved @ self.basis(x, 1) > 0.05):
                found.insert(0, tuple(curved.tolist()))
        return found

    def in_unit(self, factor: float) -> Spline:
        """Move the knots with the logarithm of time."""
        return Spline([knot + np.log(factor) for knot in self.knots], self.scale)

    def change_unit(self, fitted: Array, factor: float) -> Array:
        """Keep the curve: only gamma0 changes, the other terms depend on x less the knots."""
        moved = np.array(fitted)
        moved[..., 0] -= moved[..., 1] * np.log(factor)
        return moved

    def defect(self, *theta: float) -> str:
        """Look for a stretch in which the fitted curve rises: eta must rise everywhere."""
        first, last = self.knots[0], self.knots[-1]
        x = np.linspace(first, last, 501)
        slope = _combine(tuple(np.array(g) for g in theta), self.basis(x, 1))
        if slope.min() > 0:
            return ""
        at = np.exp(x[slope.argmin()])
        return f"the fitted curve rises around time {at:.4g}, so it is no survival curve"


def _combine(theta: tuple[Array, ...], basis: Array) -> Array:
    """Sum of gamma_j basis_j: one matrix product for draws of shape (n, 1) and times (m,)."""
    if basis.ndim == 2 and all(np.shape(gamma)[1:] == (1,) for gamma in theta):
        return np.hstack(np.broadcast_arrays(*theta)) @ basis
    total = np.zeros(())
    for gamma, term in zip(theta, basis, strict=True):
        total = total + gamma * term
    return total


@dataclass(frozen=True)
class SplineRequest:
    """A spline whose knots the data will place.

    Parameters
    ----------
    inner
        Number of inner knots, 0 or more.
    scale
        hazard, odds or normal.
    """

    inner: int
    scale: str

    @property
    def label(self) -> str:
        """The name, the number of inner knots and the scale."""
        knots = "knot" if self.inner == 1 else "knots"
        return f"spline, {self.inner} {knots}, {self.scale}"

    def place(self, event_times: Array) -> Spline:
        """Put the knots at equally spaced quantiles of the logarithms of the times of events.

        Raises
        ------
        ValueError
            If two knots coincide.
        """
        knots = np.quantile(np.log(event_times), np.linspace(0, 1, self.inner + 2))
        if not np.all(np.diff(knots) > 1e-9):
            raise ValueError(
                f"{len(np.unique(event_times))} distinct times of events are too few for "
                f"{self.inner + 2} knots"
            )
        return Spline(knots.tolist(), self.scale)
