"""Restricted mean survival that goes with the values of a curve's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cea.analysis.ranges import reached
from cea.arrays import Array
from cea.assumptions import MONTHS_PER_YEAR, Assumptions, Parameter, SurvivalCurve
from cea.parameters.draws import Draws
from cea.survival.of_curve import cumulative_hazard, family_of
from cea.survival.restricted_mean import quadrature
from cea.survival.table import table_cumulative_hazard


def curve_of(assumptions: Assumptions, parameter: Parameter) -> SurvivalCurve | None:
    """Return the one curve whose own cells use a parameter; None if there is none, or several."""
    names = reached(assumptions, parameter.key)
    using = [
        curve
        for curve in assumptions.curves
        if any(e.names & names for e in (*curve.parameters, curve.hazard_ratio) if e is not None)
    ]
    return using[0] if len(using) == 1 else None


def restricted_mean(assumptions: Assumptions, curve: SurvivalCurve, draws: Draws) -> Array:
    """Area under a curve from 0 to the horizon in every draw, in months, shape (n,).

    Of the curve as its row states it: a hazard ratio is applied, but neither waning nor background
    mortality nor the cap at OS.
    """
    horizon = assumptions.settings.horizon_years * MONTHS_PER_YEAR
    t, weight = quadrature(horizon, _seams(assumptions, curve))
    hazard = _hazard(assumptions, curve, draws, t)
    return np.broadcast_to(np.exp(-hazard) @ weight, (draws.n,))


def referred(assumptions: Assumptions, curve: SurvivalCurve) -> SurvivalCurve:
    """Return the reference strategy's curve that a hazard ratio is applied to."""
    found = assumptions.curve(curve.reference, curve.endpoint)
    assert found is not None, "checked when the workbook was read"
    return found


def _root(assumptions: Assumptions, curve: SurvivalCurve) -> SurvivalCurve:
    """Return the curve that a chain of hazard ratios ends at."""
    while curve.method == "hazard_ratio":
        curve = referred(assumptions, curve)
    return curve


def _seams(assumptions: Assumptions, curve: SurvivalCurve) -> Sequence[float]:
    root = _root(assumptions, curve)
    return root.table.time if root.table is not None else family_of(root).seams


def _hazard(assumptions: Assumptions, curve: SurvivalCurve, draws: Draws, t: Array) -> Array:
    """Cumulative hazard of a curve as its row states it, at rising times, shape (n or 1, m)."""
    if curve.hazard_ratio is not None:
        reference = _hazard(assumptions, referred(assumptions, curve), draws, t)
        return reference * draws.of(curve.hazard_ratio)[:, None]
    if curve.table is not None:
        return table_cumulative_hazard(curve.table, t)[None, :]
    theta = [draws.of(expression)[:, None] for expression in curve.parameters]
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        return cumulative_hazard(family_of(curve), t, *theta)


def restricted_means(
    assumptions: Assumptions,
    parameters: Sequence[Parameter],
    draws: Draws,
    fits: Mapping[str, Array],
) -> Array:
    """Restricted means of the curves behind a tornado's bars, in months, shape (k, 3).

    The columns are the base case (draw 0), the low and the high end (draws 1 + 2k and 2 + 2k); not
    a number where a parameter does not belong to one curve. `fits` has those of fitted curves.
    """
    found = np.full((len(parameters), 3), np.nan)
    known: dict[tuple[str, str], Array] = {}
    for k, parameter in enumerate(parameters):
        if parameter.name in fits:
            found[k] = fits[parameter.name]
            continue
        curve = curve_of(assumptions, parameter)
        if curve is None:
            continue
        if curve.key not in known:
            known[curve.key] = restricted_mean(assumptions, curve, draws)
        found[k] = known[curve.key][[0, 1 + 2 * k, 2 + 2 * k]]
    return found
