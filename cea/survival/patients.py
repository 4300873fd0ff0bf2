"""Right-censored times of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cea.arrays import Array, ReadOnly
from cea.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Patients(ReadOnly):
    """Times to an event, or to the end of follow-up, of the patients of one or more arms.

    Parameters
    ----------
    time
        Above 0, shape (n,).
    event
        Whether the time is that of the event, else of censoring, shape (n,).
    arms
        Names of the arms; the first is the one that others are compared with.
    arm
        Index into `arms`, shape (n,).
    """

    time: Array
    event: npt.NDArray[np.bool_]
    arms: tuple[str, ...]
    arm: npt.NDArray[np.int_]

    @classmethod
    def of(
        cls,
        time: npt.ArrayLike,
        event: npt.ArrayLike,
        arm: Sequence[str] | None = None,
        arms: Sequence[str] | None = None,
    ) -> Patients:
        """Check the data and number the arms, in order of appearance unless `arms` gives one."""
        t = np.asarray(time, dtype=float)
        status = np.asarray(event)
        labels = np.full(len(t), "") if arm is None else np.asarray(arm)
        if not len(t) == len(status) == len(labels):
            raise AnalysisError(
                f"{len(t)} times, {len(status)} events and {len(labels)} arms; "
                "give every patient one of each"
            )
        if len(t) == 0:
            raise AnalysisError("no patients; give at least one time")
        if bad := int(np.sum(~(np.isfinite(t) & (t > 0)))):
            raise AnalysisError(
                f"{bad} of {len(t)} times are not above 0; give a patient whose event is on the "
                "first day half a day"
            )
        if not np.isin(status, (0, 1)).all():
            raise AnalysisError("an event is neither 0 nor 1; use 1 for the event, 0 for censored")
        names = tuple(dict.fromkeys(labels.tolist())) if arms is None else tuple(arms)
        index = np.full(len(t), -1)
        for number, name in enumerate(names):
            index[labels == name] = number
        if (index < 0).any():
            raise AnalysisError(f"arm '{labels[index < 0][0]}' is none of {', '.join(names)}")
        return cls(t, status.astype(bool), names, index)

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.time)

    @cached_property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())

    def of_arm(self, name: str) -> Patients:
        """Return the patients of one arm, as data without arms."""
        return self.take(self.arm == self.arms.index(name)).one_arm()

    def one_arm(self) -> Patients:
        """Return the patients without the distinction of arms."""
        return replace(self, arms=("",), arm=np.zeros(self.n, dtype=int))

    def take(self, which: npt.NDArray[np.int_] | npt.NDArray[np.bool_]) -> Patients:
        """Return some patients, by flags or by indices; a bootstrap sample repeats indices."""
        return replace(self, time=self.time[which], event=self.event[which], arm=self.arm[which])

    def in_unit(self, factor: float) -> Patients:
        """Return the same patients with times multiplied by `factor`."""
        return replace(self, time=self.time * factor)
