"""Maximum-likelihood fits of survival families to right-censored data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cea.arrays import Array, ReadOnly
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.likelihood import Likelihood, Summit, climb
from cea.survival.patients import Patients
from cea.survival.spline import SCALES, SplineRequest

Candidate: TypeAlias = Family | SplineRequest

SPLINES: tuple[SplineRequest, ...] = tuple(
    SplineRequest(inner, scale) for scale in SCALES for inner in (1, 2, 3)
)
CANDIDATES: tuple[Candidate, ...] = (*FAMILIES.values(), *SPLINES)
FEW_EVENTS = 10  # of a curve; fewer deserve a warning

_STEP = 1e-3  # of a standard error, for the gradient of the restricted mean


@dataclass(frozen=True)
class Failure:
    """A family that could not be fitted, and why."""

    label: str
    reason: str


@dataclass(frozen=True, eq=False)
class Fit(ReadOnly):
    """A fitted family, for one arm or jointly for several.

    Attributes
    ----------
    family
        With the knots in place, if it is a spline.
    arms
        Names of the arms; the first is the reference of the effects.
    fitted
        Estimates on the fitted scale: the family's parameters, then each further arm's effect on
        the location parameter, shape (q,). Times are in the unit of the data.
    covariance
        Of `fitted`: the inverse of the observed information, shape (q, q).
    loglik
        Log-likelihood of the times in the unit of the data.
    n, events
        Patients and events.
    distance
        Newton step that remains, in standard errors.
    starts, agreeing
        Starting points tried and how many led to this maximum.
    warnings
        What a reader should know before using it.
    """

    family: Family
    arms: tuple[str, ...]
    fitted: Array
    covariance: Array
    loglik: float
    n: int
    events: int
    distance: float
    starts: int
    agreeing: int
    warnings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The family's label."""
        return self.family.label

    @property
    def names(self) -> tuple[str, ...]:
        """Names of `fitted`: those of the family, then `effect ARM`."""
        effects = (f"effect {arm}" for arm in self.arms[1:])
        return (*(p.name for p in self.family.parameters), *effects)

    @property
    def natural(self) -> dict[str, float]:
        """Estimates on the natural scale, the effects as they are, by name."""
        count = len(self.family.parameters)
        theta = self.family.from_fitted(self.fitted[:count])
        values = (*theta, *self.fitted[count:])
        return {name: float(v) for name, v in zip(self.names, values, strict=True)}

    @property
    def std_errors(self) -> Array:
        """Standard errors of `fitted`, shape (q,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 loglik + 2 q."""
        return -2 * self.loglik + 2 * len(self.fitted)

    @property
    def bic(self) -> float:
        """Schwarz's criterion with the number of patients, -2 loglik + q log n."""
        return float(-2 * self.loglik + len(self.fitted) * np.log(self.n))

    def theta_of(self, fitted: Array, arm: str | None = None) -> tuple[Array, ...]:
        """Family parameters of an arm for draws of `fitted`, shape (b, q); each of shape (b, 1)."""
        count = len(self.family.parameters)
        index = 0 if arm is None else self.arms.index(arm)
        columns = np.array(fitted[:, :count].T)
        if index:
            columns[self.family.location] += fitted[:, count + index - 1]
        return tuple(np.asarray(column)[:, None] for column in self.family.from_fitted(columns))

    def theta(self, arm: str | None = None) -> tuple[float, ...]:
        """Estimates of the family's parameters for an arm, by default the first."""
        return tuple(float(value[0, 0]) for value in self.theta_of(self.fitted[None], arm))

    def survival(self, t: npt.ArrayLike, arm: str | None = None) -> Array:
        """S(t), e.g. at landmarks."""
        return self.family.survival(np.asarray(t, dtype=float), *self._arrays(arm))

    def hazard(self, t: npt.ArrayLike, arm: str | None = None) -> Array:
        """h(t) at times above 0."""
        return self.family.hazard(np.asarray(t, dtype=float), *self._arrays(arm))

    def median(self, arm: str | None = None) -> float:
        """Median time; infinite if it is never reached."""
        return float(self.family.quantile(np.array(0.5), *self._arrays(arm)))

    def restricted_mean(self, until: float, arm: str | None = None) -> float:
        """Mean time up to `until`."""
        return float(self.family.restricted_mean(until, *self.theta_of(self.fitted[None], arm))[0])

    def restricted_mean_gradient(self, until: float, arm: str | None = None) -> Array:
        """Derivatives of the restricted mean by `fitted`, shape (q,)."""
        size = _STEP * self.std_errors
        moves = np.diag(size)
        points = np.concatenate((self.fitted + moves, self.fitted - moves))
        means = self.family.restricted_mean(until, *self.theta_of(points, arm))
        return np.asarray((means[: len(size)] - means[len(size) :]) / (2 * size))

    def restricted_mean_se(self, until: float, arm: str | None = None) -> float:
        """Standard error of the restricted mean, by the delta method."""
        slope = self.restricted_mean_gradient(until, arm)
        return float(np.sqrt(slope @ self.covariance @ slope))

    def _arrays(self, arm: str | None) -> tuple[Array, ...]:
        return tuple(np.array(value) for value in self.theta(arm))


Result: TypeAlias = Fit | Failure


