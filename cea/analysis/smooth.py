"""Smooth functions of one input, in order of roughness: what regressions are built from.

The space is that of natural cubic splines. Its functions are ordered by their roughness, the
integral of the squared second derivative, after Demmler and Reinsch (Numer Math 1975;24:375): first
the input itself, then a bend, then an S, and so on. Taking the first m of them is smoothing, and a
fit with m + 1 holds every fit with m.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from cea.arrays import Array

_KNOTS = 16
_REACH = 3.0  # standard deviations of a normal: how far out knots stand
_SAME = 1e-9  # of the spread: values closer than this are one value


def smooth_functions(x: Array, most: int = _KNOTS - 1) -> Array:
    """Return functions of x, in order of roughness, without the constant.

    Parameters
    ----------
    x
        Values of an input, shape (n,).
    most
        How many functions at most; an input with few different values has fewer.

    Returns
    -------
    Array
        Shape (n, m): mean 0, mean square 1, uncorrelated with each other. m is 0 where x does not
        vary. The first column is x itself, standardised.
    """
    centred = x - x.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    if not spread > _SAME * max(1.0, abs(float(x.mean()))):
        return np.empty((len(x), 0))
    z = centred / spread
    knots = _knots(z)
    if len(knots) < 3 or most < 2:
        return np.asarray(z[:, None][:, :most])
    basis, roughness = _natural_spline(z, knots)
    # The constant and x are not rough at all; what is left is made orthogonal to them first.
    straight = np.column_stack((np.ones(len(z)), z))
    on_knots = np.column_stack((np.ones(len(knots)), knots))
    gram = basis.T @ basis / len(z)
    across = basis.T @ straight / len(z)
    bent = np.eye(len(knots)) - on_knots @ across.T
    values, vectors = np.linalg.eigh(bent.T @ gram @ bent)
    keep = values > 1e-10 * values[-1]
    bent = bent @ vectors[:, keep] / np.sqrt(values[keep])
    _, order = np.linalg.eigh(bent.T @ roughness @ bent)
    bent = (bent @ order)[:, : most - 1]
    return np.column_stack((z, basis @ bent))


def _knots(z: Array) -> Array:
    """Return knots at sample values, spread evenly over the normal scores, the ends among them."""
    reach = min(_REACH, -float(ndtri(1 / len(z))))
    levels = ndtr(np.linspace(-reach, reach, _KNOTS - 2))
    inner = np.quantile(z, levels, method="nearest")
    knots = np.unique(np.concatenate(([z.min()], inner, [z.max()])))
    apart = np.concatenate(([True], np.diff(knots) > _SAME * (knots[-1] - knots[0])))
    return np.asarray(knots[apart])


def _natural_spline(x: Array, knots: Array) -> tuple[Array, Array]:
    """Natural cubic splines by their values at the knots: basis (n, k) and roughness (k, k).

    Green and Silverman, Nonparametric Regression and Generalized Linear Models (1994), ch. 2.
    """
    k, h = len(knots), np.diff(knots)
    q, r = np.zeros((k, k - 2)), np.zeros((k - 2, k - 2))
    for j in range(k - 2):
        q[j : j + 3, j] = 1 / h[j], -1 / h[j] - 1 / h[j + 1], 1 / h[j + 1]
        r[j, j] = (h[j] + h[j + 1]) / 3
        if j + 1 < k - 2:
            r[j, j + 1] = r[j + 1, j] = h[j + 1] / 6
    solved = np.linalg.solve(r, q.T)
    second = np.zeros((k, k))  # from values at the knots to second derivatives there
    second[1:-1] = solved
    left = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, k - 2)
    width = h[left]
    up = (x - knots[left]) / width
    down = 1 - up
    rows = np.arange(len(x))
    basis, bends = np.zeros((len(x), k)), np.zeros((len(x), k))
    basis[rows, left], basis[rows, left + 1] = down, up
    bends[rows, left] = (down**3 - down) * width**2 / 6
    bends[rows, left + 1] = (up**3 - up) * width**2 / 6
    return basis + bends @ second, q @ solved
