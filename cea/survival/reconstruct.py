"""Patient data from a published Kaplan-Meier figure.

Guyot et al., BMC Med Res Methodol 2012;12:9: between two printed numbers at risk, the curve says
how many events there were if the number censored is known, and the numbers at risk say which number
censored fits. Here every number censored is tried, evenly spread, early or late, and the best one
kept. Events come from the drops of the curve alone, so where it is flat and the numbers at risk
fall, patients are censored, never dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cea.arrays import Array
from cea.survival.digitised import SMOOTH, AtRisk, Clicks, Counts, StepCurve, clean
from cea.survival.patients import Patients
from cea.survival.reconstruction_report import Published, ReconstructionReport, report

# How far a click usually lies off the curve; it weighs the clicks against everything else.
HAND = 0.005
# A share x^bend of an interval's censored has gone after a share x of it: evenly, early, late.
BENDS = (1.0, 0.5, 2.0, 4.0)


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Reconstructed patients, sorted by time (months), and how well they fit."""

    patients: Patients
    report: ReconstructionReport


def reconstruct(
    time: npt.ArrayLike,
    survival: npt.ArrayLike,
    at_risk: npt.ArrayLike,
    at_risk_time: npt.ArrayLike = (0.0,),
    published: Published | None = None,
) -> Reconstruction:
    """Reconstruct the patients behind a digitised Kaplan-Meier curve.

    Parameters
    ----------
    time, survival
        Clicks along the curve: months and fractions, in any order.
    at_risk, at_risk_time
        Printed numbers at risk and their months; NaN where one is missing. The first must be at
        month 0; it may be the only one. A last number of 0 says that the curve is followed to its
        end.
    published
        What else was printed. Its `events` settle the censoring after the last number at risk.

    Raises
    ------
    UserError
        The clicks or the numbers at risk cannot be what they are said to be.
    """
    published = published or Published()
    clicks = Clicks.of(time, survival)
    table = AtRisk.of(at_risk, at_risk_time)
    curve, warnings = clean(clicks)
    warnings += _what_is_missing(curve, table, published)
    patients = _patients(curve, table, published.events)
    return Reconstruction(patients, report(patients, clicks, curve, table, published, warnings))


def _what_is_missing(curve: StepCurve, table: AtRisk, published: Published) -> tuple[str, ...]:
    """Say what had to be assumed because it was not published."""
    said = []
    if table.time[-1] > curve.end:
        said.append(
            f"the curve ends at {curve.end:g}, before the last number at risk at "
            f"{table.time[-1]:g}: it is taken as flat in between"
        )
    if len(table.n) == 1 and not table.closed and published.events is None:
        said.append(
            "neither numbers at risk after month 0 nor a total of events: nobody is taken as "
            "censored before the end of the curve"
        )
    return tuple(said)


@dataclass(frozen=True, eq=False)
class _Choice:
    """What happened in an interval: times of the censored, events at each click, curve at its end.

    Shapes (c,), (K,).
    """

    censored: Array
    events: Counts
    km: float


@dataclass(frozen=True, eq=False)
class _Candidates:
    """What may have happened in an interval: C numbers censored and what follows, K clicks.

    Attributes
    ----------
    censored, bend
        How many, and when: one of `BENDS`; shape (C,).
    events
        At each click, shape (C, K).
    km
        The curve at the end of the interval, shape (C,).
    cost
        Mean square distance from the clicks in units of `HAND`, and a little for a bend.
    """

    censored: Counts
    bend: Array
    events: Counts
    km: Array
    cost: Array

    @property
    def leaving(self) -> Counts:
        """Patients who leave, shape (C,)."""
        return np.asarray(self.censored + self.events.sum(axis=1))

    def first(self, miss: npt.NDArray[Any], then: Array) -> Counts:
        """Position of the candidate that misses least, then costs least, shape (1,)."""
        return np.lexsort((then, miss))[:1]


