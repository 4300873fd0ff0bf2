"""Costs and effects as sums over occupancy.

Every amount that accrues is amount x sum over boundaries of weight x occupancy: correction,
discounting, unit of time and window are folded into the weights once, and each chunk of draws
needs one matrix product per occupancy. Deaths are a difference of the alive occupancy, so they
are such a sum too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cea.assumptions import (
    DAYS_PER_YEAR,
    MONTHS_PER,
    MONTHS_PER_YEAR,
    AdverseEvent,
    Assumptions,
    Cost,
)
from cea.formula import Array
from cea.model.grid import TimeGrid, correction_weights
from cea.model.outcomes import CostLine
from cea.parameters.draws import Draws

# Occupancies, and a flow, that weights apply to. Shapes (n, T+1); progression (n, T).
PF, ALIVE, TREATED, TREATED_PF, PROGRESSION = (
    "progression_free", "alive", "treated", "treated_progression_free", "progression_flow",
)  # fmt: skip

# Where a cost falls, as a signed sum of occupancies: applies_to -> place -> occupancy -> sign.
_Places = Mapping[str, Mapping[str, Mapping[str, int]]]
_IN_PF, _IN_PD = {PF: 1}, {ALIVE: 1, PF: -1}
_WITHOUT_TOT: _Places = {
    "progression_free": {"progression_free": _IN_PF},
    "progressed": {"progressed": _IN_PD},
    "alive": {"progression_free": _IN_PF, "progressed": _IN_PD},
    "on_treatment": {"progression_free": _IN_PF},
    "off_treatment": {"progressed": _IN_PD},
    "progression": {"progression": {PROGRESSION: 1}},
    "death": {"death": {ALIVE: 1}},
}
# Patients on treatment are counted as progression-free first, then as progressed.
_WITH_TOT: _Places = {
    **_WITHOUT_TOT,
    "on_treatment": {
        "progression_free": {TREATED_PF: 1},
        "progressed": {TREATED: 1, TREATED_PF: -1},
    },
    "off_treatment": {
        "progression_free": {PF: 1, TREATED_PF: -1},
        "progressed": {ALIVE: 1, PF: -1, TREATED: -1, TREATED_PF: 1},
    },
}


@dataclass
class _Sums:
    """The distinct weights of one strategy, by the occupancy they apply to."""

    weights: dict[str, list[Array]] = field(default_factory=dict)
    _positions: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def add(self, occupancy: str, weight: Array) -> tuple[str, int]:
        """Register a weight once, and say where its sum will stand."""
        known = self.weights.setdefault(occupancy, [])
        key = occupancy, weight.tobytes()
        if key not in self._positions:
            self._positions[key] = len(known)
            known.append(weight)
        return occupancy, self._positions[key]

    def over(self, occupancies: Mapping[str, Array], chunk: slice) -> dict[tuple[str, int], Array]:
        """Sum weight x occupancy for a chunk of draws, shape (draws in the chunk,) each."""
        sums: dict[tuple[str, int], Array] = {}
        for name, weights in self.weights.items():
            common = [k for k, weight in enumerate(weights) if weight.ndim == 1]
            if common:
                product = occupancies[name] @ np.stack([weights[k] for k in common], axis=1)
                sums |= {(name, k): product[:, i] for i, k in enumerate(common)}
            for k, weight in enumerate(weights):
                if weight.ndim == 2:
                    sums[name, k] = np.einsum("nt,nt->n", occupancies[name], weight[chunk])
        return sums


@dataclass(frozen=True)
class _Line:
    """A cost line: amount x (constant + signed sums)."""

    amount: Array
    constant: float
    terms: tuple[tuple[int, tuple[str, int]], ...] = ()

    def value(self, sums: Mapping[tuple[str, int], Array], chunk: slice) -> Array:
        total: Any = self.constant
        for sign, position in self.terms:
            total = total + sign * sums[position]
        return np.asarray(self.amount[chunk] * total)


@dataclass(frozen=True)
class StrategyPayoffs:
    """Costs, life-years and QALYs of one strategy as functions of its occupancies."""

    lines: tuple[CostLine, ...]
    amounts: tuple[_Line, ...]
    ly_terms: tuple[tuple[str, int], tuple[str, int]]
    utilities: tuple[Array, Array]
    qaly_loss: Array
    sums: _Sums

    @property
    def needs_progression(self) -> bool:
        """Whether a cost is charged on progression."""
        return PROGRESSION in self.sums.weights

    def of(self, occupancies: Mapping[str, Array], chunk: slice) -> tuple[Array, Array, Array]:
        """Return costs (m, lines), life-years (m, 2) and QALYs (m, 3) of a chunk of m draws."""
        sums = self.sums.over(occupancies, chunk)
        costs = np.empty((len(next(iter(occupancies.values()))), len(self.amounts)))
        for column, line in enumerate(self.amounts):
            costs[:, column] = line.value(sums, chunk)
        pf, alive = (sums[position] for position in self.ly_terms)
        ly = np.stack((pf, alive - pf), axis=1)
        u_pf, u_pd = (utility[chunk] for utility in self.utilities)
        qaly = np.stack((u_pf * pf, u_pd * (alive - pf), -self.qaly_loss[chunk]), axis=1)
        return costs, ly, qaly


def strategy_payoffs(
    assumptions: Assumptions, draws: Draws, grid: TimeGrid, strategy: str
) -> StrategyPayoffs:
    """Fold the cost rows, utilities and adverse events of one strategy into weights."""
    return _Builder(assumptions, draws, grid, strategy).build()


def _mine(row: Cost | AdverseEvent, strategy: str) -> bool:
    return row.strategy in (None, strategy)


@dataclass(frozen=True)
class _Builder:
    assumptions: Assumptions
    draws: Draws
    grid: TimeGrid
    strategy: str
    sums: _Sums = field(default_factory=_Sums)

    def build(self) -> StrategyPayoffs:
        has_tot = self.assumptions.curve(self.strategy, "TOT") is not None
        places = _WITH_TOT if has_tot else _WITHOUT_TOT
        # A list: two rows of one item, say for two windows, stay two lines.
        lines: list[tuple[CostLine, _Line]] = []
        for cost in self.assumptions.costs:
            if _mine(cost, self.strategy):
                lines += self._cost_lines(cost, places)
        loss = np.zeros(self.draws.n)
        for event in self.assumptions.adverse_events:
            if _mine(event, self.strategy):
                incidence = self.draws.of(event.incidence)
                line = CostLine(self.strategy, event.event, "Adverse events", "entry")
                lines.append((line, _Line(incidence * self.draws.of(event.cost), 1.0)))
                days = self.draws.of(event.days)
                loss = loss + incidence * self.draws.of(event.disutility) * days / DAYS_PER_YEAR
        rate = self.draws.common(self.assumptions.settings.discount_rate_effects, 0.0)
        years = np.full(self.grid.cycles, self.grid.months_per_cycle / MONTHS_PER_YEAR)
        weight = self.grid.accrual_weights(years, rate)
        return StrategyPayoffs(
            tuple(line for line, _ in lines),
            tuple(amount for _, amount in lines),
            (self.sums.add(PF, weight), self.sums.add(ALIVE, weight)),
            (self._utility("progression_free"), self._utility("progressed")),
            loss,
            self.sums,
        )

    def _utility(self, state: str) -> Array:
        rows = {u.strategy: u.value for u in self.assumptions.utilities if u.state == state}
        own = rows.get(self.strategy, rows.get(None))
        assert own is not None, "checked when the workbook was read"
        return self.draws.of(own)

    def _cost_lines(self, cost: Cost, places: _Places) -> list[tuple[CostLine, _Line]]:
        amount = self.draws.of(cost.amount)
        if cost.applies_to == "entry":
            line = CostLine(self.strategy, cost.item, cost.category, "entry")
            return [(line, _Line(amount, 1.0))]
        weight = self._weight(cost)
        lines = []
        for place, occupancies in places[cost.applies_to].items():
            terms = tuple((sign, self.sums.add(name, weight)) for name, sign in occupancies.items())
            line = CostLine(self.strategy, cost.item, cost.category, place)
            lines.append((line, _Line(amount, 0.0, terms)))
        return lines

    def _weight(self, cost: Cost) -> Array:
        """Weights of a cost row on the occupancy, or the flow, that it applies to."""
        rate = self.draws.common(self.assumptions.settings.discount_rate_costs, 0.0)
        start = self.draws.common(cost.from_month, 0.0)
        end = self.draws.common(cost.to_month, np.inf)
        if cost.every is not None:
            return self._charges(cost.every, start, end) * self.grid.discount_boundaries(rate)
        share = self.grid.share_in_window(start, end)
        if cost.applies_to in ("progression", "death"):
            flow = share * self.grid.discount_flows(rate)
            return _death_weights(flow) if cost.applies_to == "death" else flow
        if cost.per != "cycle":
            share = share * (self.grid.months_per_cycle / MONTHS_PER[cost.per])
        return self.grid.accrual_weights(share, rate)

    def _charges(self, every: int, start: Any, end: Any) -> Array:
        """Number of charges at each boundary: at start, start + every, ... before end."""
        horizon = self.grid.t[-1]
        # The last boundary ends the horizon: nothing is charged there.
        steps = np.arange(int(np.ceil(horizon / every)))
        times = start + every * steps
        times = np.atleast_2d(times)
        charged = (times < end) & (times < horizon)
        counts = np.zeros((len(times), self.grid.cycles + 1))
        rows, columns = np.nonzero(charged)
        np.add.at(counts, (rows, self.grid.nearest_boundary(times[rows, columns])), 1.0)
        return counts if len(counts) > 1 else counts[0]


def _death_weights(flow: Array) -> Array:
    """Weights on the alive occupancy that equal weights `flow` on the deaths of each cycle.

    sum_j f_j (A_j - A_{j+1}): the same sum by parts.
    """
    return correction_weights("start", flow) - correction_weights("end", flow)