def few_events(events: int) -> str:
    """Warn of too few events for a curve of its own; empty if there are enough, or none.

    The standard error of a log hazard is 1/sqrt(events), even if the hazard is constant.
    """
    if not 0 < events < FEW_EVENTS:
        return ""
    factor = np.exp(2 * 1.959964 / np.sqrt(events))
    return (
        f"ONLY {events} EVENT{'S' * (events > 1)}, fewer than {FEW_EVENTS}: even if the family is "
        f"right, the ends of the hazard's 95% interval are a factor of {factor:.2g} or more apart, "
        "and so few events cannot tell which family is"
    )


def fit(patients: Patients, candidate: Candidate, start: Array | None = None) -> Result:
    """Fit one family, to all arms jointly.

    A joint fit has one more parameter for each further arm, added to the location parameter on
    the fitted scale: proportional hazards for the exponential, the Gompertz and splines on the
    hazard scale, proportional odds and a probit shift for the other splines, accelerated failure
    time for the rest.

    Parameters
    ----------
    candidate
        A spline that was fitted before keeps its knots; a request has them placed by these data.
    start
        Where to start, like `Fit.fitted`, e.g. from the fit of which this is a bootstrap sample;
        only if it leads nowhere are the family's own starts tried.
    """
    problem = _too_few(patients)
    if problem:
        return Failure(candidate.label, problem)
    if isinstance(candidate, SplineRequest):
        try:
            family: Family = candidate.place(patients.time[patients.event])
        except ValueError as error:
            return Failure(candidate.label, str(error))
    else:
        family = candidate
    count = len(family.parameters) + len(patients.arms) - 1
    if patients.events < count:
        events = f"{patients.events} event{'s' * (patients.events > 1)}"
        return Failure(candidate.label, f"{events} cannot carry {count} parameters")
    return _Problem(family, patients).solve(start)


def fit_all(patients: Patients, candidates: Iterable[Candidate] = CANDIDATES) -> tuple[Result, ...]:
    """Fit every candidate; one that fails does not stop the others."""
    return tuple(fit(patients, candidate) for candidate in candidates)


def _too_few(patients: Patients) -> str:
    """Say which arm has no event; empty if each has one."""
    for index, name in enumerate(patients.arms):
        if not (patients.event & (patients.arm == index)).any():
            return f"no events in arm '{name}'" if name else "no events"
    return ""


@dataclass(frozen=True)
class _Problem:
    """A family and data, solved with times divided by their geometric mean."""

    family: Family
    patients: Patients

    @cached_property
    def _factor(self) -> float:
        return float(np.exp(-np.log(self.patients.time).mean()))

    @cached_property
    def _family(self) -> Family:
        return self.family.in_unit(self._factor)

    def solve(self, start: Array | None) -> Result:
        """Climb from every start and keep the highest summit."""
        likelihood = Likelihood(self._family, self.patients.in_unit(self._factor))
        summits = []
        if start is not None:
            working = _change_unit(self.family, start, self._factor)
            summits = [climb(likelihood, working)]
        if not summits or summits[0].reason:
            summits += [climb(likelihood, begin) for begin in self._starts()]
        reached = [summit for summit in summits if not summit.reason]
        if not reached:
            return Failure(self.family.label, self._reason(max(summits, key=lambda s: s.value)))
        best = max(reached, key=lambda summit: summit.value)
        higher = [s for s in summits if s.reason and s.value > best.value + 1e-3]
        agreeing = sum(summit.value > best.value - 1e-6 for summit in reached)
        return self._result(best, len(summits), agreeing, higher)

    def _starts(self) -> list[Array]:
        t, s = kaplan_meier(self.patients.in_unit(self._factor)).points()
        effects = np.zeros(len(self.patients.arms) - 1)
        return [
            np.append(self._family.to_fitted(theta), effects) for theta in self._family.starts(t, s)
        ]

    def _reason(self, summit: Summit) -> str:
        values = ", ".join(
            f"{p.name} {value:.4g}"
            for p, value in zip(
                self.family.parameters, self._in_unit_of_data(summit.point), strict=False
            )
        )
        return f"{summit.reason} (last at {values}, on the fitted scale)"

    def _in_unit_of_data(self, point: Array) -> Array:
        return _change_unit(self._family, point, 1 / self._factor)

    def _result(self, summit: Summit, starts: int, agreeing: int, higher: list[Summit]) -> Result:
        fitted, count = self._in_unit_of_data(summit.point), len(self.family.parameters)
        theta = self.family.from_fitted(fitted[:count])
        if defect := self.family.defect(*(float(value) for value in theta)):
            return Failure(self.family.label, defect)
        origin = self._in_unit_of_data(np.zeros(len(fitted)))
        change = np.stack([self._in_unit_of_data(e) - origin for e in np.eye(len(fitted))], axis=1)
        warnings = tuple(
            "from another start the likelihood rose further without reaching a maximum: "
            + self._reason(summit)
            for summit in higher[:1]
        )
        return Fit(
            family=self.family,
            arms=self.patients.arms,
            fitted=fitted,
            covariance=change @ summit.covariance @ change.T,
            loglik=summit.value + self.patients.events * np.log(self._factor),
            n=self.patients.n,
            events=self.patients.events,
            distance=summit.distance,
            starts=starts,
            agreeing=agreeing,
            warnings=warnings,
        )


def _change_unit(family: Family, point: Array, factor: float) -> Array:
    """Coordinates for times multiplied by `factor`; effects of arms have no unit."""
    count = len(family.parameters)
    return np.append(family.change_unit(point[:count], factor), point[count:])
