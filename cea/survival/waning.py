"""Waning of a treatment effect."""

from __future__ import annotations

from typing import Any

import numpy as np

from cea.arrays import Array


def waned_share(t: Array, start: Any, end: Any) -> Array:
    """Average share of each cycle's hazard that is the reference strategy's, shape (..., T).

    The share is 0 until `start`, rises linearly to 1 at `end` and stays there; its average over
    each cycle is exact, so a window inside a cycle, and start = end, need no special case.

    Parameters
    ----------
    t
        Cycle boundaries, shape (T+1,).
    start, end
        In the unit of `t`; scalars or shape (n, 1); start <= end.
    """
    ramp = np.maximum(np.clip(t, start, end) - start, 0.0)
    width = np.maximum(end - start, np.finfo(float).tiny)
    area = ramp * (ramp / width) / 2 + np.maximum(t - end, 0.0)
    return np.asarray(np.diff(area, axis=-1) / np.diff(t))


def wane(own: Array, reference: Array, share: Array) -> Array:
    """Mix the hazard gained in each cycle: (1 - share) own + share reference, shape (..., T)."""
    with np.errstate(invalid="ignore"):
        mixed = (1 - share) * own + share * reference
    return np.where(share == 0, own, np.where(share == 1, reference, mixed))
