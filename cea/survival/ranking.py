"""Fits side by side, ranked by information criteria."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cea.survival.fit import Failure, Fit, Result

WARNING = (
    "AIC and BIC say how well a curve fits the data seen; they do not validate the tail beyond "
    "the end of follow-up. Judge the extrapolation by the hazards, by external data and by "
    "clinical opinion (NICE TSD 14 and 21)."
)


@dataclass(frozen=True)
class CurveSummary:
    """What a fitted curve says of one arm.

    Attributes
    ----------
    arm
        Its name; empty where the data have no arms.
    median
        Infinite if it is never reached.
    restricted_mean
        Up to the limit that `rank` was given.
    landmarks
        Survival at the times that `rank` was given.
    """

    arm: str
    median: float
    restricted_mean: float
    landmarks: tuple[float, ...]


@dataclass(frozen=True)
class Row:
    """One fit: its criteria, their distance from the best, and its curves, one an arm."""

    fit: Fit
    aic_difference: float
    bic_difference: float
    curves: tuple[CurveSummary, ...]

    @property
    def label(self) -> str:
        """The family's label."""
        return self.fit.label


@dataclass(frozen=True)
class Ranking:
    """Fits from the lowest AIC to the highest, and the families that failed.

    `WARNING` belongs beside every table made from it.
    """

    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


def rank(results: Iterable[Result], until: float, landmarks: Sequence[float] = ()) -> Ranking:
    """Rank the fits of the same data by AIC, the lowest first.

    Parameters
    ----------
    results
        Of the same data.
    until
        Limit of the restricted means, in the unit of the data.
    landmarks
        Times of the landmark survivals.
    """
    results = tuple(results)
    fits = sorted((r for r in results if isinstance(r, Fit)), key=lambda fit: fit.aic)
    best_aic = min((fit.aic for fit in fits), default=0.0)
    best_bic = min((fit.bic for fit in fits), default=0.0)
    rows = (
        Row(
            fit,
            fit.aic - best_aic,
            fit.bic - best_bic,
            tuple(_summary(fit, arm, until, landmarks) for arm in fit.arms),
        )
        for fit in fits
    )
    failures = tuple(result for result in results if isinstance(result, Failure))
    return Ranking(tuple(rows), failures)


def _summary(fit: Fit, arm: str, until: float, landmarks: Sequence[float]) -> CurveSummary:
    return CurveSummary(
        arm,
        fit.median(arm),
        fit.restricted_mean(until, arm),
        tuple(fit.survival(landmarks, arm).tolist()),
    )
