"""What the model computes for every draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cea.arrays import Array, IntArray, ReadOnly, read_only

LY_PARTS = ("progression_free", "progressed")
QALY_PARTS = ("progression_free", "progressed", "adverse_events")


@dataclass(frozen=True)
class CostLine:
    """A column of `Outcomes.costs`: one cost item of one strategy in one place.

    `place` is a health state, or entry, progression or death for one-off costs.
    """

    strategy: str
    item: str
    category: str
    place: str


@dataclass(frozen=True, eq=False)
class Outcomes(ReadOnly):
    """Discounted costs and effects of every draw.

    Attributes
    ----------
    strategies
        Names, in order of display: the S columns of `ly` and `qaly`.
    lines, costs
        What each column of `costs`, shape (n, L), stands for.
    ly
        Life-years by state, shape (n, S, 2); the parts are `LY_PARTS`.
    qaly
        QALYs by state and the loss from adverse events, shape (n, S, 3); the parts are
        `QALY_PARTS`.
    background_cycles, pfs_capped, tot_capped
        Cycles in which background mortality exceeds the OS curve's, and boundaries at which PFS
        and TOT are capped at OS, shape (n, S).
    warnings
        What a reviewer should know about the draws.
    """

    strategies: tuple[str, ...]
    lines: tuple[CostLine, ...]
    costs: Array
    ly: Array
    qaly: Array
    background_cycles: IntArray
    pfs_capped: IntArray
    tot_capped: IntArray
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of draws."""
        return len(self.costs)

    def cost_of(self, columns: Sequence[int]) -> Array:
        """Sum some cost lines, shape (n,)."""
        return np.asarray(self.costs[:, list(columns)].sum(axis=1))

    @cached_property
    def cost(self) -> Array:
        """Total cost of each strategy, shape (n, S)."""
        lines = (
            [k for k, line in enumerate(self.lines) if line.strategy == name]
            for name in self.strategies
        )
        return read_only(np.stack([self.cost_of(own) for own in lines], axis=1))

    @cached_property
    def total_ly(self) -> Array:
        """Life-years of each strategy, shape (n, S)."""
        return read_only(self.ly.sum(axis=2))

    @cached_property
    def total_qaly(self) -> Array:
        """QALYs of each strategy, shape (n, S)."""
        return read_only(self.qaly.sum(axis=2))

    def take(self, draws: IntArray) -> Outcomes:
        """Return the outcomes of some draws, by position, without the warnings about all."""
        names = ("costs", "ly", "qaly", "background_cycles", "pfs_capped", "tot_capped")
        return replace(self, warnings=(), **{name: getattr(self, name)[draws] for name in names})

    def net_benefit(self, threshold: float) -> Array:
        """Net monetary benefit of each strategy, shape (n, S): threshold x QALY - cost."""
        return threshold * self.total_qaly - self.cost
