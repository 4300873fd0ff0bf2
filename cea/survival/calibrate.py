"""Survival curves from an abstract: two medians and a hazard ratio.

Under proportional hazards one Weibull, and one Gompertz, reproduces all three figures. How well its
parameters would have been known is the expected Fisher information of the control arm with every
patient followed to the same month: (log median, log shape) for the Weibull, (log median, shape) for
the Gompertz, whose shape may be negative. The hazard ratio brings its own standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from cea.arrays import Array, ReadOnly
from cea.errors import UserError
from cea.survival.families import FAMILIES

LN2 = math.log(2.0)
# Below this |shape x median| the Gompertz score is taken from its series.
_SMALL = 1e-4
# Shapes of a plausible curve: of the Weibull; of the Gompertz, times the control arm's median.
WEIBULL_SHAPES = (0.1, 10.0)
GOMPERTZ_SHAPES = (-5.0, 10.0)
_MONTHS = (1e-3, 1e5)  # of a median that is one
_FEWEST = 2  # expected events that two parameters need


@dataclass(frozen=True)
class Figures:
    """What an abstract gives: medians in months, hazard ratio of treated over control."""

    median_control: float
    median_treated: float
    hazard_ratio: float


@dataclass(frozen=True, eq=False)
class Calibration(ReadOnly):
    """A family's parameters that reproduce the figures, and the control arm's uncertainty.

    Attributes
    ----------
    family
        Its name in `cea.survival.families`.
    figures
        What is reproduced.
    control, treated
        Parameters of the arms in the family's order: (shape, scale) or (shape, rate), months.
    covariance
        Of the control arm's (log median, log shape), or (log median, shape) for the Gompertz, from
        `patients` followed to month `censoring`; shape (2, 2).
    """

    family: str
    figures: Figures
    control: tuple[float, float]
    treated: tuple[float, float]
    patients: int
    censoring: float
    covariance: Array

    @property
    def shape(self) -> float:
        """Shape, which both arms share."""
        return self.control[0]

    @property
    def se_log_median(self) -> float:
        """Standard error of the control arm's log median."""
        return math.sqrt(float(self.covariance[0, 0]))

    @property
    def se_shape(self) -> float:
        """Standard error of the log shape (Weibull) or of the shape (Gompertz)."""
        return math.sqrt(float(self.covariance[1, 1]))

    @property
    def correlation(self) -> float:
        """Correlation of the two estimates."""
        return float(self.covariance[0, 1]) / (self.se_log_median * self.se_shape)


def calibrate_weibull(figures: Figures, *, patients: int, censoring: float) -> Calibration:
    """Calibrate a Weibull: shape = log HR / log(median_control/median_treated), in closed form.

    Parameters
    ----------
    figures
        Two medians and a hazard ratio.
    patients
        In the control arm.
    censoring
        Month to which every patient is followed.

    Raises
    ------
    UserError
        No curves with proportional hazards have these figures, or only ones whose shape is
        outside `WEIBULL_SHAPES`; or fewer than two events are expected.
    """
    _check(figures, patients, censoring)
    shape = -math.log(figures.hazard_ratio) / _log_ratio(figures)
    _hold(shape, WEIBULL_SHAPES, "a Weibull shape", figures)
    control, treated = (
        (shape, median / LN2 ** (1 / shape))
        for median in (figures.median_control, figures.median_treated)
    )
    score = _weibull_score(shape, figures.median_control)
    covariance = _covariance("weibull", control, score, patients, censoring)
    return Calibration("weibull", figures, control, treated, patients, censoring, covariance)


def calibrate_gompertz(figures: Figures, *, patients: int, censoring: float) -> Calibration:
    """Calibrate a Gompertz: the root of HR = expm1(shape m_control)/expm1(shape m_treated).

    The structural alternative to `calibrate_weibull`; parameters and errors are the same, but for
    the shapes, which are held to `GOMPERTZ_SHAPES`.
    """
    _check(figures, patients, censoring)
    shape = _gompertz_shape(figures)
    relative = shape * figures.median_control
    _hold(relative, GOMPERTZ_SHAPES, "a Gompertz shape times the control arm's median", figures)
    control, treated = (
        (shape, LN2 / median / _growth(shape * median))
        for median in (figures.median_control, figures.median_treated)
    )
    score = _gompertz_score(shape, figures.median_control)
    covariance = _covariance("gompertz", control, score, patients, censoring)
    return Calibration("gompertz", figures, control, treated, patients, censoring, covariance)


def _check(figures: Figures, patients: int, censoring: float) -> None:
    """Refuse figures that no two curves with proportional hazards have."""
    low, high, ratio = figures.median_control, figures.median_treated, figures.hazard_ratio
    for label, value in (
        ("median of the control arm", low),
        ("median of the treated arm", high),
        ("hazard ratio", ratio),
        ("number of patients", patients),
        ("month of censoring", censoring),
    ):
        if not (math.isfinite(value) and value > 0):
            raise UserError(f"the {label} is {value:g}; give a number above 0")
    for label, value in (("control", low), ("treated", high)):
        if not _MONTHS[0] <= value <= _MONTHS[1]:
            raise UserError(f"the median of the {label} arm is {value:g}; give it in months")
    if low == high and ratio == 1:
        raise UserError(
            f"medians of {low:g} in both arms and a hazard ratio of 1 leave the shape open: any "
            "curve with that median has them; give a median and a shape instead"
        )
    if low == high:
        raise UserError(
            f"both medians are {low:g}, but the hazard ratio is {ratio:g}; under proportional "
            "hazards equal medians mean a hazard ratio of 1"
        )
    if (high > low) != (ratio < 1):
        side = "below" if high > low else "above"
        raise UserError(
            f"the median of the treated arm ({high:g}) is {'longer' if high > low else 'shorter'} "
            f"than that of the control arm ({low:g}), so the hazard ratio must be {side} 1, not "
            f"{ratio:g}; is it control over treated, or are the medians swapped?"
        )


