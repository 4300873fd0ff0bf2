"""Two-way sensitivity analysis: net benefit over a grid of two inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.contour import Crossing, Edge, Point, segments
from cea.analysis.decision import Increment, increment
from cea.analysis.pairs import Pair, gains, pairs_of, willingness
from cea.analysis.ranges import Ends
from cea.analysis.tornado import Direction, Tornado, tornado
from cea.analysis.two_way_grid import Axis, Grid, axis_of, moved_by
from cea.arrays import Array, IntArray, ReadOnly
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.parameters.draws import base_draw

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

STEPS = 20
_MOST_STEPS = 200
_OPTIONS = {axis: (f"--{axis}-from", f"--{axis}-to") for axis in "xy"}
_FREE: Ends = (None, None)


@dataclass(frozen=True, eq=False)
class TwoWay(ReadOnly):
    """Increments of a pair over a grid of two inputs, all others at their base-case values.

    Attributes
    ----------
    x, y
        What is varied.
    pair, threshold
        The strategies compared, and the willingness to pay.
    cost, qaly
        Increments, shape (rows, columns): a row for each value of y.
    best
        Place of the strategy with the highest net benefit, shape (rows, columns).
    base
        The pair in the base case.
    crossings
        Where edges of the grid cross INMB = 0.
    """

    assumptions: Assumptions
    x: Axis
    y: Axis
    pair: Pair
    threshold: float
    cost: Array
    qaly: Array
    best: IntArray
    base: Increment
    crossings: dict[Edge, Crossing]

    @property
    def inmb(self) -> Array:
        """Incremental net monetary benefit, shape (rows, columns)."""
        return self.threshold * self.qaly - self.cost

    @property
    def idle(self) -> tuple[str, ...]:
        """Inputs that do not move the comparison."""
        return tuple((self.y, self.x)[k].label for k in _idle(self.inmb))

    @property
    def segments(self) -> list[tuple[Point, Point]]:
        """The line INMB = 0, in straight pieces; none across the columns of a choice."""
        if self.x.choices or self.y.choices:
            return []
        return segments(self.crossings, self.inmb)

    def corners(self) -> list[tuple[float, float, Increment]]:
        """Both inputs and the pair's increments at the four corners of the grid."""
        return [
            (float(self.x.values[c]), float(self.y.values[r]),
             increment(float(self.cost[r, c]), float(self.qaly[r, c])))
            for r in (0, -1) for c in (0, -1)
        ]  # fmt: skip

    @property
    def table(self) -> pd.DataFrame:
        """One row for each point of the grid.

        Columns: x and y under their own names; strategy, against; incremental_cost,
        incremental_qaly, inmb, icer, status; best, the strategy with the highest net benefit.
        """
        import pandas as pd

        strategies = self.assumptions.strategy_names
        rows = []
        for r, y in enumerate(self.y.values.tolist()):
            for c, x in enumerate(self.x.values.tolist()):
                found = increment(float(self.cost[r, c]), float(self.qaly[r, c]))
                rows.append((
                    shown(self.x, x), shown(self.y, y), strategies[self.pair.strategy],
                    strategies[self.pair.against], found.cost, found.effect,
                    float(self.inmb[r, c]), np.nan if found.icer is None else found.icer,
                    str(found.verdict), strategies[int(self.best[r, c])],
                ))  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=[self.x.name, self.y.name, "strategy", "against", "incremental_cost",
                     "incremental_qaly", "inmb", "icer", "status", "best"],
        )  # fmt: skip

    @property
    def switch(self) -> pd.DataFrame:
        """Points at which INMB = 0 on the lines of the grid: x, y, exact (solved for)."""
        import pandas as pd

        found = sorted((c.y, c.x, c.exact) for c in self.crossings.values())
        return pd.DataFrame(
            [(shown(self.x, x), shown(self.y, y), exact) for y, x, exact in found],
            columns=[self.x.name, self.y.name, "exact"],
        )

    def plot_two_way(self) -> Figure:
        """Heat map of the incremental net benefit."""
        from cea.report import charts

        return charts.two_way(self)


def shown(axis: Axis, value: float) -> float | str:
    """Return a value of an axis as a table shows it: a number, or the choice."""
    return axis.choices[round(value)] if axis.choices else value


