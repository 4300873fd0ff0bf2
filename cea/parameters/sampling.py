"""Sampling: uniform numbers, correlation, and the parameter values of every draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import ndtr, ndtri

from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions, Correlation, Parameter
from cea.errors import AnalysisError
from cea.parallel import HERE, Progress, Workers, in_threads
from cea.parameters.distributions import Distribution, DistributionError, distribution_of
from cea.parameters.draws import Draws, base_values, draws_with
from cea.survival.bootstrap import MOST, Bootstrap, bootstrap_draws


def uniforms(n: int, dimensions: int, sampling: str, seed: int | np.random.Generator) -> Array:
    """Numbers in (0, 1) that fill the unit cube, shape (n, dimensions).

    ``sobol`` takes the first n points of a scrambled Sobol sequence (Owen 1998); its balance is
    best where n is a power of 2. The same arguments give the same numbers on every machine.
    """
    if sampling == "pseudo_random":
        generator = seed
        if not isinstance(generator, np.random.Generator):
            generator = np.random.Generator(np.random.PCG64(generator))
        u = generator.random((n, dimensions))
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


def replicated_uniforms(
    n: int, dimensions: int, sampling: str, seed: int, replicates: int
) -> Array:
    """Independent sets of uniform numbers, one after the other, shape (n, dimensions).

    Each of the `replicates` has n/replicates numbers and a scrambling of its own, so that the
    spread of their means is a valid measure of error (Owen, Ann Stat 1997;25:1541).
    """
    size = n // replicates
    return np.concatenate(
        [
            uniforms(size, dimensions, sampling, np.random.Generator(np.random.PCG64([seed, r])))
            for r in range(1, replicates + 1)
        ]
    )


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


@dataclass(frozen=True, eq=False)
class Sample(ReadOnly):
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
    *,
    replicates: int = 1,
    threads: int | None = None,
    workers: Workers = HERE,
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
    replicates
        Number of independent sets of n/replicates draws, one after the other, that the draws
        consist of.
    threads
        Threads of this process; None: one for each core. The draws do not depend on it.
    workers
        Who refits curves for the bootstrap.

    Notes
    -----
    With survival_uncertainty bootstrap, refits to resampled patients take the place of the normal
    draws of the fitted curves; the draws of all other parameters stay what they are without.

    Raises
    ------
    AnalysisError
        A fitted curve cannot be refitted to some resamples; the draws cannot be split equally; a
        seed below 0.
    """
    settings = assumptions.settings
    n = settings.psa_draws if n is None else n
    seed = settings.psa_seed if seed is None else seed
    _refuse_seed(seed)
    if replicates < 1:
        raise AnalysisError(f"{replicates} replicates; ask for 1 or more")
    if n % replicates or (replicates > 1 and n < 2 * replicates):
        raise AnalysisError(
            f"{n:,} draws are not {replicates} equal sets of 2 draws or more; ask for a multiple "
            f"of {replicates}, e.g. {max(2, round(n / replicates)) * replicates:,}"
        )
    sampled = tuple(p for p in assumptions.parameters if p.sampled)
    if not sampled:
        return Sample((), np.empty((n, 0)), draws_with(assumptions, {}, n))
    sampling = settings.psa_sampling if sampling is None else sampling
    if replicates == 1:
        u = uniforms(n, len(sampled), sampling, seed)
    else:
        u = replicated_uniforms(n, len(sampled), sampling, seed, replicates)
    return _sample_at(
        assumptions,
        u,
        seed,
        progress,
        recall,
        replicates=replicates,
        threads=threads,
        workers=workers,
    )


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
    _refuse_seed(seed)
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


def _refuse_seed(seed: int) -> None:
    if seed < 0:
        raise AnalysisError(f"a seed of {seed}; choose a whole number, 0 or more")


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
    *,
    replicates: int = 1,
    threads: int | None = None,
    workers: Workers = HERE,
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

    def invert(column: int) -> None:
        try:
            distribution = distribution_of(sampled[column], base)
        except DistributionError as error:  # the base of a scenario or a subgroup was moved there
            named = f"{sampled[column].name} cannot be sampled: its {error}"
            raise AnalysisError(
                f"{named}. Edit its spread too, or its Distribution to fixed"
            ) from None
        values[:, column] = _quantile(distribution, u[:, column], recall)

    in_threads(invert, range(len(sampled)), threads)
    for group in {p.group for p in sampled if p.distribution == "dirichlet"}:
        members = [
            i for i, p in enumerate(sampled) if (p.distribution, p.group) == ("dirichlet", group)
        ]
        values[:, members] /= values[:, members].sum(axis=1, keepdims=True)
    notes: tuple[str, ...] = ()
    if settings.survival_uncertainty == "bootstrap":
        refitted = _bootstrapped(assumptions, n, seed, replicates, progress, workers)
        notes = refitted.notes
        for name, column in refitted.values.items():
            values[:, position[name]] = column
    drawn = {p.key: values[:, i] for i, p in enumerate(sampled)}
    return Sample(sampled, values, draws_with(assumptions, drawn, n), notes)


def _bootstrapped(
    assumptions: Assumptions,
    n: int,
    seed: int,
    replicates: int,
    progress: Progress | None,
    workers: Workers,
) -> Bootstrap:
    """Draw fitted curves by the bootstrap; independent replicates have resamples of their own."""
    if replicates == 1:
        return bootstrap_draws(assumptions, n, seed, progress, workers=workers)
    most = max(1, MOST // replicates)
    seeds = [
        int(np.random.SeedSequence([seed, r]).generate_state(1)[0])
        for r in range(1, replicates + 1)
    ]
    parts = []
    for number, own in enumerate(seeds):
        part = bootstrap_draws(assumptions, n // replicates, own, most=most, workers=workers)
        parts.append(part)
        if progress is not None:
            progress(number + 1, replicates)
    return Bootstrap(
        {name: np.concatenate([p.values[name] for p in parts]) for name in parts[0].values},
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
