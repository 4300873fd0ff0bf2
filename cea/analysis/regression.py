"""What some inputs tell of the results: adaptive least squares.

E[y | inputs], which the value of partial information rests on. Each input enters by smooth
functions of it (`cea.analysis.smooth`); products of functions of up to three inputs are added as
long as one explains more than chance would, as in Friedman's adaptive regression splines (Ann Stat
1991;19:1). One orthonormal basis serves every outcome, and so every threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cea.analysis.smooth import smooth_functions
from cea.arrays import Array

DRAWS_A_TERM = 10  # with fewer draws than that for each term a fit follows noise
_LEAST = 3  # functions of an input that are in any fit: a line and two bends
_CAUTION = 1.4  # a degree of freedom counts this much in cross-validation (Kim and Gu 2004)
_FACTORS = 4  # functions of an input that enter products
_DEGREE = 3  # inputs in a product
_FEW = 6  # inputs among which products of three are looked for even where no two act together
_MOST = 300  # terms of a fit
_EXPLAINED = 2e-5  # share of an outcome's variance: a term that explains less is not worth it
_SEARCHED = 4096  # draws among which terms are looked for
_DEPENDENT = 1e-6  # of a column's length: what earlier terms leave of it must be longer

Floats: TypeAlias = npt.NDArray[np.floating]
Key: TypeAlias = tuple[
    tuple[int, int], ...
]  # a term: its factors, each (input, order of the function)


class TooFewDrawsError(Exception):
    """The draws do not carry the terms that a regression needs."""

    def __init__(self, terms: int, draws: int) -> None:
        self.terms, self.draws = terms, draws
        super().__init__(terms, draws)

    def __str__(self) -> str:
        return f"{self.terms} terms, {self.draws} draws"


@dataclass(frozen=True, eq=False)
class Regression:
    """A fit of r outcomes by p terms to n draws.

    Attributes
    ----------
    basis
        Orthonormal columns, shape (n, p); the first is the constant.
    coefficients
        Shape (p, r).
    residuals
        Shape (n, r).
    """

    basis: Array
    coefficients: Array
    residuals: Array

    @property
    def terms(self) -> int:
        """Number of terms, the constant among them."""
        return int(self.basis.shape[1])

    @property
    def noise(self) -> Array:
        """Covariance of the residuals, shape (r, r).

        It is the covariance of each row of the coefficients too; the rows are uncorrelated.
        """
        return self.residuals.T @ self.residuals / max(1, len(self.residuals) - self.terms)

    @property
    def fitted(self) -> Array:
        """Expected outcomes given the inputs, shape (n, r)."""
        return self.basis @ self.coefficients


class Inputs:
    """Draws of inputs, shape (n, k), and the smooth functions of each, made once."""

    def __init__(self, values: Array) -> None:
        self.values = values
        self._functions: dict[int, Array] = {}

    @property
    def n(self) -> int:
        """Number of draws."""
        return len(self.values)

    @property
    def count(self) -> int:
        """Number of inputs."""
        return int(self.values.shape[1])

    def functions(self, column: int) -> Array:
        """Return the smooth functions of an input, shape (n, m)."""
        if column not in self._functions:
            self._functions[column] = smooth_functions(self.values[:, column])
        return self._functions[column]

    def term(self, key: Key) -> Array:
        """Return a product of functions, shape (n,)."""
        first, *others = key
        made = self.functions(first[0])[:, first[1]]
        for column, order in others:
            made = made * self.functions(column)[:, order]
        return made


def regress(inputs: Inputs, columns: Sequence[int], outcomes: Array) -> Regression:
    """Regress outcomes on the inputs in some columns.

    Every input has at least a line and two bends; how many functions it has beyond that is chosen
    by generalised cross-validation, products by what they explain.

    Parameters
    ----------
    inputs, columns
        What is known: the inputs whose columns these are.
    outcomes
        Shape (n, r).

    Raises
    ------
    TooFewDrawsError
        Even without products there is more than a term for every ten draws.
    """
    n = inputs.n
    scaled, mean, scale = _standardised(outcomes)
    functions = [inputs.functions(column) for column in columns]
    carried = max(2, n // DRAWS_A_TERM)
    least = 1 + sum(min(_LEAST, f.shape[1]) for f in functions)
    if least > carried:
        raise TooFewDrawsError(least, n)
    counts = [_count(f, scaled) for f in functions]
    if 1 + sum(counts) > carried:
        counts = [min(_LEAST, f.shape[1]) for f in functions]
    fit = _Fit(scaled, min(carried, max(_MOST, 1 + sum(counts))))
    fit.add(np.hstack([f[:, :m] for f, m in zip(functions, counts, strict=True)]))
    if len(columns) > 1:
        _Search(inputs, columns, lone=False).grow(fit)
    coefficients = fit.basis.T @ scaled * scale
    coefficients[0] += np.sqrt(n) * mean
    return Regression(fit.basis, coefficients, fit.residuals * scale)


@dataclass(frozen=True, eq=False)
class Parts:
    """Outcomes as a sum of functions of inputs, and a rest.

    `of` maps the inputs that a part depends on to the part, shape (n, r), whose mean is 0.
    """

    of: dict[frozenset[int], Array]


def decompose(inputs: Inputs, outcomes: Array) -> Parts:
    """Find which inputs, alone and together, the outcomes depend on.

    A search among all functions of all inputs and their products; nothing is in the fit but what
    explains more than chance would.
    """
    scaled, _, scale = _standardised(outcomes)
    fit = _Fit(scaled, min(max(2, inputs.n // DRAWS_A_TERM), _MOST))
    keys = _Search(inputs, range(inputs.count), lone=True).grow(fit)
    if not keys:
        return Parts({})
    raw = np.column_stack([inputs.term(key) for key in keys])
    raw -= raw.mean(axis=0)
    weights = np.linalg.lstsq(fit.basis.T @ raw, fit.basis.T @ scaled, rcond=None)[0] * scale
    by_support: dict[frozenset[int], list[int]] = {}
    for position, key in enumerate(keys):
        by_support.setdefault(frozenset(column for column, _ in key), []).append(position)
    return Parts({s: raw[:, found] @ weights[found] for s, found in by_support.items()})


def _standardised(outcomes: Array) -> tuple[Array, Array, Array]:
    """Return outcomes of mean 0 and variance 1, their means and standard deviations."""
    mean, scale = outcomes.mean(axis=0), outcomes.std(axis=0)
    scale = np.where(scale > 1e-12 * np.abs(mean), scale, 0.0)
    return (outcomes - mean) / np.where(scale > 0, scale, np.inf), mean, scale


def _count(functions: Array, scaled: Array) -> int:
    """Return how many functions of an input to use: the most that any outcome asks for.

    Generalised cross-validation over the first m, with every degree of freedom counted 1.4 times.
    """
    n, m = functions.shape
    if m <= _LEAST:
        return int(m)
    explained = np.cumsum((functions.T @ scaled / n) ** 2, axis=0)
    used = 1 + _CAUTION * np.arange(1, m + 1)[:, None]
    score = np.maximum(1 - explained, 1e-12) / np.maximum(1 - used / n, 1e-3) ** 2
    return int(max(_LEAST, (score.argmin(axis=0) + 1).max()))


class _Fit:
    """A fit that grows: its orthonormal basis, and what it leaves unexplained."""

    def __init__(self, outcomes: Array, most: int) -> None:
        n = len(outcomes)
        self.most = most
        self.residuals = outcomes
        self._columns = np.empty((n, most), order="F")
        self._columns[:, 0] = 1 / np.sqrt(n)
        self.terms = 1

    @property
    def basis(self) -> Array:
        """Every term so far, shape (n, p)."""
        return self._columns[:, : self.terms]

    @property
    def noise(self) -> Array:
        """Variance of the residuals, shape (r,)."""
        left = len(self.residuals) - self.terms
        return np.asarray((self.residuals**2).sum(axis=0) / max(1, left))

    def new(self, columns: Array) -> Array:
        """Return orthonormal columns that say what the given ones add, shape (n, q).

        What depends on earlier columns is left out.
        """
        length = np.sqrt((columns**2).sum(axis=0))
        columns = columns[:, length > 0] / length[length > 0]
        for _ in range(2):  # twice is enough: the second time only rounding is taken off
            columns = columns - self.basis @ (self.basis.T @ columns)
        columns = columns[:, (columns**2).sum(axis=0) > _DEPENDENT**2]
        while columns.shape[1]:
            q, r = np.linalg.qr(columns)
            left = np.abs(np.diag(r))
            if (left > _DEPENDENT).all():
                return q
            columns = columns[:, left > _DEPENDENT]
        return columns

    def take(self, columns: Array) -> None:
        """Add orthonormal columns."""
        end = self.terms + columns.shape[1]
        self._columns[:, self.terms : end] = columns
        self.terms = end
        self.residuals = self.residuals - columns @ (columns.T @ self.residuals)

    def add(self, columns: Array) -> None:
        """Add columns, whatever they explain."""
        if columns.shape[1]:
            self.take(self.new(columns))


class _Search:
    """Terms looked for where residuals ask for them.

    `lone` has functions of single inputs searched as well as products. The search looks at the
    first draws only; whether a term stays is decided by all of them.
    """

    def __init__(self, inputs: Inputs, columns: Iterable[int], *, lone: bool) -> None:
        self._inputs = inputs
        self._lone: list[Key] = []
        factors: list[tuple[int, int]] = []
        for c in columns:
            m = inputs.functions(c).shape[1]
            factors += [(c, order) for order in range(min(m, _FACTORS))]
            self._lone += [((c, order),) for order in range(m)] if lone else []
        self._factors = factors
        self._made = self._columns([(factor,) for factor in factors])
        self._alone = self._columns(self._lone)
        length = (self._made**2).T @ self._made**2
        column = np.array([c for c, _ in factors])
        # Each pair of different inputs once; the scores of all other pairs are 0.
        self._inverse = np.where(column[:, None] < column, 1 / np.maximum(length, 1e-30), 0.0)
        self._tried: set[Key] = set()
        lines = [factor for factor in factors if factor[1] == 0]
        self._parents: list[Key] = list(combinations(lines, 2)) if len(lines) <= _FEW else []

    def _columns(self, keys: Sequence[Key]) -> Floats:
        rows = min(self._inputs.n, _SEARCHED)
        made = np.empty((rows, len(keys)), dtype=np.float32)
        for k, key in enumerate(keys):
            made[:, k] = self._inputs.term(key)[:rows]
        return made

    def grow(self, fit: _Fit) -> list[Key]:
        """Add terms to a fit while one explains more than chance would; return them."""
        taken: list[Key] = []
        parents = self._parents
        while fit.terms < fit.most:
            noise = fit.noise
            count = len(self._lone) + int(np.count_nonzero(self._inverse))
            count += 2 * len(parents) * len(self._factors)
            # The most that any of as many useless candidates is likely to explain, in units of the
            # noise: the risk inflation criterion of Foster and George (Ann Stat 1994;22:1947).
            chance = 2 * np.log(max(2, count * len(noise)))
            found = [one for one in self._candidates(fit, chance, parents)
                     if one[1] not in self._tried]  # fmt: skip
            batch = min(max(8, fit.terms // 4), fit.most - fit.terms)
            chosen = [key for _, key in sorted(found, reverse=True)[:batch]]
            if not chosen:
                break
            self._tried.update(chosen)
            for key in chosen:
                made = fit.new(self._inputs.term(key)[:, None])
                if made.shape[1] and _worth(made, fit.residuals, noise).max() > chance:
                    fit.take(made)
                    taken.append(key)
            acting = (key for key in taken if 1 < len(key) < _DEGREE)
            parents = list(dict.fromkeys((*self._parents, *acting)))
        return taken

    def _candidates(
        self, fit: _Fit, chance: float, parents: Sequence[Key]
    ) -> Iterator[tuple[float, Key]]:
        """Score terms; yield those that explain more than chance would."""
        rows = len(self._made)
        residuals, noise = fit.residuals[:rows].astype(np.float32), fit.noise
        if self._lone:
            score = _worth(self._alone, residuals, noise)
            yield from ((float(score[k]), self._lone[k]) for k in np.flatnonzero(score > chance))
        score = self._scores(self._made, residuals, noise, self._inverse)
        for i, j in zip(*np.nonzero(score > chance), strict=True):
            yield float(score[i, j]), (self._factors[i], self._factors[j])
        if not parents:
            return
        terms = self._columns(parents)
        length = (terms**2).T @ self._made**2
        free = np.array(
            [[order < 2 and all(c != used for used, _ in key) for c, order in self._factors]
             for key in parents]
        )  # fmt: skip
        score = self._scores(terms, residuals, noise, free / np.maximum(length, 1e-30))
        for i, j in zip(*np.nonzero(score > chance), strict=True):
            yield float(score[i, j]), tuple(sorted((*parents[i], self._factors[j])))

    def _scores(self, terms: Floats, residuals: Floats, noise: Array, inverse: Array) -> Array:
        """Score the products of terms and factors by what they explain of any outcome."""
        best = np.zeros(inverse.shape)
        for residual, variance in zip(residuals.T, noise, strict=True):
            inner = (terms * residual[:, None]).T @ self._made
            best = np.maximum(best, _in_noise(inner**2 * inverse, variance, len(residual)))
        return best


def _worth(columns: Floats, residuals: Floats, noise: Array) -> Array:
    """Say how much each column explains of any outcome, in units of the noise, shape (q,)."""
    length = np.maximum((columns**2).sum(axis=0), 1e-30)[:, None]
    explained = (columns.T @ residuals) ** 2 / length
    return np.asarray(_in_noise(explained, noise, len(columns)).max(axis=1, initial=0.0))


def _in_noise(explained: Floats, noise: Array | float, n: int) -> Array:
    """Return sums of squares explained in units of the noise; 0 where too small to matter."""
    worth = explained > _EXPLAINED * n
    return np.where(worth, explained / np.maximum(noise, 1e-300), 0.0)
