"""Survival analysis of one end point: fits, their ranking, and what a reviewer asks about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.assumptions import ExternalPoint
from cea.errors import AnalysisError
from cea.survival.cox import Cox, QuantilePairs, cox, quantile_pairs
from cea.survival.digitised import Clicks
from cea.survival.fit import CANDIDATES, Candidate, Fit, Result, fit_all
from cea.survival.kaplan_meier import KaplanMeier, SmoothedHazard, kaplan_meier, smoothed_hazard
from cea.survival.patients import Patients
from cea.survival.ranking import WARNING, Ranking, rank
from cea.survival.reconstruct import Reconstruction
from cea.survival.reconstruction_report import Comparison as PublishedFigure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WARNING", "EndpointData", "PublishedFigure", "SurvivalAnalysis", "survival_analysis"]


@dataclass(frozen=True, eq=False)
class EndpointData:
    """The evidence on one end point.

    Attributes
    ----------
    endpoint
        OS, PFS, TOT or PPS; in words for a data set that no curve is fitted to.
    patients
        Times in months; the arms are strategies, the reference first.
    labels
        What the strategies are called in tables and charts; a name stands for itself.
    reconstructions, clicks
        By strategy, where the patients were reconstructed from a digitised curve.
    external
        Points to hold the curves against.
    published
        Published hazard ratios against the reference, by strategy.
    compared
        By strategy, what else was published of patients that were not reconstructed.
    in_model
        Whether the model has curves of this end point; else the fits have no row to paste.
    """

    endpoint: str
    patients: Patients
    labels: Mapping[str, str] = field(default_factory=dict)
    reconstructions: Mapping[str, Reconstruction] = field(default_factory=dict)
    clicks: Mapping[str, Clicks] = field(default_factory=dict)
    external: tuple[ExternalPoint, ...] = ()
    published: Mapping[str, float] = field(default_factory=dict)
    compared: Mapping[str, tuple[PublishedFigure, ...]] = field(default_factory=dict)
    in_model: bool = True

    def __post_init__(self) -> None:
        known = self.patients.arms
        named = [*self.reconstructions, *self.clicks, *(p.strategy for p in self.external)]
        for name in named:
            if name not in known:
                raise AnalysisError(f"no patients of strategy '{name}' for {self.endpoint}")

    def label(self, arm: str) -> str:
        """What an arm is called."""
        return self.labels.get(arm, arm)


@dataclass(frozen=True)
class Comparison:
    """A strategy against the reference.

    `cox` is None, and `reason` says why, where the hazard ratio has no finite estimate.
    """

    arm: str
    reference: str
    cox: Cox | None
    quantiles: QuantilePairs
    reason: str = ""


@dataclass(frozen=True, eq=False)
class FitSet:
    """Fits of the same data: those of one arm on its own, or of all arms jointly.

    Attributes
    ----------
    arm
        Whose patients they were fitted to; empty where `joint`, whatever the arms are called.
    joint
        Whether all arms were fitted together, with an effect of treatment.
    ranking
        The fits.
    """

    arm: str
    joint: bool
    ranking: Ranking

    @property
    def how(self) -> str:
        """``joint`` or ``separate``, as the tables say."""
        return "joint" if self.joint else "separate"

    def curves(self, fit: Fit) -> list[tuple[str, str | None]]:
        """Arms that a fit describes: the strategy, and how the fit calls it."""
        return [(arm, arm) for arm in fit.arms] if self.joint else [(self.arm, None)]


@dataclass(frozen=True, eq=False)
class SurvivalAnalysis:
    """What was found for one end point.

    Attributes
    ----------
    data
        What was analysed.
    separate
        Ranking of the fits of each arm on its own.
    joint
        Ranking of the fits of all arms with a treatment effect; None for a single arm.
    curves, hazards
        Kaplan-Meier curve and smoothed hazard of each arm.
    comparisons
        Each further arm against the first.
    horizon
        Months.
    landmarks
        Months at which survival is reported.
    """

    data: EndpointData
    separate: Mapping[str, Ranking]
    joint: Ranking | None
    curves: Mapping[str, KaplanMeier]
    hazards: Mapping[str, SmoothedHazard]
    comparisons: tuple[Comparison, ...]
    horizon: float
    landmarks: tuple[float, ...]

    @property
    def endpoint(self) -> str:
        """The end point's name."""
        return self.data.endpoint

    @property
    def arms(self) -> tuple[str, ...]:
        """The strategies, the reference first."""
        return self.data.patients.arms

    def label(self, arm: str) -> str:
        """What an arm is called."""
        return self.data.label(arm)

    def whose(self, arm: str) -> str:
        """Whose patients fits rest on: an arm's, or, without one, all of them jointly."""
        return self.label(arm) if arm else "All jointly"

    def follow_up(self, arm: str) -> float:
        """The last time in the data of an arm."""
        return float(self.curves[arm].time[-1])

    def external(self, arm: str) -> list[ExternalPoint]:
        """External points of an arm."""
        return [point for point in self.data.external if point.strategy == arm]

    @property
    def sets(self) -> list[FitSet]:
        """The fits of each arm, then those of all jointly."""
        found = [FitSet(arm, False, ranking) for arm, ranking in self.separate.items()]
        return found if self.joint is None else [*found, FitSet("", True, self.joint)]

    @property
    def failures(self) -> list[tuple[FitSet, str, str]]:
        """What was fitted, the family that failed, and why."""
        return [(one, f.label, f.reason) for one in self.sets for f in one.ranking.failures]

    @cached_property
    def fits(self) -> pd.DataFrame:
        """One row for each fit and arm: criteria, ranks and what the curve says."""
        from cea.analysis.survival_tables import fits

        return fits(self)

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row for each fitted parameter, on both scales."""
        from cea.analysis.survival_tables import parameters

        return parameters(self)

    @cached_property
    def covariances(self) -> pd.DataFrame:
        """One row for each pair of parameters of a fit: their covariance on the fitted scale."""
        from cea.analysis.survival_tables import covariances

        return covariances(self)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every fit as a row of the Survival sheet."""
        from cea.analysis.survival_tables import sheet_rows

        return sheet_rows(self)

    @cached_property
    def hazard_ratios(self) -> pd.DataFrame:
        """One row for each comparison: hazard ratio, test of proportional hazards, time ratio."""
        from cea.analysis.survival_tables import hazard_ratios

        return hazard_ratios(self)

    @cached_property
    def against_external(self) -> pd.DataFrame:
        """One row for each fit and external point: the model less the point."""
        from cea.analysis.survival_tables import against_external

        return against_external(self)


