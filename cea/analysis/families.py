"""Every survival family for every fitted curve: how much the choice of families matters.

A family is a choice that each draw makes, so all combinations are one batch of draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.pairs import Gains, Pair, gains, strategy_at
from cea.arrays import Array, IntArray, ReadOnly, read_only
from cea.assumptions import Assumptions, Parameter, SurvivalCurve
from cea.errors import AnalysisError
from cea.formula import Expression, parse
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import draws_with
from cea.survival.families import FAMILIES
from cea.survival.fit import Failure, Fit
from cea.survival.resolve import Group, fit_group, groups

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ENDPOINTS = ("OS", "PFS")
NAMES = tuple(FAMILIES)
OWN = 0  # the choice that leaves a curve as the workbook has it; family k of NAMES is choice k + 1
_MOST = 200_000  # combinations


@dataclass(frozen=True, eq=False)
class Slot:
    """A curve whose family is varied, or the curves of a joint fit, which share one.

    `fits` are by family, in the order of `NAMES`; the families that could not be fitted are
    `failures`. `own` is the workbook's family.
    """

    endpoint: str
    strategies: tuple[str, ...]
    own: str
    fits: Mapping[str, Fit]
    failures: tuple[Failure, ...]

    @property
    def name(self) -> str:
        """End point and strategies, e.g. ``OS NEW``."""
        return f"{self.endpoint} {' + '.join(self.strategies)}"

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """Akaike weight of each family that fits; they add up to 1."""
        aic = np.array([fit.aic for fit in self.fits.values()])
        relative = np.exp(-(aic - aic.min()) / 2)
        return dict(zip(self.fits, (relative / relative.sum()).tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Grid(ReadOnly):
    """Families for OS (rows) by families for PFS (columns) of the `varied` strategies.

    `cells` is the draw of each pair, shape (rows, columns); -1 where one of them could not be
    fitted. An end point that is not varied has the single entry "".
    """

    varied: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: IntArray


@dataclass(frozen=True, eq=False)
class Families(ReadOnly):
    """Results for every choice of families; draw 0 is the base case.

    Attributes
    ----------
    slots
        What is varied.
    joint
        The same families for all varied strategies.
    single
        The families of one strategy, the others as the workbook has them.
    choices
        The family of each slot in each draw, shape (n, slots).
    first
        The first draw of the full combinations, which run to the last; n where they were too many
        to run.
    outcomes
        The model's results for each draw.
    """

    assumptions: Assumptions
    slots: tuple[Slot, ...]
    joint: Grid
    single: tuple[Grid, ...]
    choices: IntArray
    first: int
    outcomes: Outcomes

    @property
    def combinations(self) -> int:
        """How many full combinations there are."""
        return prod(len(slot.fits) for slot in self.slots)

    def gains(self, strategy: int) -> Gains:
        """Return what a strategy (position) gains over the reference in every draw."""
        return gains(self.outcomes, Pair(strategy, self.assumptions.reference))

    def own(self, grid: Grid) -> tuple[int, int] | None:
        """Row and column of the pair that the workbook uses; None if it is none of the grid."""
        own: list[str] = []
        for endpoint, axis in zip(ENDPOINTS, (grid.rows, grid.columns), strict=True):
            used = {
                slot.own
                for slot in self.slots
                if slot.endpoint == endpoint and set(slot.strategies) & set(grid.varied)
            }
            if len(used) > 1 or not used <= set(axis):
                return None
            own.append(used.pop() if used else "")
        return grid.rows.index(own[0]), grid.columns.index(own[1])

    @cached_property
    def weight(self) -> Array:
        """Akaike weight of each full combination: the product of those of its fits."""
        weight = np.ones(len(self.choices) - self.first)
        for slot, taken in zip(self.slots, self.choices[self.first :].T, strict=True):
            by_choice = np.array([0.0, *(slot.weights.get(name, 0.0) for name in NAMES)])
            weight *= by_choice[taken]
        return read_only(weight)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: families without a fit, combinations left out."""
        said = [
            f"{slot.name}: {failure.label} is left out, as it could not be fitted: {failure.reason}"
            for slot in self.slots
            for failure in slot.failures
        ]
        if self.first == len(self.choices):
            said.append(
                f"{self.combinations:,} combinations of families are too many to run; name "
                "strategies with cea families --strategy to vary their curves alone"
            )
        return tuple(said)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each full combination and strategy but the reference.

        Columns: the family of each curve, strategy, incremental_cost, incremental_ly,
        incremental_qaly, icer (blank where it has no meaning), status, inmb, aic_weight.
        """
        from cea.analysis.families_tables import combinations_table

        return combinations_table(self)

    @property
    def grid(self) -> pd.DataFrame:
        """The grids, one row for each pair of families and each strategy but the reference.

        Columns: varied (strategies), os, pfs, strategy, incremental_cost, incremental_ly,
        incremental_qaly, icer, status, inmb.
        """
        from cea.analysis.families_tables import grid_table

        return grid_table(self)

    @property
    def fits(self) -> pd.DataFrame:
        """One row for each curve and family: AIC, its weight, BIC, restricted means, failures."""
        from cea.analysis.families_tables import fits_table

        return fits_table(self)

    @property
    def summary(self) -> pd.DataFrame:
        """One row for each strategy but the reference, over the full combinations.

        Columns: strategy, combinations; cost_effective and cost_effective_weighted, the share
        with a positive INMB, all combinations alike and by AIC weight; inmb_base, inmb_min,
        inmb_median, inmb_max, inmb_weighted; icer_base, and icer_min and icer_max over the
        trade_offs; the counts trade_offs, dominant, dominated, saving; families_min and
        families_max of the INMB.
        """
        from cea.analysis.families_tables import summary_table

        return summary_table(self)

    def plot_grid(self, varied: str | None = None, strategy: str | None = None) -> Figure:
        """Heat map of a grid: of the joint one, or of the one that varies a single strategy."""
        from cea.report import charts

        return charts.family_grid(self, varied, strategy)


def families(assumptions: Assumptions, strategies: Sequence[str] | None = None) -> Families:
    """Run every family for the fitted OS and PFS curves, all combinations in one batch.

    Parameters
    ----------
    assumptions
        With fitted curves.
    strategies
        Whose curves are varied; all that have fitted ones by default.

    Raises
    ------
    AnalysisError
        There is no such strategy, none is named, or none of its curves is fitted; or as `evaluate`
        does.
    """
    if strategies is not None and not strategies:
        raise AnalysisError("no strategy is named; name one or more, or None for all")
    slots = _slots(assumptions, strategies)
    # The reference comes first in the name of a joint fit: `varied` keeps the order of display.
    named = {name for slot in slots for name in slot.strategies}
    varied = tuple(name for name in assumptions.strategy_names if name in named)
    rows: list[IntArray] = [np.full((1, len(slots)), OWN)]
    joint = _grid(slots, varied, rows)
    single = tuple(_grid(slots, (name,), rows) for name in varied if not _same_slots(slots, name))
    first = sum(map(len, rows))
    available = [[1 + NAMES.index(name) for name in slot.fits] for slot in slots]
    if prod(map(len, available)) <= _MOST:
        rows.append(np.array(list(product(*available))))
    choices = np.concatenate(rows)
    return Families(
        assumptions, slots, joint, single, choices, first, _outcomes(assumptions, slots, choices)
    )


def can_vary(assumptions: Assumptions) -> bool:
    """Whether any OS or PFS curve is fitted."""
    return any(endpoint in ENDPOINTS for _, endpoint in assumptions.fits)


def _slots(assumptions: Assumptions, strategies: Sequence[str] | None) -> tuple[Slot, ...]:
    names = assumptions.strategy_names
    wanted = [
        names[strategy_at(assumptions, name)]
        for name in (names if strategies is None else strategies)
    ]
    found = [
        _slot(assumptions, group)
        for group in groups(assumptions.curves)
        if group[0].endpoint in ENDPOINTS and any(curve.strategy in wanted for curve in group)
    ]
    if not found:
        whose = "" if strategies is None else f" of {' or '.join(wanted)}"
        raise AnalysisError(
            f"no OS or PFS curve{whose} is fitted, so there are no families to choose from: set "
            "Method to fit in the Survival sheet, with patients (sheet Patients) or a digitised "
            "curve (sheets Data sets, KM and At risk); 'cea new my_model.xlsx --example "
            "km_example' shows how"
        )
    return tuple(sorted(found, key=lambda slot: ENDPOINTS.index(slot.endpoint)))


def _slot(assumptions: Assumptions, group: Group) -> Slot:
    results = {name: fit_group(_as_family(group, name)) for name in NAMES}
    fits = {name: found for name, found in results.items() if isinstance(found, Fit)}
    slot = Slot(
        group[0].endpoint,
        tuple(curve.strategy for curve in group),
        assumptions.fits[group[0].key].fit.label,
        fits,
        tuple(found for found in results.values() if isinstance(found, Failure)),
    )
    if not fits:
        reasons = "; ".join(f"{failure.label}: {failure.reason}" for failure in slot.failures)
        raise AnalysisError(f"{slot.name}: no family can be fitted ({reasons})")
    return slot


def _as_family(group: Group, family: str) -> Group:
    """Ask for another family."""
    return tuple(
        replace(curve, request=replace(curve.request, family=family))
        for curve in group
        if curve.request is not None
    )


def _same_slots(slots: Sequence[Slot], name: str) -> bool:
    """Whether to vary one strategy is to vary all: the only one, or all are fitted jointly."""
    return all(name in slot.strategies for slot in slots)


def _grid(slots: Sequence[Slot], varied: tuple[str, ...], rows: list[IntArray]) -> Grid:
    """Lay out a grid, and add its draws to `rows`."""
    chosen = [bool(set(varied) & set(slot.strategies)) for slot in slots]
    axes = [
        NAMES if any(c and s.endpoint == e for c, s in zip(chosen, slots, strict=True)) else ("",)
        for e in ENDPOINTS
    ]
    cells = np.full([len(axis) for axis in axes], -1)
    draws: list[list[int]] = []
    start = sum(map(len, rows))
    for i, j in np.ndindex(*cells.shape):
        pair = {"OS": axes[0][i], "PFS": axes[1][j]}
        taken = [
            pair[slot.endpoint] if varies else ""
            for varies, slot in zip(chosen, slots, strict=True)
        ]
        if all(not name or name in slot.fits for name, slot in zip(taken, slots, strict=True)):
            cells[i, j] = start + len(draws)
            draws.append([1 + NAMES.index(name) if name else OWN for name in taken])
    rows.append(np.array(draws, dtype=int).reshape(-1, len(slots)))
    return Grid(varied, axes[0], axes[1], cells)


def _outcomes(assumptions: Assumptions, slots: Sequence[Slot], choices: IntArray) -> Outcomes:
    """Evaluate the model with a choice of families for each draw."""
    names = _free_names(assumptions, len(slots))
    curves = dict(_choosing(assumptions, slots, names))
    made = replace(
        assumptions,
        curves=tuple(curves.get(curve.key, curve) for curve in assumptions.curves),
        parameters=(
            *assumptions.parameters,
            *(Parameter(name, name, "", "", Expression.constant(OWN)) for name in names),
        ),
    )
    varied = {name: column.astype(float) for name, column in zip(names, choices.T, strict=True)}
    return evaluate(made, draws_with(made, varied, len(choices)))


def _choosing(
    assumptions: Assumptions, slots: Sequence[Slot], names: Sequence[str]
) -> Iterator[tuple[tuple[str, str], SurvivalCurve]]:
    """Give each varied curve its families to choose from."""
    for slot, name in zip(slots, names, strict=True):
        for strategy in slot.strategies:
            own = assumptions.curve(strategy, slot.endpoint)
            assert own is not None, "every slot has its curves"
            one = (_fitted(own, slot.fits.get(family)) for family in NAMES)
            yield (
                own.key,
                replace(
                    own, method="choice", family="", parameters=(), spline=None,
                    alternatives=(own, *one), choice=parse(name),
                ),
            )  # fmt: skip


def _fitted(own: SurvivalCurve, fit: Fit | None) -> SurvivalCurve:
    """Return the curve as another family; itself, which no draw chooses, where that has no fit."""
    if fit is None:
        return own
    theta = fit.theta(own.strategy if len(fit.arms) > 1 else None)
    cells = tuple(Expression.constant(value, own.where) for value in theta)
    return replace(own, family=fit.family.name, parameters=cells, spline=None)


def _free_names(assumptions: Assumptions, count: int) -> list[str]:
    """Make names that no parameter has."""
    taken, names, number = set(assumptions.by_key), list[str](), 0
    while len(names) < count:
        number += 1
        if (name := f"family_choice_{number}") not in taken:
            names.append(name)
    return names
