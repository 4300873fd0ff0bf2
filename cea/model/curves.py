"""Survival curves of every strategy, for every draw, at the cycle boundaries.

All adjustments are made on the cumulative hazard H = -log S, where they are linear, in the order
of docs/methods.md: hazard ratio, waning, background mortality, cap of PFS and TOT at OS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cea.arrays import Array, BoolArray, IntArray
from cea.assumptions import Assumptions, SurvivalCurve
from cea.errors import AnalysisError
from cea.formula import Expression
from cea.model.grid import TimeGrid
from cea.parameters.draws import Draws
from cea.survival.family import Family
from cea.survival.of_curve import cumulative_hazard, family_of, rising
from cea.survival.population import population_hazard_increments
from cea.survival.spline import Spline
from cea.survival.table import table_cumulative_hazard
from cea.survival.waning import wane, waned_share

Hazards = dict[tuple[str, str], Array]


@dataclass(frozen=True, eq=False)
class StrategyCurves:
    """Curves of one strategy at the boundaries, shape (n, T+1), and where they were bounded.

    `background_cycles`, `pfs_capped` and `tot_capped` count per draw, shape (n,), the cycles in
    which background mortality exceeds the OS curve's, and the boundaries at which PFS and TOT
    would exceed OS.
    """

    os: Array
    pfs: Array
    tot: Array | None
    background_cycles: IntArray
    pfs_capped: IntArray
    tot_capped: IntArray


def hazard_gained(cumulative: Array) -> Array:
    """Hazard gained in each cycle, shape (..., T); infinite once nobody is left."""
    with np.errstate(invalid="ignore"):
        gained = np.diff(cumulative, axis=-1)
    gained[np.isnan(gained)] = np.inf
    return gained


def _accumulate(gained: Array) -> Array:
    """Cumulative hazard from the hazard gained in each cycle: 0 at entry."""
    start = np.zeros((*gained.shape[:-1], 1))
    return np.concatenate((start, np.cumsum(gained, axis=-1)), axis=-1)


@dataclass(frozen=True, eq=False)
class CurveModel:
    """The curves of all strategies as functions of the draws."""

    assumptions: Assumptions
    grid: TimeGrid
    draws: Draws

    @cached_property
    def _parameters(self) -> Mapping[tuple[str, str], tuple[Array, ...]]:
        """Family parameters, or the hazard ratio, of each curve, shape (n, 1) each."""
        found = {}
        for curve in self.assumptions.curves:
            expressions = curve.parameters
            if curve.hazard_ratio is not None:
                expressions = (*expressions, curve.hazard_ratio)
            for expression in expressions:
                if outside := self.draws.outside(expression):
                    raise AnalysisError(
                        f"{outside}, so the curve does not exist; "
                        f"{self.draws.stay_inside('lognormal for a positive parameter')}"
                    )
            found[curve.key] = tuple(self.draws.of(e)[:, None] for e in expressions)
        return found

    @cached_property
    def _families(self) -> Mapping[tuple[str, str], Family]:
        """Family of each parametric curve."""
        return {c.key: family_of(c) for c in self.assumptions.curves if c.family}

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Say in how many draws a spline had to be held level."""
        said = []
        for curve in self.assumptions.curves:
            family = self._families.get(curve.key)
            if isinstance(family, Spline):
                held = int(rising(family, *self._parameters[curve.key]).sum())
                if held:
                    said.append(
                        f"{curve.endpoint} of {curve.strategy}: the spline would rise somewhere "
                        f"in {held:,} of {self.draws.n:,} {self.draws.noun}; it is held level there"
                    )
        return tuple(said)

    @cached_property
    def _waned(self) -> Mapping[tuple[str, str], Array]:
        """Share of the reference's hazard in each cycle, shape (T,) or (n, T)."""
        shares = {}
        for curve in self.assumptions.curves:
            if curve.waning is not None:
                start = self.draws.common(curve.waning.start, 0.0)
                end = self.draws.common(curve.waning.end, 0.0)
                if np.any(np.greater(start, end)):
                    raise AnalysisError(
                        f"{curve.waning.end.where}: waning ends before it starts; "
                        "set Waning end to Waning start or later"
                    )
                shares[curve.key] = waned_share(self._t, start, end)
        return shares

    @cached_property
    def _t(self) -> Array:
        return self.grid.t

    @cached_property
    def population(self) -> Array | None:
        """Hazard of the general population in each cycle, shape (T,); None without a life table."""
        settings, table = self.assumptions.settings, self.assumptions.life_table
        if table is None:
            return None
        return population_hazard_increments(
            table, settings.start_age, settings.proportion_male, self._t
        )

    def hazards(self, chunk: slice) -> Hazards:
        """Cumulative hazard after hazard ratio and waning, by (strategy, end point).

        Shapes are (draws in the chunk, T+1), or (1, T+1) where all draws share a curve.
        """
        found: Hazards = {}
        for curve in self.assumptions.curves:
            self._hazard(curve, chunk, found)
        return found

    def _hazard(self, curve: SurvivalCurve, chunk: slice, found: Hazards) -> Array:
        key = curve.key
        if key in found:
            return found[key]
        reference = None
        if curve.needs_reference:
            other = self.assumptions.curve(curve.reference, curve.endpoint)
            assert other is not None, "checked when the workbook was read"
            reference = self._hazard(other, chunk, found)
        theta = tuple(parameter[chunk] for parameter in self._parameters[key])
        if all((parameter == parameter[0]).all() for parameter in theta):
            theta = tuple(parameter[:1] for parameter in theta)  # one curve serves the chunk
        if curve.method == "hazard_ratio":
            assert reference is not None
            hazard = reference * theta[0]
        elif curve.method == "table":
            assert curve.table is not None
            hazard = table_cumulative_hazard(curve.table, self._t)[None, :]
        elif curve.choice is not None:
            hazard = self._chosen(curve, curve.choice, chunk)
        else:
            hazard = cumulative_hazard(self._families[key], self._t, *theta)
        if curve.waning is not None:
            assert reference is not None
            share = self._waned[key]
            share = share if share.ndim == 1 else share[chunk]
            hazard = _accumulate(wane(hazard_gained(hazard), hazard_gained(reference), share))
        found[key] = hazard
        return hazard

    def _chosen(self, curve: SurvivalCurve, choice: Expression, chunk: slice) -> Array:
        """Cumulative hazard of the alternative that each draw takes, shape (draws, T+1)."""
        taken = self.draws.of(choice)[chunk]
        hazard = np.full((len(taken), len(self._t)), np.nan)
        for k, one in enumerate(curve.alternatives):
            rows = np.flatnonzero(taken == k)
            if not len(rows):
                continue
            # Constants are the same in every draw: one row serves all.
            some = rows if any(e.names for e in one.parameters) else rows[:1]
            theta = (self.draws.of(e)[chunk][some, None] for e in one.parameters)
            hazard[rows] = cumulative_hazard(family_of(one), self._t, *theta)
        return hazard

    def strategy(self, name: str, hazards: Hazards, n: int) -> StrategyCurves:
        """Bound the hazards of one strategy and turn them into curves, shape (n, T+1)."""
        os = _for_all(hazards[name, "OS"], n)
        background = np.zeros(n, dtype=int)
        if self.assumptions.settings.background_mortality and self.population is not None:
            os, background = self._at_least_background(os)
        pfs, pfs_capped = _cap(_for_all(hazards[name, "PFS"], n), os)
        tot, tot_capped = None, np.zeros(n, dtype=int)
        if (name, "TOT") in hazards:
            tot_hazard, tot_capped = _cap(_for_all(hazards[name, "TOT"], n), os)
            tot = _survival(tot_hazard)
        return StrategyCurves(
            _survival(os), _survival(pfs), tot, background, pfs_capped, tot_capped
        )  # fmt: skip

    def _at_least_background(self, os: Array) -> tuple[Array, IntArray]:
        """Keep the hazard of every cycle at or above the population's."""
        assert self.population is not None
        if not (_least_gained(os) < self.population).any():
            return os, np.zeros(len(os), dtype=int)
        gained = hazard_gained(os)
        cycles = _count(gained < self.population)
        rows = np.flatnonzero(cycles)
        os = os.copy()
        os[rows] = _accumulate(np.maximum(gained[rows], self.population))
        return os, cycles


