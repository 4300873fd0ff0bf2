"""What the draws of a probabilistic analysis say of one strategy against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.analysis.decision import Increment, acceptability, increment
from cea.analysis.psa import INTERVAL
from cea.arrays import Array


@dataclass(frozen=True, eq=False)
class Sampled:
    """A strategy against another, over all draws.

    Attributes
    ----------
    means
        The mean increments, judged.
    inmb, low, high
        Mean and 95% interval of the incremental net monetary benefit.
    probability
        Share of the draws in which the strategy is the most cost-effective of all.
    """

    means: Increment
    inmb: float
    low: float
    high: float
    probability: float

    @classmethod
    def of(cls, cost: Array, qaly: Array, strategy: int, against: int, threshold: float) -> Sampled:
        """Hold a strategy (position) against another at a willingness to pay.

        Parameters
        ----------
        cost, qaly
            Discounted totals, shape (n, S).
        """
        gained = qaly[:, strategy] - qaly[:, against]
        paid = cost[:, strategy] - cost[:, against]
        inmb = threshold * gained - paid
        low, high = np.percentile(inmb, INTERVAL)
        at = acceptability(cost, qaly, np.array([threshold]))
        return cls(
            increment(float(paid.mean()), float(gained.mean())),
            float(inmb.mean()),
            float(low),
            float(high),
            float(at.probability[0, strategy]),
        )

    def columns(self) -> dict[str, object]:
        """Return the columns of a table, with ``psa_`` before each; status of the means."""
        icer = self.means.icer
        return {
            "psa_incremental_cost": self.means.cost,
            "psa_incremental_qaly": self.means.effect,
            "psa_icer": np.nan if icer is None else icer,
            "psa_status": str(self.means.verdict),
            "psa_inmb": self.inmb,
            "psa_inmb_low": self.low,
            "psa_inmb_high": self.high,
            "psa_probability": self.probability,
        }
