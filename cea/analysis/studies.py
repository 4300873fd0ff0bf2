"""Studies that might be done, and what their data would say of the inputs.

A study is described by what it would estimate: for every draw of the PSA, taken as the truth, a
normal estimate of some quantity with the variance that so many patients give. That is the large-
sample distribution of a mean, a log hazard ratio or a maximum-likelihood fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cea.analysis.psa import Psa
from cea.arrays import Array
from cea.assumptions import Assumptions, SurvivalCurve
from cea.errors import AnalysisError, nearest
from cea.formula import Expression
from cea.survival.family import Family
from cea.survival.of_curve import cumulative_hazard, family_of
from cea.survival.table import table_cumulative_hazard

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_CHUNK = 2000  # draws at a time
_ENDPOINTS = ("OS", "PFS")
_SHARES = ("beta", "dirichlet")


@dataclass(frozen=True)
class Estimate:
    """What a study would estimate, in each draw.

    Attributes
    ----------
    truth
        The quantities, shape (n, q).
    variance
        Of their estimate, shape (n, q, q), or (q, q) where it is the same in every draw.
    """

    truth: Array
    variance: Array

    def simulated(self, normal: Array) -> Array:
        """Estimates from standard normal numbers, shape (n, q) both."""
        root = np.linalg.cholesky(self.variance)
        return np.asarray(self.truth + np.einsum("...ij,...j->...i", root, normal))


@dataclass(frozen=True)
class Design:
    """A study of one size: what it estimates, and how many patients have to be recruited."""

    size: float
    patients: float
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True)
class Study:
    """A study at several sizes.

    Attributes
    ----------
    label
        What it is, e.g. ``Survey of u_pf``.
    unit
        Unit of `Design.size`.
    columns
        Sampled parameters that it tells about, as columns of the draws.
    designs
        The sizes.
    note
        What is assumed.
    """

    label: str
    unit: str
    columns: tuple[int, ...]
    designs: tuple[Design, ...]
    note: str = ""


def survey(
    psa: Psa,
    parameters: Sequence[str],
    sizes: Sequence[float],
    *,
    sd: float | None = None,
    prior_size: float | None = None,
) -> Study:
    """Describe a survey: the mean of n observations of each parameter, e.g. of a utility.

    Parameters
    ----------
    psa
        The draws.
    parameters
        Names of sampled parameters; all are observed in the same patients, independently.
    sizes
        Numbers of patients.
    sd
        Standard deviation between patients.
    prior_size
        Number of patients that what is known is worth; the standard deviation between patients is
        then that of the parameter's draws times its square root.

    Raises
    ------
    AnalysisError
        A parameter is unknown, not sampled or named twice, or a hazard ratio or parameter of a
        survival curve: no mean of observations tells of those; not exactly one of `sd` and
        `prior_size`; a number that is not finite and above 0.
    """
    if (sd is None) == (prior_size is None):
        raise AnalysisError(
            "a survey needs either the standard deviation between patients (--sd) or the number of "
            "patients that what is known is worth (--prior-size)"
        )
    if not 0 < (sd or prior_size or 0) < math.inf:
        raise AnalysisError("the standard deviation, or the prior size, must be above 0 and finite")
    columns = tuple(_column(psa, name) for name in parameters)
    for k, column in enumerate(columns):
        if column in columns[:k]:
            raise AnalysisError(f"{parameters[k]} is named twice: a survey observes it once")
    for column in columns:
        _check_observable(psa, column)
    _check_sizes(sizes)
    values = psa.sample.values[:, columns]
    spread = values.std(axis=0) * np.sqrt(prior_size or 0)
    if sd is not None:
        spread = np.full(len(columns), sd)
    labels = [psa.sample.parameters[c].label for c in columns]
    each = (
        f"SD between patients {sd:g}" if sd else f"what is known is worth {prior_size:g} patients"
    )
    return Study(
        f"Survey: {' and '.join(labels)}",
        "patients",
        columns,
        tuple(Design(n, n, (Estimate(values, np.diag(spread**2) / n),)) for n in sizes),
        f"means of normal observations, {each}",
    )


def _column(psa: Psa, name: str) -> int:
    keys = [p.key for p in psa.sample.parameters]
    if name.lower() not in keys:
        if name.lower() in psa.assumptions.by_key:
            raise AnalysisError(f"{name} is not sampled in the PSA, so no study can tell about it")
        known = [p.name for p in psa.sample.parameters]
        raise AnalysisError(f"no parameter '{name}'; {nearest(name, known)}")
    return keys.index(name.lower())


def _check_observable(psa: Psa, column: int) -> None:
    """Refuse a parameter behind a survival curve, except a share, which can be counted."""
    parameter = psa.sample.parameters[column]
    if parameter.distribution in _SHARES:
        return
    for curve in psa.assumptions.curves:
        ratio = () if curve.hazard_ratio is None else (curve.hazard_ratio,)
        cells = (*curve.parameters, *ratio)
        if column in _informed(psa, cells):
            raise AnalysisError(
                f"{parameter.name} is behind the survival curve {curve.endpoint} of "
                f"{curve.strategy}: it is estimated from times to events, not as the mean of a "
                "survey; ask for a trial: --trial --months 24 --n 100,200"
            )


def _check_sizes(sizes: Sequence[float]) -> None:
    if not _positive(sizes):
        raise AnalysisError("give finite sizes above 0, e.g. --n 50,100,200")


def _positive(numbers: Sequence[float]) -> bool:
    return bool(numbers) and all(0 < x < math.inf for x in numbers)


def trial(
    psa: Psa, patients: Sequence[float], months: Sequence[float], *, followed: float = 0.0
) -> Study:
    """Describe a trial of all strategies with more patients, or longer follow-up.

    Parameters
    ----------
    psa
        The draws.
    patients
        Patients in each arm.
    months
        Follow-up of every patient. One of `patients` and `months` may hold several values: the
        sizes of the study.
    followed
        Months for which the patients were followed already: their data until then are part of
        what is known. 0 for new patients.

    Notes
    -----
    A curve with a distribution of its own is estimated by maximum likelihood; the variance is the
    inverse of the expected information that the follow-up adds. A hazard ratio is estimated by its
    logarithm, with variance 1/d1 + 1/d2 for so many events in each arm, 4/d where they are equal.
    The variances are those of the draw at hand. Estimates of different curves are taken to be
    independent, OS and PFS of the same patients too; waning is left aside.

    Raises
    ------
    AnalysisError
        Both of `patients` and `months` vary; one is not finite and above 0; a follow-up that
        adds nothing; no curve with a sampled parameter.
    """
    _check_sizes(patients)
    if not _positive(months):
        raise AnalysisError("give finite months of follow-up above 0, e.g. --months 24")
    if not 0 <= followed < math.inf:
        raise AnalysisError("the months followed already must be finite, 0 or more")
    if len(patients) > 1 and len(months) > 1:
        raise AnalysisError("vary either the patients (--n) or the follow-up (--months), not both")
    if min(months) <= followed:
        raise AnalysisError(
            f"follow-up to month {min(months):g} adds nothing for patients who were followed for "
            f"{followed:g} months"
        )
    curves = [_TrialCurve(psa, c) for c in psa.assumptions.curves if c.endpoint in _ENDPOINTS]
    curves = [curve for curve in curves if curve.columns]
    if not curves:
        raise AnalysisError("no OS or PFS curve has a sampled parameter: a trial tells nothing")
    arms = len(psa.assumptions.strategies)
    designs = []
    for n in patients:
        for month in months:
            size = month if len(months) > 1 else n
            found = tuple(curve.estimate(n, followed, month) for curve in curves)
            designs.append(Design(size, 0.0 if followed else n * arms, found))
    by_month = len(months) > 1
    whom = f"{patients[0]:g} patients an arm" if by_month else "new patients"
    until = "" if by_month else f" for {months[0]:g} months"
    if followed:
        until = f", followed for {followed:g} months already, longer" if by_month else (
            f" from month {followed:g} to {months[0]:g}"
        )  # fmt: skip
    return Study(
        f"Trial: {whom} of all arms followed{until}"
        if not (by_month and followed)
        else f"Trial: {whom}{until}",
        "months of follow-up" if by_month else "patients an arm",
        tuple(sorted({c for curve in curves for c in curve.columns})),
        tuple(designs),
        "large-sample distributions of fits and log hazard ratios; OS and PFS as if independent",
    )


class _TrialCurve:
    """A curve, as the data of a trial would tell it."""

    def __init__(self, psa: Psa, curve: SurvivalCurve) -> None:
        self._psa, self._curve = psa, curve
        self._of = psa.sample.draws.of
        cells = curve.parameters if curve.hazard_ratio is None else (curve.hazard_ratio,)
        self.columns = _informed(psa, cells)

    def estimate(self, n: float, start: float, end: float) -> Estimate:
        """Return what follow-up of n patients an arm from month `start` to `end` estimates."""
        if self._curve.hazard_ratio is not None:
            ratio = np.log(self._of(self._curve.hazard_ratio))[:, None]
            variance = np.zeros(len(ratio))
            for curve in (self._curve, _referred(self._psa.assumptions, self._curve)):
                at = [-np.expm1(-_hazard_at(self._psa, curve, t)) for t in (start, end)]
                variance = variance + 1 / np.maximum(n * (at[1] - at[0]), 1e-9)
            return Estimate(ratio, variance[:, None, None])
        family = family_of(self._curve)
        theta = [self._of(cell) for cell in self._curve.parameters]
        fitted = [np.log(x) if p.positive else x
                  for p, x in zip(family.parameters, theta, strict=True)]  # fmt: skip
        gained = information(family, theta, end)
        if start > 0:
            gained = gained - information(family, theta, start)
        # A direction of which the follow-up says next to nothing must still have a variance.
        values, vectors = np.linalg.eigh(n * gained)
        inverse = 1 / np.maximum(values, 1e-6 * values[:, -1:])
        variance = np.einsum("nij,nj,nkj->nik", vectors, inverse, vectors)
        return Estimate(np.column_stack(fitted), variance)


def _informed(psa: Psa, cells: Sequence[Expression]) -> tuple[int, ...]:
    """Return the sampled parameters that formulas rest on, through derived ones too."""
    position = {p.key: k for k, p in enumerate(psa.sample.parameters)}
    found: set[int] = set()
    seen: set[str] = set()
    left = [name for cell in cells for name in cell.names]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in position:
            found.add(position[name])
        elif (parameter := psa.assumptions.by_key[name]).derived:
            left += parameter.base.names
    return tuple(sorted(found))


def _referred(assumptions: Assumptions, curve: SurvivalCurve) -> SurvivalCurve:
    found = assumptions.curve(curve.reference, curve.endpoint)
    assert found is not None, "checked when the workbook was read"
    return found


def _hazard_at(psa: Psa, curve: SurvivalCurve, month: float) -> Array:
    """Cumulative hazard at a month in every draw, shape (n,), without waning."""
    draws, at = psa.sample.draws, np.array([month])
    if curve.hazard_ratio is not None:
        reference = _hazard_at(psa, _referred(psa.assumptions, curve), month)
        return np.asarray(draws.of(curve.hazard_ratio) * reference)
    if curve.table is not None:
        return np.broadcast_to(table_cumulative_hazard(curve.table, at), (draws.n,))
    theta = [draws.of(cell)[:, None] for cell in curve.parameters]
    return np.asarray(cumulative_hazard(family_of(curve), at, *theta)[:, 0])


def information(family: Family, theta: Sequence[Array], until: float) -> Array:
    """Expected information of one patient followed to month `until`, shape (n, q, q).

    On the fitted scale, from parameters of shape (n,): the integral of score score' over the
    events, and that of those still at risk at the end.
    """
    q = len(theta)
    found = np.empty((len(theta[0]), q, q))
    root = (1 + _NODES) / 2  # of the share of the follow-up: room for early events
    t = until * root**3
    weight = _WEIGHTS / 2 * 3 * root**2 * until
    end = np.array([until])
    for start in range(0, len(found), _CHUNK):
        rows = slice(start, start + _CHUNK)
        here = [np.asarray(x[rows], dtype=float)[:, None] for x in theta]
        with np.errstate(all="ignore"):
            density = np.exp(family.log_density(t, *here)) * weight
            score = np.nan_to_num(family.density_score(t, *here), posinf=0.0, neginf=0.0)
            left = np.nan_to_num(family.survival_score(end, *here), posinf=0.0, neginf=0.0)
            alive = family.survival(end, *here)
        density = np.nan_to_num(density, posinf=0.0)
        found[rows] = np.einsum("inm,nm,jnm->nij", score, density, score, optimize=True)
        found[rows] += np.einsum("inm,nm,jnm->nij", left, alive, left, optimize=True)
    return found