def _log_ratio(figures: Figures) -> float:
    """Return log(treated/control) of the medians; exact where they almost agree."""
    low, high = figures.median_control, figures.median_treated
    return math.log1p((high - low) / low)


def _hold(shape: float, bounds: tuple[float, float], what: str, figures: Figures) -> None:
    """Refuse a shape that no curve of patients has."""
    if not bounds[0] <= shape <= bounds[1]:
        raise UserError(
            f"medians of {figures.median_control:g} and {figures.median_treated:g} with a hazard "
            f"ratio of {figures.hazard_ratio:g} ask for {what} of {shape:.3g}, and only "
            f"{bounds[0]:g} to {bounds[1]:g} is plausible; hazards are hardly proportional, or a "
            "figure is wrong"
        )


def _growth(x: float) -> float:
    """(exp(x) - 1)/x, 1 at 0."""
    return math.expm1(x) / x if x else 1.0


def _gompertz_shape(figures: Figures) -> float:
    """Find the shape; the arms are taken with the longer median second.

    log expm1(a m_1)/expm1(a m_2) falls from 0 at a = -infinity through log(m_1/m_2) at 0. It is
    below -a (m_2 - m_1) for a > 0 and above log(1 - exp(a m_1)) for a < 0: brackets on both sides.
    """
    first, second = sorted((figures.median_control, figures.median_treated))
    ratio = min(figures.hazard_ratio, 1 / figures.hazard_ratio)

    def miss(a: float) -> float:
        if a > 0:  # in terms of exp(-a m), which cannot overflow
            lost = math.log(math.expm1(-a * first) / math.expm1(-a * second))
            return lost - a * (second - first) - math.log(ratio)
        grown = math.log(_growth(a * first)) - math.log(_growth(a * second))
        return math.log(first) - math.log(second) + grown - math.log(ratio)

    # A little wider, since rounding may swallow the difference at the bounds themselves.
    if miss(0.0) > 0:
        bracket = (0.0, -1.001 * math.log(ratio) / (second - first))
    else:
        bracket = (1.001 * math.log1p(-ratio) / first, 0.0)
        if miss(bracket[0]) <= 0:  # a ratio of all but 1: far below any plausible shape
            return bracket[0]
    return float(brentq(miss, *bracket, xtol=1e-15, rtol=1e-14, maxiter=200))


# Score of one patient: derivatives of the log hazard by (log median, log shape or shape), (2, m).
Score = Callable[[Array], Array]


def _weibull_score(shape: float, median: float) -> Score:
    """Score of log h = log shape + log log 2 + (shape - 1) log t - shape log median."""

    def score(t: Array) -> Array:
        return np.stack((np.full(len(t), -shape), 1 + shape * np.log(t / median)))

    return score


def _gompertz_score(shape: float, median: float) -> Score:
    """Score of log h = log(shape log 2/(exp(shape median) - 1)) + shape t."""
    x = shape * median
    slope = x / -math.expm1(-x) if x else 1.0  # d log(exp(x) - 1)/d log x
    by_shape = median * ((1 - slope) / x if abs(x) > _SMALL else -0.5 - x / 12)

    def score(t: Array) -> Array:
        return np.stack((np.full(len(t), -slope), by_shape + t))

    return score


def _covariance(
    family: str, theta: tuple[float, float], score: Score, patients: int, censoring: float
) -> Array:
    """Inverse of the expected information of `patients` followed to month `censoring`, (2, 2).

    One patient's information is the integral of score score' over the distribution of the time of
    an event, up to the censoring (Andersen et al., Statistical Models Based on Counting Processes
    1993, ch. VI): with p the share who had it, from 0 to 1 - S(censoring).
    """
    parameters = tuple(np.array(value) for value in theta)
    share = -math.expm1(
        -float(FAMILIES[family].cumulative_hazard(np.array(censoring), *parameters))
    )
    if patients * share < _FEWEST:
        raise UserError(
            f"of {patients:g} patients {patients * share:.2g} are expected to have the event by "
            f"month {censoring:g}, too few to know a median and a shape; give a later month"
        )
    p, weight = _double_exponential(share)
    g = score(FAMILIES[family].quantile(p, *parameters))
    return np.asarray(np.linalg.inv(patients * (g * weight) @ g.T))


def _double_exponential(end: float) -> tuple[Array, Array]:
    """Nodes and weights of the integral from 0 to `end` <= 1, shape (m,).

    Takahasi and Mori, Publ RIMS 1974;9:721: p = end (1 + tanh(pi/2 sinh x))/2, for which the
    logarithmic ends of the score are no trouble.
    """
    step = 1 / 32
    x = np.arange(-3.0, 3.0 + step, step)
    inner = np.pi / 2 * np.sinh(x)
    part, slope = 1 / (1 + np.exp(-2 * inner)), np.pi / 2 * np.cosh(x) / np.cosh(inner) ** 2 / 2
    return np.minimum(end * part, np.nextafter(1.0, 0.0)), np.asarray(end * slope * step)
