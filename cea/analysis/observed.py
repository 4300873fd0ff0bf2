"""The base case beside what was observed: Kaplan-Meier evidence, and points from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.base_case import BaseCase
from cea.arrays import Array
from cea.assumptions import Assumptions, ExternalPoint
from cea.survival.kaplan_meier import KaplanMeier, kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

_LEAST_AT_RISK = 10  # with fewer, the Kaplan-Meier curve is no yardstick at a single month


@dataclass(frozen=True)
class AgainstEvidence:
    """Overall survival that the model implies, beside the Kaplan-Meier curve it was fitted to.

    Attributes
    ----------
    strategy
        Whose.
    follow_up
        The last month in the data, or the horizon if that is earlier.
    observed, implied
        Mean survival to that month, of the Kaplan-Meier curve and of the cohort, months.
    gap, month
        The largest difference in survival, cohort less Kaplan-Meier, and when it occurs, while
        ten or more are at risk.
    """

    strategy: str
    follow_up: float
    observed: float
    implied: float
    gap: float
    month: float


@dataclass(frozen=True)
class AgainstPoint:
    """An external point and what the model has there; None beyond the horizon."""

    point: ExternalPoint
    model: float | None

    @property
    def in_range(self) -> bool | None:
        """Whether the model lies in the range thought plausible; None without one."""
        return None if self.model is None else self.point.holds(self.model)


def evidence_curves(assumptions: Assumptions) -> Mapping[tuple[str, str], KaplanMeier]:
    """Return the Kaplan-Meier curve behind every fitted curve, by strategy and end point."""
    return {key: kaplan_meier(found.evidence.patients) for key, found in assumptions.fits.items()}


def against_evidence(base: BaseCase) -> tuple[AgainstEvidence, ...]:
    """Compare the cohort's overall survival with the evidence on it, under any closure."""
    months = base.grid.t
    found = []
    for (strategy, endpoint), curve in evidence_curves(base.assumptions).items():
        if endpoint == "OS":
            found.append(_compare(strategy, curve, months, base.implied_os[strategy]))
    return tuple(found)


def _compare(strategy: str, curve: KaplanMeier, months: Array, implied: Array) -> AgainstEvidence:
    end = min(float(curve.time[-1]), float(months[-1]))
    t = np.append(months[months < end], end)
    mean = float(np.trapezoid(_between(t, months, implied), t))
    enough = (curve.at_risk >= _LEAST_AT_RISK) & (curve.time <= end)
    at = curve.time[enough] if enough.any() else curve.time[curve.time <= end][:1]
    if not len(at):
        at = np.array([end])
    here = _between(at, months, implied)
    # A step is compared at both of its ends: just before the time, and at it.
    gaps = np.concatenate((here - curve.at(np.nextafter(at, 0.0)), here - curve.at(at)))
    worst = int(np.abs(gaps).argmax())
    return AgainstEvidence(
        strategy, end, curve.restricted_mean(end), mean, float(gaps[worst]),
        float(at[worst % len(at)]),
    )  # fmt: skip


def _between(t: Array, months: Array, survival: Array) -> Array:
    """Survival between the boundaries, linear in the logarithm; where it reaches 0, linear."""
    with np.errstate(divide="ignore", invalid="ignore"):
        made = np.exp(np.interp(t, months, np.log(survival)))
    return np.where(np.isfinite(made), made, np.interp(t, months, survival))


def against_points(base: BaseCase) -> tuple[AgainstPoint, ...]:
    """Compare the model with every external point of a curve that it has."""
    months = base.grid.t
    found = []
    for point in base.assumptions.external:
        curve = _curve(base, point.strategy, point.endpoint)
        if curve is None:
            continue
        inside = point.month <= months[-1] * (1 + 1e-12)
        at = _between(np.array([point.month]), months, curve)
        found.append(AgainstPoint(point, float(at[0]) if inside else None))
    return tuple(found)


def _curve(base: BaseCase, strategy: str, endpoint: str) -> Array | None:
    """Return survival as the model has it: overall survival is the cohort's."""
    curves = base.cohorts[strategy].curves
    if endpoint == "OS":
        return base.implied_os[strategy]
    if endpoint == "PPS":
        return base.input_curves.get((strategy, "PPS"))
    found = curves.pfs if endpoint == "PFS" else curves.tot
    return None if found is None else np.asarray(found[0])


def external_table(base: BaseCase) -> pd.DataFrame:
    """One row an external point: the model less the point."""
    import pandas as pd

    rows = [
        (
            one.point.strategy, one.point.endpoint, one.point.month, one.point.source,
            one.point.survival, one.point.low, one.point.high, one.model,
            None if one.model is None else one.model - one.point.survival, one.in_range,
        )
        for one in against_points(base)
    ]  # fmt: skip
    columns = [
        "strategy", "endpoint", "month", "source", "external", "low", "high", "model",
        "difference", "in_range",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
