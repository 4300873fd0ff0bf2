"""Convolution with post-progression survival: `constant`, and a slow sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cea.model.transitions import (
    PreProgressionDeath,
    cohort_trace,
    constant_mortality,
    given_mortality_transitions,
)
from cea.survival.convolution import (
    deaths_after_progression,
    implied_mortality,
    progressed_occupancy,
)


def pfs_curves(n, cycles, dt, seed=1):
    """PFS of n draws, Weibull curves of many forms, shape (n, T+1)."""
    rng = np.random.default_rng(seed)
    t = np.arange(cycles + 1) * dt
    shape, scale = rng.uniform(0.7, 2.0, (n, 1)), rng.uniform(5, 40, (n, 1))
    return np.exp(-((t / scale) ** shape))


@pytest.mark.parametrize(("cycles", "dt"), [(1, 1.0), (2, 1.0), (120, 1.0), (521, 7 / 30.4375)])
def test_exponential_is_closure_constant(cycles, dt):
    pfs = pfs_curves(40, cycles, dt)
    hazard = np.random.default_rng(2).uniform(0.0, 2.0, 40)
    mortality = constant_mortality(hazard, dt, cycles)
    made = given_mortality_transitions(pfs, PreProgressionDeath(share_of_leavers=0.2), mortality)
    pf, pd = cohort_trace(made)
    flow = made.pf_to_pd * pf[:, :-1]
    curve = np.exp(-hazard[:, None] * np.arange(cycles + 1) * dt)
    progressed = progressed_occupancy(flow, curve)
    np.testing.assert_allclose(progressed, pd, rtol=0, atol=1e-14)
    occupied = pd[:, :-1] > 1e-6
    np.testing.assert_allclose(
        implied_mortality(flow, progressed)[occupied], mortality[occupied], atol=1e-8
    )


def slow_sum(flow, curve):
    n, cycles = flow.shape
    out = np.zeros((n, cycles + 1))
    for m in range(1, cycles + 1):
        for j in range(m):
            out[:, m] += flow[:, j] * curve[:, m - 1 - j]
    return out


_shares = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(_shares, _shares, st.integers(0, 1000))
def test_any_flow_and_curve(leaving, dying, seed):
    """Equality with the sum, and mass balance, for curves of any form."""
    cycles = min(len(leaving), len(dying))
    pfs = np.cumprod(np.append(1.0, 1 - np.array(leaving[:cycles])))
    flow = (pfs[:-1] - pfs[1:])[None, :] * np.random.default_rng(seed).uniform(size=cycles)
    curve = np.cumprod(np.append(1.0, 1 - np.array(dying[:cycles])))[None, :]
    progressed = progressed_occupancy(flow, curve)
    np.testing.assert_allclose(progressed, slow_sum(flow, curve), rtol=0, atol=1e-14)
    assert np.all(progressed >= 0)
    deaths = deaths_after_progression(flow, progressed)
    assert np.all(deaths >= 0)
    came, died = np.cumsum(flow, axis=1), np.cumsum(deaths, axis=1)
    np.testing.assert_allclose(progressed[:, 1:] + died, came, rtol=0, atol=1e-13)
    share = implied_mortality(flow, progressed)
    assert np.all((share >= 0) & (share <= 1))


def test_a_curve_shared_by_all_draws():
    flow = -np.diff(pfs_curves(7, 60, 1.0))
    curve = np.exp(-0.1 * np.arange(61))[None, :]
    every = np.repeat(curve, 7, axis=0)
    np.testing.assert_array_equal(
        progressed_occupancy(flow, curve), progressed_occupancy(flow, every)
    )
