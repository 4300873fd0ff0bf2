"""Costs and effects as sums over occupancy.

Every amount that accrues is amount x sum over boundaries of weight x occupancy: correction,
discounting, unit of time and window are folded into the weights once, and each chunk of draws
needs one matrix product per occupancy. Deaths are a difference of the alive occupancy, so they
are such a sum too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from cea.arrays import Array
from cea.assumptions import (
    DAYS_PER_YEAR,
    MONTHS_PER_YEAR,
    AdverseEvent,
    Assumptions,
    Cost,
    Period,
)
from cea.model.grid import TimeGrid, correction_weights
from cea.model.outcomes import CostLine
from cea.parameters.draws import Draws

_TINY = 1e-9  # months

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


# Weights of a chunk of draws, shape (m, T+1): made when they are needed, since those of all draws
# would fill the memory.
Varying: TypeAlias = Callable[[slice], Array]


@dataclass
class _Weights:
    """The distinct weights of one strategy and the occupancy that each applies to."""

    found: list[tuple[str, Array | Varying]] = field(default_factory=list)
    _columns: dict[tuple[str, object], int] = field(default_factory=dict)

    def add(self, occupancy: str, weight: Array | Varying) -> int:
        """Register a weight once, and return the column in which its sum will stand."""
        key = occupancy, weight.tobytes() if isinstance(weight, np.ndarray) else weight
        if key not in self._columns:
            self._columns[key] = len(self.found)
            self.found.append((occupancy, weight))
        return self._columns[key]

    def common(self) -> dict[str, tuple[list[int], Array]]:
        """Columns and stacked weights, (T+1, k), of each occupancy, where draws share them."""
        grouped: dict[str, tuple[list[int], list[Array]]] = {}
        for column, (occupancy, weight) in enumerate(self.found):
            if isinstance(weight, np.ndarray):
                columns, weights = grouped.setdefault(occupancy, ([], []))
                columns.append(column)
                weights.append(weight)
        return {name: (where, np.stack(w, axis=1)) for name, (where, w) in grouped.items()}

    def varying(self) -> list[tuple[int, str, Varying]]:
        """Column, occupancy and weights where draws differ."""
        return [
            (column, occupancy, weight)
            for column, (occupancy, weight) in enumerate(self.found)
            if not isinstance(weight, np.ndarray)
        ]


@dataclass(frozen=True, eq=False)
class _Amount:
    """A cost line: amount x (constant + signed sums)."""

    amount: Array
    constant: float
    terms: tuple[tuple[int, int], ...] = ()  # sign, column of the sums

    def value(self, sums: Array) -> Array:
        total: Any = self.constant
        for sign, column in self.terms:
            total = total + sign * sums[:, column]
        return np.asarray(self.amount * total)


@dataclass(frozen=True, eq=False)
class StrategyPayoffs:
    """Costs, life-years and QALYs of one strategy as functions of its occupancies."""

    lines: tuple[CostLine, ...]
    amounts: tuple[_Amount, ...]
    ly_columns: tuple[int, int]  # progression-free, alive
    utilities: tuple[Array, Array]
    qaly_loss: Array
    common: Mapping[str, tuple[list[int], Array]]
    varying: Sequence[tuple[int, str, Varying]]

    @property
    def columns(self) -> int:
        """Number of distinct sums."""
        return sum(len(where) for where, _ in self.common.values()) + len(self.varying)

    @property
    def needs_progression(self) -> bool:
        """Whether a cost is charged on progression."""
        return PROGRESSION in self.common or any(name == PROGRESSION for _, name, _ in self.varying)

    def sum_over(self, occupancies: Mapping[str, Array], chunk: slice, sums: Array) -> None:
        """Sum weight x occupancy of a chunk of draws into `sums`, shape (n, columns)."""
        for name, (where, weights) in self.common.items():
            sums[chunk, where] = occupancies[name] @ weights
        for column, name, weight in self.varying:
            sums[chunk, column] = np.einsum("nt,nt->n", occupancies[name], weight(chunk))

    def of(self, sums: Array) -> tuple[Array, Array, Array]:
        """Return costs (n, lines), life-years (n, 2) and QALYs (n, 3)."""
        costs = np.empty((len(sums), len(self.amounts)))
        for column, amount in enumerate(self.amounts):
            costs[:, column] = amount.value(sums)
        pf, alive = (sums[:, column] for column in self.ly_columns)
        ly = np.stack((pf, alive - pf), axis=1)
        u_pf, u_pd = self.utilities
        qaly = np.stack((u_pf * ly[:, 0], u_pd * ly[:, 1], -self.qaly_loss), axis=1)
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
    weights: _Weights = field(default_factory=_Weights)

    def build(self) -> StrategyPayoffs:
        has_tot = self.assumptions.curve(self.strategy, "TOT") is not None
        places = _WITH_TOT if has_tot else _WITHOUT_TOT
        # A list: two rows of one item, say for two windows, stay two lines.
        lines: list[tuple[CostLine, _Amount]] = []
        for cost in self.assumptions.costs:
            if _mine(cost, self.strategy):
                lines += self._cost_lines(cost, places)
        loss = np.zeros(self.draws.n)
        for event in self.assumptions.adverse_events:
            if _mine(event, self.strategy):
                incidence = self.draws.of(event.incidence)
                line = CostLine(self.strategy, event.event, "Adverse events", "entry")
                lines.append((line, _Amount(incidence * self.draws.of(event.cost), 1.0)))
                days = self.draws.of(event.days)
                loss = loss + incidence * self.draws.of(event.disutility) * days / DAYS_PER_YEAR
        years = np.full(self.grid.cycles, self.grid.months_per_cycle / MONTHS_PER_YEAR)
        weight = self._perhaps_varying(
            partial(self.grid.accrual_weights, years),
            self.draws.common(self.assumptions.settings.discount_rate_effects, 0.0),
        )
        ly_columns = self.weights.add(PF, weight), self.weights.add(ALIVE, weight)
        return StrategyPayoffs(
            tuple(line for line, _ in lines),
            tuple(amount for _, amount in lines),
            ly_columns,
            (self._utility("progression_free"), self._utility("progressed")),
            loss,
            self.weights.common(),
            self.weights.varying(),
        )

    def _utility(self, state: str) -> Array:
        rows = {u.strategy: u.value for u in self.assumptions.utilities if u.state == state}
        own = rows.get(self.strategy, rows.get(None))
        assert own is not None, "checked when the workbook was read"
        return self.draws.of(own)

    def _cost_lines(self, cost: Cost, places: _Places) -> list[tuple[CostLine, _Amount]]:
        amount = self.draws.of(cost.amount)
        if cost.applies_to == "entry":
            line = CostLine(self.strategy, cost.item, cost.category, "entry")
            return [(line, _Amount(amount, 1.0))]
        weight = self._weight(cost)
        lines = []
        for place, occupancies in places[cost.applies_to].items():
            terms = tuple(
                (sign, self.weights.add(name, weight)) for name, sign in occupancies.items()
            )
            line = CostLine(self.strategy, cost.item, cost.category, place)
            lines.append((line, _Amount(amount, 0.0, terms)))
        return lines

    def _weight(self, cost: Cost) -> Array | Varying:
        """Weights of a cost row on the occupancy, or the flow, that it applies to."""
        return self._perhaps_varying(
            partial(self._weight_of, cost),
            self.draws.common(self.assumptions.settings.discount_rate_costs, 0.0),
            self.draws.common(cost.from_month, 0.0),
            self.draws.common(cost.to_month, np.inf),
        )

    def _perhaps_varying(self, make: Callable[..., Array], *inputs: Any) -> Array | Varying:
        """Make weights now where all draws share the inputs, else chunk by chunk."""
        if all(np.ndim(x) == 0 for x in inputs):
            return make(*inputs)
        return lambda chunk: make(*(x if np.ndim(x) == 0 else x[chunk] for x in inputs))

    def _weight_of(self, cost: Cost, rate: Any, start: Any, end: Any) -> Array:
        if cost.every is not None:
            charges = self._charges(cost.every.months, start, end)
            return charges * self.grid.discount_boundaries(rate)
        share = self.grid.share_in_window(start, end)
        if cost.applies_to in ("progression", "death"):
            flow = share * self.grid.discount_flows(rate)
            return _death_weights(flow) if cost.applies_to == "death" else flow
        if isinstance(cost.per, Period):
            share = share * (self.grid.months_per_cycle / cost.per.months)
        return self.grid.accrual_weights(share, rate)

    def _charges(self, every: float, start: Any, end: Any) -> Array:
        """Number of charges at each boundary: at start, start + every, ... before end."""
        horizon = self.grid.cycles * self.grid.months_per_cycle
        typed = self.assumptions.settings.horizon_years * MONTHS_PER_YEAR
        if horizon - typed < every:  # 522 weeks are longer than 10 years, but make no 11th charge
            horizon = min(horizon, typed)
        times = np.atleast_2d(start + every * np.arange(int(np.ceil(horizon / every))))
        charged = times < np.minimum(end, horizon) - _TINY
        # The last boundary ends the horizon: what would round to it falls on the one before.
        boundaries = np.minimum(self.grid.nearest_boundary(times), self.grid.cycles - 1)
        boundaries = np.broadcast_to(boundaries, charged.shape)
        counts = np.zeros((len(charged), self.grid.cycles + 1))
        rows, columns = np.nonzero(charged)
        np.add.at(counts, (rows, boundaries[rows, columns]), 1.0)
        return counts if len(counts) > 1 else counts[0]


def _death_weights(flow: Array) -> Array:
    """Weights on the alive occupancy that equal weights `flow` on the deaths of each cycle.

    sum_j f_j (A_j - A_{j+1}): the same sum by parts.
    """
    return correction_weights("start", flow) - correction_weights("end", flow)
