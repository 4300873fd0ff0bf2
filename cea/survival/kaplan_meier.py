"""Kaplan-Meier estimate, numbers at risk and smoothed hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from cea.arrays import Array, ReadOnly
from cea.survival.patients import Patients

Counts = npt.NDArray[np.int_]


@dataclass(frozen=True, eq=False)
class KaplanMeier(ReadOnly):
    """Product-limit estimate (Kaplan and Meier, J Am Stat Assoc 1958;53:457).

    One entry for every distinct time of an event or of censoring, rising; all shapes (m,).

    Attributes
    ----------
    time
        In the unit of the data.
    at_risk, events, censored
        Patients under observation just before the time; events and censorings at it.
    survival
        S at the time and until the next.
    std_error
        Greenwood's standard error of S.
    lower, upper
        Confidence limits of S, made on the scale of log(-log S), so within [0, 1]; not a number
        before the first event and once S is 0.
    """

    time: Array
    at_risk: Counts
    events: Counts
    censored: Counts
    survival: Array
    std_error: Array
    lower: Array
    upper: Array

    def at(self, t: npt.ArrayLike) -> Array:
        """Survival at times `t`; 1 before the first event."""
        step = np.searchsorted(self.time, t, side="right")
        return np.asarray(np.append(1.0, self.survival)[step])

    def at_risk_at(self, t: npt.ArrayLike) -> Counts:
        """Patients at risk just before times `t`, whose own time is `t` or later."""
        step = np.searchsorted(self.time, t, side="left")
        return np.asarray(np.append(self.at_risk, 0)[step])

    def quantile(self, p: float = 0.5) -> float:
        """Return the first time at which a share `p` has had the event; infinite if it has not.

        Where the curve is flat at exactly 1 - p, this is the middle of the flat stretch, as in
        R's survival package.
        """
        tolerance = 1e-12
        reached = np.flatnonzero(self.survival <= 1 - p + tolerance)
        if not len(reached):
            return float("inf")
        first = reached[0]
        below = np.flatnonzero(self.survival < 1 - p - tolerance)
        if abs(self.survival[first] - (1 - p)) <= tolerance and len(below):
            return float((self.time[first] + self.time[below[0]]) / 2)
        return float(self.time[first])

    def restricted_mean(self, until: float) -> float:
        """Area under the curve from 0 to `until`."""
        inside = self.time < until
        edges = np.concatenate(([0.0], self.time[inside], [until]))
        heights = np.append(1.0, self.survival[inside])
        return float(np.diff(edges) @ heights)

    def points(self) -> tuple[Array, Array]:
        """Times of the events, and S half-way down each step, so strictly between 0 and 1."""
        s = np.append(1.0, self.survival)
        step = self.events > 0
        return self.time[step], ((s[:-1] + s[1:]) / 2)[step]


def kaplan_meier(patients: Patients, level: float = 0.95) -> KaplanMeier:
    """Estimate the survival of all patients together.

    A patient censored at the time of an event is at risk of it. The variance is Greenwood's, the
    limits are Kalbfleisch and Prentice's: S^exp(-+ z se(log S)/|log S|).
    """
    time, place = np.unique(patients.time, return_inverse=True)
    events = np.bincount(place, patients.event, len(time)).astype(int)
    leaving = np.bincount(place, minlength=len(time))
    at_risk = patients.n - np.cumsum(leaving) + leaving
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        se_log = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        std_error = np.where(survival > 0, survival * se_log, 0.0)
        log_survival = np.where((survival > 0) & (survival < 1), np.log(survival), np.nan)
        width = ndtri((1 + level) / 2) * se_log / -log_survival
        lower, upper = (np.exp(log_survival * np.exp(sign * width)) for sign in (1, -1))
    return KaplanMeier(
        time, at_risk, events, leaving - events, survival, std_error, lower, upper
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SmoothedHazard(ReadOnly):
    """Kernel estimate of the hazard; all shapes (m,).

    Attributes
    ----------
    time
        In the unit of the data.
    hazard, std_error
        Per unit of time.
    at_risk
        Patients at risk at the time.
    bandwidth
        Half-width of the kernel.
    """

    time: Array
    hazard: Array
    std_error: Array
    at_risk: Counts
    bandwidth: float


def boundary_kernel(x: Array, q: Array) -> Array:
    """Epanechnikov's kernel on [-1, q], reshaped to stay unbiased where only q < 1 is left.

    Mueller and Wang, Biometrics 1994;50:61, table 1: 12 (1+x)/(1+q)^4 (x (1-2q) + (3q^2-2q+1)/2),
    which integrates to 1, has mean 0, and at q = 1 is 3/4 (1 - x^2).
    """
    height = 12 * (1 + x) / (1 + q) ** 4 * (x * (1 - 2 * q) + (3 * q * q - 2 * q + 1) / 2)
    return np.where((x >= -1) & (x <= q), height, 0.0)


def smoothed_hazard(
    patients: Patients, bandwidth: float | None = None, points: int = 101, least_at_risk: int = 10
) -> SmoothedHazard:
    """Smooth the increments of the Nelson-Aalen estimate, as R's muhaz does with one bandwidth.

    Parameters
    ----------
    bandwidth
        Half-width of the kernel in the unit of the data; by default 5/8 of the range of time
        divided by the fifth root of the number of events, at most half the range.
    points
        Times at which the hazard is estimated, evenly from 0 to the end of the range.
    least_at_risk
        The range ends at the last event with that many at risk: beyond, the estimate is noise.
    """
    curve = kaplan_meier(patients)
    step = curve.events > 0
    t, died, n = curve.time[step], curve.events[step], curve.at_risk[step]
    if not len(t):
        nothing = np.zeros(0)
        return SmoothedHazard(nothing, nothing, nothing, np.zeros(0, dtype=int), np.nan)
    enough = n >= least_at_risk
    end = float(t[enough][-1] if enough.any() else t[-1])
    width = bandwidth or min(5 / 8 * end / float(died[t <= end].sum()) ** 0.2, end / 2)
    grid = np.linspace(0.0, end, points)
    before = np.minimum(grid / width, 1.0)[:, None]
    after = np.minimum((end - grid) / width, 1.0)[:, None]
    x = (grid[:, None] - t) / width
    # Near the end the kernel is mirrored; where both edges are near, the nearer one counts.
    kernel = np.where(before <= after, boundary_kernel(x, before), boundary_kernel(-x, after))
    inside = t <= end
    kernel = kernel[:, inside] / width
    hazard = kernel @ (died / n)[inside]
    variance = kernel**2 @ (died / n**2)[inside]
    # The boundary kernel dips below 0 at its far side; a hazard cannot.
    return SmoothedHazard(
        grid, np.maximum(hazard, 0.0), np.sqrt(variance), curve.at_risk_at(grid), width
    )  # fmt: skip
