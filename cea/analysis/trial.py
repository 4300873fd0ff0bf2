"""A trial that might be done, and what its survival data would say of the inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from cea.analysis.curve_means import referred
from cea.analysis.psa import Psa
from cea.analysis.studies import Design, Estimate, Study, informed, positive, require_sizes
from cea.arrays import Array
from cea.assumptions import Assumptions, SurvivalCurve
from cea.errors import AnalysisError
from cea.formula import Expression
from cea.survival.information import information
from cea.survival.of_curve import family_of
from cea.survival.table import table_cumulative_hazard

_ENDPOINTS = ("OS", "PFS")
_LEAST = 1e-9  # information: a direction that no patient tells of must still have a variance
_LEAST_SHARE = 1e-6  # of the largest, once each quantity is in units of its own


def trial(
    psa: Psa, *, patients: Sequence[float], months: Sequence[float], followed: float = 0.0
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
    All arms of an end point that hazard ratios tie together are estimated by one maximum-
    likelihood fit, of the reference arm's curve and of the log hazard ratios: its variance is the
    inverse of the expected information that the follow-up of all these arms adds. An arm with a
    curve of its own is fitted on its own. What all draws agree on is taken as known. The variances
    are those of the draw at hand. OS and PFS of the same patients are taken to be independent;
    waning is left aside.

    Raises
    ------
    AnalysisError
        Both of `patients` and `months` vary; one is not finite and above 0; patients are no whole
        number; a follow-up that adds nothing; no curve with a sampled parameter.
    """
    require_sizes(patients)
    if not positive(months):
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
    fits = [fit for fit in _fits(psa) if fit.columns]
    if not fits:
        raise AnalysisError("no OS or PFS curve has a sampled parameter: a trial tells nothing")
    arms = len(psa.assumptions.strategies)
    designs = []
    for month in months:
        told = [fit.information(followed, month) for fit in fits]
        for n in patients:
            size = month if len(months) > 1 else n
            found = tuple(f.estimate(n * one) for f, one in zip(fits, told, strict=True))
            designs.append(Design(size, 0.0 if followed else n * arms, found))
    by_month = len(months) > 1
    return Study(
        _label(patients, months, followed),
        "months of follow-up" if by_month else "patients an arm",
        tuple(sorted({c for fit in fits for c in fit.columns})),
        tuple(designs),
        "large-sample distributions of fits, arms that hazard ratios tie together fitted as one; "
        "OS and PFS as if independent",
    )


def _label(patients: Sequence[float], months: Sequence[float], followed: float) -> str:
    """Name a trial by what is the same at all of its sizes."""
    if len(months) > 1:
        if followed:
            return (
                f"Trial: {patients[0]:g} patients an arm, followed for {followed:g} months already"
            )
        return f"Trial: {patients[0]:g} new patients an arm"
    if followed:
        return f"Trial: patients of every arm, followed from month {followed:g} to {months[0]:g}"
    return f"Trial: new patients of every arm, followed for {months[0]:g} months"


class _Fit:
    """A curve and those that hazard ratios tie to it, as the data of a trial would tell them.

    The quantities are the curve's parameters on the fitted scale, then the log hazard ratios.

    Attributes
    ----------
    columns
        Sampled parameters behind them; none where all draws agree on all quantities.
    """

    def __init__(self, psa: Psa, root: SurvivalCurve, tied: Sequence[SurvivalCurve]) -> None:
        self._root, of = root, psa.sample.draws.of
        self._theta = [of(cell) for cell in root.parameters]
        self._n = psa.sample.draws.n
        truth = []
        if root.table is None:
            parameters = family_of(root).parameters
            truth = [np.log(x) if p.positive else x
                     for p, x in zip(parameters, self._theta, strict=True)]  # fmt: skip
        logs = [np.log(of(_ratio(curve))) for curve in tied]
        # The log hazard of an arm against the root, and the ratios that it is the sum of.
        self._arms: list[tuple[Array, list[int]]] = [(np.zeros(self._n), [])]
        for curve in tied:
            through = [tied.index(one) for one in _chain(psa.assumptions, curve)[:-1]]
            self._arms.append((np.sum([logs[k] for k in through], axis=0), through))
        truth += logs
        self._truth = np.column_stack(truth) if truth else np.empty((self._n, 0))
        self._unknown = np.flatnonzero((self._truth != self._truth[:1]).any(axis=0))
        cells = [*root.parameters, *(_ratio(curve) for curve in tied)]
        self.columns = informed(psa, cells) if len(self._unknown) else ()

    def information(self, since: float, until: float) -> Array:
        """Return what one patient in each arm tells between two months, shape (n, q, q)."""
        q, count = len(self._theta), self._truth.shape[1]
        found = np.zeros((self._n, count, count))
        for log_ratio, through in self._arms:
            one = self._of_arm(np.exp(log_ratio), since, until)
            # Each of the ratios on the way moves the arm's hazard alike.
            place = np.zeros((q + 1, count))
            place[range(q), range(q)] = 1
            place[q, [q + k for k in through]] = 1
            found += place.T @ one @ place
        return found[:, self._unknown[:, None], self._unknown]

    def _of_arm(self, ratio: Array, since: float, until: float) -> Array:
        if self._root.table is not None:  # nothing but the ratio can be told: by the events
            hazard = table_cumulative_hazard(self._root.table, np.array([since, until]))
            alive = np.exp(-ratio[:, None] * hazard)
            return np.asarray((alive[:, 0] - alive[:, 1])[:, None, None])
        family = family_of(self._root)
        return information(family, self._theta, until, since=since, ratio=ratio)

    def estimate(self, told: Array) -> Estimate:
        """Return the estimate by data with that information."""
        scale = np.sqrt(np.maximum(np.diagonal(told, axis1=1, axis2=2), _LEAST))
        units = scale[:, :, None] * scale[:, None, :]
        values, vectors = np.linalg.eigh(told / units)
        inverse = 1 / np.maximum(values, _LEAST_SHARE * values[:, -1:])
        variance = np.einsum("nij,nj,nkj->nik", vectors, inverse, vectors) / units
        return Estimate(self._truth[:, self._unknown], variance)


def _fits(psa: Psa) -> Iterator[_Fit]:
    """Yield the OS and PFS curves with those that are tied to them."""
    curves = [curve for curve in psa.assumptions.curves if curve.endpoint in _ENDPOINTS]
    tied = [curve for curve in curves if curve.hazard_ratio is not None]
    for root in curves:
        if root.hazard_ratio is None:
            yield _Fit(psa, root, [c for c in tied if _chain(psa.assumptions, c)[-1] is root])


def _chain(assumptions: Assumptions, curve: SurvivalCurve) -> list[SurvivalCurve]:
    """Return the curve, the one that its hazard ratio refers to, and so on to one without."""
    found = [curve]
    while found[-1].hazard_ratio is not None:
        found.append(referred(assumptions, found[-1]))
    return found


def _ratio(curve: SurvivalCurve) -> Expression:
    assert curve.hazard_ratio is not None
    return curve.hazard_ratio
