"""Expected information of a patient who is followed for so long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cea.arrays import Array
from cea.survival.family import Family

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_CHUNK = 2000  # draws at a time


def information(
    family: Family,
    theta: Sequence[Array],
    until: float,
    *,
    since: float = 0.0,
    ratio: Any = 1.0,
) -> Array:
    """Expected information of one patient about a curve and a hazard ratio to it.

    The patient's cumulative hazard is `ratio` H(t; theta). What is told between two months is the
    integral of z z' dF, z the derivatives of the logarithm of the hazard: those of log h by theta,
    and 1 by the logarithm of the hazard ratio. Nothing is left for the patients who are censored
    at the end: their part and that of the events add up to this (Andersen, Borgan, Gill and
    Keiding, Statistical Models Based on Counting Processes, 1993, chapter VI).

    Parameters
    ----------
    family
        The curve's family, with q parameters.
    theta
        Its parameters, shape (n,) each.
    until
        Month to which the patient is followed, unless the event comes before.
    since
        Month from which it counts; who had the event until then tells nothing more.
    ratio
        Hazard ratio, above 0; a float or shape (n,).

    Returns
    -------
    Array
        Shape (n, q + 1, q + 1): theta on the fitted scale, then the log hazard ratio. Without the
        last row and column it is the information of a patient of whom the ratio is known.
    """
    q, n = len(theta), len(theta[0])
    found = np.empty((n, q + 1, q + 1))
    first = np.cbrt(since / until)
    root = first + (1 - first) * (1 + _NODES) / 2  # cube root of the time: room for early events
    t = until * root**3
    weight = _WEIGHTS / 2 * (1 - first) * 3 * root**2 * until
    ratio = np.broadcast_to(np.asarray(ratio, dtype=float), (n,))[:, None]
    for start in range(0, n, _CHUNK):
        rows = slice(start, start + _CHUNK)
        here = [np.asarray(x[rows], dtype=float)[:, None] for x in theta]
        with np.errstate(all="ignore"):
            hazard = family.cumulative_hazard(t, *here)
            log_density = family.log_density(t, *here) + np.log(ratio[rows])
            density = np.exp(log_density + (1 - ratio[rows]) * hazard) * weight
            by_theta = family.density_score(t, *here) - family.survival_score(t, *here)
        # Where nobody is left, or a sampled spline would rise, there are no events.
        density = np.nan_to_num(density, nan=0.0, posinf=0.0)
        by_theta = np.nan_to_num(by_theta, nan=0.0, posinf=0.0, neginf=0.0)
        z = np.concatenate((by_theta, np.ones((1, *density.shape))))
        found[rows] = np.einsum("inm,nm,jnm->nij", z, density, z, optimize=True)
    return found
