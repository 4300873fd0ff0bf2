"""From curves to transition probabilities, and the cohort they carry.

Notation of docs/methods.md: P = PFS, O = OS, PD = O - P at the boundaries; for cycle j the share
leaving progression-free is a_j = 1 - P_{j+1}/P_j. Shapes: (n, T+1) at boundaries, (n, T) for
cycles. From OS and PFS alone the mortality after progression is not identified; the closure says
where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.arrays import Array, BoolArray


@dataclass(frozen=True, eq=False)
class Flows:
    """What happens in each cycle, as shares of the whole cohort, shape (n, T)."""

    progression: Array
    death_before_progression: Array
    death_after_progression: Array
    bounded: BoolArray  # where death before progression is not what its rule asks for


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transition probabilities of each cycle, shape (n, T); staying is what remains."""

    pf_to_pd: Array
    pf_to_dead: Array
    pd_to_dead: Array
    bounded: BoolArray | None = None  # where the curves leave no room for the rule of early death


@dataclass(frozen=True, eq=False)
class PreProgressionDeath:
    """Rule for death before progression: a probability per cycle, or a share of those leaving.

    Exactly one of the two is given: `probability` with shape (T,), `share_of_leavers` with shape
    (n, 1) or a float.
    """

    probability: Array | None = None
    share_of_leavers: Array | float | None = None

    def deaths(self, pfs: Array) -> Array:
        """Deaths that the rule asks for in each cycle, before any bound, shape (n, T)."""
        if self.probability is not None:
            return np.asarray(self.probability * pfs[:, :-1])
        assert self.share_of_leavers is not None
        return np.asarray(self.share_of_leavers * (pfs[:, :-1] - pfs[:, 1:]))


def _differ(flow: Array, asked: Array) -> BoolArray:
    """Tell where a flow differs from the one asked for by more than rounding."""
    return np.asarray(np.abs(flow - asked) > 1e-12)


def _ratio(part: Array, whole: Array) -> Array:
    """Divide part by whole, 0 where the state is empty, never above 1 by rounding."""
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return np.minimum(share, 1.0)


def matching_flows(os: Array, pfs: Array, rule: PreProgressionDeath) -> Flows:
    """Flows of closure `match_os`: they reproduce both curves in every cycle.

    The deaths asked for before progression are clipped to what the curves allow:
    max(0, O_j - O_{j+1} - PD_j) <= deaths <= min(P_j - P_{j+1}, O_j - O_{j+1}).
    """
    leaving = pfs[:, :-1] - pfs[:, 1:]
    dying = os[:, :-1] - os[:, 1:]
    progressed = os[:, :-1] - pfs[:, :-1]
    fewest = np.maximum(dying - progressed, 0.0)
    most = np.minimum(leaving, dying)
    asked = rule.deaths(pfs)
    early = np.minimum(np.maximum(asked, fewest), most)
    return Flows(leaving - early, early, dying - early, _differ(early, asked))


def matching_transitions(os: Array, pfs: Array, rule: PreProgressionDeath) -> Transitions:
    """Transition probabilities of closure `match_os`."""
    flows = matching_flows(os, pfs, rule)
    before, after = pfs[:, :-1], os[:, :-1] - pfs[:, :-1]
    return Transitions(
        _ratio(flows.progression, before),
        _ratio(flows.death_before_progression, before),
        _ratio(flows.death_after_progression, after),
        flows.bounded,
    )


def given_mortality_transitions(
    pfs: Array, rule: PreProgressionDeath, pd_to_dead: Array
) -> Transitions:
    """Transition probabilities when mortality after progression is given, shape (n, T).

    Closures `os_hazard` and `constant`: deaths before progression are at most those leaving.
    """
    leaving = pfs[:, :-1] - pfs[:, 1:]
    asked = rule.deaths(pfs)
    early = np.minimum(asked, leaving)
    before = pfs[:, :-1]
    return Transitions(
        _ratio(leaving - early, before), _ratio(early, before), pd_to_dead, _differ(early, asked)
    )


def os_hazard_mortality(os: Array) -> Array:
    """Probability of death after progression under closure `os_hazard`: 1 - O_{j+1}/O_j.

    It is 1 once OS has reached 0: the hazard is infinite, and nobody outlives it.
    """
    return np.where(os[:, :-1] > 0, _ratio(os[:, :-1] - os[:, 1:], os[:, :-1]), 1.0)


def constant_mortality(hazard_per_month: Array, months_per_cycle: float, cycles: int) -> Array:
    """Probability of death after progression under closure `constant`, shape (n, T).

    `hazard_per_month` has shape (n,).
    """
    per_cycle = -np.expm1(-hazard_per_month * months_per_cycle)
    return np.broadcast_to(per_cycle[:, None], (len(per_cycle), cycles))


def cohort_trace(transitions: Transitions) -> tuple[Array, Array]:
    """Carry a cohort from (1, 0, 0) through the transition probabilities.

    Returns
    -------
    progression_free, progressed
        Occupancy at the boundaries, shape (n, T+1); dead is what remains.
    """
    # Time first: each step of the recursion then reads and writes contiguous memory.
    to_pd = np.ascontiguousarray(transitions.pf_to_pd.T)
    stay_pf = np.maximum(1.0 - to_pd - transitions.pf_to_dead.T, 0.0)
    stay_pd = np.ascontiguousarray(1.0 - transitions.pd_to_dead.T)
    cycles, n = to_pd.shape
    pf, pd = np.empty((cycles + 1, n)), np.empty((cycles + 1, n))
    pf[0], pd[0] = 1.0, 0.0
    for j in range(cycles):
        pf[j + 1] = pf[j] * stay_pf[j]
        pd[j + 1] = pd[j] * stay_pd[j] + pf[j] * to_pd[j]
    return pf.T, pd.T
