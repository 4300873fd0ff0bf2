"""Cox regression of two arms, and whether their hazards are proportional.

The partial likelihood is Cox's (J R Stat Soc B 1972;34:187) with Efron's rule for ties (J Am Stat
Assoc 1977;72:557). One row stands for each event: of d tied ones, the k-th (from 0) has k/d of the
tied patients already gone from those at risk. With r0, r1 patients at risk and b the log hazard
ratio, the share of the risk that the second arm carries is p = r1 e^b / (r0 + r1 e^b); the score
is sum(x - p) and the information sum p (1 - p).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import chdtrc, expit, ndtri

from cea.arrays import Array, IntArray, ReadOnly, read_only
from cea.errors import AnalysisError
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.patients import Patients

Transform = Literal["km", "identity"]
_STEPS = 50
_FARTHEST = 15.0  # log hazard ratio beyond which there is no maximum


@dataclass(frozen=True)
class ProportionalHazardsTest:
    """Grambsch and Therneau's test (Biometrika 1994;81:515): no trend of the log hazard ratio.

    Attributes
    ----------
    transform
        Of time: ``km`` is 1 - S just before the event, of both arms together; ``identity`` time.
    chi_square, p
        With one degree of freedom; not a number where the test does not exist.
    """

    transform: Transform
    chi_square: float
    p: float


@dataclass(frozen=True, eq=False)
class Cox(ReadOnly):
    """Hazard ratio of the second arm against the first.

    One entry for every event, in the order of time; shapes (events,).

    Attributes
    ----------
    arms
        Reference and compared arm.
    log_hazard_ratio, std_error
        The maximum of the partial likelihood, and from its information.
    time
        Of each event.
    residuals
        Schoenfeld's (Biometrika 1982;69:239): 1 or 0 for the arm of the patient, less its
        expectation; they sum to 0.
    weights
        Information of each event.
    survival
        Of both arms together, just before each event.
    """

    arms: tuple[str, str]
    log_hazard_ratio: float
    std_error: float
    time: Array
    residuals: Array
    weights: Array
    survival: Array

    @property
    def hazard_ratio(self) -> float:
        """Below 1 where the second arm lives longer."""
        return float(np.exp(self.log_hazard_ratio))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Wald limits of the hazard ratio."""
        half = ndtri((1 + level) / 2) * self.std_error
        low, high = np.exp(self.log_hazard_ratio + np.array([-half, half]))
        return float(low), float(high)

    @property
    def p(self) -> float:
        """Of Wald's test that the hazard ratio is 1."""
        return float(chdtrc(1, (self.log_hazard_ratio / self.std_error) ** 2))

    @cached_property
    def scaled_residuals(self) -> Array:
        """Schoenfeld residuals on the scale of the log hazard ratio, about which they scatter.

        b + d var(b) r, with d the number of events: their trend in time is that of the log
        hazard ratio.
        """
        scale = len(self.time) * self.std_error**2
        return read_only(self.log_hazard_ratio + scale * self.residuals)

    def test(self, transform: Transform = "km") -> ProportionalHazardsTest:
        """Test against a log hazard ratio b + c g(time), by the score of c at c = 0.

        U = sum g r and var U = sum w g^2 - (sum w g)^2 / sum w, with w the information of each
        event: what R's cox.zph does since survival 3.0.
        """
        g = 1 - self.survival if transform == "km" else self.time
        g = g - g.mean()
        score = float(g @ self.residuals)
        variance = float(self.weights @ g**2 - (self.weights @ g) ** 2 / self.weights.sum())
        if not variance > 1e-12 * float(np.abs(self.weights) @ g**2):
            return ProportionalHazardsTest(transform, float("nan"), float("nan"))
        chi_square = score**2 / variance
        return ProportionalHazardsTest(transform, chi_square, float(chdtrc(1, chi_square)))


