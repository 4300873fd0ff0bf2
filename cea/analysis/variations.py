"""What one-way sensitivity analysis varies: parameters, and fitted curves as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cea.arrays import Array
from cea.assumptions import MONTHS_PER_YEAR, Assumptions, Parameter
from cea.formula import Expression
from cea.parameters.distributions import Z95, Beta, distribution_of
from cea.parameters.draws import base_values
from cea.survival.resolve import GROUP, CurveFit


@dataclass(frozen=True)
class Variation:
    """One quantity at its low and its high value.

    Attributes
    ----------
    parameter
        What is varied, as the Parameters sheet states it, or would.
    shown
        Its value in the base case and at the low and the high end.
    columns
        Lower-case names of the parameters that move with it, and their two values.
    """

    parameter: Parameter
    shown: tuple[float, float, float]
    columns: Mapping[str, tuple[float, float]]


def variations(assumptions: Assumptions) -> list[Variation]:
    """List everything that has a range: parameters, then fitted curves."""
    curves = (of_curve(assumptions, found) for found in assumptions.fits.values())
    return [*_of_parameters(assumptions), *curves]


def input_range(assumptions: Assumptions, parameter: Parameter) -> tuple[float, float] | None:
    """Low and high value of a parameter; None if it has no range.

    The Low and High cells, or the 2.5% and 97.5% quantiles of the distribution where blank.
    """
    base = base_values(assumptions)
    ends = [
        None if cell is None else float(cell.evaluate(base))
        for cell in (parameter.low, parameter.high)
    ]
    if None in ends and parameter.distribution != "fixed":
        distribution = distribution_of(parameter, base)
        if parameter.distribution == "dirichlet":
            alphas = [
                distribution_of(p, base).mean for p in dirichlet_group(assumptions, parameter)
            ]
            distribution = Beta(distribution.mean, sum(alphas) - distribution.mean)
        quantiles = distribution.quantile(np.array([0.025, 0.975])).tolist()
        ends = [q if end is None else end for end, q in zip(ends, quantiles, strict=True)]
    low, high = ends
    return None if low is None or high is None else (low, high)


def _of_parameters(assumptions: Assumptions) -> Iterator[Variation]:
    """Each parameter on its own.

    Where one share of a Dirichlet group is varied, the others move in proportion, so that the
    group still adds up to 1.
    """
    base = base_values(assumptions)
    for parameter in assumptions.parameters:
        ends = input_range(assumptions, parameter) if parameter.in_dsa else None
        if ends is None:
            continue
        columns = {parameter.key: ends}
        if parameter.distribution == "dirichlet":
            share = base[parameter.key]
            columns |= {
                other.key: (
                    base[other.key] * (1 - ends[0]) / (1 - share),
                    base[other.key] * (1 - ends[1]) / (1 - share),
                )
                for other in dirichlet_group(assumptions, parameter)
                if other.key != parameter.key
            }
        yield Variation(parameter, (base[parameter.key], *ends), columns)


def dirichlet_group(assumptions: Assumptions, parameter: Parameter) -> list[Parameter]:
    """Return the shares of a parameter's Dirichlet group."""
    group = parameter.group
    return [p for p in assumptions.parameters
            if (p.distribution, p.group) == ("dirichlet", group)]  # fmt: skip


def of_curve(assumptions: Assumptions, found: CurveFit) -> Variation:
    """Move a fitted curve along its own uncertainty; what is shown is its restricted mean."""
    horizon = assumptions.settings.horizon_years * MONTHS_PER_YEAR
    direction = restricted_mean_direction(found, horizon)
    points = found.fit.fitted + Z95 * np.array([[0.0], [-1.0], [1.0]]) * direction
    base, low, high = found.restricted_mean(points, horizon).tolist()
    ends = zip(points[1].tolist(), points[2].tolist(), strict=True)
    return Variation(
        Parameter(
            found.name,
            f"{found.label}, restricted mean",
            GROUP,
            "months",
            Expression.constant(base),
            evidence="derived",
        ),
        (base, low, high),
        dict(zip(found.parameters, ends, strict=True)),
    )


def restricted_mean_direction(found: CurveFit, horizon: float) -> Array:
    """Move of the estimates, shape (q,), that goes with one standard error of the restricted mean.

    With covariance V and gradient g of the restricted mean to `horizon` it is V g / sqrt(g' V g):
    among all moves of its likelihood the one that changes the restricted mean most.
    """
    slope = found.fit.restricted_mean_gradient(horizon, found.arm)
    along = found.fit.covariance @ slope
    return np.asarray(along / np.sqrt(slope @ along))