def two_way(
    assumptions: Assumptions,
    x: str | None = None,
    y: str | None = None,
    *,
    x_range: Ends = (None, None),
    y_range: Ends = (None, None),
    steps: int = STEPS,
    strategy: str | None = None,
    against: str | None = None,
    threshold: float | None = None,
) -> TwoWay:
    """Evaluate a grid of two inputs.

    Parameters
    ----------
    assumptions
        What is assumed.
    x, y
        Names of parameters, fitted curves, or settings such as discount_rate_effects; the widest
        bars of the tornado if None.
    x_range, y_range
        Where they run from and to; the range of the tornado if None, else that in which thresholds
        are looked for.
    steps
        Even steps along each; the base-case value is put in if it is none of them.
    strategy, against
        The strategies compared. The reference if `against` is None; if `strategy` is None the first
        of the others whose comparison both inputs move, or the first.
    threshold
        Willingness to pay; the headline threshold if None.

    Raises
    ------
    AnalysisError
        No such input, one that cannot be moved with the other, a range that cannot be run, or a
        threshold that is no amount of money.
    """
    if not 1 <= steps <= _MOST_STEPS:
        raise AnalysisError(f"{steps} steps: choose from 1 to {_MOST_STEPS}")
    pairs = pairs_of(assumptions, strategy, against)
    pair = pairs[0]
    worth = assumptions.threshold.value if threshold is None else willingness(threshold)
    x, y = _named(assumptions, (x, x_range), (y, y_range), pair, worth)
    across = axis_of(assumptions, x, x_range, steps, _OPTIONS["x"])
    up = axis_of(assumptions, y, y_range, steps, _OPTIONS["y"])
    if across.name.lower() == up.name.lower():
        raise AnalysisError(f"{across.name} twice; choose two different inputs")
    grid = Grid(assumptions, across, up, pair, worth)
    shape = (len(up.values), len(across.values))
    rows, cols = np.indices(shape)
    outcomes = grid.outcomes(across.values[cols.ravel()], up.values[rows.ravel()])
    pair = next(
        (p for p in pairs if not _idle(gains(outcomes, p).inmb(worth).reshape(shape))), pair
    )
    grid = replace(grid, pair=pair)
    found = gains(outcomes, pair)
    base = gains(evaluate(assumptions, base_draw(assumptions)), pair).increment(0)
    inmb = found.inmb(worth).reshape(shape)
    return TwoWay(
        assumptions, across, up, pair, worth,
        found.cost.reshape(shape), found.qaly.reshape(shape),
        outcomes.net_benefit(worth).argmax(axis=1).reshape(shape),
        base, grid.crossings(inmb),
    )  # fmt: skip


def _idle(inmb: Array) -> list[int]:
    """Return the axes of a grid, shape (len(y), len(x)), along which nothing moves: 0 is y."""
    least = 1e-9 * np.abs(inmb).max()  # rounding differs between draws of a batch
    return [k for k in (0, 1) if np.ptp(inmb, axis=k).max() <= least]


def _named(
    assumptions: Assumptions,
    x: tuple[str | None, Ends],
    y: tuple[str | None, Ends],
    pair: Pair,
    threshold: float,
) -> tuple[str, str]:
    """Put the widest bars of the tornado in the place of names that are not given.

    A bar that moves what the other input moves, such as the second curve of a joint fit, is passed
    over.
    """
    if x[0] is not None and y[0] is not None:
        return x[0], y[0]
    ends = _FREE
    for axis, (name, own) in (("x", x), ("y", y)):
        if name is not None:  # what is wrong with it is said here
            axis_of(assumptions, name, own, 1, _OPTIONS[axis])
            ends = own
    names = assumptions.strategy_names
    against = names[pair.against]
    found = tornado(
        assumptions, "inmb", strategy=names[pair.strategy], against=against, threshold=threshold
    )
    return _wide(found, x[0], y[0], ends)


def _wide(
    varied: Tornado, x: str | None = None, y: str | None = None, ends: Ends = _FREE
) -> tuple[str, str]:
    """Take the widest bars; `ends` are those of the input that is given."""
    bars = varied.bars(varied.pairs[0].strategy)
    wide = [bar.parameter.name for bar in bars if bar.direction is not Direction.NONE]
    given = x if x is not None else y
    first = wide.pop(0) if given is None and wide else given
    apart = (name for name in wide if first and _apart(varied.assumptions, (first, ends), name))
    second = next(apart, None)
    if first is None or second is None:
        raise AnalysisError(
            "fewer than two inputs with a range change the result; name two with --x and --y"
        )
    return (second, first) if x is None and y is not None else (first, second)


def _apart(assumptions: Assumptions, a: tuple[str, Ends], b: str) -> bool:
    """Whether two inputs can be moved together."""
    try:
        one, other = (axis_of(assumptions, *axis, 1) for axis in (a, (b, _FREE)))
        moved_by((one, one.values[:1]), (other, other.values[:1]))
    except AnalysisError:
        return False
    return one.name != other.name


def widest(varied: Tornado) -> TwoWay | None:
    """Return the grid of the two widest bars of a tornado's first pair; None without two."""
    names = varied.assumptions.strategy_names
    pair = varied.pairs[0]
    try:
        x, y = _wide(varied)
        return two_way(
            varied.assumptions, x, y, strategy=names[pair.strategy], against=names[pair.against],
            threshold=varied.threshold,
        )  # fmt: skip
    except AnalysisError:
        return None
