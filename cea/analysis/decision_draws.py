"""What the analysis of a decision needs of a PSA, wherever its draws come from."""

from __future__ import annotations

from typing import Protocol

from cea.analysis.decision import Acceptability
from cea.arrays import Array
from cea.assumptions import Strategy, Threshold


class Money(Protocol):
    """What amounts are printed in."""

    @property
    def currency(self) -> str:
        """Currency of every amount."""


class Framing(Protocol):
    """The decision: between what, and at which thresholds."""

    @property
    def settings(self) -> Money:
        """The currency."""

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Willingness to pay; the first is the headline."""

    @property
    def threshold(self) -> Threshold:
        """The headline threshold."""

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The strategies, in order of display."""

    @property
    def strategy_names(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def reference(self) -> int:
        """Position of the reference strategy."""


class Totals(Protocol):
    """Costs and QALYs of every draw."""

    @property
    def cost(self) -> Array:
        """Total cost, shape (n, S)."""

    @property
    def total_qaly(self) -> Array:
        """QALYs, shape (n, S)."""


class DecisionDraws(Protocol):
    """Draws of costs and QALYs, and the decision that they are about."""

    @property
    def assumptions(self) -> Framing:
        """The decision."""

    @property
    def outcomes(self) -> Totals:
        """Costs and QALYs."""

    @property
    def n(self) -> int:
        """Number of draws."""

    @property
    def sampling(self) -> str:
        """How the draws were made."""

    @property
    def ceac_thresholds(self) -> Array:
        """Thresholds of the curves, shape (K,)."""

    @property
    def acceptability(self) -> Acceptability:
        """CEAC, CEAF, expected loss and EVPI on `ceac_thresholds`."""

    def acceptability_at(self, threshold: float) -> Acceptability:
        """Return the same at one threshold."""
