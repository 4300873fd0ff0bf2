"""Probabilistic sensitivity analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import (
    Acceptability,
    Increment,
    acceptability,
    acceptability_table,
)
from cea.analysis.pairs import Pair, gains
from cea.arrays import Array, ReadOnly, read_only
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parallel import HERE, Progress, Workers
from cea.parameters.sampling import Recall, Sample, sample

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, eq=False)
class Psa(ReadOnly):
    """Results of a probabilistic sensitivity analysis of n draws.

    `replicates` is the number of independent sets of draws, one after the other, that they are.
    """

    assumptions: Assumptions
    sample: Sample
    outcomes: Outcomes
    seed: int
    sampling: str
    replicates: int = 1

    @property
    def n(self) -> int:
        """Number of draws."""
        return self.outcomes.n

    @cached_property
    def ceac_thresholds(self) -> Array:
        """Thresholds of the acceptability curve, the workbook's own among them, shape (K,)."""
        settings = self.assumptions.settings
        steps = int(settings.ceac_max / settings.ceac_step + 1e-9)
        own = [threshold.value for threshold in self.assumptions.thresholds]
        return read_only(np.unique(np.append(np.arange(steps + 1) * settings.ceac_step, own)))

    @cached_property
    def acceptability(self) -> Acceptability:
        """CEAC, CEAF, expected loss and EVPI on `ceac_thresholds`."""
        return acceptability(self.outcomes.cost, self.outcomes.total_qaly, self.ceac_thresholds)

    def acceptability_at(self, threshold: float) -> Acceptability:
        """Return the same at one threshold."""
        return acceptability(
            self.outcomes.cost, self.outcomes.total_qaly, np.array([threshold], dtype=float)
        )

    def increments(self, strategy: int) -> tuple[Array, Array]:
        """Cost and QALYs of a strategy (position) minus the reference's, shape (n,) each."""
        found = gains(self.outcomes, Pair(strategy, self.assumptions.reference))
        return found.cost, found.qaly

    def mean_increment(self, strategy: int) -> Increment:
        """Judge the means of a strategy against the reference's."""
        return gains(self.outcomes, Pair(strategy, self.assumptions.reference)).mean

    @property
    def summary(self) -> pd.DataFrame:
        """Means and 95% intervals, one row a strategy.

        Columns: strategy; mean, low and high of cost, ly and qaly, and of the increments against
        the reference; icer of the mean increments and its verdict in words.
        """
        import pandas as pd

        r = self.assumptions.reference
        o = self.outcomes
        rows = []
        for s, name in enumerate(o.strategies):
            row: dict[str, object] = {"strategy": name}
            for measure, x in (("cost", o.cost), ("ly", o.total_ly), ("qaly", o.total_qaly)):
                for prefix, values in (("", x[:, s]), ("incremental_", x[:, s] - x[:, r])):
                    low, high = np.percentile(values, INTERVAL)
                    row[f"{prefix}{measure}"] = values.mean()
                    row[f"{prefix}{measure}_low"], row[f"{prefix}{measure}_high"] = low, high
            pair = self.mean_increment(s)
            row["icer"] = np.nan if pair.icer is None else pair.icer
            row["status"] = "reference" if s == r else str(pair.verdict)
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def at_thresholds(self) -> pd.DataFrame:
        """Decision uncertainty at the workbook's thresholds.

        Columns: label, threshold, strategy, probability (most cost-effective), nmb, inmb,
        inmb_low, inmb_high (means and 95% interval), expected_loss, optimal, evpi.
        """
        import pandas as pd

        r = self.assumptions.reference
        rows = []
        for threshold in self.assumptions.thresholds:
            at = self.acceptability_at(threshold.value)
            benefit = self.outcomes.net_benefit(threshold.value)
            for s, name in enumerate(self.outcomes.strategies):
                gain = benefit[:, s] - benefit[:, r]
                low, high = np.percentile(gain, INTERVAL)
                rows.append(
                    (threshold.label, threshold.value, name, at.probability[0, s],
                     benefit[:, s].mean(), gain.mean(), low, high, at.expected_loss[0, s],
                     bool(at.optimal[0] == s), at.evpi[0])
                )  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=["label", "threshold", "strategy", "probability", "nmb", "inmb", "inmb_low",
                     "inmb_high", "expected_loss", "optimal", "evpi"],
        )  # fmt: skip

    @property
    def ceac(self) -> pd.DataFrame:
        """The acceptability curves, one row for each threshold and strategy.

        Columns: threshold, strategy, probability, on_frontier, expected_loss, evpi.
        """
        return acceptability_table(self.acceptability, self.outcomes.strategies)

    @property
    def parameters(self) -> pd.DataFrame:
        """Value of every parameter that varies: draw, one column a parameter."""
        import pandas as pd

        varying = {
            p.name: self.sample.draws.values[p.key]
            for p in self.assumptions.parameters
            if np.ndim(self.sample.draws.values[p.key]) == 1
        }
        return pd.DataFrame({"draw": np.arange(1, self.n + 1), **varying})

    @property
    def results(self) -> pd.DataFrame:
        """Outcomes of every draw: draw, strategy, cost, ly, qaly."""
        import pandas as pd

        o = self.outcomes
        return pd.DataFrame(
            {
                "draw": np.repeat(np.arange(1, self.n + 1), len(o.strategies)),
                "strategy": list(o.strategies) * self.n,
                "cost": o.cost.ravel(),
                "ly": o.total_ly.ravel(),
                "qaly": o.total_qaly.ravel(),
            }
        )

    def convergence(self, strategy: int, threshold: float) -> tuple[Array, Array, Array]:
        """Running mean of the incremental net benefit with its Monte-Carlo interval.

        Returns
        -------
        draws, mean, half_width
            Shape (m,), m <= 400 checkpoints. half_width is 1.96 running SD/sqrt(draws): right for
            pseudo-random draws, and wider than the truth for Sobol and Latin hypercube draws.
        """
        cost, qaly = self.increments(strategy)
        gain = threshold * qaly - cost
        at = np.unique(np.linspace(2, self.n, num=min(400, self.n - 1), dtype=int))
        mean = np.cumsum(gain)[at - 1] / at
        centred = gain - gain.mean()
        square = np.cumsum(centred**2)[at - 1] - at * (np.cumsum(centred)[at - 1] / at) ** 2
        return at, mean, 1.96 * np.sqrt(np.maximum(square, 0.0) / (at - 1) / at)

    def plot_plane(self, strategy: str | None = None) -> Figure:
        """Cost-effectiveness plane of a strategy (or all) against the reference."""
        from cea.report import charts

        return charts.plane(self, strategy)

    def plot_ceac(self) -> Figure:
        """Acceptability curves and frontier."""
        from cea.report import charts

        return charts.ceac(self)

    def plot_evpi(self) -> Figure:
        """Expected value of perfect information by threshold."""
        from cea.report import charts

        return charts.evpi(self)

    def plot_expected_loss(self) -> Figure:
        """Expected loss of every strategy by threshold."""
        from cea.report import charts

        return charts.expected_loss(self)

    def plot_net_benefit(self) -> Figure:
        """Spread of the incremental net benefit, and the share of draws above 0."""
        from cea.report import charts

        return charts.net_benefit_density(self)

    def plot_spread(self) -> Figure:
        """Histograms of cost and QALYs of every strategy."""
        from cea.report import charts

        return charts.spread(self)

    def plot_convergence(self) -> Figure:
        """Running mean of the incremental net benefit."""
        from cea.report import charts

        return charts.convergence(self)


