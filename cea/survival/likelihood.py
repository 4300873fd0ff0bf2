"""The likelihood of right-censored data and the climb to its maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cea.arrays import Array
from cea.survival.family import Family
from cea.survival.patients import Patients


class Likelihood:
    """Log-likelihood sum of log f over the events and of log S over the censored.

    The coordinates, shape (b, q) for b points at once, are the family's parameters on the fitted
    scale, then for every arm but the first its effect, added to the location parameter.
    """

    def __init__(self, family: Family, patients: Patients) -> None:
        self.family = family
        self.arms = len(patients.arms)
        self.size = len(family.parameters) + self.arms - 1
        self.n = patients.n
        dummies = patients.arm == np.arange(1, self.arms)[:, None]
        event = patients.event
        self._event = patients.time[event], dummies[:, event].astype(float)
        self._censored = patients.time[~event], dummies[:, ~event].astype(float)

    def theta(self, points: Array, design: Array) -> tuple[Array, ...]:
        """Parameters at `points`, shape (b, 1); the location (b, m) where `design` has arms."""
        count = len(self.family.parameters)
        columns: list[Array] = [points[:, j, None] for j in range(count)]
        if self.arms > 1:
            columns[self.family.location] = (
                columns[self.family.location] + points[:, count:] @ design
            )
        pairs = zip(self.family.parameters, columns, strict=True)
        return tuple(np.exp(column) if p.positive else column for p, column in pairs)

    def value(self, points: Array) -> Array:
        """Log-likelihood, shape (b,); minus infinity where it does not exist."""
        total = np.zeros(len(points))
        with np.errstate(all="ignore"):
            t, design = self._event
            total += self.family.log_density(t, *self.theta(points, design)).sum(axis=-1)
            t, design = self._censored
            total -= self.family.cumulative_hazard(t, *self.theta(points, design)).sum(axis=-1)
        return np.where(np.isfinite(total), total, -np.inf)

    def patient_scores(self, points: Array) -> Array:
        """Each patient's derivatives of the log-likelihood, shape (q, b, n)."""
        parts = []
        with np.errstate(all="ignore"):
            for (t, design), score in (
                (self._event, self.family.density_score),
                (self._censored, self.family.survival_score),
            ):
                rows = score(t, *self.theta(points, design))
                rows = np.broadcast_to(rows, (len(rows), len(points), len(t)))
                effects = rows[self.family.location] * design[:, None, :]
                parts.append(np.concatenate((rows, effects)))
        return np.concatenate(parts, axis=-1)

    def score(self, points: Array) -> Array:
        """Gradient of the log-likelihood, shape (b, q)."""
        return np.asarray(self.patient_scores(points).sum(axis=-1).T)


MOST_STEPS = 60
_DIFFERENCE = 1e-4
_LONGEST_STEP = 2.0
_NEAR = 1e-12  # squared distance to the maximum, in standard errors, at which the last step is made
_FLAT = 1e-8  # least curvature of an identified maximum, as a share of the greatest


@dataclass(frozen=True, eq=False)
class Summit:
    """Where a climb ended.

    Attributes
    ----------
    point
        Shape (q,).
    value
        Log-likelihood.
    covariance
        Inverse of the observed information, shape (q, q); zeros if the climb failed.
    distance
        Length of the Newton step that remains, in standard errors: a gradient free of units.
    reason
        Why the climb failed; empty if it reached a maximum.
    """

    point: Array
    value: float
    covariance: Array
    distance: float
    reason: str = ""


