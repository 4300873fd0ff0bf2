"""Generalised gamma survival, Prentice's parameterisation."""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv, log_ndtr, ndtri

from cea.formula import Array
from cea.survival.family import Family, FamilyParameter, log_time

# Below this |Q| the curve is the log-normal to better than 1e-6 and the gamma functions, whose
# shape is 1/Q^2, begin to lose digits.
_LOGNORMAL_Q = 1e-6


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

    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return -log S(t), branch by branch of Q."""
        mu, sigma, q = theta
        w, q = np.broadcast_arrays((log_time(t) - mu) / sigma, q)
        hazard = np.empty(w.shape)
        upper, lower = q > _LOGNORMAL_Q, q < -_LOGNORMAL_Q
        normal = ~(upper | lower)
        with np.errstate(divide="ignore", over="ignore"):
            for branch, tail in ((upper, gammaincc), (lower, gammainc)):
                a = q[branch] ** -2
                hazard[branch] = -np.log(tail(a, a * np.exp(q[branch] * w[branch])))
        hazard[normal] = -log_ndtr(-w[normal])
        return hazard

    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return exp(mu + sigma w_p) with w_p the quantile of w."""
        mu, sigma, q = theta
        p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
        w = np.asarray(ndtri(p))
        for branch, inverse in ((q > _LOGNORMAL_Q, gammaincinv), (q < -_LOGNORMAL_Q, gammainccinv)):
            a = q[branch] ** -2
            w[branch] = np.log(inverse(a, p[branch]) / a) / q[branch]
        return np.asarray(np.exp(mu + sigma * w))