@dataclass(frozen=True, eq=False)
class _Interval:
    """Stretch from one number at risk to the next.

    `n` patients and the reconstructed curve `km` at its start; clicks `t`, `s` in it, shape (K,).
    """

    start: float
    end: float
    t: Array
    s: Array
    n: int
    km: float

    def between(self, drop: int) -> _Choice:
        """Choose so that `drop` patients leave before the next number at risk.

        Of several choices that do, the one whose curve is nearest to the clicks.
        """
        tried = self._all(drop)
        best = tried.first(np.abs(tried.leaving - drop), tried.cost)
        return self._choose(tried, best, drop - int(tried.censored[best[0]]))

    def after(self, guess: float, wanted: int | None, closed: bool) -> _Choice:
        """Choose for the stretch between the last number at risk and the end of the curve.

        It has about `wanted` events, if known; everyone leaves before the end if the table is
        `closed`; else about `guess` are censored before the end, and the rest there.
        """
        tried = self._all(self.n)
        # One patient too many or too few counts like a misfit of HAND: a printed total must not
        # force an event that the curve does not show.
        off = ((tried.censored - guess) / max(1.0, guess / 2)) ** 2
        if wanted is not None:
            off = (tried.events.sum(axis=1) - wanted) ** 2 + off / 100
        elif closed:
            off = (self.n - tried.leaving) ** 2 + off / 100
        too_many = tried.leaving > self.n
        return self._choose(tried, tried.first(too_many, tried.cost + off), self.n)

    def _all(self, most: int) -> _Candidates:
        """Every number censored up to `most`, with every bend."""
        censored, bend = np.meshgrid(np.arange(most + 1), BENDS)
        return self._follow(censored.ravel(), bend.ravel(), self.n)

    def _follow(self, censored: Counts, bend: Array, most: int) -> _Candidates:
        """Follow the clicks for C numbers censored; there are no more than `most` events in all.

        Each drop is measured from the curve reconstructed so far, so that rounding to whole
        patients never adds up.
        """
        part = (self.t - self.start) / max(self.end - self.start, np.finfo(float).tiny)
        events = np.zeros((len(censored), len(self.t)), dtype=int)
        had, km = np.zeros(len(censored)), np.full(len(censored), self.km)
        error = np.zeros(len(censored))
        for k, s in enumerate(self.s):
            gone = np.clip(np.ceil(censored * part[k] ** bend - 0.5), 0, censored)
            left = np.maximum(self.n - had - gone, 0.0)
            drop = 1 - np.divide(s, km, out=np.ones_like(km), where=km > 0)
            d = np.clip(np.rint(left * drop), 0.0, np.minimum(left, most - had))
            km = km * (1 - np.divide(d, left, out=np.zeros_like(km), where=left > 0))
            had += d
            error += (km - s) ** 2
            events[:, k] = d
        cost = error / max(len(self.t), 1) / HAND**2 + np.abs(np.log2(bend))
        return _Candidates(censored, bend, events, km, cost)

    def _choose(self, tried: _Candidates, best: Counts, most: int) -> _Choice:
        """Follow one candidate again, with at most so many events, and place the censored."""
        found = self._follow(tried.censored[best], tried.bend[best], most)
        c = int(found.censored[0])
        part = ((np.arange(c) + 0.5) / max(c, 1)) ** (1 / found.bend[0])
        at = self.start + part * (self.end - self.start)
        return _Choice(at, found.events[0], float(found.km[0]))


def _patients(curve: StepCurve, table: AtRisk, events: int | None) -> Patients:
    """Go from one number at risk to the next; `events` are the published total."""
    t, s = _with_edges(curve, table)
    end = max(curve.end, float(table.time[-1]))
    edges = np.append(table.time, end)
    staying = np.append(table.n, 0)
    cuts = np.append(np.searchsorted(t, table.time), len(t))
    km, rate, died, censored = 1.0, 0.0, [t[:0]], [t[:0]]
    for i, n in enumerate(table.n):
        here, length = slice(cuts[i], cuts[i + 1]), edges[i + 1] - edges[i]
        interval = _Interval(edges[i], edges[i + 1], t[here], s[here], int(n), km)
        leaving = int(n - staying[i + 1])
        if i + 1 < len(table.n):
            found = interval.between(leaving)
            rate = len(found.censored) / length
        else:
            wanted = None if events is None else events - sum(map(len, died))
            found = interval.after(min(rate * length, leaving), wanted, table.closed)
        km = found.km
        died.append(np.repeat(t[here], found.events))
        rest = leaving - len(found.censored) - len(died[-1])
        censored += [found.censored, np.full(rest, _by(edges[i + 1], end))]
    time = np.concatenate(died + censored)
    event = np.arange(len(time)) < sum(map(len, died))
    order = np.lexsort((~event, time))
    return Patients.of(time[order], event[order])


def _with_edges(curve: StepCurve, table: AtRisk) -> tuple[Array, Array]:
    """Clicks, and points read between them just before the numbers at risk.

    Where clicks are far apart for the number of patients, the drop between two of them would fall
    as a whole after a number at risk that stands between. A drop of one or two patients is a step,
    which has no between.
    """
    t, s = np.append(0.0, curve.time), np.append(1.0, curve.survival)
    edges, n = table.time[1:], table.n[1:]
    inside = edges < curve.end
    edges, n = edges[inside], n[inside]
    after = np.searchsorted(t, edges, side="left")
    dropping = n * (s[after - 1] - s[after]) >= SMOOTH * s[after - 1]
    edges = np.nextafter(edges[dropping], 0.0)
    time = np.concatenate((curve.time, edges))
    order = np.argsort(time, kind="stable")
    return time[order], np.concatenate((curve.survival, np.interp(edges, t, s)))[order]


def _by(edge: float, end: float) -> float:
    """Where those are censored who must be gone by `edge`: just before, but at the very end."""
    return edge if edge == end else float(np.nextafter(edge, 0.0))