def cox(patients: Patients, arm: str, reference: str) -> Cox:
    """Compare two arms by Newton's method on the partial likelihood.

    Raises
    ------
    AnalysisError
        The hazard ratio has no maximum, as where one arm has no event.
    """
    both = [patients.arms.index(name) for name in (reference, arm)]
    chosen = patients.take(np.isin(patients.arm, both))
    x = (chosen.arm == both[1]).astype(float)
    rows = _rows(chosen, x)
    b, information = _maximise(rows, arm, reference)
    p = rows.share(b)
    observed, expected = x[chosen.event], rows.mean_over_ties(p)
    order = np.argsort(chosen.time[chosen.event], kind="stable")
    time = chosen.time[chosen.event][order]
    curve = kaplan_meier(chosen.one_arm())
    return Cox(
        arms=(reference, arm),
        log_hazard_ratio=b,
        std_error=information**-0.5,
        time=time,
        residuals=observed[order] - expected,
        weights=rows.mean_over_ties(p * (1 - p)),
        survival=curve.at(np.nextafter(time, 0.0)),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Events in the order of time, shape (events,): at risk in each arm, and which are tied."""

    at_risk: tuple[Array, Array]
    tie: IntArray
    tied: Array
    events_of_arm: float

    def share(self, b: float) -> Array:
        """Share of the risk in the second arm."""
        with np.errstate(divide="ignore"):
            return np.asarray(expit(b + np.log(self.at_risk[1]) - np.log(self.at_risk[0])))

    def mean_over_ties(self, values: Array) -> Array:
        """Give tied events the mean of their values."""
        total = np.bincount(self.tie, values)
        return np.asarray(total[self.tie] / self.tied)


def _rows(patients: Patients, x: Array) -> _Rows:
    times = np.unique(patients.time[patients.event])
    place = np.searchsorted(times, patients.time[patients.event])
    risk, died = [], []
    for arm in (0.0, 1.0):
        own = np.sort(patients.time[x == arm])
        risk.append(len(own) - np.searchsorted(own, times, side="left"))
        died.append(np.bincount(place[x[patients.event] == arm], minlength=len(times)))
    tied = died[0] + died[1]
    tie = np.repeat(np.arange(len(times)), tied)
    gone = (np.arange(len(tie)) - np.repeat(np.cumsum(tied) - tied, tied)) / tied[tie]
    at_risk = tuple(
        np.maximum(r[tie] - gone * d[tie], 0.0) for r, d in zip(risk, died, strict=True)
    )
    return _Rows((at_risk[0], at_risk[1]), tie, tied[tie].astype(float), float(died[1].sum()))


def _maximise(rows: _Rows, arm: str, reference: str) -> tuple[float, float]:
    """Log hazard ratio at the maximum, and the information there."""
    b = 0.0
    for _ in range(_STEPS):
        p = rows.share(b)
        information = float((p * (1 - p)).sum())
        if information <= 0 or abs(b) > _FARTHEST:
            break
        step = (rows.events_of_arm - float(p.sum())) / information
        b += float(np.clip(step, -1, 1))
        if abs(step) < 1e-10:
            p = rows.share(b)
            return b, float((p * (1 - p)).sum())
    raise AnalysisError(
        f"the hazard ratio of {arm} against {reference} has no finite estimate: one of them has no "
        "event while both are at risk"
    )


@dataclass(frozen=True, eq=False)
class QuantilePairs(ReadOnly):
    """Quantiles of two Kaplan-Meier curves, one of each for a share that has had the event.

    Under accelerated failure time they lie on a line through the origin, whose slope is the time
    ratio (Collett, Modelling Survival Data in Medical Research, 3rd ed., section 6.2).

    Attributes
    ----------
    share
        Of patients who have had the event, shape (m,).
    reference, compared
        Time by which they have, in each arm, shape (m,).
    """

    share: Array
    reference: Array
    compared: Array

    @property
    def ratios(self) -> Array:
        """Ratio of each pair of quantiles, shape (m,): all alike if time scales."""
        return self.compared / self.reference

    @property
    def time_ratio(self) -> float:
        """Median of the ratios; not a number without points.

        The earliest quantiles rest on a few events and may be far off in ratio, while no later
        one can be: they would carry a mean with them.
        """
        return float(np.median(self.ratios)) if len(self.share) else float("nan")


def quantile_pairs(patients: Patients, arm: str, reference: str, points: int = 50) -> QuantilePairs:
    """Pair the quantiles that both arms reach, evenly over the shares that they reach."""
    curves = [kaplan_meier(patients.of_arm(name)) for name in (reference, arm)]
    last = 1 - max(float(curve.survival[-1]) for curve in curves)
    share = last * (np.arange(points) + 0.5) / points
    if last <= 0:
        share = share[:0]
    times = [np.array([curve.quantile(p) for p in share]) for curve in curves]
    return QuantilePairs(share, times[0], times[1])
