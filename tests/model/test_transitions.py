"""Transition probabilities against slow loops that follow the definitions cycle by cycle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cea.assumptions import LifeTable
from cea.model.evaluate import Model
from cea.model.transitions import (
    PreProgressionDeath,
    Transitions,
    cohort_trace,
    constant_mortality,
    given_mortality_transitions,
    matching_flows,
    matching_transitions,
    os_hazard_mortality,
)
from cea.parameters.draws import base_draw
from tests.build import (
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    parametric,
    run,
    tabulated,
    utilities,
)

# Shares surviving each cycle: nobody dies, all die, and everything between.
_share = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0))


@st.composite
def curve_pairs(draw):
    """OS and PFS at the boundaries: both start at 1 and never rise, PFS <= OS."""
    n = draw(st.integers(1, 15))
    shares = st.lists(_share, min_size=n, max_size=n)
    os = np.cumprod([1.0, *draw(shares)])
    pfs = np.minimum(os, np.cumprod([1.0, *draw(shares)]))
    return os[None, :], pfs[None, :]


def _probability(q, n):
    return PreProgressionDeath(probability=np.full(n, q))


rules = st.one_of(
    st.floats(0.0, 1.0).map(lambda share: PreProgressionDeath(share_of_leavers=share)),
    st.floats(0.0, 1.0).map(lambda q: PreProgressionDeath(probability=np.array(q))),
)


def _carry(made: Transitions) -> tuple[list[float], list[float]]:
    """Carry one cohort in plain Python."""
    pf, pd = [1.0], [0.0]
    for to_pd, to_dead, after in zip(
        made.pf_to_pd[0].tolist(),
        made.pf_to_dead[0].tolist(),
        made.pd_to_dead[0].tolist(),
        strict=True,
    ):
        pd.append(pd[-1] * (1 - after) + pf[-1] * to_pd)
        pf.append(pf[-1] * (1 - to_pd - to_dead))
    return pf, pd


def _check_probabilities(made: Transitions) -> None:
    for p in (made.pf_to_pd, made.pf_to_dead, made.pd_to_dead):
        assert np.all((p >= 0) & (p <= 1))
    # staying is what remains of each row, so rows sum to 1 if this is a probability too
    assert np.all(made.pf_to_pd + made.pf_to_dead <= 1 + 1e-15)


def _check_matching(os, pfs, rule) -> Transitions:
    made = matching_transitions(os, pfs, rule)
    _check_probabilities(made)
    pf, pd = _carry(made)
    np.testing.assert_allclose(pf, pfs[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.add(pf, pd), os[0], rtol=0, atol=1e-12)
    flows = matching_flows(os, pfs, rule)
    for flow in (flows.progression, flows.death_before_progression, flows.death_after_progression):
        assert np.all(flow >= -1e-16)
    deaths = flows.death_before_progression + flows.death_after_progression
    np.testing.assert_allclose(deaths, os[:, :-1] - os[:, 1:], rtol=0, atol=1e-15)
    return made


@given(curve_pairs(), rules)
def test_match_os_reproduces_any_curves(pair, rule):
    _check_matching(*pair, rule)


@given(curve_pairs(), rules)
def test_match_os_clips_the_rule_to_what_the_curves_allow(pair, rule):
    """d_j = r_j clipped to [max(0, (O_j - O_j+1 - PD_j)/P_j), min(a_j, (O_j - O_j+1)/P_j)]."""
    os, pfs = (curve[0].tolist() for curve in pair)
    made = matching_transitions(*pair, rule)
    for j in range(len(os) - 1):
        o, p, pd = os[j], pfs[j], os[j] - pfs[j]
        dying = o - os[j + 1]
        if p > 1e-6:
            a = 1 - pfs[j + 1] / p
            asked = (
                float(rule.probability)
                if rule.probability is not None
                else rule.share_of_leavers * a
            )
            d = min(max(asked, max(0.0, (dying - pd) / p)), min(a, dying / p))
            assert made.pf_to_dead[0, j] == pytest.approx(d, abs=1e-9)
            assert made.pf_to_pd[0, j] == pytest.approx(a - d, abs=1e-9)
            if pd > 1e-6:
                assert made.pd_to_dead[0, j] == pytest.approx((dying - p * d) / pd, abs=1e-9)
        if pd == 0:
            assert made.pd_to_dead[0, j] == 0


def _curves(**curves):
    """Curves of strategies A and B at the boundaries, as the model bounds them."""
    found = assumptions(curves.pop("curves"), **curves)
    model = Model(found, base_draw(found))
    hazards = model.curve_model.hazards(slice(0, 1))
    return [model.curve_model.strategy(name, hazards, 1) for name in found.strategy_names]


CROSSING = (
    parametric("A", "OS", "weibull", 1.4, 14.0),
    parametric("A", "PFS", "loglogistic", 1.1, 6.0),  # its tail would lie above OS
)
STEEP = (
    parametric("A", "OS", "gompertz", 0.9, 1e-4),  # S is exactly 0 from month 18
    parametric("A", "PFS", "gamma", 1.3, 0.4),
)
EXTINCT = (
    tabulated("A", "OS", (0, 6, 12), (1.0, 0.4, 0.0)),
    tabulated("A", "PFS", (0, 4, 8), (1.0, 0.5, 0.0)),
)
GENGAMMA = (
    parametric("A", "OS", "gengamma", 2.7, 0.8, -0.6),
    parametric("A", "PFS", "gengamma", 2.0, 0.9, 0.7),
)
SAME = tuple(parametric("A", endpoint, "gamma", 0.7, 0.02) for endpoint in ("OS", "PFS"))


@pytest.mark.parametrize(
    "curves", [CROSSING, STEEP, EXTINCT, GENGAMMA, SAME],
    ids=["crossing", "steep", "extinct", "gengamma", "same"],
)  # fmt: skip
@pytest.mark.parametrize("cycle", ["week", "month", "year"])
@pytest.mark.parametrize("rule", ["background", "fraction"])
def test_match_os_reproduces_the_model_s_curves(curves, cycle, rule):
    (found,) = _curves(curves=curves, cycle_unit=cycle, horizon_years=20)
    n = found.os.shape[1] - 1
    death = (
        PreProgressionDeath(share_of_leavers=0.15)
        if rule == "fraction"
        else _probability(0.0005, n)
    )
    made = _check_matching(found.os, found.pfs, death)
    if curves is SAME:  # no one is ever progressed, whatever the rule asks for
        assert np.all(made.pf_to_pd == 0)
    if curves in (STEEP, EXTINCT):
        assert found.os[0, -1] == 0


def test_crossing_curves_are_capped_and_counted():
    t = np.arange(241.0)
    months = np.count_nonzero(1 / (1 + (t / 6.0) ** 1.1) > np.exp(-((t / 14.0) ** 1.4)))
    (found,) = _curves(curves=CROSSING, horizon_years=20)
    assert found.pfs_capped.tolist() == [months]
    assert 100 < months < 240
    assert np.all(found.pfs <= found.os)
    crossed = found.pfs == found.os
    assert np.count_nonzero(crossed) >= months


@pytest.mark.parametrize("background", [False, True])
def test_background_mortality_feeds_the_rule(background):
    """The rule's probability is the general population's, whether or not it bounds OS."""
    life = LifeTable(60, (0.012, 0.03), (0.012, 0.03))
    found = assumptions(
        exponentials("A"),
        life_table=life,
        background_mortality=background,
        pre_progression_death="background",
        horizon_years=2,
    )
    model = Model(found, base_draw(found))
    hazards = model.curve_model.hazards(slice(0, 1))
    made = model.cohort("A", hazards, slice(0, 1), transitions=True).transitions
    expected = [1 - 0.988 ** (1 / 12)] * 12 + [1 - 0.97 ** (1 / 12)] * 12
    # in the first cycle PD is empty, so every death is a death before progression
    assert made.pf_to_dead[0, 0] == pytest.approx(1 - math.exp(-0.04), rel=1e-12)
    np.testing.assert_allclose(made.pf_to_dead[0, 1:], expected[1:], rtol=1e-9)


def _slow(pfs, asked, after):
    """`asked` r_j and mortality after progression, cycle by cycle, in plain Python."""
    pf, pd = [1.0], [0.0]
    for j in range(len(pfs) - 1):
        a = 1 - pfs[j + 1] / pfs[j] if pfs[j] > 0 else 0.0
        d = min(asked(j, a), a)
        pd.append(pd[j] * (1 - after(j)) + pf[j] * (a - d))
        pf.append(pf[j] * (1 - a))
    return pf, pd


@pytest.mark.parametrize("curves", [CROSSING, STEEP, EXTINCT, GENGAMMA])
@pytest.mark.parametrize("rule", ["background", "fraction"])
@pytest.mark.parametrize("closure", ["os_hazard", "constant"])
def test_given_mortality_against_a_loop(curves, rule, closure):
    (found,) = _curves(curves=curves, horizon_years=5)
    pfs, os = found.pfs[0].tolist(), found.os[0].tolist()
    n = len(os) - 1
    if rule == "fraction":
        death = PreProgressionDeath(share_of_leavers=0.15)
    else:
        death = _probability(0.02, n)
    if closure == "os_hazard":
        mortality = os_hazard_mortality(found.os)
    else:
        mortality = constant_mortality(np.array([0.07]), 1.0, n)
    made = given_mortality_transitions(found.pfs, death, mortality)
    _check_probabilities(made)

    def asked(_, a):
        return 0.15 * a if rule == "fraction" else 0.02

    def after(j):
        if closure == "constant":
            return 1 - math.exp(-0.07)
        return 1 - os[j + 1] / os[j] if os[j] > 0 else 1.0  # nobody outlives OS

    pf, pd = _slow(pfs, asked, after)
    carried = cohort_trace(made)
    np.testing.assert_allclose(carried[0][0], pf, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(carried[1][0], pd, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(pf, pfs, rtol=1e-9, atol=1e-14)  # PFS is reproduced by all closures


@given(curve_pairs(), rules)
def test_given_mortality_of_any_curves(pair, rule):
    os, pfs = pair
    _check_probabilities(given_mortality_transitions(pfs, rule, os_hazard_mortality(os)))


def test_nobody_outlives_a_curve_that_reached_0():
    """OS is 0 from month 12: whoever progressed in that cycle dies in the next one."""
    found = assumptions(EXTINCT, closure="os_hazard", horizon_years=3)
    model = Model(found, base_draw(found))
    cohort = model.cohort("A", model.curve_model.hazards(slice(0, 1)), slice(0, 1))
    assert cohort.curves.os[0, 12] == 0
    assert np.all(cohort.alive[0, 13:] == 0)
    mortality = os_hazard_mortality(np.array([[1.0, 0.5, 0.0, 0.0, 0.0]]))
    assert mortality.tolist() == [[0.5, 1.0, 1.0, 1.0]]


def test_os_hazard_shows_another_os_than_the_curve():
    """OS mortality among the progressed only: the cohort outlives the OS it was given."""
    found = assumptions(exponentials("A"), closure="os_hazard")
    model = Model(found, base_draw(found))
    cohort = model.cohort("A", model.curve_model.hazards(slice(0, 1)), slice(0, 1))
    np.testing.assert_allclose(cohort.progression_free, cohort.curves.pfs, rtol=1e-12)
    assert cohort.alive[0, 1] == pytest.approx(1.0)  # nobody dies before progression here
    assert np.all(cohort.alive[0, 1:] > cohort.curves.os[0, 1:])


def test_constant_mortality_is_a_monthly_hazard():
    found = constant_mortality(np.array([0.05, 0.1]), 7 / 30.4375, 3)
    for row, hazard in zip(found, (0.05, 0.1), strict=True):
        assert row.tolist() == pytest.approx([1 - math.exp(-hazard * 7 / 30.4375)] * 3, rel=1e-14)


def test_cohort_trace_carries_rows_apart():
    rng = np.random.default_rng(3)
    p = rng.dirichlet([1, 1, 2], (4, 12))
    made = Transitions(p[..., 0], p[..., 1], rng.random((4, 12)))
    pf, pd = cohort_trace(made)
    assert pf.shape == pd.shape == (4, 13)
    for k in range(4):
        row = Transitions(made.pf_to_pd[[k]], made.pf_to_dead[[k]], made.pd_to_dead[[k]])
        alone = _carry(row)
        np.testing.assert_allclose(pf[k], alone[0], rtol=1e-12)
        np.testing.assert_allclose(pd[k], alone[1], rtol=1e-12)


def test_match_os_and_partitioned_survival_agree():
    """They differ only in the transitions behind the same occupancies."""
    curves = (
        *CROSSING,
        hazard_ratio("B", "OS", 0.7, waning=(6.0, 24.0)),
        parametric("B", "PFS", "lognormal", 2.0, 0.9),
        parametric("B", "TOT", "exponential", 0.15),
    )
    rest = {
        "costs": (
            cost("drug", "on_treatment", 3000.0),
            cost("rescue", "off_treatment", 200.0),
            cost("visit", "alive", 150.0, every="3 months"),
            cost("scan", "progression", 900.0, "event"),
            cost("end of life", "death", 5000.0, "event"),
        ),
        "utility": utilities(0.8, 0.6),
        "pre_progression_death_fraction": 0.1,
        "discount_rate_costs": 0.03,
        "discount_rate_effects": 0.05,
    }
    one = run(assumptions(curves, structure="markov", closure="match_os", **rest))
    other = run(assumptions(curves, structure="partitioned_survival", **rest))
    assert one.lines == other.lines
    np.testing.assert_allclose(one.costs, other.costs, rtol=1e-13)
    np.testing.assert_allclose(one.ly, other.ly, rtol=1e-13)
    np.testing.assert_allclose(one.qaly, other.qaly, rtol=1e-13)
