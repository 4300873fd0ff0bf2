"""Tabulated survival curves."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.assumptions import SurvivalTable


def table_cumulative_hazard(table: SurvivalTable, t: Array) -> Array:
    """Cumulative hazard of a tabulated curve at times `t` (months), shape (m,).

    H is interpolated linearly between the points, from H(0) = 0, and the last hazard is held
    beyond the end. A curve that reaches 0 keeps its last finite hazard until that time and is 0
    from then on.
    """
    time = np.asarray(table.time)
    survival = np.asarray(table.survival)
    if time[0] > 0:
        time, survival = np.append(0.0, time), np.append(1.0, survival)
    positive = survival > 0
    extinct = time[~positive][0] if not positive.all() else np.inf
    time, hazard = time[positive], -np.log(survival[positive])
    last = (hazard[-1] - hazard[-2]) / (time[-1] - time[-2]) if len(time) > 1 else 0.0
    inside = np.interp(t, time, hazard)
    beyond = hazard[-1] + last * (t - time[-1])
    return np.where(t >= extinct, np.inf, np.where(t > time[-1], beyond, inside))
