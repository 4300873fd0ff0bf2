"""What is said of an ICER: Fieller's wedge and the wedge of the draws, in every quadrant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from cea.analysis.decision import Verdict
from cea.analysis.ratio import Wedge, by_angle, fieller
from cea.parameters.sampling import uniforms

Z = float(ndtri(0.975))
QUADRANTS = [(1, 1), (1, -1), (-1, -1), (-1, 1)]  # signs of effect and cost


def quadratic(cost: float, effect: float, vc: float, ve: float, cov: float) -> np.ndarray:
    """Both solutions of Fieller's equation for the ratio cost/effect, rising."""
    a = effect**2 - Z**2 * ve
    b = cost * effect - Z**2 * cov
    c = cost**2 - Z**2 * vc
    return np.sort((b + np.array([-1, 1]) * np.sqrt(b * b - a * c)) / a)


def ratios(wedge: Wedge) -> np.ndarray:
    """Slopes of both edges, whatever they mean."""
    return np.array([end.cost / end.effect for end in wedge.ends])


@pytest.mark.parametrize(("sx", "sy"), QUADRANTS)
def test_fieller_solves_the_quadratic(sx: int, sy: int) -> None:
    """Effect and cost both far from 0: a bounded interval, read off on the side of the mean."""
    cost, effect, vc, ve, cov = sy * 30_000.0, sx * 0.45, 3_000.0**2, 0.09**2, 100.0
    wedge = fieller(cost, effect, vc, ve, cov, Z)
    assert wedge is not None
    low, high = wedge.ends
    assert {np.sign(low.effect), np.sign(high.effect)} == {sx}
    assert {np.sign(low.cost), np.sign(high.cost)} == {sy}
    # Anticlockwise the slope rises on the side of positive effects, and on the other side too.
    np.testing.assert_allclose(ratios(wedge), quadratic(cost, effect, vc, ve, cov), rtol=1e-10)
    expected = {
        (1, 1): Verdict.TRADE_OFF, (1, -1): Verdict.DOMINANT,
        (-1, -1): Verdict.SAVING, (-1, 1): Verdict.DOMINATED,
    }  # fmt: skip
    assert {low.verdict, high.verdict} == {expected[sx, sy]}


@pytest.mark.parametrize(("sx", "sy"), QUADRANTS)
def test_fieller_is_the_outside_of_an_interval_where_the_effect_may_be_0(sx: int, sy: int) -> None:
    cost, effect, vc, ve, cov = sy * 30_000.0, sx * 0.1, 3_000.0**2, 0.09**2, 0.0
    wedge = fieller(cost, effect, vc, ve, cov, Z)
    assert wedge is not None
    low, high = wedge.ends
    assert {np.sign(low.cost), np.sign(high.cost)} == {sy}
    assert (np.sign(low.effect), np.sign(high.effect)) == (sy, -sy)
    roots = quadratic(cost, effect, vc, ve, cov)
    np.testing.assert_allclose(np.sort(ratios(wedge)), roots, rtol=1e-10)
    inside = np.tan((wedge.low + wedge.high) / 2) * wedge.unit
    assert not roots[0] < inside < roots[1]
    kinds = {low.verdict, high.verdict}
    assert kinds == (
        {Verdict.TRADE_OFF, Verdict.DOMINATED} if sy > 0 else {Verdict.SAVING, Verdict.DOMINANT}
    )
    assert wedge.bounds_a_ratio


def test_fieller_finds_nothing_where_the_mean_is_within_the_ellipse() -> None:
    assert fieller(1_000.0, 0.05, 3_000.0**2, 0.09**2, 0.0, Z) is None
    assert fieller(0.0, 0.0, 0.0, 0.0, 0.0, Z) is None
    # On the edge, standardised distance z: half a turn.
    assert fieller(0.0, Z * (1 - 1e-9), 1.0, 1.0, 0.0, Z) is None
    assert fieller(0.0, Z * (1 + 1e-6), 1.0, 1.0, 0.0, Z) is not None


def test_fieller_without_spread_in_one_direction() -> None:
    certain_cost = fieller(1_000.0, 1.0, 0.0, 0.1**2, 0.0, Z)
    assert certain_cost is not None
    expected = [1_000 / (1 + Z * 0.1), 1_000 / (1 - Z * 0.1)]
    np.testing.assert_allclose(ratios(certain_cost), expected)
    certain_effect = fieller(1_000.0, 2.0, 50.0**2, 0.0, 0.0, Z)
    assert certain_effect is not None
    np.testing.assert_allclose(ratios(certain_effect), (1_000 + np.array([-1, 1]) * Z * 50) / 2)
    # Cost proportional to effect: one ratio, and no doubt about it unless the effect may vanish.
    sure = fieller(5_000.0, 0.1, 1_000.0**2, 0.02**2, 20.0, Z)
    assert sure is not None
    np.testing.assert_allclose(ratios(sure), 50_000, rtol=1e-6)
    nothing_varies = fieller(3.0, 2.0, 0.0, 0.0, 0.0, Z)
    assert nothing_varies is not None
    np.testing.assert_allclose(ratios(nothing_varies), 1.5)


