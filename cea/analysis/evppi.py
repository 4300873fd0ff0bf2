"""Expected value of partial perfect information, by regression.

With B the incremental net benefits and x some inputs, EVPPI = E[max(0, E[B | x])] - max(0, E[B])
(Felli and Hazen, Med Decis Making 1998;18:95). E[B | x] is a regression of the incremental costs
and QALYs on x (Strong, Oakley and Brennan, Med Decis Making 2014;34:311), one for all thresholds.

Before that, what the outcomes owe to *other, independent* inputs is taken off: its expectation
given x is 0, so the answer stays, and the noise goes. It matters most with Sobol draws, whose
products of many inputs are not independent of each other in a finite sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import chdtrc

from cea.analysis.input_sets import InputSet
from cea.analysis.regression import (
    DRAWS_A_TERM,
    Inputs,
    Parts,
    Regression,
    TooFewDrawsError,
    regress,
)
from cea.arrays import Array, IntArray, ReadOnly, read_only

_SIMULATIONS = 100  # of the coefficients, for the standard error
_SEED = 20_140_415
_ROWS = 2048  # draws at which they are evaluated
_BINS, _CELLS = 20, 5
_PAIRED = 6  # inputs up to which residuals are looked at pair by pair
_P, _SHARE = 1e-3, 0.005  # residuals have structure beyond both


@dataclass(frozen=True, eq=False)
class Increments(ReadOnly):
    """Costs and QALYs of the strategies minus the reference's, shape (n, S - 1) each."""

    cost: Array
    qaly: Array

    @classmethod
    def of(cls, cost: Array, qaly: Array, reference: int) -> Increments:
        """Subtract the reference strategy's column from all others."""
        others = [s for s in range(cost.shape[1]) if s != reference]
        base = slice(reference, reference + 1)
        return cls(cost[:, others] - cost[:, base], qaly[:, others] - qaly[:, base])

    @property
    def outcomes(self) -> Array:
        """Both side by side, as they are regressed, shape (n, 2 (S - 1))."""
        return np.hstack((self.cost, self.qaly))


def net_benefit(outcomes: Array, threshold: float) -> Array:
    """Incremental net benefit from costs and QALYs side by side, shape (n, S - 1)."""
    others = outcomes.shape[1] // 2
    return np.asarray(threshold * outcomes[:, others:] - outcomes[:, :others])


def values(outcomes: Array, thresholds: Array) -> Array:
    """Gain of deciding draw by draw over deciding once, shape (K,); never below 0.

    `outcomes` are incremental costs and QALYs side by side, shape (n, 2 (S - 1)).
    """
    others = outcomes.shape[1] // 2
    columns, mean = np.ascontiguousarray(outcomes.T), outcomes.mean(axis=0)
    found = np.empty(len(thresholds))
    for k, threshold in enumerate(thresholds):
        best = np.zeros(len(outcomes))
        for cost, qaly in zip(columns[:others], columns[others:], strict=True):
            np.maximum(best, threshold * qaly - cost, out=best)
        once = max(0.0, float((threshold * mean[others:] - mean[:others]).max()))
        found[k] = max(0.0, float(best.mean()) - once)
    return found