def _least_gained(cumulative: Array) -> Array:
    """Least hazard gained in each cycle over all draws, shape (T,).

    The differences are taken along the flattened draws, far quicker than along each of many short
    rows; those that straddle two draws fall into the last column, which is left out.
    """
    flat = cumulative.ravel()
    gained = np.empty(cumulative.shape)
    # Infinity less infinity is not a number, once nobody is left: fmin passes it over.
    with np.errstate(invalid="ignore"):
        np.subtract(flat[1:], flat[:-1], out=gained.ravel()[:-1])
    gained[-1, -1] = np.nan
    return np.asarray(np.fmin.reduce(gained, axis=0)[:-1])


def _cap(hazard: Array, os: Array) -> tuple[Array, IntArray]:
    """Cap a curve at OS: S = min(S, S_OS). Returns the hazard and the boundaries capped."""
    return np.maximum(hazard, os), _count(hazard < os)


def _for_all(hazard: Array, n: int) -> Array:
    """Give a curve that all draws share, shape (1, T+1), a row for each draw."""
    return hazard if len(hazard) == n else np.broadcast_to(hazard, (n, hazard.shape[1]))


def _count(flags: BoolArray) -> IntArray:
    """Count the flags of each draw, shape (n,); most often there are none."""
    if not flags.any():
        return np.zeros(len(flags), dtype=int)
    return np.asarray(flags.sum(axis=1, dtype=int))


def _survival(hazard: Array) -> Array:
    """Return exp(-H) with one allocation."""
    survival = -hazard
    return np.asarray(np.exp(survival, out=survival))
