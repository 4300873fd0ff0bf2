"""Model time: cycle boundaries, within-cycle correction, discounting.

Shapes: T cycles have T+1 boundaries. An amount that accrues over the cycles is a row of weights on
the occupancy at the boundaries, shape (T+1,), or (n, T+1) where a window or a rate differs between
draws; the model then needs one matrix product for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.arrays import Array, IntArray
from cea.assumptions import MONTHS_PER_YEAR, Settings

_TINY = 1e-9  # years or cycles; absorbs the rounding of j * dt


@dataclass(frozen=True)
class TimeGrid:
    """Cycle boundaries t_j = j dt in months, j = 0..T, and the rules that weigh them."""

    cycles: int
    months_per_cycle: float
    correction: str
    timing: str

    @classmethod
    def of(cls, settings: Settings) -> TimeGrid:
        """Lay out the horizon in whole cycles."""
        rules = settings.within_cycle_correction, settings.discount_timing
        return cls(settings.cycles, settings.months_per_cycle, *rules)

    @property
    def t(self) -> Array:
        """Cycle boundaries in months, shape (T+1,)."""
        return np.arange(self.cycles + 1, dtype=float) * self.months_per_cycle

    def share_in_window(self, start: Array, end: Array) -> Array:
        """Share of each cycle that lies in [start, end) months, shape (..., T).

        `start` and `end` are scalars, or shape (n, 1).
        """
        left, right = self.t[:-1], self.t[1:]
        overlap = np.minimum(right, end) - np.maximum(left, start)
        share = np.clip(overlap / self.months_per_cycle, 0.0, 1.0)
        # A window that ends at a boundary must not spill a rounding error into the next cycle.
        return np.where(share < _TINY, 0.0, np.where(share > 1 - _TINY, 1.0, share))

    def _discount(self, years: Array, rate: Array) -> Array:
        return np.asarray((1.0 + rate) ** -years)

    def discount_flows(self, rate: Array) -> Array:
        """Discount factor of what accrues or happens in each cycle, shape (..., T).

        (1 + rate)^-tau, tau in years: the start of the cycle, its middle, or the start of the
        year. Under `boundary` this is used for progressions and deaths, at mid-cycle.
        """
        start = self.t[:-1] / MONTHS_PER_YEAR
        match self.timing:
            case "cycle_start":
                tau = start
            case "whole_year":
                tau = np.floor(start + _TINY)
            case _:
                tau = start + self.months_per_cycle / MONTHS_PER_YEAR / 2
        return self._discount(tau, rate)

    def discount_boundaries(self, rate: Array) -> Array:
        """Discount factor at each boundary, shape (..., T+1)."""
        years = self.t / MONTHS_PER_YEAR
        if self.timing == "whole_year":
            years = np.floor(years + _TINY)
        return self._discount(years, rate)

    def accrual_weights(self, per_cycle: Array, rate: Array) -> Array:
        """Weights on boundary occupancy of an amount that accrues, shape (..., T+1).

        Parameters
        ----------
        per_cycle
            Undiscounted multiplier of each cycle's average occupancy, shape (..., T).
        rate
            Annual discount rate, scalar or shape (n, 1).
        """
        if self.timing == "boundary":
            return correction_weights(self.correction, per_cycle) * self.discount_boundaries(rate)
        return correction_weights(self.correction, per_cycle * self.discount_flows(rate))

    def nearest_boundary(self, months: Array) -> IntArray:
        """Position of the boundary nearest to each time; of two equally near, the earlier."""
        return np.ceil(np.asarray(months) / self.months_per_cycle - 0.5 - _TINY).astype(int)


def correction_weights(rule: str, per_cycle: Array) -> Array:
    """Spread weights on the cycles' average occupancy over the boundaries.

    The average occupancy of cycle j is a combination of the boundary occupancies m:

    * ``start`` m_j; ``end`` m_{j+1}; ``half_cycle`` (m_j + m_{j+1})/2;
    * ``simpson`` for cycles in pairs, from the parabola through their three boundaries:
      (5 m_0 + 8 m_1 - m_2)/12 and (-m_0 + 8 m_1 + 5 m_2)/12, which add up to Simpson's rule
      (1/3, 4/3, 1/3); an odd last cycle falls back to half_cycle.

    Parameters
    ----------
    rule
        One of the four names.
    per_cycle
        Weight of each cycle's average occupancy, shape (..., T).

    Returns
    -------
    ndarray
        Shape (..., T+1); with weights of 1 it sums to T under every rule.
    """
    x = per_cycle
    w = np.zeros((*x.shape[:-1], x.shape[-1] + 1))
    match rule:
        case "start":
            w[..., :-1] = x
        case "end":
            w[..., 1:] = x
        case "half_cycle":
            w[..., :-1] += x / 2
            w[..., 1:] += x / 2
        case "simpson":
            pairs = x.shape[-1] // 2
            first, second = x[..., 0 : 2 * pairs : 2], x[..., 1 : 2 * pairs : 2]
            w[..., 0 : 2 * pairs : 2] += (5 * first - second) / 12
            w[..., 1 : 2 * pairs : 2] += (8 * first + 8 * second) / 12
            w[..., 2 : 2 * pairs + 1 : 2] += (-first + 5 * second) / 12
            if x.shape[-1] % 2:
                w[..., -2] += x[..., -1] / 2
                w[..., -1] += x[..., -1] / 2
        case _:
            raise ValueError(f"unknown within-cycle correction {rule!r}")
    return w


def average_occupancy(rule: str, occupancy: Array) -> Array:
    """Average occupancy of each cycle, shape (..., T), from the boundaries, shape (..., T+1).

    The counterpart of `correction_weights`, for showing a trace.
    """
    m = occupancy
    match rule:
        case "start":
            return m[..., :-1]
        case "end":
            return m[..., 1:]
    average: Array = (m[..., :-1] + m[..., 1:]) / 2
    if rule == "simpson":
        pairs = average.shape[-1] // 2
        m0, m1, m2 = (m[..., k : 2 * pairs + k : 2] for k in range(3))
        average[..., 0 : 2 * pairs : 2] = (5 * m0 + 8 * m1 - m2) / 12
        average[..., 1 : 2 * pairs : 2] = (-m0 + 8 * m1 + 5 * m2) / 12
    return average
