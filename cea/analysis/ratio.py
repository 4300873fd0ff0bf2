"""What can be said with 95% confidence about an ICER, in every quadrant of the plane.

A ratio has no order: 50,000 per QALY may mean gained or forgone, and a negative ratio dominance
or its opposite. Directions of the plane have one. So an interval is a wedge of directions around
the mean increment, and a ratio is read off its two edges; where the wedge would take half a turn
or more there is no interval, and that is said.

- **Fieller's** wedge holds the directions along which the net benefit does not differ from 0 at
  5%, for a normal distribution with the draws' means and covariance (Fieller, J R Stat Soc B
  1954;16:175; Willan & O'Brien, Health Econ 1996;5:297; Heitjan, Health Econ 2000;9:327).
- The wedge **of the draws** leaves out 2.5% of them on either side, by their angle from the mean
  (Obenchain, J Biopharm Stat 1999;9:563; Cook & Heyse, Stat Med 2000;19:2989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Increment, increment
from cea.analysis.psa import INTERVAL, Psa
from cea.arrays import Array
from cea.parameters.distributions import Z95

if TYPE_CHECKING:
    import pandas as pd

_QUARTER = np.pi / 2
_TINY = 1e-12  # of a radian: on an axis


@dataclass(frozen=True)
class Wedge:
    """Directions of (QALYs, cost/unit), anticlockwise from `low` to `high` in radians.

    `low` lies in [-pi, pi), and `high` less than half a turn further. `unit` is a cost per QALY
    that makes both axes alike; no result depends on it.
    """

    low: float
    high: float
    unit: float = 1.0

    @property
    def ends(self) -> tuple[Increment, Increment]:
        """Increments along both edges."""
        return self._along(self.low), self._along(self.high)

    def _along(self, angle: float) -> Increment:
        cost, effect = (0.0 if abs(x) < _TINY else float(x) for x in (np.sin(angle), np.cos(angle)))
        return increment(self.unit * cost, effect)

    @property
    def bounds_a_ratio(self) -> bool:
        """Whether it leaves out some ratio, where it holds any.

        It does not where it holds all costs per QALY gained, or all savings per QALY forgone.
        """
        return not any(
            self.low <= start and start + _QUARTER <= self.high
            for start in (-np.pi, 0.0, np.pi, 2 * np.pi)
        )


def _wedge(middle: float, turns: Array, unit: float) -> Wedge | None:
    """Return the wedge between two turns from its middle; None where it takes half a turn."""
    low, high = np.sort(turns)
    if not high - low < np.pi:
        return None
    start = float(_turn(middle + low))
    return Wedge(start, start + float(high - low), unit)


def fieller(
    cost: float, effect: float, var_cost: float, var_effect: float, covariance: float, z: float
) -> Wedge | None:
    """Fieller's wedge of a bivariate normal; None where it is the whole plane.

    A direction u belongs to it if (normal to u . mean)^2 <= z^2 Var(normal to u . increment): if
    the line through the origin along u meets the ellipse of z standard deviations around the mean.
    So its edges are the tangents from the origin to that ellipse, and there are none if the origin
    lies inside. In terms of the ratio that is one quadratic equation, with an interval, the
    outside of an interval or all ratios as its solution.

    Parameters
    ----------
    cost, effect
        Mean increments.
    var_cost, var_effect, covariance
        Of the increments; not negative definite.
    z
        Normal quantile, 1.96 for 95%.
    """
    unit = _unit(var_cost, var_effect)
    mean = np.array([effect, cost / unit])
    middle = float(np.arctan2(mean[1], mean[0]))
    # The ellipse is mean + z (p cos t + q sin t); p and q are columns of a Cholesky factor.
    p, q = np.zeros(2), np.zeros(2)
    if var_effect > 0:
        p = np.array([var_effect, covariance / unit]) / np.sqrt(var_effect)
    q[1] = np.sqrt(max(var_cost / unit**2 - p[1] ** 2, 0.0))
    # A tangent point t is parallel to its derivative: c cos t - b sin t + z area = 0.
    b, c, area = _cross(mean, p), _cross(mean, q), _cross(p, q)
    size = float(np.hypot(b, c))
    if size <= z * area:
        if size or np.hypot(*mean) <= z * np.hypot(*(p + q)):
            return None
        return _wedge(middle, np.zeros(2), unit)  # an ellipse flat along the ray to its centre
    t = np.arccos(-z * area / size) * np.array([-1.0, 1.0]) - np.arctan2(b, c)
    points = mean[:, None] + z * (np.outer(p, np.cos(t)) + np.outer(q, np.sin(t)))
    return _wedge(middle, _turn(np.arctan2(points[1], points[0]) - middle), unit)


def _unit(var_cost: float, var_effect: float) -> float:
    return float(np.sqrt(var_cost / var_effect)) if var_cost > 0 and var_effect > 0 else 1.0


def _cross(a: Array, b: Array) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _turn(angle: Array) -> Array:
    """Return angles in [-pi, pi)."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def by_angle(cost: Array, effect: Array) -> Wedge | None:
    """Wedge that leaves out 2.5% of the draws on either side; None where it takes half a turn.

    Draws are ordered by their angle from the mean; a draw without any difference has none and is
    left out.

    Parameters
    ----------
    cost, effect
        Increments, shape (n,).
    """
    unit = _unit(float(cost.var()), float(effect.var()))
    cost, moved = cost / unit, (cost != 0) | (effect != 0)
    middle = float(np.arctan2(cost.mean(), effect.mean()))
    if not moved.any() or not (cost.mean() or effect.mean()):
        return None
    turns = _turn(np.arctan2(cost[moved], effect[moved]) - middle)
    return _wedge(middle, np.percentile(turns, INTERVAL), unit)


