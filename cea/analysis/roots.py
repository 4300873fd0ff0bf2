"""Roots of many functions at once, each in a bracket of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cea.arrays import Array, IntArray

_EPS = float(np.finfo(float).eps)
_MOST = 200  # steps; bisection alone needs about 60

Functions = Callable[[IntArray, Array], Array]  # which functions, where -> their values


def find_roots(functions: Functions, a: Array, b: Array, fa: Array, fb: Array) -> Array:
    """Find a root of each function between a and b, shape (k,), to the last digits of x.

    Chandrupatla's method (Adv Eng Softw 1997;28:145): inverse quadratic interpolation where it is
    safe, bisection elsewhere; each step evaluates all brackets that are still open in one batch.
    Where a function jumps over 0, the place of the jump is found.

    Parameters
    ----------
    functions
        Takes positions of functions, shape (m,), and one point for each; returns their values.
    a, b
        Ends of the brackets, shape (k,).
    fa, fb
        Values there, of opposite sign.
    """
    a, b, fa, fb = (np.array(x, dtype=float) for x in (a, b, fa, fb))
    c, fc = a.copy(), fa.copy()
    step = np.full(len(a), 0.5)
    width = np.abs(b - a)
    best = np.where(np.abs(fa) < np.abs(fb), a, b)
    live = np.flatnonzero((fa != 0) & (fb != 0))
    for _ in range(_MOST):
        if not len(live):
            break
        x = a[live] + step[live] * (b[live] - a[live])
        fx = functions(live, x)
        same = np.sign(fx) == np.sign(fa[live])
        c[live] = np.where(same, a[live], b[live])
        fc[live] = np.where(same, fa[live], fb[live])
        b[live] = np.where(same, b[live], a[live])
        fb[live] = np.where(same, fb[live], fa[live])
        a[live], fa[live] = x, fx
        nearer = np.abs(fa[live]) < np.abs(fb[live])
        best[live] = np.where(nearer, a[live], b[live])
        tolerance = 2 * _EPS * np.abs(best[live]) + _EPS * 1e-3 * width[live]
        with np.errstate(divide="ignore", invalid="ignore"):
            limit = tolerance / np.abs(b[live] - a[live])
        is_open = (fa[live] != 0) & (fb[live] != 0) & (limit < 0.5)
        live, limit = live[is_open], limit[is_open]
        step[live] = np.clip(_step(live, a, b, c, fa, fb, fc), limit, 1 - limit)
    return best


def _step(
    live: IntArray, a: Array, b: Array, c: Array, fa: Array, fb: Array, fc: Array
) -> Array:  # fmt: skip
    """Return the next point as a share of the way from a to b."""
    a, b, c, fa, fb, fc = (x[live] for x in (a, b, c, fa, fb, fc))
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        quadratic = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
            fc - fb
        )
    return np.where(safe & np.isfinite(quadratic), quadratic, 0.5)
