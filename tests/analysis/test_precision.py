"""The Monte-Carlo error of a PSA: whether its intervals hold the truth, and when it stops."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.special import ndtr, ndtri, stdtrit

from cea.analysis.measured import precision_of, psa_until
from cea.analysis.precision import (
    REPLICATES,
    Precision,
    blocks,
    mean_and_error,
)
from cea.analysis.psa import Psa, psa
from cea.assumptions import DAYS_PER_YEAR, Assumptions
from cea.errors import AnalysisError
from cea.parameters.sampling import replicated_uniforms, sample, uniforms
from tests.build import adverse_event, assumptions, cost, exponentials, parameter

REPEATS = 200
THRESHOLD = 50_000.0
MEANS = {"c_a": (10_000.0, 900.0), "c_b": (19_000.0, 2_500.0), "loss_b": (0.05, 0.06)}


def linear(sampling: str = "sobol", **settings: object) -> Assumptions:
    """Costs at entry and a loss of QALYs, all normal: the net benefit is exactly normal."""
    found = assumptions(
        exponentials("A", "B"),
        parameters=[
            parameter(name, mean, distribution="normal", se=se)
            for name, (mean, se) in MEANS.items()
        ],
        costs=[
            cost("A", "entry", "c_a", "event", strategy="A"),
            cost("B", "entry", "c_b + 200000*loss_b", "event", strategy="B"),
        ],
        psa_sampling=sampling,
        horizon_years=1.0,
        **settings,
    )
    return replace(found, thresholds=(replace(found.thresholds[0], value=THRESHOLD),))


def truth() -> tuple[float, float]:
    """Expected INMB of B, and the probability that it is the most cost-effective."""
    mean = MEANS["c_a"][0] - MEANS["c_b"][0] - 200_000 * MEANS["loss_b"][0]
    sd = np.hypot(np.hypot(MEANS["c_a"][1], MEANS["c_b"][1]), 200_000 * MEANS["loss_b"][1])
    return mean, float(ndtr(mean / sd))


def test_mean_and_error() -> None:
    means = np.array([[1.0, 0.0], [2.0, 0.0], [6.0, 0.0]])
    mean, error, half = mean_and_error(means)
    np.testing.assert_allclose(mean, [3, 0])
    np.testing.assert_allclose(error, [np.sqrt(7 / 3), 0])
    np.testing.assert_allclose(half, 4.302652729911275 * error)  # t, 2 degrees of freedom


@pytest.mark.parametrize("sampling", ["sobol", "latin_hypercube", "pseudo_random"])
def test_intervals_of_known_integrals_hold_the_truth_in_95_percent(sampling: str) -> None:
    """A product, an indicator and a ratio, from 16 replicates of 32 points in 4 dimensions."""
    hits = np.zeros(3)
    for seed in range(REPEATS):
        u = replicated_uniforms(16 * 32, 4, sampling, seed, 16)
        z = ndtri(u).sum(axis=1) / 2
        values = np.stack([np.prod(1.5 * np.sqrt(u), axis=1), z > 0.7, np.exp(z - 0.5)], axis=1)
        mean, _, half = mean_and_error(values.reshape(16, 32, 3).mean(axis=1))
        hits += np.abs(mean - [1, 1 - ndtr(0.7), 1]) <= half
    assert ((hits >= 0.9 * REPEATS) & (hits <= 0.99 * REPEATS)).all(), hits


def test_intervals_of_an_analysis_hold_the_truth_in_90_to_99_percent() -> None:
    """The whole way: sampling, model, estimates of INMB, ratio and probability."""
    inmb, probability = truth()
    a = linear()
    hits = np.zeros(2)
    for seed in range(REPEATS):
        found = Precision(psa(a, 16 * 64, seed=seed, replicates=16))
        for k, (quantity, true) in enumerate((("INMB", inmb), ("probability", probability))):
            e = found.of(quantity, 1)
            assert e is not None
            hits[k] += abs(e.value - true) <= e.half_width
    assert ((hits >= 0.9 * REPEATS) & (hits <= 0.99 * REPEATS)).all(), hits


def test_one_sequence_says_nothing_of_its_error_and_replicates_do() -> None:
    """The error of Sobol draws is far below SD/sqrt(n), and the estimate shows it."""
    found = Precision(psa(linear(), 4096, seed=1, replicates=16)).of("INMB", 1)
    assert found is not None
    assert found.random_draws is not None
    assert found.random_draws > 25 * 4096
    assert abs(found.value - truth()[0]) < 4 * found.standard_error


@cache
def replicated(sampling: str = "sobol") -> Psa:
    return psa(linear(sampling), 512, seed=3, replicates=8)


def test_replicates_are_independent_sets_of_draws_that_begin_alike() -> None:
    found = replicated()
    assert found.replicates == 8
    values = found.sample.values.reshape(8, 64, -1)
    assert len(np.unique(values[:, 0, 0])) == 8
    for r in range(8):
        rng = np.random.Generator(np.random.PCG64([3, r + 1]))
        u = uniforms(64, values.shape[2], "sobol", rng)
        expected = MEANS["c_a"][0] + MEANS["c_a"][1] * ndtri(u[:, 0])
        np.testing.assert_array_equal(values[r, :, 0], expected)
    half = sample(linear(), 256, 3, replicates=8).values.reshape(8, 32, -1)
    np.testing.assert_array_equal(values[:, :32], half)


def test_one_replicate_leaves_the_draws_as_they_are() -> None:
    a = linear()
    np.testing.assert_array_equal(sample(a, 100, 3).values, sample(a, 100, 3, replicates=1).values)
    u = uniforms(100, 3, "sobol", 3)
    np.testing.assert_array_equal(
        sample(a, 100, 3).values[:, 0], MEANS["c_a"][0] + MEANS["c_a"][1] * ndtri(u[:, 0])
    )


def test_estimates_by_hand() -> None:
    found = replicated()
    made = Precision(found, target=0.02)
    cost_, qaly = found.increments(1)
    gain = THRESHOLD * qaly - cost_
    means = gain.reshape(8, 64).mean(axis=1)
    e = made.of("INMB", 1)
    assert e is not None
    assert e.value == pytest.approx(gain.mean(), rel=1e-12)
    assert e.half_width == pytest.approx(stdtrit(7, 0.975) * means.std(ddof=1) / np.sqrt(8))
    assert e.goal == pytest.approx(0.02 * abs(gain.mean()))
    p = made.of("probability", 1)
    assert p is not None
    assert p.value == pytest.approx((gain > 0).mean())
    assert p.goal == 0.02
    assert made.of("ICER", 1) is None, "there is no difference in QALYs"
    assert made.of("probability", 0).value == pytest.approx(1 - p.value)  # type: ignore[union-attr]
    assert list(made.table["quantity"]) == [
        "incremental cost", "incremental QALYs", "INMB", "probability", "probability",
    ]  # fmt: skip


def test_the_error_of_a_ratio_is_that_of_repeated_analyses() -> None:
    a = ratio_model()
    estimates = [
        Precision(psa(a, 256, seed=seed, replicates=16)).of("ICER", 1) for seed in range(80)
    ]
    values = np.array([e.value for e in estimates if e is not None])
    errors = np.array([e.standard_error for e in estimates if e is not None])
    assert len(values) == 80
    # standard error of a standard deviation: 1/sqrt(2 x 79), and of each of 80 estimates less
    assert values.std(ddof=1) / np.sqrt((errors**2).mean()) == pytest.approx(
        1, abs=4 / np.sqrt(158)
    )


def ratio_model() -> Assumptions:
    """B costs more, and spares an adverse event: both differences vary, and neither is normal."""
    return assumptions(
        exponentials("A", "B"),
        parameters=[
            parameter("c_b", 9_000.0, distribution="gamma", se=2_000.0),
            parameter("loss", 0.3, distribution="gamma", se=0.1),
        ],
        costs=[cost("B", "entry", "c_b*(1 + loss)", "event", strategy="B")],
        adverse_events=[adverse_event("Event", 1.0, 0.0, "loss", DAYS_PER_YEAR, "A")],
    )


def test_running_estimates_end_at_the_estimates() -> None:
    made = Precision(replicated())
    running = made.running(1)
    np.testing.assert_array_equal(running["draws"], [16, 32, 64, 128, 256, 512])
    for name, quantity in (("inmb", "INMB"), ("probability", "probability")):
        e = made.of(quantity, 1)
        assert e is not None
        assert running[name][-1] == e.value
        assert running[f"{name}_half_width"][-1] == e.half_width
    quarter = Precision(psa(linear(), 128, seed=3, replicates=8)).of("INMB", 1)
    assert quarter is not None
    assert running["inmb"][3] == pytest.approx(quarter.value, rel=1e-12)
    assert running["inmb_half_width"][3] == pytest.approx(quarter.half_width, rel=1e-9)


def test_draws_needed() -> None:
    made = Precision(replicated(), target=0.001)
    p = made.of("probability", 1)
    assert p is not None
    assert p.draws == int(np.ceil(512 * (p.half_width / 0.001) ** 2))
    loose = Precision(replicated(), target=0.2).of("probability", 1)
    assert loose is not None
    running = Precision(replicated()).running(1)
    met = running["probability_half_width"] <= 0.2
    first = int(np.argmin(np.cumsum(~met[::-1]) == 0))  # from the end backwards
    expected = running["draws"][len(met) - first] if first else running["draws"][0]
    assert loose.draws == expected


def test_a_probability_of_0_still_has_an_error() -> None:
    """No draw of 512 has B best: the interval reaches 3/n, as the rule of three says."""
    a = linear()
    a = replace(a, parameters=(*a.parameters[:-1], replace(a.parameters[-1], distribution="fixed")))
    e = Precision(psa(a, 512, seed=1, replicates=8)).of("probability", 1)
    assert e is not None
    assert (e.value, e.standard_error, e.random_draws) == (0, 0, None)
    assert e.half_width == pytest.approx(3 / 512)


@pytest.mark.parametrize("sampling", ["sobol", "latin_hypercube"])
def test_an_analysis_of_one_sequence_is_checked_by_further_ones(sampling: str) -> None:
    found = psa(linear(sampling), 1_000, seed=3)
    assert blocks(found) == 1
    made = precision_of(found)
    assert (made.replicates, made.draws) == (REPLICATES, REPLICATES * 32)
    again = psa(linear(sampling), REPLICATES * 32, seed=3, replicates=REPLICATES)
    np.testing.assert_array_equal(made.psa.sample.values, again.sample.values)


def test_the_table_says_whose_draws_these_are() -> None:
    found = psa(linear(), 100, seed=4)
    table = precision_of(found).table
    assert set(table["draws"]) == {64}
    assert set(table["draws_are"]) == {"a separate check of 100 draws"}
    own = precision_of(psa(linear(), 64, seed=4, replicates=16)).table
    assert set(own["draws"]) == {64}
    assert set(own["draws_are"]) == {"the analysis's own"}


def test_draws_that_are_independent_are_checked_by_themselves() -> None:
    found = psa(linear("pseudo_random"), 1_000, seed=3)
    made = precision_of(found)
    assert made.psa is found
    assert made.replicates == 10  # the most up to 16 that divide 1,000
    e = made.of("INMB", 1)
    assert e is not None
    cost_, qaly = found.increments(1)
    classical = (THRESHOLD * qaly - cost_).std() / np.sqrt(1_000)
    assert 0.4 < e.standard_error / classical < 1.9  # chi-square, 9 degrees of freedom, 1 in 1,000
    own = replicated()
    assert precision_of(own).psa is own


def test_until_stops_where_the_error_is_small_enough() -> None:
    made = psa_until(linear(), 0.01, seed=3)
    assert made.reached
    assert made.probability_half_width <= 0.01
    size = made.draws // REPLICATES
    assert size & (size - 1) == 0
    if size > 64:
        half = Precision(psa(linear(), made.draws // 2, seed=3, replicates=REPLICATES), 0.01)
        assert not half.reached
    at_once = psa(linear(), made.draws, seed=3, replicates=REPLICATES)
    np.testing.assert_array_equal(made.psa.outcomes.costs, at_once.outcomes.costs)
    np.testing.assert_array_equal(made.psa.sample.values, at_once.sample.values)


def test_until_stops_at_the_most_draws_and_says_so() -> None:
    made = psa_until(linear(), 1e-5, seed=3, replicates=4, most=1_000)
    assert (made.draws, made.reached) == (512, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"half_width": 0.0}, "makes no sense"),
        ({"half_width": 0.6}, "makes no sense"),
        ({"half_width": 0.01, "replicates": 1}, "have no spread"),
        ({"half_width": 0.01, "most": 100}, "begin with 1,024 draws"),
    ],
)
def test_until_refuses_what_makes_no_sense(arguments: dict[str, float], said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        psa_until(linear(), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("draws", "replicates"), [(100, 16), (8, 8)])
def test_draws_that_cannot_be_split_are_refused(draws: int, replicates: int) -> None:
    with pytest.raises(AnalysisError, match="equal sets"):
        psa(linear(), draws, replicates=replicates)