@dataclass(frozen=True)
class RatioInterval:
    """95% wedges of a strategy (position) against the reference; None: there is no interval."""

    strategy: int
    fieller: Wedge | None
    draws: Wedge | None


def ratio_interval(psa: Psa, strategy: int) -> RatioInterval:
    """Find what the draws of an analysis say of a strategy's ICER against the reference."""
    cost, effect = psa.increments(strategy)
    spread = np.cov(cost, effect)
    return RatioInterval(
        strategy,
        fieller(
            float(cost.mean()), float(effect.mean()), float(spread[0, 0]), float(spread[1, 1]),
            float(spread[0, 1]), Z95,
        ),
        by_angle(cost, effect),
    )  # fmt: skip


def ratio_intervals(psa: Psa) -> tuple[RatioInterval, ...]:
    """Do so for every strategy but the reference."""
    return tuple(ratio_interval(psa, s) for s in psa.assumptions.others)


def icer_intervals(psa: Psa) -> pd.DataFrame:
    """One row a strategy and method.

    Columns: strategy, method (``fieller`` or ``draws``), interval (``bounded``, ``open`` where an
    edge lies where no ratio has a meaning, ``none``); low_status, low_icer, high_status and
    high_icer, the edges of the wedge, anticlockwise.
    """
    import pandas as pd

    names = psa.assumptions.strategy_names
    rows: list[tuple[object, ...]] = []
    for found in ratio_intervals(psa):
        for method, wedge in (("fieller", found.fieller), ("draws", found.draws)):
            if wedge is None or not wedge.bounds_a_ratio:
                rows.append((names[found.strategy], method, "none", "", np.nan, "", np.nan))
                continue
            low, high = wedge.ends
            same = low.icer is not None and low.verdict is high.verdict
            edges = [
                x for end in (low, high)
                for x in (str(end.verdict), np.nan if end.icer is None else end.icer)
            ]  # fmt: skip
            rows.append((names[found.strategy], method, "bounded" if same else "open", *edges))
    return pd.DataFrame(
        rows,
        columns=[
            "strategy", "method", "interval", "low_status", "low_icer", "high_status", "high_icer",
        ],
    )  # fmt: skip