def climb(likelihood: Likelihood, start: Array) -> Summit:
    """Maximise by Newton's method with step halving, from `start`, shape (q,).

    The coordinates are scaled by the outer product of the patients' scores at the start, so that
    units, and the steep cubes of a spline's basis, do not matter. The Hessian is a central
    difference of the exact score; where it is not negative definite its eigenvalues are mirrored.
    """
    axes = _axes(likelihood, start)
    if axes is None:
        return _failed(start, "the likelihood has no finite value or slope at the start")
    point, value = start, float(likelihood.value(start[None])[0])
    for _ in range(MOST_STEPS):
        slope, information = _slope(likelihood, point, axes)
        if not (np.isfinite(slope).all() and np.isfinite(information).all()):
            reason = "no maximum: the likelihood rises to the edge of what can be computed"
            return _failed(point, reason, value)
        curvature, directions = np.linalg.eigh(information)
        floor = _FLAT * likelihood.n
        along = (directions.T @ slope) / np.maximum(np.abs(curvature), floor)
        step = directions @ along
        squared_distance = float(slope @ step)
        if squared_distance < _NEAR:
            return _finish(likelihood, point + axes @ step, axes)
        step *= min(1.0, _LONGEST_STEP / float(np.linalg.norm(step)))
        point, gained = _advance(likelihood, point, value, axes @ step, float(slope @ step))
        if gained is None:
            return _failed(point, "no step along the slope raises the likelihood", value)
        value = gained
    return _failed(point, "no maximum: the likelihood keeps rising, or stays level", value)


def _failed(point: Array, reason: str, value: float = -np.inf) -> Summit:
    return Summit(point, value, np.zeros((len(point), len(point))), np.inf, reason)


def _axes(likelihood: Likelihood, start: Array) -> Array | None:
    """Columns of length about 1 in the metric of the information of one patient, shape (q, q)."""
    if not np.isfinite(likelihood.value(start[None])[0]):
        return None
    scores = likelihood.patient_scores(start[None])[:, 0]
    if not np.isfinite(scores).all():
        return None
    size = np.sqrt((scores**2).mean(axis=1))
    size = np.where(size > 0, size, 1.0)
    unit = scores / size[:, None]
    curvature, directions = np.linalg.eigh(unit @ unit.T / likelihood.n)
    length = 1 / np.sqrt(np.maximum(curvature, 1e-10 * curvature[-1]))
    return np.asarray(directions * length / size[:, None])


def _slope(likelihood: Likelihood, point: Array, axes: Array) -> tuple[Array, Array]:
    """Gradient and observed information in the coordinates of the axes."""
    moves = _DIFFERENCE * axes.T
    q = len(point)
    with np.errstate(all="ignore"):
        points = np.concatenate((point[None], point + moves, point - moves))
        scores = likelihood.score(points) @ axes
        hessian = (scores[1 : q + 1] - scores[q + 1 :]) / (2 * _DIFFERENCE)
        return scores[0], -(hessian + hessian.T) / 2


def _advance(
    likelihood: Likelihood, point: Array, value: float, move: Array, promise: float
) -> tuple[Array, float | None]:
    """Halve the move until the likelihood rises by a fair part of what its slope promises."""
    noise = 1e-12 * (1 + abs(value))
    for share in 0.5 ** np.arange(40.0):
        tried = point + share * move
        reached = float(likelihood.value(tried[None])[0])
        if reached >= value + 1e-4 * share * promise - noise:
            return tried, reached
    return point, None


def _finish(likelihood: Likelihood, point: Array, axes: Array) -> Summit:
    """Check slope and curvature at the end and invert the information."""
    value = float(likelihood.value(point[None])[0])
    slope, information = _slope(likelihood, point, axes)
    if not (np.isfinite(value) and np.isfinite(information).all()):
        return _failed(point, "the likelihood is not finite around its maximum", value)
    curvature, directions = np.linalg.eigh(information)
    if curvature[0] <= _FLAT * curvature[-1]:
        reason = "the likelihood is flat at its maximum: the data do not identify the parameters"
        return _failed(point, reason, value)
    inverse = (directions / curvature) @ directions.T
    distance = float(np.sqrt(slope @ inverse @ slope))
    if distance > 1e-4:
        return _failed(point, "the slope does not vanish at the end of the climb", value)
    return Summit(point, value, axes @ inverse @ axes.T, distance)
