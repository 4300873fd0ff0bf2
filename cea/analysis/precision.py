"""How exact a probabilistic analysis is: its Monte-Carlo error.

The draws of a Sobol sequence are not independent, so their standard deviation says nothing about
the error of their mean. Independent scramblings are: the same analysis is made R times with n/R
draws each, and the spread of the R means is a valid standard error of their mean, with Student's t
on R - 1 degrees of freedom (Owen, Ann Stat 1997;25:1541; L'Ecuyer & Lemieux, Modeling Uncertainty
2002:419). For pseudo-random draws it is the method of batch means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from cea.analysis.psa import Psa
from cea.arrays import Array, IntArray, read_only
from cea.assumptions import Assumptions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

REPLICATES = 16
TARGET = 0.01
_LEVEL = 0.975  # quantile of a two-sided 95% interval
_RULE_OF_THREE = 3.0  # -log(0.05): what may have been missed where nothing was seen


@dataclass(frozen=True)
class Estimate:
    """A mean with its Monte-Carlo error.

    Attributes
    ----------
    quantity
        ``incremental cost``, ``incremental QALYs``, ``INMB``, ``ICER`` or ``probability``.
    strategy
        Position of the strategy; increments are against the reference.
    value, standard_error, half_width
        The estimate, its standard error, and half of the width of its 95% interval.
    goal
        The half-width asked for, in the quantity's unit; None where it would be a share of 0.
    draws
        Draws that reach `goal`. Where the draws at hand do, the fewest of the sizes 2R, 4R, 8R ...
        from which on they did. Else what it takes if the error falls with the square root of the
        number of draws: at most, for Sobol and Latin hypercube draws. None without a goal.
    random_draws
        Pseudo-random draws that would be as exact. None where the error is 0.
    """

    quantity: str
    strategy: int
    value: float
    standard_error: float
    half_width: float
    goal: float | None
    draws: int | None
    random_draws: float | None


def mean_and_error(means: Array) -> tuple[Array, Array, Array]:
    """Mean of independent replicates, its standard error and 95% half-width.

    Parameters
    ----------
    means
        Mean of each replicate, shape (R, ...), R >= 2.
    """
    count = len(means)
    error = means.std(axis=0, ddof=1) / np.sqrt(count)
    return means.mean(axis=0), error, float(stdtrit(count - 1, _LEVEL)) * error


def _needed(draws: IntArray, half_widths: Array, goal: float) -> int:
    """Draws that bring the half-width down to a goal."""
    missed = np.flatnonzero(half_widths > goal)
    if len(missed) == 0:
        return int(draws[0])
    if missed[-1] < len(draws) - 1:
        return int(draws[missed[-1] + 1])
    return int(np.ceil(draws[-1] * (half_widths[-1] / goal) ** 2))


@dataclass(frozen=True, eq=False)
class Precision:
    """Monte-Carlo error of an analysis whose draws are independent replicates.

    `target` is the error asked for: of a probability in itself, of anything else relative to its
    value. So 0.01 is one percentage point, and 1% of the INMB or the ICER. `checked` is the number
    of draws of the analysis that these draws check; None where they are the analysis's own.
    """

    psa: Psa
    target: float = TARGET
    checked: int | None = None

    @property
    def assumptions(self) -> Assumptions:
        """What was assumed."""
        return self.psa.assumptions

    @property
    def draws(self) -> int:
        """Number of draws, of all replicates together."""
        return self.psa.n

    def _increments(self, strategy: int) -> tuple[Array, Array]:
        """Incremental costs and QALYs of a strategy (position), shape (R, n/R) each."""
        cost, qaly = self.psa.increments(strategy)
        return cost.reshape(self.replicates, -1), qaly.reshape(self.replicates, -1)

    @cached_property
    def _best(self) -> Array:
        """Share of being best in each draw, less than 1 where several are, shape (R, n/R, S)."""
        benefit = self.psa.outcomes.net_benefit(self.assumptions.threshold.value)
        best = benefit == benefit.max(axis=1, keepdims=True)
        share = best / best.sum(axis=1, keepdims=True)
        return read_only(share.reshape(self.replicates, -1, share.shape[1]))

    @cached_property
    def estimates(self) -> tuple[Estimate, ...]:
        """Every quantity of every comparison, then every probability of being best."""
        return tuple(self._estimates())

    def _estimates(self) -> Iterator[Estimate]:
        threshold = self.assumptions.threshold.value
        for s in self.assumptions.others:
            c, q = self._increments(s)
            yield self._estimate("incremental cost", s, c)
            yield self._estimate("incremental QALYs", s, q)
            yield self._estimate("INMB", s, threshold * q - c)
            ratio = self.psa.mean_increment(s).icer
            if ratio is not None:
                # The error of a ratio of means, by its linear part (Cochran 1977, ch. 6).
                yield self._estimate("ICER", s, ratio + (c - ratio * q) / q.mean())
        for s in range(self._best.shape[2]):
            yield self._estimate("probability", s, self._best[..., s])

    def _estimate(self, quantity: str, strategy: int, values: Array) -> Estimate:
        """Judge values of shape (R, n/R)."""
        draws, means, errors, halves = self._growing(values)
        if quantity == "probability":
            halves = np.maximum(halves, _RULE_OF_THREE / draws)
        mean, error, half = float(means[-1]), float(errors[-1]), float(halves[-1])
        goal: float | None = self.target
        if quantity != "probability":
            goal = self.target * abs(mean) or None
        return Estimate(
            quantity, strategy, mean, error, half, goal,
            None if goal is None else _needed(draws, halves, goal),
            float(values.var()) / error**2 if error > 0 else None,
        )  # fmt: skip

    def _growing(self, values: Array) -> tuple[IntArray, Array, Array, Array]:
        """Estimate from the first 2, 4, 8 ... and all draws of each replicate.

        Parameters
        ----------
        values
            Shape (R, n/R).

        Returns
        -------
        draws, mean, standard error, half-width
            Shape (m,) each; draws of all replicates together.
        """
        size = values.shape[1]
        at = np.unique(np.append(2 ** np.arange(1, int(np.log2(size)) + 1), size))
        means = np.cumsum(values, axis=1)[:, at - 1] / at
        return at * len(values), *mean_and_error(means)

    def of(self, quantity: str, strategy: int) -> Estimate | None:
        """Return one estimate; None where there is none: an ICER that has no meaning."""
        return next(
            (e for e in self.estimates if (e.quantity, e.strategy) == (quantity, strategy)), None
        )

    @property
    def probability_half_width(self) -> float:
        """Widest half-width of a probability of being the most cost-effective."""
        return max(e.half_width for e in self.estimates if e.quantity == "probability")

    @property
    def reached(self) -> bool:
        """Whether every probability is as exact as `target` asks."""
        return self.probability_half_width <= self.target

    @property
    def table(self) -> pd.DataFrame:
        """One row a quantity and strategy.

        Columns: strategy, quantity, estimate, standard_error, half_width, low, high (95%
        Monte-Carlo interval), goal, draws_for_goal, equivalent_random_draws; draws, the number
        behind the estimate, and draws_are, whether these are the analysis's own or a separate
        check of it.
        """
        import pandas as pd

        own = "the analysis's own"
        if self.checked is not None:
            own = f"a separate check of {self.checked} draws"
        rows = [
            (
                self.assumptions.strategy_names[e.strategy], e.quantity, e.value, e.standard_error,
                e.half_width, *self._interval(e), e.goal, e.draws, e.random_draws, self.draws, own,
            )
            for e in self.estimates
        ]  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=[
                "strategy", "quantity", "estimate", "standard_error", "half_width", "low", "high",
                "goal", "draws_for_goal", "equivalent_random_draws", "draws", "draws_are",
            ],
        )  # fmt: skip

    @staticmethod
    def _interval(e: Estimate) -> tuple[float, float]:
        low, high = e.value - e.half_width, e.value + e.half_width
        return (max(low, 0.0), min(high, 1.0)) if e.quantity == "probability" else (low, high)

    def running(self, strategy: int) -> dict[str, Array | IntArray]:
        """Estimates as the draws grow: each replicate by powers of 2.

        Returns
        -------
        dict
            ``draws``, ``inmb``, ``inmb_half_width``, ``probability``, ``probability_half_width``,
            shape (m,) each, at the headline threshold.
        """
        cost, qaly = self._increments(strategy)
        gain = self.assumptions.threshold.value * qaly - cost
        draws, inmb, _, inmb_half = self._growing(gain)
        _, probability, _, half = self._growing(self._best[..., strategy])
        return {
            "draws": draws,
            "inmb": inmb,
            "inmb_half_width": inmb_half,
            "probability": probability,
            "probability_half_width": np.maximum(half, _RULE_OF_THREE / draws),
        }

    @property
    def convergence(self) -> pd.DataFrame:
        """`running` of every strategy but the reference, with a column strategy."""
        import pandas as pd

        names = self.assumptions.strategy_names
        return pd.concat(
            [
                pd.DataFrame({"strategy": names[s], **self.running(s)})
                for s in self.assumptions.others
            ],
            ignore_index=True,
        )

    def plot_convergence(self) -> Figure:
        """INMB and probability with their Monte-Carlo intervals, as the draws grow."""
        from cea.report import charts

        return charts.precision(self)

    @cached_property
    def replicates(self) -> int:
        """Number of replicates."""
        return blocks(self.psa)


def blocks(found: Psa) -> int:
    """Return the number of independent sets that the draws of an analysis can be cut into.

    Pseudo-random draws are independent, so any cut will do; 1 where there is none.
    """
    if found.replicates > 1 or found.sampling != "pseudo_random":
        return found.replicates
    return next((r for r in range(REPLICATES, 1, -1) if found.n % r == 0 and found.n > r), 1)
