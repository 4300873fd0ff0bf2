"""The model: assumptions and draws in, outcomes out. Every analysis calls `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cea.arrays import Array
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.model import payoffs
from cea.model.curves import CurveModel, Hazards, StrategyCurves
from cea.model.grid import TimeGrid
from cea.model.outcomes import Outcomes
from cea.model.payoffs import StrategyPayoffs, strategy_payoffs
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
from cea.parallel import Progress as Progress
from cea.parallel import in_threads
from cea.parameters.draws import Draws
from cea.survival.convolution import implied_mortality, progressed_occupancy

# Numbers in one buffer of a chunk: two buffers of 384 KiB stay in the second-level cache of a core.
_BUFFER = 49_152
_LEAST = 64  # chunks that are worth a second thread


@dataclass(frozen=True, eq=False)
class Cohort:
    """One strategy's cohort for some draws. Shapes (n, T+1)."""

    curves: StrategyCurves
    progression_free: Array
    progressed: Array
    transitions: Transitions | None  # None where the occupancies are the curves' own

    @property
    def alive(self) -> Array:
        """Share alive, shape (n, T+1)."""
        return self.progression_free + self.progressed


@dataclass(frozen=True, eq=False)
class Model:
    """The model for given assumptions and draws."""

    assumptions: Assumptions
    draws: Draws

    @cached_property
    def grid(self) -> TimeGrid:
        """Cycle boundaries and the rules that weigh them."""
        return TimeGrid.of(self.assumptions.settings)

    @cached_property
    def curve_model(self) -> CurveModel:
        """The survival curves as functions of the draws."""
        return CurveModel(self.assumptions, self.grid, self.draws)

    @property
    def reproduces_curves(self) -> bool:
        """Whether the occupancies equal the curves, so that no cohort need be carried."""
        settings = self.assumptions.settings
        return settings.structure == "partitioned_survival" or settings.closure == "match_os"

    def chunks(self) -> Iterator[slice]:
        """Slices of the draws, small enough for the cache."""
        size = max(1, _BUFFER // (self.grid.cycles + 1))
        for start in range(0, self.draws.n, size):
            yield slice(start, min(start + size, self.draws.n))

    def pre_progression_death(self, chunk: slice) -> PreProgressionDeath:
        """Return the rule for death before progression."""
        settings = self.assumptions.settings
        if settings.pre_progression_death == "fraction":
            share = self.draws.common(settings.pre_progression_death_fraction, 0.0)
            return PreProgressionDeath(
                share_of_leavers=share if np.ndim(share) == 0 else share[chunk]
            )
        population = self.curve_model.population
        assert population is not None, "checked when the workbook was read"
        return PreProgressionDeath(probability=-np.expm1(-population))

    def cohort(
        self, strategy: str, hazards: Hazards, chunk: slice, *, transitions: bool = False
    ) -> Cohort:
        """Return the cohort of one strategy for a chunk of draws.

        Under `match_os` and partitioned survival the occupancies are the curves themselves (tests
        hold the carried cohort to them), so transition probabilities are made only on request.
        """
        n = chunk.stop - chunk.start
        curves = self.curve_model.strategy(strategy, hazards, n)
        if self.reproduces_curves:
            made = None
            if transitions and self.assumptions.settings.structure == "markov":
                rule = self.pre_progression_death(chunk)
                made = matching_transitions(curves.os, curves.pfs, rule)
            return Cohort(curves, curves.pfs, curves.os - curves.pfs, made)
        settings = self.assumptions.settings
        if settings.closure == "pps_curve":
            return self._clock_reset(curves, hazards[strategy, "PPS"], chunk)
        if settings.closure == "os_hazard":
            mortality = os_hazard_mortality(curves.os)
        else:
            assert settings.post_progression_hazard is not None, "checked when read"
            hazard = self.draws.of(settings.post_progression_hazard)[chunk]
            mortality = constant_mortality(hazard, self.grid.months_per_cycle, self.grid.cycles)
        rule = self.pre_progression_death(chunk)
        made = given_mortality_transitions(curves.pfs, rule, mortality)
        return Cohort(curves, *cohort_trace(made), made)

    def _clock_reset(self, curves: StrategyCurves, pps: Array, chunk: slice) -> Cohort:
        """Return the cohort in which time since progression governs mortality."""
        rule = self.pre_progression_death(chunk)
        nobody_dies = np.zeros_like(curves.pfs[:, 1:])
        made = given_mortality_transitions(curves.pfs, rule, nobody_dies)
        flow = made.pf_to_pd * curves.pfs[:, :-1]
        progressed = progressed_occupancy(flow, np.exp(-pps))
        implied = implied_mortality(flow, progressed)
        return Cohort(curves, curves.pfs, progressed, replace(made, pd_to_dead=implied))

    def occupancies(self, cohort: Cohort, paid: StrategyPayoffs, chunk: slice) -> dict[str, Array]:
        """Return everything that payoffs may weigh."""
        curves = cohort.curves
        alive = curves.os if self.reproduces_curves else cohort.alive
        found = {payoffs.PF: cohort.progression_free, payoffs.ALIVE: alive}
        if curves.tot is not None:
            found[payoffs.TREATED] = np.minimum(curves.tot, alive)
            found[payoffs.TREATED_PF] = np.minimum(curves.tot, cohort.progression_free)
        if paid.needs_progression:
            found[payoffs.PROGRESSION] = self._progression(cohort, chunk)
        return found

    def _progression(self, cohort: Cohort, chunk: slice) -> Array:
        """Share of the cohort progressing in each cycle, shape (n, T)."""
        if cohort.transitions is not None:
            return cohort.transitions.pf_to_pd * cohort.progression_free[:, :-1]
        rule = self.pre_progression_death(chunk)
        return matching_flows(cohort.curves.os, cohort.curves.pfs, rule).progression


def evaluate(
    assumptions: Assumptions,
    draws: Draws,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> Outcomes:
    """Run the model for every draw.

    Parameters
    ----------
    assumptions
        What is assumed.
    draws
        A value of every parameter for each of n draws.
    progress
        Called with (draws done, draws in all) now and then.
    threads
        Threads of this process; None: one for each core. The results do not depend on it.

    Returns
    -------
    Outcomes
        Discounted costs, life-years and QALYs, shape (n, ...). The result of a draw does not
        depend on the other draws, up to the rounding of a matrix product.

    Notes
    -----
    The chunks are the same for any number of threads, so every bit is too. Threads gain about a
    quarter on two cores, from some 25,000 draws on: most of a chunk's calls are too short.

    Raises
    ------
    AnalysisError
        A draw has no finite value for an input, no survival curve, an impossible rate or
        probability, or results beyond all reason.
    """
    _refuse_impossible(assumptions, draws)
    model = Model(assumptions, draws)
    names = assumptions.strategy_names
    paid = [strategy_payoffs(assumptions, draws, model.grid, name) for name in names]
    sums = [np.empty((draws.n, payoff.columns)) for payoff in paid]
    bound = np.empty((3, draws.n, len(names)), dtype=np.int_)
    done: list[int] = []

    def run(chunk: slice) -> None:
        # Time 0, empty states and hazards that reach infinity are meant, and handled where they
        # occur. Each thread has an error state of its own.
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            hazards = model.curve_model.hazards(chunk)
            for s, (name, payoff) in enumerate(zip(names, paid, strict=True)):
                cohort = model.cohort(name, hazards, chunk)
                payoff.sum_over(model.occupancies(cohort, payoff, chunk), chunk, sums[s])
                curves = cohort.curves
                bound[:, chunk, s] = curves.background_cycles, curves.pfs_capped, curves.tot_capped
        done.append(chunk.stop - chunk.start)
        if progress is not None:
            progress(sum(done), draws.n)

    first, *others = model.chunks()
    run(first)  # which prepares what all chunks share
    in_threads(run, others, threads if len(others) >= _LEAST else 1)
    costs, ly, qaly = zip(*(p.of(total) for p, total in zip(paid, sums, strict=True)), strict=True)
    outcomes = Outcomes(
        names,
        tuple(line for payoff in paid for line in payoff.lines),
        np.concatenate(costs, axis=1),
        np.stack(ly, axis=1),
        np.stack(qaly, axis=1),
        background_cycles=bound[0],
        pfs_capped=bound[1],
        tot_capped=bound[2],
        warnings=(*_warnings(assumptions, draws), *model.curve_model.warnings),
    )
    _refuse_infinite(names, outcomes.cost, outcomes.total_qaly)
    return outcomes


def _refuse_impossible(assumptions: Assumptions, draws: Draws) -> None:
    """Refuse draws whose rates or probabilities do not exist: no result follows from them."""
    settings = assumptions.settings
    for expression in (
        settings.discount_rate_costs,
        settings.discount_rate_effects,
        settings.post_progression_hazard,
        settings.pre_progression_death_fraction,
    ):
        if expression is not None and (outside := draws.outside(expression)):
            raise AnalysisError(f"{outside}; {draws.stay_inside('a beta or a gamma')}")


def _refuse_infinite(strategies: Sequence[str], cost: Array, qaly: Array) -> None:
    """Refuse results that only an impossible input explains."""
    for name, values, limit in (("costs", cost, 1e15), ("QALYs", qaly, 1e6)):
        for strategy, column in zip(strategies, values.T, strict=True):
            wrong = ~(np.abs(column) < limit)
            if wrong.any():
                raise AnalysisError(
                    f"the {name} of {strategy} are beyond {limit:g} in {int(wrong.sum()):,} of "
                    f"{len(column):,} draws; look for a distribution with a far tail, such as a "
                    "lognormal whose SE is not that of the logarithm"
                )


def _warnings(assumptions: Assumptions, draws: Draws) -> tuple[str, ...]:
    """Say which cells leave their range in some draws; nothing is clipped or redrawn."""
    expressions = [
        *(e for c in assumptions.curves if c.waning for e in (c.waning.start, c.waning.end)),
        *(e for cost in assumptions.costs for e in (cost.amount, cost.from_month, cost.to_month)),
        *(utility.value for utility in assumptions.utilities),
        *(
            e
            for event in assumptions.adverse_events
            for e in (event.incidence, event.cost, event.disutility, event.days)
        ),
    ]
    found = (draws.outside(e) for e in expressions if e is not None and e.is_formula)
    return tuple(dict.fromkeys(said for said in found if said is not None))
