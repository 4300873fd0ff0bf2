"""Closure `pps_curve`: time since progression governs mortality (clock reset).

Those who progress in a cycle bring a clock of their own, which starts at the cycle's closing
boundary; the progressed state at a boundary is the convolution of the flow into it with the
post-progression survival curve. Progression happens half a cycle earlier on average, so the time
progressed is half a cycle a progressor longer than in continuous time: the convention of closure
`constant` and of every cohort Markov model.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from cea.arrays import Array


def progressed_occupancy(progression: Array, survival: Array) -> Array:
    """Share of the cohort progressed and alive at the boundaries, by exact convolution.

    PD_m = sum over j < m of progression_j G_{m-1-j}, G_k = `survival` at the k-th boundary after
    the one that closes the cycle of progression. With an exponential curve this is closure
    `constant`, PD_{m+1} = PD_m exp(-h dt) + progression_m.

    Parameters
    ----------
    progression
        Share of the cohort progressing in each cycle, shape (n, T).
    survival
        Post-progression survival after 0, 1, 2, ... cycles, shape (n, T+1), or (1, T+1) where all
        draws share a curve. The last column is not needed.

    Returns
    -------
    ndarray
        Shape (n, T+1), 0 at entry. Absolute rounding error about 1e-16.
    """
    cycles = progression.shape[-1]
    # Twice the length: no part of the product wraps around.
    length = next_fast_len(2 * cycles - 1, real=True)
    product = rfft(progression, length) * rfft(survival[..., :cycles], length)
    occupancy = np.zeros((len(progression), cycles + 1))
    # Rounding may leave -1e-17 where nobody is.
    np.maximum(irfft(product, length)[:, :cycles], 0.0, out=occupancy[:, 1:])
    return occupancy


def deaths_after_progression(progression: Array, progressed: Array) -> Array:
    """Deaths after progression in each cycle, shape (n, T): who came, less who is left.

    Parameters
    ----------
    progression
        Shape (n, T).
    progressed
        What `progressed_occupancy` made of it, shape (n, T+1).
    """
    return np.maximum(progressed[:, :-1] + progression - progressed[:, 1:], 0.0)


def implied_mortality(progression: Array, progressed: Array) -> Array:
    """Probability of death after progression that the curve implies in each cycle, shape (n, T).

    Of those progressed at its start, the share dead at its end; 0 where nobody has progressed. It
    is an average over clocks, so it differs between strategies that share a post-progression curve.
    """
    deaths, before = deaths_after_progression(progression, progressed), progressed[:, :-1]
    # Below the rounding error of the convolution a ratio means nothing.
    share = np.divide(deaths, before, out=np.zeros_like(deaths), where=before > 1e-12)
    return np.minimum(share, 1.0)
