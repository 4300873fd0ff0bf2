"""How well reconstructed patients reproduce what was published."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cea.survival.digitised import SMOOTH, AtRisk, Clicks, StepCurve
from cea.survival.kaplan_meier import KaplanMeier, kaplan_meier
from cea.survival.patients import Patients

# Beyond these, published and reconstructed disagree and the report warns.
MEDIAN = 0.03  # share of the published median
SURVIVAL = 0.02  # or half the weight of one patient at risk, where that is more
AT_RISK = 0.02  # share of all patients, at least 1
EVENTS = 0.03  # share of the published events, at least 2
RMSE = 0.02
DEVIATION = 0.05
LATE = 0.03  # share of the mean time of the events
# Half the width of a riser as it is drawn, as a share of the time axis.
PEN = 0.005


@dataclass(frozen=True)
class Published:
    """What was printed beside the curve; None, or nothing, where it was not.

    `landmarks` are pairs (month, survival as a fraction).
    """

    median: float | None = None
    events: int | None = None
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One quantity, published and reconstructed, and how far apart they may be.

    Months, fractions or patients; infinite for a median that is not reached. `read` marks a value
    that was not printed but read off the clicks; `how` says where the other comes from. An infinite
    tolerance: the two are shown but not judged.
    """

    quantity: str
    published: float
    reconstructed: float
    tolerance: float
    read: bool = False
    how: str = "reconstructed"

    @property
    def judged(self) -> bool:
        """Whether there is a tolerance."""
        return math.isfinite(self.tolerance)

    @property
    def agrees(self) -> bool:
        """Whether the two are within the tolerance."""
        if not self.judged:
            return True
        if math.isinf(self.published) or math.isinf(self.reconstructed):
            return self.published == self.reconstructed
        return abs(self.published - self.reconstructed) <= self.tolerance + 1e-12

    def __str__(self) -> str:
        source = "read off the curve" if self.read else "published"
        return (
            f"{self.quantity}: {_shown(self.reconstructed)} {self.how}, "
            f"{_shown(self.published)} {source}"
        )


@dataclass(frozen=True)
class ReconstructionReport:
    """Reconstructed against published.

    `rmse` and `max_deviation` are vertical distances, in survival, of the clicks from the
    reconstructed Kaplan-Meier curve as it is drawn: risers included, as wide as a pen.
    """

    comparisons: tuple[Comparison, ...]
    rmse: float
    max_deviation: float
    warnings: tuple[str, ...]


def report(
    patients: Patients,
    clicks: Clicks,
    curve: StepCurve,
    at_risk: AtRisk,
    published: Published,
    warnings: tuple[str, ...] = (),
) -> ReconstructionReport:
    """Compare patients with what was published; `warnings` come before those found here."""
    made = kaplan_meier(patients)
    rmse, worst = _distance(made, clicks, curve.end)
    rows = tuple(_comparisons(made, curve, at_risk, published))
    said = [str(row) for row in rows if not row.agrees]
    for how, value, usual in (("root mean square", rmse, RMSE), ("at most", worst, DEVIATION)):
        if value > usual:
            said.append(
                f"the clicks lie {value:.3f} off the reconstructed curve ({how}; up to {usual:g} "
                "is usual): check the axes and the numbers at risk"
            )
    late = _late(patients, curve)
    if late > LATE:
        said.append(
            f"the {len(curve.time)} clicks after month 0 are far apart: an event between two is "
            f"placed at the later one, which puts off the events by {late:.0%} of their mean time "
            f"(up to {LATE:.0%} is usual) and makes survival too long: click more points"
        )
    return ReconstructionReport(rows, rmse, worst, (*warnings, *said))


def _late(patients: Patients, curve: StepCurve) -> float:
    """Find how much later events are than on slopes between the clicks, as a share of the mean."""
    if not patients.events:
        return 0.0
    at, count = np.unique(patients.time[patients.event], return_counts=True)
    before = np.append(0.0, curve.time)[np.searchsorted(curve.time, at, side="left")]
    slope = np.where(count >= SMOOTH, at - np.maximum(before, np.append(0.0, at[:-1])), 0.0)
    return float(count @ slope / 2 / (count @ (at - slope / 2)))


def _distance(made: KaplanMeier, clicks: Clicks, end: float) -> tuple[float, float]:
    """Root mean square and largest distance of the clicks from the curve as it is drawn."""
    top, bottom = made.at(clicks.time - PEN * end), made.at(clicks.time + PEN * end)
    off = np.maximum(np.maximum(clicks.survival - top, bottom - clicks.survival), 0.0)
    return math.sqrt(float(np.mean(off**2))), float(off.max())


def _comparisons(
    made: KaplanMeier, curve: StepCurve, at_risk: AtRisk, published: Published
) -> Iterator[Comparison]:
    """Median, landmarks, numbers at risk, events; what was not printed is read off the clicks."""
    if published.median is None:
        yield _median_read(made, curve)
    yield from held_against(made, published)
    if not published.landmarks:
        for t in at_risk.time[1:]:
            yield _landmark(made, t, curve.at(t), read=True)
    room = max(1.0, AT_RISK * at_risk.n[0])
    for t, n in zip(at_risk.time, at_risk.n, strict=True):
        yield Comparison(f"number at risk at {t:g}", float(n), float(made.at_risk_at(t)), room)


def held_against(
    made: KaplanMeier, published: Published, how: str = "reconstructed"
) -> Iterator[Comparison]:
    """Hold a Kaplan-Meier curve against what was printed: median, landmarks and events."""
    if (median := published.median) is not None:
        yield Comparison("median", median, made.quantile(), MEDIAN * median, how=how)
    for t, share in published.landmarks:
        yield _landmark(made, t, share, how=how)
    if published.events is not None:
        room = max(2.0, EVENTS * published.events)
        had = float(made.events.sum())
        yield Comparison("events", float(published.events), had, room, how=how)


def _landmark(
    made: KaplanMeier, t: float, share: float, how: str = "reconstructed", *, read: bool = False
) -> Comparison:
    """Compare survival at month `t`; beyond the end of follow-up it is not judged."""
    beyond = t > made.time[-1] and made.survival[-1] > 0
    room = math.inf if beyond else _room(made, t)
    return Comparison(f"survival at {t:g}", share, float(made.at(t)), room, read, how)


def _median_read(made: KaplanMeier, curve: StepCurve) -> Comparison:
    """Compare medians; where the curve is flat near a half, a click off moves one read off far."""
    median = curve.median
    at = min(median, curve.end)
    near = abs(float(made.at(at)) - curve.at(at)) <= _room(made, at)
    room = math.inf if near else MEDIAN * median if math.isfinite(median) else 0.0
    return Comparison("median", median, made.quantile(), room, read=True)


def _room(made: KaplanMeier, t: float) -> float:
    """How far survival at month `t` may be off."""
    return max(SURVIVAL, float(made.at(t)) / max(int(made.at_risk_at(t)), 1) / 2)


def _shown(value: float) -> str:
    return "not reached" if math.isinf(value) else f"{value:.4g}"
