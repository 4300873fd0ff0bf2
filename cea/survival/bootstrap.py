"""Fitted curves of a PSA by the bootstrap: refits to patients resampled with replacement.

The patients of a strategy are resampled once for all of its end points that have the same number
of patients. Nothing pairs the patients of two digitised curves, so the pairing is a convention:
each data set is ordered by time, deaths first among equal times, and the same places are taken
from each. Long survivors in one are then long in the other, the strongest link that the data
allow. Strategies, and data sets of different sizes, are resampled independently of each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from cea.arrays import Array, BoolArray, IntArray, ReadOnly
from cea.assumptions import Assumptions, DataSet
from cea.errors import AnalysisError
from cea.parallel import HERE, Progress, Workers
from cea.survival.family import Family
from cea.survival.fit import Failure, Fit, fit
from cea.survival.patients import Patients
from cea.survival.resolve import evidence, groups
from cea.survival.spline import Spline

MOST = 1_000  # resamples; more draws than that share them
_BLOCK = 20  # resamples refitted between two reports of progress


@dataclass(frozen=True, eq=False)
class Bootstrap(ReadOnly):
    """Bootstrap draws of the parameters of fitted curves.

    Attributes
    ----------
    values
        Lower-case name of the parameter to its draws, shape (n,).
    notes
        What a reader should know of them.
    """

    values: Mapping[str, Array]
    notes: tuple[str, ...]


def bootstrap_draws(
    assumptions: Assumptions,
    n: int,
    seed: int,
    progress: Progress | None = None,
    *,
    most: int | None = None,
    workers: Workers = HERE,
) -> Bootstrap:
    """Draw the parameters of every fitted curve by refits to resampled patients.

    Up to `MOST` draws each have a resample of their own. More draws each take one of `MOST`
    resamples, at random with replacement, the same for all curves.

    Parameters
    ----------
    assumptions
        With the fits and the evidence behind them.
    n
        Number of draws.
    seed
        The same seed gives the same draws.
    progress
        Called with (refits done, refits in all) now and then.
    most
        Take the place of `MOST`.
    workers
        Who refits.

    Raises
    ------
    AnalysisError
        A family cannot be fitted to some resamples. They are neither dropped nor drawn again:
        that would leave out the data that fit the family least.
    """
    refits = list(_refits(assumptions))
    if not refits:
        return Bootstrap({}, ("survival_uncertainty bootstrap: no curve is fitted, so it is idle",))
    most = MOST if most is None else most
    distinct = min(n, most)
    blocks = -(-distinct // _BLOCK)
    which = np.arange(n)
    notes = _apart(assumptions)
    if n > most:
        which = _generator(seed, n).integers(most, size=n)
        notes.append(
            f"the fitted curves of the {n:,} draws come from {most:,} bootstrap resamples of the "
            "patients, drawn with replacement"
        )
    values: dict[str, Array] = {}
    tasks = [(refit, seed, block) for refit in refits for block in range(blocks)]

    def say(done: int, _: int) -> None:
        if progress is not None:
            complete, begun = divmod(done, blocks)
            progress(complete * distinct + min(begun * _BLOCK, distinct), len(refits) * distinct)

    refitted = workers.map(_refit_block, tasks, progress=say)
    for number, refit in enumerate(refits):
        parts = refitted[number * blocks : (number + 1) * blocks]
        points = np.concatenate([part.points for part in parts])[:distinct]
        reasons = [reason for part in parts for reason in part.reasons][:distinct]
        _refuse_failures(refit, reasons)
        astray = int(np.concatenate([part.astray for part in parts])[:distinct].sum())
        if astray:
            notes.append(
                f"bootstrap of {refit.label}: {astray:,} of {distinct:,} refits led nowhere from "
                "the fit to all patients and were begun again from other starting points"
            )
        values |= {name: points[which, j] for j, name in enumerate(refit.parameters)}
    return Bootstrap(values, tuple(notes))


@dataclass(frozen=True)
class _Refit:
    """A fit that is to be repeated; `family` and `data` tell which it is.

    `strategies` are positions of the strategies of its arms, `data` their data sets.
    """

    family: str
    strategies: tuple[int, ...]
    data: tuple[DataSet, ...]
    fit: Fit = field(compare=False)
    label: str = field(compare=False)
    parameters: tuple[str, ...] = field(compare=False)


@dataclass(frozen=True, eq=False)
class _Refitted:
    """Estimates, shape (_BLOCK, q), and why there are none ("" where there are).

    `astray` flags those that the start from the original fit did not lead to.
    """

    points: Array
    reasons: tuple[str, ...]
    astray: BoolArray


class _ResampledSpline(Spline):
    """A spline that may rise in S somewhere, as a draw from the normal may too.

    The model holds such a curve level, counts it and reports it.
    """

    def defect(self, *theta: float) -> str:
        """Find nothing wrong."""
        return ""


def _refits(assumptions: Assumptions) -> Iterator[_Refit]:
    """List the fits, each once however many curves it is for."""
    names = assumptions.strategy_names
    for group in groups(assumptions.curves):
        made = assumptions.fits[group[0].key]
        yield _Refit(
            made.fit.label,
            tuple(names.index(curve.strategy) for curve in group),
            tuple(curve.request.data_set for curve in group if curve.request is not None),
            made.fit,
            made.label,
            made.parameters,
        )


def _apart(assumptions: Assumptions) -> list[str]:
    """Name the strategies whose end points cannot be resampled together."""
    said = []
    for name in assumptions.strategy_names:
        sizes = {
            endpoint: made.evidence.patients.n
            for (strategy, endpoint), made in assumptions.fits.items()
            if strategy == name
        }
        if len(set(sizes.values())) > 1:
            counts = ", ".join(f"{endpoint} {size:,}" for endpoint, size in sizes.items())
            said.append(
                f"bootstrap of {assumptions.labels[name]}: the end points differ in their number "
                f"of patients ({counts}); those that differ are resampled independently"
            )
    return said


def _generator(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(key))


def _refit_block(task: tuple[_Refit, int, int]) -> _Refitted:
    """Do one task of a bootstrap."""
    return _refit(*task)


@lru_cache(maxsize=1024)
def _refit(refit: _Refit, seed: int, block: int) -> _Refitted:
    """Repeat a fit for one block of resamples."""
    arms = [_ordered(data) for data in refit.data]
    patients = Patients(
        np.concatenate([arm.time for arm in arms]),
        np.concatenate([arm.event for arm in arms]),
        refit.fit.arms,
        np.repeat(np.arange(len(arms)), [arm.n for arm in arms]),
    )
    first = np.cumsum([0, *(arm.n for arm in arms[:-1])])
    places: IntArray = np.concatenate(
        [
            start + _generator(seed, strategy, arm.n, block).integers(arm.n, size=(_BLOCK, arm.n))
            for start, strategy, arm in zip(first, refit.strategies, arms, strict=True)
        ],
        axis=1,
    )
    family = _free(refit.fit.family)
    results = [fit(patients.take(row), family, refit.fit.fitted) for row in places]
    nothing = np.full(len(refit.fit.fitted), np.nan)
    return _Refitted(
        np.array([nothing if isinstance(r, Failure) else r.fitted for r in results]),
        tuple(r.reason if isinstance(r, Failure) else "" for r in results),
        np.array([isinstance(r, Fit) and r.starts > 1 for r in results]),
    )


def _ordered(data: DataSet) -> Patients:
    patients = evidence(data).patients
    return patients.take(np.lexsort((~patients.event, patients.time)))


def _free(family: Family) -> Family:
    if isinstance(family, Spline):
        return _ResampledSpline(family.knots, family.scale)
    return family


def _refuse_failures(refit: _Refit, reasons: list[str]) -> None:
    """Refuse to go on where some resamples have no fit, from any starting point."""
    failed = [reason.split(" (last at")[0] for reason in reasons if reason]
    if failed:
        (commonest, _), *_ = Counter(failed).most_common(1)
        raise AnalysisError(
            f"bootstrap of {refit.label}: {len(failed):,} of {len(reasons):,} refits failed, most "
            f"often: {commonest}; choose another family, or survival_uncertainty normal"
        )