def psa(
    assumptions: Assumptions,
    draws: int | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    recall: Recall | None = None,
    replicates: int = 1,
    threads: int | None = None,
    workers: Workers = HERE,
) -> Psa:
    """Run the probabilistic sensitivity analysis.

    Parameters
    ----------
    assumptions
        What is assumed.
    draws, seed
        Take the place of psa_draws and psa_seed.
    progress
        Called with (draws done, draws in all) now and then; before that, where fitted curves are
        drawn by the bootstrap, with (refits done, refits in all).
    recall
        Quantiles found before, shared by several analyses; see `sample`.
    replicates
        Number of independent sets of draws: with 2 or more, `precision_of` the result is valid for
        any sampling. 1 is the most exact for the same number of draws.
    threads
        Threads of this process; None: one for each core. No result depends on it.
    workers
        Who refits curves for the bootstrap.

    Raises
    ------
    AnalysisError
        No parameter has a distribution; fewer than 2 draws, or not a multiple of `replicates`; a
        seed below 0; a draw has no finite value or curve; a fitted curve cannot be refitted to some
        resamples.
    """
    if draws is not None and draws < 2:
        raise AnalysisError(f"a PSA of {draws} draws says nothing; ask for 2 or more")
    settings = assumptions.settings
    drawn = sample(
        assumptions, draws, seed, progress=progress, recall=recall, replicates=replicates,
        threads=threads, workers=workers,
    )  # fmt: skip
    if not drawn.parameters:
        raise AnalysisError(
            "no parameter is sampled: give at least one a Distribution and In PSA yes "
            "in the Parameters sheet"
        )
    outcomes = evaluate(assumptions, drawn.draws, progress, threads=threads)
    return Psa(
        assumptions,
        drawn,
        replace(outcomes, warnings=(*drawn.notes, *outcomes.warnings)),
        settings.psa_seed if seed is None else seed,
        settings.psa_sampling,
        replicates,
    )
