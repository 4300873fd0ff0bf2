"""Mortality of the general population."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.assumptions import MONTHS_PER_YEAR, LifeTable


def _cumulative_hazard(qx: Array, years: Array) -> Array:
    """Cumulative hazard `years` (floats) after the first age: constant within a year of age.

    The last age's hazard is held beyond the end of the table.
    """
    with np.errstate(divide="ignore"):
        annual = -np.log1p(-qx)
    at_age = np.concatenate(([0.0], np.cumsum(annual)))
    age = np.minimum(np.floor(years).astype(int), len(qx) - 1)
    part = years - age
    within = np.multiply(annual[age], part, out=np.zeros_like(part), where=part > 0)
    return np.asarray(at_age[age] + within)


def population_survival(table: LifeTable, age: float, male: float, t: Array) -> Array:
    """Survival of the general population from `age` (years) to `t` (months) later.

    The cohort starts with a share `male` of men; its survival is the mixture
    male S_m(t) + (1 - male) S_f(t), so the share of men falls as they die faster.
    """
    start = float(age) - table.first_age
    years = start + np.asarray(t) / MONTHS_PER_YEAR
    survival = np.zeros(np.shape(t))
    for share, qx in ((male, table.qx_male), (1 - male, table.qx_female)):
        if share > 0:
            q = np.asarray(qx)
            hazard = _cumulative_hazard(q, years) - _cumulative_hazard(q, np.array([start]))
            survival += share * np.exp(-hazard)
    return survival


def population_hazard_increments(table: LifeTable, age: float, male: float, t: Array) -> Array:
    """Cumulative hazard of the population gained in each cycle, shape (T,) for boundaries (T+1,).

    Infinite from the cycle in which the last of the population dies.
    """
    survival = population_survival(table, age, male, t)
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = -np.log(survival[1:] / survival[:-1])
    return np.where(np.isnan(gained), np.inf, gained)
