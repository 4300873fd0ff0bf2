"""Generalised gamma survival, Prentice's parameterisation."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import (
    digamma,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    gammaln,
    log_ndtr,
    ndtri,
)

from cea.arrays import Array
from cea.survival.excel import Step, minus_log_upper_gamma, minus_log_upper_normal
from cea.survival.family import Family, FamilyParameter, derivative, line, log_time, stack
from cea.survival.lognormal import LOG_ROOT_2PI, mills

# Below this |Q| the incomplete gamma functions, whose shape is 1/Q^2, lose digits; once the shape
# passes 1e5, SciPy's are wrong in the tails.
_NEAR_NORMAL_Q = 0.02
_LOGNORMAL_Q = 1e-6  # below it the quantile is the log-normal's, to better than 1e-5

# Coefficients c_k of eta in the uniform expansion of the incomplete gamma functions, highest power
# first: DLMF 8.12.11, by its recurrence.
_UNIFORM = (
    [
        6.707853543401498e-9, -1.7665952736826078e-7, 8.296711340953087e-7, -1.85406221071516e-6,
        -2.185448510679992e-6, 3.919263178522438e-5, -139 / 777600, 1 / 2835, 1 / 864, -2 / 135,
        1 / 12, -1 / 3,
    ],
    [
        7.64916091608111e-6, -1.8098550334489977e-5, -1 / 2488320, 1 / 4860, -77 / 77760, 1 / 378,
        -1 / 288, -1 / 540,
    ],
    [-6199 / 57736800, 1 / 497664, 1 / 1296, -139 / 51840, 25 / 6048],
)  # fmt: skip

# Series about Q = 0, highest power first, and the |Q| and |Q w| below which they are used.
_SMALL_Q, _SMALL_QW = 0.3, 0.5
_CURVE = [1 / math.factorial(k + 2) for k in range(14, -1, -1)]
_CURVE_SLOPE = [k / math.factorial(k + 2) for k in range(15, 0, -1)]
_STIRLING = [1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]  # of Q^2 times a power of Q^4


def _curve(x: Array) -> Array:
    """Return (exp(x) - 1 - x)/x^2, 1/2 at 0."""
    curve = np.polyval(_CURVE, x)
    direct = np.expm1(x) - x
    return np.asarray(np.divide(direct, x * x, out=curve, where=np.abs(x) > _SMALL_QW))


def _curve_slope(x: Array) -> Array:
    """Return the derivative of `_curve`, 1/6 at 0."""
    slope = np.polyval(_CURVE_SLOPE, x)
    direct = (x - 2) * np.exp(x) + x + 2
    return np.asarray(np.divide(direct, x**3, out=slope, where=np.abs(x) > _SMALL_QW))


def _near_normal(w: Array, q: Array) -> Array:
    """Return -log S for small |Q|, through Q = 0 without a seam.

    S = Phi(-z) + Q phi(z) (c_0 + Q^2 c_1 + Q^4 c_2)(Q z) with z = w sqrt(2 curve(Q w)): Temme's
    uniform expansion (DLMF 8.12.3-4 and 8.12.7) with a = 1/Q^2, the same for both signs of Q.
    """
    w = np.clip(w, -1e9, 1e9)
    z = w * np.sqrt(2 * _curve(q * w))
    near = np.clip(z, -40.0, 50.0)  # beyond, S is 1 or 0
    c0, c1, c2 = (np.polyval(c, q * near) for c in _UNIFORM)
    share = q * mills(near) * (c0 + q**2 * (c1 + q**2 * c2))
    return np.asarray(-log_ndtr(-z) - np.log1p(share))


def _remainder(q: Array) -> Array:
    """Return log Gamma(a) less Stirling's formula, a = 1/Q^2; 0 at Q = 0."""
    square = q * q
    a = 1 / np.maximum(square, _SMALL_Q**2)
    direct = gammaln(a) - (a - 0.5) * np.log(a) + a - LOG_ROOT_2PI
    series = square * np.polyval(_STIRLING, square**2)
    return np.where(square < _SMALL_Q**2, series, direct)


def _remainder_slope(q: Array) -> Array:
    """Return the derivative of `_remainder` by Q."""
    square = q * q
    a = 1 / np.maximum(square, _SMALL_Q**2)
    direct = -2 * q * a * a * (digamma(a) - np.log(a) + 0.5 / a)
    slopes = [c * power for c, power in zip(_STIRLING, (18, 14, 10, 6, 2), strict=True)]
    series = q * np.polyval(slopes, square**2)
    return np.where(square < _SMALL_Q**2, series, direct)


