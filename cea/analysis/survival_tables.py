"""The tables of a survival analysis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cea.analysis.survival import FitSet, SurvivalAnalysis, survival_at
from cea.survival.fit import Fit
from cea.survival.mean import mean
from cea.survival.ranking import Ranking
from cea.survival.spline import Spline

if TYPE_CHECKING:
    import pandas as pd

_SLOTS = 5  # Par1..Par5
PASTE = (
    "Strategy", "Endpoint", "Method", "Family", *(f"Par{k}" for k in range(1, _SLOTS + 1)),
    "Spline scale", "Knots",
)  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd  # slow to import

    return pd.DataFrame(rows, columns=list(columns))


def _fits(analysis: SurvivalAnalysis) -> Iterator[tuple[FitSet, Fit]]:
    for one in analysis.sets:
        for row in one.ranking.rows:
            yield one, row.fit


def _bic_ranks(ranking: Ranking) -> dict[str, int]:
    ordered = sorted(ranking.rows, key=lambda row: row.fit.bic)
    return {row.label: k for k, row in enumerate(ordered, start=1)}


def fits(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """One row for each fit and arm."""
    landmarks = tuple(f"survival_{t:g}" for t in analysis.landmarks)
    rows: list[dict[str, Any]] = []
    for one in analysis.sets:
        by_bic = _bic_ranks(one.ranking)
        for place, row in enumerate(one.ranking.rows, start=1):
            for (arm, inner), curve in zip(one.curves(row.fit), row.curves, strict=True):
                rows.append({
                    "endpoint": analysis.endpoint, "fit": one.how, "strategy": arm,
                    "family": row.label, "parameters": len(row.fit.fitted),
                    "loglik": row.fit.loglik, "aic": row.fit.aic,
                    "aic_difference": row.aic_difference, "aic_rank": place,
                    "bic": row.fit.bic, "bic_difference": row.bic_difference,
                    "bic_rank": by_bic[row.label], "median": curve.median,
                    "mean": mean(row.fit.family, row.fit.theta(inner)),
                    "restricted_mean": curve.restricted_mean,
                    **dict(zip(landmarks, curve.landmarks, strict=True)),
                    "survival_follow_up": survival_at(row.fit, analysis.follow_up(arm), inner),
                    "survival_horizon": survival_at(row.fit, analysis.horizon, inner),
                    "starts": row.fit.starts, "agreeing": row.fit.agreeing,
                    "warnings": "; ".join(row.fit.warnings),
                })  # fmt: skip
    columns = (
        "endpoint", "fit", "strategy", "family", "parameters", "loglik", "aic", "aic_difference",
        "aic_rank", "bic", "bic_difference", "bic_rank", "median", "mean", "restricted_mean",
        *landmarks, "survival_follow_up", "survival_horizon", "starts", "agreeing", "warnings",
    )  # fmt: skip
    return _frame(rows, columns)


def parameters(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """One row for each fitted parameter: natural and fitted scale, standard error on the latter.

    The strategy of a joint fit is blank.
    """
    rows: list[dict[str, Any]] = []
    for one, fit in _fits(analysis):
        positive = [p.positive for p in fit.family.parameters]
        for k, (parameter, natural) in enumerate(fit.natural.items()):
            log = k < len(positive) and positive[k]
            rows.append({
                "endpoint": analysis.endpoint, "fit": one.how, "strategy": one.arm,
                "family": fit.label, "parameter": parameter, "natural": natural,
                "fitted_scale": "logarithm" if log else "as it is",
                "fitted": float(fit.fitted[k]), "standard_error": float(fit.std_errors[k]),
                "meaning": fit.family.effect if k >= len(positive) else "",
            })  # fmt: skip
    columns = (
        "endpoint", "fit", "strategy", "family", "parameter", "natural", "fitted_scale", "fitted",
        "standard_error", "meaning",
    )  # fmt: skip
    return _frame(rows, columns)


def covariances(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """One row for each pair of parameters, each pair once."""
    rows: list[dict[str, Any]] = []
    for one, fit in _fits(analysis):
        for i, a in enumerate(fit.names):
            for j, b in enumerate(fit.names[: i + 1]):
                rows.append({
                    "endpoint": analysis.endpoint, "fit": one.how, "strategy": one.arm,
                    "family": fit.label, "parameter_a": a, "parameter_b": b,
                    "covariance": float(fit.covariance[i, j]),
                    "correlation": float(
                        fit.covariance[i, j] / (fit.std_errors[i] * fit.std_errors[j])
                    ),
                })  # fmt: skip
    columns = (
        "endpoint", "fit", "strategy", "family", "parameter_a", "parameter_b", "covariance",
        "correlation",
    )  # fmt: skip
    return _frame(rows, columns)


def sheet_rows(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """Every fit and arm as a row of the Survival sheet, and beside it which fit it is.

    There is none for a data set that stands alone: it has no strategy and no end point.
    """
    rows: list[dict[str, Any]] = []
    for one, fit in _fits(analysis) if analysis.data.in_model else ():
        for arm, inner in one.curves(fit):
            row: dict[str, Any] = dict.fromkeys(PASTE)
            row |= {
                "Strategy": arm, "Endpoint": analysis.endpoint, "Method": "parametric",
                "Family": fit.family.name, "fit": one.how,
                "label": fit.label,
            }  # fmt: skip
            row |= {f"Par{k}": value for k, value in enumerate(fit.theta(inner), start=1)}
            if isinstance(fit.family, Spline):
                row["Spline scale"] = fit.family.scale
                row["Knots"] = "; ".join(f"{knot:.12g}" for knot in fit.family.knots)
            rows.append(row)
    return _frame(rows, (*PASTE, "fit", "label"))


def hazard_ratios(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """One row for each comparison with the reference."""
    rows: list[dict[str, Any]] = []
    for one in analysis.comparisons:
        row: dict[str, Any] = {
            "endpoint": analysis.endpoint, "strategy": one.arm, "reference": one.reference,
            "time_ratio": one.quantiles.time_ratio, "reason": one.reason,
            "published": analysis.data.published.get(one.arm, float("nan")),
        }  # fmt: skip
        if one.cox is not None:
            low, high = one.cox.interval()
            row |= {
                "hazard_ratio": one.cox.hazard_ratio, "low": low, "high": high,
                "log_hazard_ratio": one.cox.log_hazard_ratio, "standard_error": one.cox.std_error,
                "p": one.cox.p, "ph_p_km": one.cox.test("km").p,
                "ph_p_identity": one.cox.test("identity").p,
            }  # fmt: skip
        rows.append(row)
    columns = (
        "endpoint", "strategy", "reference", "hazard_ratio", "low", "high", "published",
        "log_hazard_ratio", "standard_error", "p", "ph_p_km", "ph_p_identity",
        "time_ratio", "reason",
    )  # fmt: skip
    return _frame(rows, columns)


def against_external(analysis: SurvivalAnalysis) -> pd.DataFrame:
    """One row for each external point and fit that describes its arm."""
    rows: list[dict[str, Any]] = []
    for point in analysis.data.external:
        for one, fit in _fits(analysis):
            for arm, inner in one.curves(fit):
                if arm != point.strategy:
                    continue
                model = survival_at(fit, point.month, inner)
                rows.append({
                    "endpoint": analysis.endpoint, "strategy": arm, "month": point.month,
                    "source": point.source, "fit": one.how, "family": fit.label,
                    "external": point.survival, "low": point.low, "high": point.high,
                    "model": model, "difference": model - point.survival,
                    "in_range": point.holds(model),
                })  # fmt: skip
    columns = (
        "endpoint", "strategy", "month", "source", "fit", "family", "external", "low", "high",
        "model", "difference", "in_range",
    )  # fmt: skip
    return _frame(rows, columns)
