"""What was read off a published Kaplan-Meier figure: clicks along the curve, numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cea.arrays import Array, ReadOnly
from cea.errors import UserError

Counts = npt.NDArray[np.int_]

# A click this far from those around it is a slip of the hand.
STRAY = 0.05
# Clicks before and after a stray one that it is compared with.
AROUND = 5
# A curve whose first clicks are further below 1 than this deserves a warning.
START = 0.02
# A click may lie this far left of the axis, as a share of the last time: the hand again.
LEFT = 0.02
# Patients in the drop between two clicks from which on it is read as a slope, not as a step.
SMOOTH = 3
# Stray clicks that one warning lists.
_LISTED = 3
# Clicks that are compared pair by pair; of more, some are passed over.
_COMPARED = 500
# Share of the pairs that a very shaky hand may set apart on a flat curve.
_NOISE = 0.1
_NO_SURVIVAL = (
    "a survival curve starts at the top and falls: if these are shares with the event (1 - S, a "
    "cumulative incidence), type S; else mend the clicks"
)


@dataclass(frozen=True)
class Fault:
    """Why clicks are no Kaplan-Meier curve: the click (position), what was found, what to do."""

    click: int
    on_time_axis: bool
    found: str
    remedy: str


def fault(time: npt.ArrayLike, survival: npt.ArrayLike, full: float = 1.0) -> Fault | None:
    """Find what no slip of the hand explains; `full` is survival at the start in its unit.

    - A time before month 0 by more than `LEFT` of the axis.
    - A curve that rises: it ends more than `STRAY` above its start; or many pairs of clicks are
      further than `STRAY` apart, and most of these rise with time. The pairs find a rising curve
      behind a lone click at (0, 1), too.
    - A curve that is below a half throughout, and so has no start.
    """
    t, s = np.array(time, dtype=float), np.clip(np.array(survival, dtype=float), 0.0, full)
    first, highest = int(t.argmin()), int(s.argmax())
    room = LEFT * max(float(t.max()), 0.0)
    if t[first] < -room:
        return Fault(
            first,
            True,
            f"{t[first]:g}, a time before month 0",
            f"mend it; only a slip of the hand, to {-room:.2g} here, is taken as 0",
        )
    order = np.lexsort((-s, t))
    t, s = t[order], s[order]
    if s[-1] > s[0] + STRAY * full or _mostly_rises(t, s, STRAY * full):
        high = int((s - np.minimum.accumulate(s)).argmax())
        low = int(s[: high + 1].argmin())
        rise = f"from {s[low]:g} at month {t[low]:g} to {s[high]:g} at month {t[high]:g}"
        return Fault(int(order[high]), False, f"the curve rises, {rise}", _NO_SURVIVAL)
    if s.max() < full / 2:
        found = f"no click is above {s.max():g}, but survival starts at {full:g}"
        return Fault(highest, False, found, _NO_SURVIVAL)
    return None


def _mostly_rises(t: Array, s: Array, apart: float) -> bool:
    """Whether of the pairs of clicks that are `apart` more rise with time; `t` is sorted."""
    every = -(-len(t) // _COMPARED)
    t, s = t[::every], s[::every]
    change = np.where(t > t[:, None], s - s[:, None], 0.0)
    rising, falling = (int(np.sum(sign * change > apart)) for sign in (1, -1))
    return rising > max(falling, _NOISE * len(t) ** 2 / 2)


@dataclass(frozen=True, eq=False)
class Clicks(ReadOnly):
    """Clicks as they were made, shape (K,): months from 0 and fractions, in no order."""

    time: Array
    survival: Array

    @classmethod
    def of(cls, time: npt.ArrayLike, survival: npt.ArrayLike) -> Clicks:
        """Check the clicks; times left of the axis become 0, fractions beyond 0 and 1 those."""
        t, s = np.array(time, dtype=float), np.array(survival, dtype=float)
        if t.ndim != 1 or t.shape != s.shape or len(t) < 2:
            raise UserError("a digitised curve needs two or more pairs of time and survival")
        if not (np.isfinite(t).all() and np.isfinite(s).all()):
            raise UserError("a time or a survival of the digitised curve is missing")
        if s.max() > 1.05 or s.min() < -0.05:
            raise UserError(
                f"survival runs from {s.min():g} to {s.max():g}; give fractions between 0 and 1"
            )
        if t.max() <= 0:
            raise UserError("no click of the digitised curve is after month 0")
        if found := fault(t, s):
            raise UserError(f"{found.found}; {found.remedy}")
        return cls(np.maximum(t, 0.0), np.clip(s, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class StepCurve(ReadOnly):
    """Survival at rising times above 0, shape (K,), which never rises; 1 before the first."""

    time: Array
    survival: Array

    @property
    def end(self) -> float:
        """Month at which the curve ends."""
        return float(self.time[-1])

    @property
    def median(self) -> float:
        """First time with survival of a half or less; infinite without one."""
        reached = np.flatnonzero(self.survival <= 0.5)
        return float(self.time[reached[0]]) if len(reached) else float("inf")

    def at(self, t: float) -> float:
        """Survival at month `t`."""
        return float(np.append(1.0, self.survival)[np.searchsorted(self.time, t, side="right")])


@dataclass(frozen=True, eq=False)
class AtRisk(ReadOnly):
    """Numbers at risk, above 0, and their months, shape (I,), the first at month 0.

    `closed`: a number of 0 ends the table, so everyone has left by the end of the curve.
    """

    time: Array
    n: Counts
    closed: bool

    @classmethod
    def of(cls, n: npt.ArrayLike, time: npt.ArrayLike) -> AtRisk:
        """Check the table; rows in which the number is missing are passed over."""
        numbers, t = (np.atleast_1d(np.array(x, dtype=float)) for x in (n, time))
        if numbers.shape != t.shape or numbers.ndim != 1:
            raise UserError("numbers at risk and their times must come in pairs")
        known = np.isfinite(numbers) & np.isfinite(t)
        order = np.argsort(t[known], kind="stable")
        numbers, t = numbers[known][order], t[known][order]
        if not len(t) or t[0] != 0 or numbers[0] < 1:
            raise UserError("the number of patients at month 0 is missing from the numbers at risk")
        _check_falling(numbers, t)
        return cls(t[numbers > 0], numbers[numbers > 0].astype(int), bool(numbers[-1] == 0))


def _check_falling(n: Array, t: Array) -> None:
    """Refuse numbers at risk that are not counts, come twice, or rise."""
    for k in range(len(n)):
        if n[k] < 0 or n[k] != round(n[k]):
            raise UserError(f"number at risk {n[k]:g} at {t[k]:g}: give a whole number")
        if k and t[k] == t[k - 1]:
            raise UserError(f"two numbers at risk at {t[k]:g}: keep one")
        if k and n[k] > n[k - 1]:
            raise UserError(
                f"numbers at risk rise from {n[k - 1]:g} at {t[k - 1]:g} to {n[k]:g} at {t[k]:g}; "
                "they can only fall"
            )


def clean(clicks: Clicks) -> tuple[StepCurve, tuple[str, ...]]:
    """Turn clicks into a step curve, and say what was wrong with them.

    Stray clicks are dropped; the others are sorted along both axes, which brings a shaky hand's
    clicks no further from any monotone curve than they were (Chernozhukov et al., Biometrika
    2009;96:559) and puts back the two ends of a riser that were clicked in the wrong order. Of
    clicks at one time the lowest stands: the curve has dropped there. Those at month 0 only feed
    the warnings, since survival is 1 there.
    """
    order = np.lexsort((-clicks.survival, clicks.time))
    t, s = clicks.time[order], clicks.survival[order]
    stray = _stray(s) if len(s) > 2 else np.zeros(len(s), dtype=bool)
    warnings = _of_stray(t[stray], s[stray])
    t, s = t[~stray], np.sort(s[~stray])[::-1]
    early = s[t <= 0]
    if early.size and early.min() < 1 - START:
        warnings.append(f"the curve starts at {early.min():g}, not at 1: check the axes")
    last = np.append(t[1:] > t[:-1], True) & (t > 0)
    return StepCurve(t[last], s[last]), tuple(warnings)


def _of_stray(t: Array, s: Array) -> list[str]:
    """Say in one warning which clicks are left out."""
    listed = ", ".join(f"({a:g}, {b:g})" for a, b in zip(t[:_LISTED], s[:_LISTED], strict=True))
    match len(t):
        case 0:
            return []
        case 1:
            return [f"click {listed} is more than {STRAY} off those around it: left out"]
    more = f" and {len(t) - _LISTED} more" if len(t) > _LISTED else ""
    return [f"clicks {listed}{more} are more than {STRAY} off those around them: left out"]


def _stray(s: Array) -> npt.NDArray[np.bool_]:
    """Clicks out of order and unlike all those around them; never the first or the last."""
    middle = np.median(np.stack((s[:-2], s[1:-1], s[2:])), axis=0)
    wide = np.pad(s, AROUND, constant_values=np.inf)
    shifts = [k for k in range(2 * AROUND + 1) if k != AROUND]
    nearest = np.min([np.abs(wide[k : k + len(s)] - s) for k in shifts], axis=0)
    alone = nearest > STRAY
    alone[[0, -1]] = False
    alone[1:-1] &= np.abs(s[1:-1] - middle) > STRAY
    return np.asarray(alone)