class GenGamma(Family):
    """Generalised gamma: w = (log t - mu)/sigma, u = exp(Q w)/Q^2.

    S(t) = Q(1/Q^2, u) for Q > 0 and P(1/Q^2, u) for Q < 0, the regularised upper and lower
    incomplete gamma functions. Q = 1 is the Weibull (shape 1/sigma, scale exp(mu)), Q = sigma the
    gamma, Q = 0 the log-normal (Prentice 1974; Cox et al. 2007).
    """

    name = "gengamma"
    parameters = (
        FamilyParameter("mu", positive=False),
        FamilyParameter("sigma", positive=True),
        FamilyParameter("Q", positive=False),
    )
    location = 0
    effect = "log time ratio"
    unit_shift = (1.0, 0.0, 0.0)

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log S(t), branch by branch of Q."""
        mu, sigma, q = theta
        w, q = np.broadcast_arrays((log_time(t) - mu) / sigma, q)
        hazard = np.empty(w.shape)
        upper, lower = q > _NEAR_NORMAL_Q, q < -_NEAR_NORMAL_Q
        normal = ~(upper | lower)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for branch, tail in ((upper, gammaincc), (lower, gammainc)):
                a = q[branch] ** -2
                hazard[branch] = -np.log(tail(a, a * np.exp(q[branch] * w[branch])))
            if normal.any():
                hazard[normal] = _near_normal(w[normal], q[normal])
        return hazard

    def excel(self) -> tuple[Step, ...]:
        """Return -log S(t) as `cumulative_hazard` does, the expansion cut where 1e-10 remains."""
        series = "1/2+{x}/6*(1+{x}/4*(1+{x}/5*(1+{x}/6)))"
        curve = f"IF(MAX({{x}},-{{x}})<{{limit.series}},{series},(EXP({{x}})-1-{{x}})/{{x}}^2)"
        c0 = "-1/3+{eta}*(1/12+{eta}*(-2/135+{eta}*(1/864+{eta}*(1/2835-{eta}*139/777600))))"
        c1 = "-1/540+{eta}*(-1/288+{eta}*(1/378-{eta}*77/77760))"
        c2 = "25/6048"
        # phi(z)/Phi(-z), from -log Phi(-z); in the far tail by its series
        mills = "EXP({upper}-{z}^2/2-LN(2*PI())/2)"
        mills = f"IF({{z}}>{{limit.far}},{{z}}+1/{{z}}-2/{{z}}^3,{mills})"
        normal = f"{{upper}}-LN(1+{{Q}}*{mills}*({c0}+{{Q}}^2*({c1}+{{Q}}^2*{c2})))"
        near = "MAX({Q},-{Q})<{limit.normal}"
        gamma = minus_log_upper_gamma("{u}", "{a}", "{lower}")
        return (
            Step("w", "w", "IF({t}=0,0,(LN({t})-{mu})/{sigma})"),
            Step("x", "Q w", "MAX(-{limit.exponent},MIN({limit.exponent},{Q}*{w}))"),
            Step("a", "1/Q^2", f"IF({near},1,1/{{Q}}^2)"),
            Step("u", "exp(Q w)/Q^2", "{a}*EXP({x})"),
            Step("lower", "P(1/Q^2, u)", f"IF({near},0,GAMMA.DIST({{u}},{{a}},1,TRUE))"),
            Step("z", "z, small |Q|", f"IF({near},MAX(-40,MIN(50,{{w}}*(2*{curve})^0.5)),0)"),
            Step("upper", "-log Phi(-z)", minus_log_upper_normal("{z}")),
            Step("eta", "Q z", "{Q}*{z}"),
            Step(
                "H",
                "-log S",
                f"IF({{t}}=0,0,IF({near},{normal},"
                f"IF({{Q}}>0,{gamma},-LN(MAX({{lower}},EXP(-{{limit.exponent}}))))))",
            ),
        )

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return exp(mu + sigma w_p) with w_p the quantile of w."""
        mu, sigma, q = theta
        p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
        w = np.asarray(ndtri(p))
        for branch, inverse in ((q > _LOGNORMAL_Q, gammaincinv), (q < -_LOGNORMAL_Q, gammainccinv)):
            a = q[branch] ** -2
            w[branch] = np.log(inverse(a, p[branch]) / a) / q[branch]
        return np.asarray(np.exp(mu + sigma * w))

    def log_density(self, t: Array, *theta: Array) -> Array:
        """Return log f(t), arranged so that it runs through Q = 0 without a seam.

        With a = 1/Q^2, log |Q| + a log a - a - log Gamma(a) = -log(2 pi)/2 - remainder(Q) and
        a (1 + Q w - exp(Q w)) = -w^2 curve(Q w).
        """
        mu, sigma, q = theta
        w = (np.log(t) - mu) / sigma
        kernel = -LOG_ROOT_2PI - _remainder(q) - w * w * _curve(np.asarray(q * w))
        return np.asarray(kernel - np.log(sigma) - np.log(t))

    def density_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by mu, log sigma and Q."""
        mu, sigma, q = theta
        w = (np.log(t) - mu) / sigma
        x = np.asarray(q * w)
        by_w = -w * (1 + x * _curve(x))
        by_q = -_remainder_slope(q) - w**3 * _curve_slope(x)
        return stack(-by_w / sigma, -1 - w * by_w, by_q)

    def survival_score(self, t: Array, *theta: Array) -> Array:
        """Derivatives by mu, log sigma and, by differences, Q."""
        mu, sigma, q = theta
        w = (np.log(t) - mu) / sigma

        def log_survival(q: Array) -> Array:
            return -self.cumulative_hazard(t, mu, sigma, q)

        hazard = np.exp(self.log_density(t, *theta) + self.cumulative_hazard(t, *theta))
        by_w = sigma * t * hazard
        return stack(by_w / sigma, w * by_w, derivative(log_survival, q))

    def starts(self, t: Array, s: Array) -> list[tuple[float, ...]]:
        """Weibull; log-normal; its mirror image, with the heavier tail."""
        level, shape = line(np.log(t), np.log(-np.log(s)))
        middle, slope = line(np.log(t), -ndtri(s))
        mu, sigma = -middle / slope, 1 / slope
        return [(-level / shape, 1 / shape, 1.0), (mu, sigma, 0.0), (mu, sigma, -1.0)]
