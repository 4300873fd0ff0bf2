"""Bounds of the bars of a histogram."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array

_MOST = 100  # bars


def edges(*values: Array, through_zero: bool = False) -> Array:
    """Bounds of the bars that show some values on one axis: multiples of a round width.

    The width is Freedman & Diaconis' (Z Wahrscheinlichkeitstheorie 1981;57:453) for the widest of
    them, rounded up to 1, 2 or 5 times a power of 10; 100 bars at most. What is all one number
    gets one bar.

    Parameters
    ----------
    values
        One or more arrays of shape (n,).
    through_zero
        Make a bar of a single number end at 0, where it would hold it.

    Examples
    --------
    >>> edges(np.array([-1.0, 0.2, 0.3, 0.9, 2.2]))
    array([-1.,  0.,  1.,  2.,  3.])
    """
    together = np.concatenate(values)
    low, high = float(together.min()), float(together.max())
    widths = [
        2 * float(np.subtract(*np.percentile(x, (75, 25)))) / len(x) ** (1 / 3) for x in values
    ]
    width = max(*widths, (high - low) / _MOST)
    if not width > max(abs(low), abs(high)) * 1e-9:
        half = abs(low) * 0.01 or 0.5
        found = np.array([low - half, low + half])
        return np.sort(np.append(found, 0.0)) if through_zero and low == 0 else found
    power = 10.0 ** np.floor(np.log10(width))
    width = float(power * next(k for k in (1, 2, 5, 10) if k * power >= width * (1 - 1e-9)))
    return np.arange(np.floor(low / width), np.floor(high / width) + 2) * width