@given(
    st.floats(0, 2 * np.pi), st.floats(2.1, 30), st.floats(-0.95, 0.95),
    st.floats(1e-6, 1e8), st.floats(1e-6, 1e3),
)  # fmt: skip
def test_fieller_edges_are_where_the_net_benefit_is_just_significant(
    angle: float, distance: float, r: float, sd_cost: float, sd_effect: float
) -> None:
    """Along an edge the line through the origin is z standard deviations from the mean."""
    # A mean at a standardised (Mahalanobis) distance beyond z, so that a wedge exists.
    factor = np.linalg.cholesky(np.array([[1.0, r], [r, 1.0]]))
    effect, cost = distance * factor @ [np.cos(angle), np.sin(angle)] * [sd_effect, sd_cost]
    cov = r * sd_cost * sd_effect
    wedge = fieller(cost, effect, sd_cost**2, sd_effect**2, cov, Z)
    assert wedge is not None
    for edge in (wedge.low, wedge.high):
        # normal to the edge, in units of the standard deviations
        n = np.array([-np.sin(edge) * wedge.unit / sd_cost * sd_effect, np.cos(edge)])
        off = n @ [effect / sd_effect, cost / sd_cost]
        sd = np.sqrt(n @ [[1, r], [r, 1]] @ n)
        assert abs(off) / sd == pytest.approx(Z, rel=1e-6)


def normal_draws(
    cost: float, effect: float, sd: tuple[float, float], r: float
) -> tuple[np.ndarray, np.ndarray]:
    z = ndtri(uniforms(2**16, 2, "sobol", 5))
    return (
        cost + sd[0] * z[:, 0],
        effect + sd[1] * (r * z[:, 0] + np.sqrt(1 - r * r) * z[:, 1]),
    )


@pytest.mark.parametrize(("sx", "sy"), QUADRANTS)
@pytest.mark.parametrize("r", [-0.6, 0.0, 0.6])
@pytest.mark.parametrize("effect", [0.45, 0.1])
def test_the_draws_of_a_normal_agree_with_fieller(
    sx: int, sy: int, r: float, effect: float
) -> None:
    """With nothing behind the origin, the share on one side of a line is a normal probability."""
    sd = 3_000.0, 0.08
    cost, gained = normal_draws(sy * 30_000.0, sx * effect, sd, r)
    found = by_angle(cost, gained)
    exact = fieller(
        sy * 30_000.0, sx * effect, sd[0] ** 2, sd[1] ** 2, r * sd[0] * sd[1], Z
    )  # fmt: skip
    assert found is not None
    assert exact is not None
    for a, b in zip(found.ends, exact.ends, strict=True):
        assert a.verdict is b.verdict
        angle = np.angle(complex(b.effect, b.cost / 3e5) / complex(a.effect, a.cost / 3e5))
        assert abs(angle) < 2e-3


def test_the_draws_say_nothing_where_they_lie_all_around_the_origin() -> None:
    cost, effect = normal_draws(100.0, 0.001, (3_000.0, 0.08), 0.0)
    assert by_angle(cost, effect) is None
    assert by_angle(np.zeros(9), np.zeros(9)) is None


def test_a_wedge_over_a_whole_quadrant_bounds_no_ratio() -> None:
    from_dominant_to_dominated = Wedge(-0.3, np.pi / 2 + 0.3)
    assert not from_dominant_to_dominated.bounds_a_ratio
    assert Wedge(-0.3, 1.2).bounds_a_ratio
    assert Wedge(0.3, 2.0).bounds_a_ratio
    # Savings forgone: from pi to 3 pi/2, also written from -pi.
    assert not Wedge(np.pi - 0.1, 1.5 * np.pi + 0.1).bounds_a_ratio
    assert not Wedge(-np.pi, -np.pi / 2 + 0.1).bounds_a_ratio
    assert Wedge(np.pi - 0.1, 1.5 * np.pi - 0.1).bounds_a_ratio


@given(st.integers(0, 10_000), st.floats(1e-3, 1e9))
def test_the_wedge_of_the_draws_does_not_depend_on_the_currency(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    cost, effect = rng.normal(size=(2, 400)) + rng.normal(size=(2, 1)) * 3
    one, other = by_angle(cost, effect), by_angle(cost * rate, effect)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        for a, b in zip(one.ends, other.ends, strict=True):
            assert a.verdict is b.verdict
            np.testing.assert_allclose(
                [b.cost, b.effect], [a.cost * rate, a.effect], atol=1e-9 * rate
            )


def test_fieller_covers_the_true_ratio_in_95_percent() -> None:
    """Whatever the quadrant, and where the effect is hardly significant too."""
    rng = np.random.default_rng(7)
    sd = np.array([3_000.0, 0.08])
    for cost, effect in [
        (30_000, 0.45),
        (-20_000, 0.3),
        (8_000, -0.2),
        (-9_000, -0.12),
        (4e3, 0.05),
    ]:
        means = np.array([cost, effect]) + sd * rng.normal(size=(4_000, 2))
        hits = 0
        for c, e in means:
            wedge = fieller(float(c), float(e), *(sd**2), 0.0, Z)
            if wedge is None:
                hits += 1
                continue
            # The true line: either of its directions.
            line = np.arctan2(cost / wedge.unit, effect)
            hits += any(wedge.low <= line + k * np.pi <= wedge.high for k in range(-3, 4))
        assert abs(hits / 4_000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4_000)
