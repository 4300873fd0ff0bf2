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
from cea.arrays import Array, ReadOnly
from cea.errors import AnalysisError, nearest
from cea.formula import Expression

_SHARES = ("beta", "dirichlet")  # distributions of quantities between 0 and 1
_ROUNDED = 1.01  # room for an SD that was rounded


@dataclass(frozen=True, eq=False)
class Estimate(ReadOnly):
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


@dataclass(frozen=True, eq=False)
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
    *,
    sizes: Sequence[float],
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
        No parameter; one that is unknown, not sampled or named twice, or a hazard ratio or
        parameter of a survival curve: no mean of observations tells of those; not exactly one of
        `sd` and `prior_size`; a number that is not finite and above 0; a size that is no whole
        number; more spread between patients than a parameter between 0 and 1 (beta, Dirichlet)
        allows.
    """
    if (sd is None) == (prior_size is None):
        raise AnalysisError(
            "a survey needs either the standard deviation between patients (--sd) or the number of "
            "patients that what is known is worth (--prior-size)"
        )
    if not 0 < (sd or prior_size or 0) < math.inf:
        raise AnalysisError("the standard deviation, or the prior size, must be above 0 and finite")
    parameters = [parameters] if isinstance(parameters, str) else parameters
    if not parameters:
        raise AnalysisError("a survey of nothing; name one or more parameters")
    columns = tuple(_column(psa, name) for name in parameters)
    for k, column in enumerate(columns):
        if column in columns[:k]:
            raise AnalysisError(f"{parameters[k]} is named twice: a survey observes it once")
    for column in columns:
        _check_observable(psa, column)
    require_sizes(sizes)
    values = psa.sample.values[:, columns]
    spread = values.std(axis=0) * np.sqrt(prior_size or 0)
    if sd is not None:
        spread = np.full(len(columns), sd)
    for k, column in enumerate(columns):
        _check_spread(psa, column, float(spread[k]), prior_size)
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
        if column in informed(psa, cells):
            raise AnalysisError(
                f"{parameter.name} is behind the survival curve {curve.endpoint} of "
                f"{curve.strategy}: it is estimated from times to events, not as the mean of a "
                "survey; ask for a trial: --trial --months 24 --n 100,200"
            )


def _check_spread(psa: Psa, column: int, sd: float, prior_size: float | None) -> None:
    """Refuse what patients whose values lie between 0 and 1 cannot vary by.

    At a given mean m, the SD is largest where all values are 0 or 1: sqrt(m (1 - m)).
    """
    parameter = psa.sample.parameters[column]
    mean = float(psa.sample.values[:, column].mean())
    if parameter.distribution not in _SHARES or sd <= _ROUNDED * math.sqrt(mean * (1 - mean)):
        return
    most = math.sqrt(mean * (1 - mean))
    if prior_size is None:
        found, remedy = f"--sd {sd:g}", f"give an SD of {most:.3g} or less"
    else:
        least = float(psa.sample.values[:, column].std())
        found = f"--prior-size {prior_size:g} means an SD of {sd:.3g} between patients"
        remedy = f"give a prior size of {(most / least) ** 2:.3g} or less, or --sd"
    raise AnalysisError(
        f"{found}: {parameter.name} has the distribution {parameter.distribution}, so patients' "
        f"values lie between 0 and 1; with a mean of {mean:.3g} their SD is {most:.3g} at most; "
        f"{remedy}"
    )


def require_sizes(sizes: Sequence[float]) -> None:
    """Refuse numbers of patients that are not whole numbers above 0."""
    if not positive(sizes):
        raise AnalysisError("give finite sizes above 0, e.g. --n 50,100,200")
    for size in sizes:
        if not float(size).is_integer():
            raise AnalysisError(
                f"{size:g} patients: give whole numbers of patients, e.g. --n 50,100,200"
            )


def positive(numbers: Sequence[float]) -> bool:
    """Tell whether there are numbers, all finite and above 0."""
    return bool(numbers) and all(0 < x < math.inf for x in numbers)


def informed(psa: Psa, cells: Sequence[Expression]) -> tuple[int, ...]:
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