def survival_analysis(
    data: EndpointData,
    candidates: Iterable[Candidate] = CANDIDATES,
    *,
    horizon_months: float,
    landmarks: Sequence[float] = (12.0, 24.0, 60.0),
) -> SurvivalAnalysis:
    """Fit every candidate to each arm and to all jointly, and compare the arms.

    Raises
    ------
    AnalysisError
        The horizon is not above 0.
    """
    if not horizon_months > 0:
        raise AnalysisError(f"a horizon of {horizon_months:g} months; give one above 0")
    patients, candidates = data.patients, tuple(candidates)
    arms = {arm: patients.of_arm(arm) for arm in patients.arms}
    times = tuple(float(t) for t in landmarks)

    def ranked(results: tuple[Result, ...]) -> Ranking:
        return rank(results, horizon_months, times)

    joint = ranked(fit_all(patients, candidates)) if len(arms) > 1 else None
    first = patients.arms[0]
    return SurvivalAnalysis(
        data=data,
        separate={arm: ranked(fit_all(own, candidates)) for arm, own in arms.items()},
        joint=joint,
        curves={arm: kaplan_meier(own) for arm, own in arms.items()},
        hazards={arm: smoothed_hazard(own) for arm, own in arms.items()},
        comparisons=tuple(_compare(patients, arm, first) for arm in patients.arms[1:]),
        horizon=float(horizon_months),
        landmarks=times,
    )


def _compare(patients: Patients, arm: str, reference: str) -> Comparison:
    pairs = quantile_pairs(patients, arm, reference)
    try:
        return Comparison(arm, reference, cox(patients, arm, reference), pairs)
    except AnalysisError as error:
        return Comparison(arm, reference, None, pairs, str(error))


def survival_at(fit: Fit, month: float, arm: str | None) -> float:
    """S of a fitted curve at one time."""
    return float(fit.survival(np.array([month]), arm)[0])
