"""Convolution with post-progression survival: `constant`, a slow sum, and individual patients."""

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
    ages_at_boundaries,
    deaths_after_progression,
    implied_mortality,
    progressed_occupancy,
)
from cea.survival.families import FAMILIES

WEIBULL = FAMILIES["weibull"]


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
    curve = np.exp(-hazard[:, None] * ages_at_boundaries(cycles, dt))
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
    curve = np.exp(-0.1 * ages_at_boundaries(60, 1.0))[None, :]
    every = np.repeat(curve, 7, axis=0)
    np.testing.assert_array_equal(
        progressed_occupancy(flow, curve), progressed_occupancy(flow, every)
    )


def continuous(months, step=1e-3):
    """Progressed and alive at `months` in continuous time, by a very fine middle rule."""
    t = (np.arange(round(months / step)) + 0.5) * step
    shape, scale = np.array(1.4), np.array(12.0)
    density = shape / scale * (t / scale) ** (shape - 1) * np.exp(-((t / scale) ** shape))
    after = WEIBULL.survival(months - t, np.array(0.7), np.array(9.0))
    return float((density * after).sum() * step)


def convolved(months, dt, entry):
    cycles = round(months / dt)
    pfs = np.exp(-((np.arange(cycles + 1) * dt / 12.0) ** 1.4))[None, :]
    ages = ages_at_boundaries(cycles, dt, entry)
    curve = WEIBULL.survival(ages, np.array(0.7), np.array(9.0))[None, :]
    return float(progressed_occupancy(-np.diff(pfs), curve)[0, -1])


def test_individual_patients():
    """200,000 patients in continuous time: progression Weibull, death by a clock of its own."""
    rng = np.random.default_rng(3)
    n, dt, cycles = 200_000, 0.05, 1200
    progression = 12.0 * rng.exponential(size=n) ** (1 / 1.4)
    death = progression + 9.0 * rng.exponential(size=n) ** (1 / 0.7)
    pfs = np.exp(-((np.arange(cycles + 1) * dt / 12.0) ** 1.4))[None, :]
    curve = WEIBULL.survival(
        ages_at_boundaries(cycles, dt, "middle"), np.array(0.7), np.array(9.0)
    )[None, :]  # fmt: skip
    occupancy = progressed_occupancy(-np.diff(pfs), curve)[0]
    for months in (1, 3, 6, 12, 18, 24, 36, 48, 60):
        alive = np.mean((progression <= months) & (death > months))
        error = np.sqrt(alive * (1 - alive) / n)
        assert occupancy[round(months / dt)] == pytest.approx(alive, abs=3.5 * error)


@pytest.mark.parametrize("months", [6.0, 24.0])
def test_shorter_cycles_converge(months):
    truth = continuous(months)
    errors = {
        entry: [abs(convolved(months, dt, entry) - truth) for dt in (1.0, 0.5, 0.25)]
        for entry in ("end", "middle")
    }
    for entry, (long, _, short) in errors.items():
        assert short < long / 3, entry
    assert errors["middle"][0] < errors["end"][0] / 5
