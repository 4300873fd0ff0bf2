"""Sampling: uniform numbers, correlation, and the parameter values of every draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import ndtr, ndtri

from cea.arrays import Array
from cea.assumptions import Assumptions, Correlation, Parameter
from cea.parameters.distributions import Distribution, distribution_of
from cea.parameters.draws import Draws, base_values, draws_with
from cea.survival.bootstrap import Progress, bootstrap_draws


def uniforms(n: int, dimensions: int, sampling: str, seed: int) -> Array:
    """Numbers in (0, 1) that fill the unit cube, shape (n, dimensions).

    ``sobol`` takes the first n points of a scrambled Sobol sequence (Owen 1998); its balance is
    best where n is a power of 2. The same arguments give the same numbers on every machine.
    """
    if sampling == "pseudo_random":
        u = np.random.Generator(np.random.PCG64(seed)).random((n, dimensions))
    else:
        from scipy.stats import qmc  # slow to import, and the base case does not need it

        if sampling == "sobol":
            # scipy asks for a power of 2 to keep the balance; the first n of them are ours.
            powers = int(np.ceil(np.log2(n)))
            u = qmc.Sobol(dimensions, scramble=True, rng=seed).random_base2(powers)[:n]
            u += 2.0**-31  # the middle of the points' cells of 2^-30: never 0
        else:
            u = qmc.LatinHypercube(dimensions, rng=seed).random(n)
    return np.clip(u, 2.0**-54, 1 - 2.0**-53)


class NotPositiveDefiniteError(Exception):
    """Correlations that cannot hold together. `pair` is the one that contradicts the rest most."""

    def __init__(self, pair: Correlation) -> None:
        self.pair = pair
        super().__init__(f"{pair.value:g} between {pair.a} and {pair.b}")


def correlation_matrix(names: Sequence[str], correlations: Sequence[Correlation]) -> Array:
    """Correlation matrix of the named parameters, lower-case names, shape (k, k).

    Raises
    ------
    NotPositiveDefiniteError
        No joint distribution has these correlations. Nothing is repaired.
    """
    position = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for pair in correlations:
        i, j = position[pair.a.lower()], position[pair.b.lower()]
        matrix[i, j] = matrix[j, i] = pair.value
    eigenvalues, vectors = np.linalg.eigh(matrix)
    if correlations and eigenvalues[0] <= 1e-12:
        # The least eigenvalue is 1 + 2 sum over pairs of value v_i v_j: the lowest term drags most.
        v = dict(zip(names, vectors[:, 0], strict=True))
        raise NotPositiveDefiniteError(
            min(correlations, key=lambda c: c.value * v[c.a.lower()] * v[c.b.lower()])
        )
    return matrix


def correlate(u: Array, matrix: Array) -> Array:
    """Correlate independent uniforms by a Gaussian copula, shape (n, k).

    z = Phi^-1(u) L' has correlation L L' = `matrix`; Phi(z) is uniform again.
    """
    return np.asarray(ndtr(ndtri(u) @ np.linalg.cholesky(matrix).T))


Recall: TypeAlias = dict[tuple[Distribution, bytes], Array]  # by distribution and uniforms


def _quantile(distribution: Distribution, u: Array, recall: Recall | None) -> Array:
    """Inverse CDF at `u`, shape (n,), remembered where asked for."""
    if recall is None:
        return distribution.quantile(u)
    key = distribution, u.tobytes()
    if key not in recall:
        recall[key] = distribution.quantile(u)
    return recall[key]


@dataclass(frozen=True)
class Sample:
    """Sampled parameters, shape (n, k), named in `parameters`; `draws` has every parameter.

    `notes` say what a reader should know of how they were drawn.
    """

    parameters: tuple[Parameter, ...]
    values: Array
    draws: Draws
    notes: tuple[str, ...] = ()


def sample(
    assumptions: Assumptions,
    n: int | None = None,
    seed: int | None = None,
    sampling: str | None = None,
    progress: Progress | None = None,
    recall: Recall | None = None,
) -> Sample:
    """Draw every sampled parameter.

    Parameters
    ----------
    assumptions
        Names the distributions and correlations, and the defaults of the rest.
    n, seed, sampling
        Take the place of psa_draws, psa_seed and psa_sampling.
    progress
        Called with (refits done, refits in all) now and then, where fitted curves are drawn by
        the bootstrap.
    recall
        Quantiles found before, to be used again and added to: scenarios differ in few of them.

    Notes
    -----
    With survival_uncertainty bootstrap, refits to resampled patients take the place of the normal
    draws of the fitted curves; the draws of all other parameters stay what they are without.

    Raises
    ------
    AnalysisError
        A fitted curve cannot be refitted to some resamples.
    """
    settings = assumptions.settings
    n = settings.psa_draws if n is None else n
    seed = settings.psa_seed if seed is None else seed
    sampled = tuple(p for p in assumptions.parameters if p.sampled)
    if not sampled:
        return Sample((), np.empty((n, 0)), draws_with(assumptions, {}, n))
    u = uniforms(
        n,
        len(sampled),
        settings.psa_sampling if sampling is None else sampling,
        seed,
    )
    return _sample_at(assumptions, u, seed, progress, recall)


def sample_together(
    parts: Sequence[Assumptions], n: int, seed: int, progress: Progress | None = None
) -> tuple[Sample, ...]:
    """Draw the parameters of several sets of assumptions that describe parts of one population.

    A parameter takes the same uniform numbers in every part: where its distribution is the same,
    so are its draws; where it is not, its draws keep their ranks. The estimates of curves fitted
    to different data are independent. If the parts sample the same parameters, each one's draws
    are those of `sample`.

    Parameters
    ----------
    parts
        Their psa_sampling is the same.
    n, seed, progress
        As for `sample`; progress starts anew with each part.

    Raises
    ------
    AnalysisError
        As for `sample`.
    """
    columns: dict[object, int] = {}
    taken = []
    for part in parts:
        evidence = _evidence(part)
        keys = [(p.key, evidence.get(p.key)) for p in part.parameters if p.sampled]
        taken.append([columns.setdefault(key, len(columns)) for key in keys])
    if not columns:
        return tuple(sample(part, n, seed) for part in parts)
    u = uniforms(n, len(columns), parts[0].settings.psa_sampling, seed)
    recall: Recall = {}
    return tuple(
        _sample_at(part, u[:, places], seed, progress, recall)
        for part, places in zip(parts, taken, strict=True)
    )


def _evidence(assumptions: Assumptions) -> dict[str, object]:
    """Family and data behind each parameter of a fitted curve, by its lower-case name."""
    found: dict[str, tuple[object, ...]] = {}
    for made in assumptions.fits.values():
        for name in made.parameters:
            found[name] = (*found.get(name, (made.fit.label,)), made.request.data_set)
    return dict(found)


def _sample_at(
    assumptions: Assumptions,
    u: Array,
    seed: int,
    progress: Progress | None = None,
    recall: Recall | None = None,
) -> Sample:
    """Draw every sampled parameter from independent uniform numbers of its own, shape (n, k)."""
    n, settings = len(u), assumptions.settings
    sampled = tuple(p for p in assumptions.parameters if p.sampled)
    position = {p.key: i for i, p in enumerate(sampled)}
    pairs = [
        c
        for c in assumptions.correlations
        if c.value != 0 and {c.a.lower(), c.b.lower()} <= position.keys()
    ]
    if pairs:
        names = sorted(
            {name.lower() for c in pairs for name in (c.a, c.b)}, key=lambda name: position[name]
        )
        columns = [position[name] for name in names]
        u[:, columns] = correlate(u[:, columns], correlation_matrix(names, pairs))
    base = base_values(assumptions)
    values = np.empty_like(u)
    for i, parameter in enumerate(sampled):
        values[:, i] = _quantile(distribution_of(parameter, base), u[:, i], recall)
    for group in {p.group for p in sampled if p.distribution == "dirichlet"}:
        members = [
            i for i, p in enumerate(sampled) if (p.distribution, p.group) == ("dirichlet", group)
        ]
        values[:, members] /= values[:, members].sum(axis=1, keepdims=True)
    notes: tuple[str, ...] = ()
    if settings.survival_uncertainty == "bootstrap":
        refitted = bootstrap_draws(assumptions, n, seed, progress)
        notes = refitted.notes
        for name, column in refitted.values.items():
            values[:, position[name]] = column
    drawn = {p.key: values[:, i] for i, p in enumerate(sampled)}
    return Sample(sampled, values, draws_with(assumptions, drawn, n), notes)