@dataclass(frozen=True, eq=False)
class PartialInformation(ReadOnly):
    """What it is worth to know a set of inputs.

    Attributes
    ----------
    of
        The inputs.
    refused
        Why there is no estimate; empty if there is one. The arrays are NaN then.
    evppi, std_error, bias
        At the workbook's thresholds, shape (k,). The standard error holds the noise of the
        regression and of the finite number of draws; `bias` is how much the first raises the
        estimate, which is not taken off.
    curve
        EVPPI by threshold, shape (K,).
    terms
        Terms of the regression.
    structure
        Where residuals show what the regression misses; empty if they show nothing.
    """

    of: InputSet
    evppi: Array
    std_error: Array
    bias: Array
    curve: Array
    terms: int = 0
    structure: str = ""
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Question(ReadOnly):
    """Draws, and the thresholds at which information is valued.

    `parts` and `clusters` say what the outcomes owe to which inputs, and which are independent.
    `strata` are orthonormal functions of single inputs whose mean is all but free of error, as the
    draws are stratified, shape (n, p); None for pseudo-random draws.
    """

    inputs: Inputs
    increments: Increments
    thresholds: Array
    grid: Array
    parts: Parts
    clusters: Mapping[int, frozenset[int]]
    labels: Sequence[str]
    strata: Array | None = None

    @cached_property
    def evpi(self) -> Array:
        """Value of knowing everything, at the thresholds and then on the grid."""
        return read_only(values(self.increments.outcomes, np.append(self.thresholds, self.grid)))

    def evppi(self, of: InputSet) -> PartialInformation:
        """Estimate the value of knowing a set of inputs."""
        try:
            fit, left_out = self.expectation(of.columns)
        except TooFewDrawsError as few:
            need = few.terms * DRAWS_A_TERM
            reason = (
                f"the regression on {len(of.columns)} inputs needs {few.terms} terms or more, "
                f"which {few.draws:,} draws do not carry: run {need:,} or more"
            )
            none = np.full(len(self.thresholds), np.nan)
            return PartialInformation(
                of, none, none, none, np.full(len(self.grid), np.nan), refused=reason
            )
        fitted, k = fit.fitted, len(self.thresholds)
        # By Jensen's inequality no part is worth more than the whole; estimates may err.
        found = np.minimum(values(fitted, np.append(self.thresholds, self.grid)), self.evpi)
        std_error, bias = self.uncertainty(fit, left_out)
        return PartialInformation(
            of, found[:k], std_error, bias, found[k:], fit.terms, self._structure(fit, fitted, of)
        )

    def expectation(self, columns: Sequence[int]) -> tuple[Regression, Array]:
        """Regress costs and QALYs on inputs; return also what was taken off them before."""
        left = self.without_others(columns)
        return regress(self.inputs, columns, left), self.increments.outcomes - left

    def uncertainty(self, fit: Regression, left_out: Array) -> tuple[Array, Array]:
        """Standard error and upward bias of an EVPPI at the thresholds, shape (k,) each.

        The error is that of the regression and that of a mean over so many draws.
        """
        error, bias = regression_error(fit, self.thresholds)
        return np.hypot(error, self.sampling_errors(fit.fitted, left_out)), bias

    def sampling_errors(self, fitted: Array, left_out: Array) -> Array:
        """Standard error at the thresholds that the finite number of draws brings, shape (k,)."""
        return self.sampling_error(
            np.column_stack(
                [
                    influence(net_benefit(fitted, x), net_benefit(left_out, x))
                    for x in self.thresholds
                ]
            )
        )

    def sampling_error(self, influences: Array) -> Array:
        """Standard error of means over the draws, shape (k,) from (n, k).

        Stratified draws integrate sums of functions of single inputs all but exactly: with a Latin
        hypercube the error is that of the rest (Stein, Technometrics 1987;29:143). Sobol draws do
        better than that, so it is on the safe side for them.
        """
        rest = influences - influences.mean(axis=0)
        if self.strata is not None:
            rest = rest - self.strata @ (self.strata.T @ rest)
        return np.asarray(rest.std(axis=0) / np.sqrt(len(rest)))

    def without_others(self, columns: Sequence[int]) -> Array:
        """Costs and QALYs without what is due to inputs that tell nothing of these columns.

        A part goes if its expectation given the columns is 0: because all of its inputs are
        independent of them, or because one factor of mean 0 is independent of all others. Products
        of inputs of the same cluster have no such factor and stay.
        """
        known = set(columns)
        left = self.increments.outcomes
        for support, part in self.parts.of.items():
            within = {self.clusters[c] for c in support}
            free = [cluster for cluster in within if not cluster & known]
            if len(free) == len(within) == 1 or any(len(c & support) == 1 for c in free):
                left = left - part
        return left

    def _structure(self, fit: Regression, fitted: Array, of: InputSet) -> str:
        """Say along what the residuals still vary at the headline threshold; empty if nowhere."""
        headline = float(self.thresholds[0])
        benefit = net_benefit(self.increments.outcomes, headline)
        residual, total = net_benefit(fit.residuals, headline), benefit.var(axis=0)
        expected = net_benefit(fitted, headline)
        values, n = self.inputs.values, self.inputs.n
        bins = min(_BINS, n // 10)
        places: list[tuple[str, IntArray]] = [
            (self.labels[c], _bins(values[:, c], bins)) for c in of.columns
        ]
        if 1 < len(of.columns) <= _PAIRED:
            cells = {c: _bins(values[:, c], _CELLS) for c in of.columns}
            places += [
                (f"{self.labels[a]} with {self.labels[b]}", cells[a] * _CELLS + cells[b])
                for i, a in enumerate(of.columns)
                for b in of.columns[:i]
            ]
        for d in range(residual.shape[1]):
            if not total[d] > 0:
                continue
            everywhere = [*places, ("the fitted value", _bins(expected[:, d], bins))]
            for name, places_of in everywhere:
                p, share = _between(residual[:, d], places_of)
                if p < _P / len(everywhere) and share * float(residual[:, d].var()) > (
                    _SHARE * total[d]
                ):
                    return name
        return ""


def _bins(x: Array, count: int) -> IntArray:
    """Sort values into bins of about as many draws; equal values share one."""
    edges = np.unique(np.quantile(x, np.linspace(0, 1, max(2, count) + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, x, side="right"))


def _between(residual: Array, bins: IntArray) -> tuple[float, float]:
    """P-value and share of the variance of what lies between bins.

    Without structure the sum of squares between b bins is about chi-squared, b - 1 degrees of
    freedom, in units of the variance; its excess over that is the structure's.
    """
    n, variance = len(residual), float(residual.var())
    count = np.bincount(bins)
    used = count > 0
    free = int(used.sum()) - 1
    if not variance > 0 or free < 1:
        return 1.0, 0.0
    sums = np.bincount(bins, residual)[used]
    between = float((sums**2 / count[used]).sum() - residual.sum() ** 2 / n)
    return float(chdtrc(free, between / variance)), (between / variance - free) / n


def regression_error(fit: Regression, thresholds: Array) -> tuple[Array, Array]:
    """Standard error of an EVPPI that the regression's noise brings, and upward bias, shape (k,).

    The coefficients are drawn from their normal distribution (Strong et al. 2014): the spread of
    the EVPPI is the standard error, the excess of its mean the bias.
    """
    n, p = fit.basis.shape
    r = fit.coefficients.shape[1]
    rows = np.unique(np.linspace(0, n - 1, min(n, _ROWS)).astype(int))
    rng = np.random.Generator(np.random.PCG64(_SEED))
    scale, vectors = np.linalg.eigh(fit.noise)
    root = vectors * np.sqrt(np.maximum(scale, 0))
    moves = np.tensordot(root, rng.standard_normal((r, p, _SIMULATIONS)), 1)
    basis = fit.basis[rows]
    start, mean = basis @ fit.coefficients, fit.fitted.mean(axis=0)
    moved = [start[:, k, None] + basis @ moves[k] for k in range(r)]
    means = mean[:, None] + moves[:, 0] / np.sqrt(n)
    error, bias = np.empty(len(thresholds)), np.empty(len(thresholds))
    for k, threshold in enumerate(thresholds):
        decided = np.zeros((len(rows), _SIMULATIONS))
        for cost, qaly in zip(moved[: r // 2], moved[r // 2 :], strict=True):
            np.maximum(decided, threshold * qaly - cost, out=decided)
        once = np.maximum((threshold * means[r // 2 :] - means[: r // 2]).max(axis=0), 0.0)
        simulated = decided.mean(axis=0) - once
        plain = float(_best(net_benefit(start, threshold)).mean())
        plain -= max(0.0, float(net_benefit(mean[None], threshold).max()))
        bias[k] = max(0.0, float(simulated.mean()) - plain)
        error[k] = simulated.std()
    return error, bias


def influence(benefit: Array, left_out: Array | None = None) -> Array:
    """What each draw adds to the estimate of `values`, shape (n,): its mean over draws varies.

    `benefit` is the expected one that is decided by, shape (n, S - 1). `left_out` is what was taken
    off it, with mean 0 in the sample: the sample's mean is still in `benefit`, and errs by it.
    """
    mean = benefit.mean(axis=0)
    chosen = int(mean.argmax()) if mean.max() > 0 else None
    found = _best(benefit)
    if chosen is not None:
        found = found - benefit[:, chosen]
    if left_out is not None:
        winner = benefit.argmax(axis=1)
        ahead = benefit.max(axis=1) > 0
        for d in range(benefit.shape[1]):
            share = float((ahead & (winner == d)).mean()) - (d == chosen)
            found = found + share * left_out[:, d]
    return found


def _best(benefit: Array) -> Array:
    """Benefit of the best strategy, the reference among them, shape (n,)."""
    best = np.zeros(len(benefit))
    for column in benefit.T:
        np.maximum(best, column, out=best)
    return best
