"""From requests to fits, and from fits to parameters, correlations and parametric curves.

After `resolve` nothing downstream need know that a curve was fitted: its estimates are parameters
on the fitted scale with a normal distribution, correlated as their covariance says, and its row
holds formulas over them. The PSA, the scenarios and the exports follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cea.arrays import Array
from cea.assumptions import (
    Assumptions,
    Correlation,
    DataSet,
    FitRequest,
    Parameter,
    SurvivalCurve,
)
from cea.formula import Bounds, Expression, parse
from cea.survival.cox import Cox, cox
from cea.survival.families import FAMILIES
from cea.survival.family import family_name
from cea.survival.fit import Candidate, Failure, Fit, Result, fit
from cea.survival.patients import Patients
from cea.survival.published import against_published
from cea.survival.reconstruct import Reconstruction, reconstruct
from cea.survival.reconstruction_report import Comparison, Published
from cea.survival.spline import Spline, SplineRequest

GROUP = "Survival fit"
_CRITERIA = {"best AIC": "aic", "best BIC": "bic"}
_ILLEGAL = re.compile(r"[^A-Za-z0-9_]")

Group = tuple[SurvivalCurve, ...]  # curves fitted together, the reference first


@dataclass(frozen=True, eq=False)
class Evidence:
    """The patients of a data set.

    `reconstruction` where they come from a digitised curve; `published`, where they do not, what
    was published of them beside what they show.
    """

    patients: Patients
    reconstruction: Reconstruction | None = None
    published: tuple[Comparison, ...] = ()


@dataclass(frozen=True, eq=False)
class CurveFit:
    """The fit behind a curve.

    Attributes
    ----------
    request
        What was asked for.
    evidence
        What it was fitted to.
    fit
        The fit, of several curves where it is joint.
    arm
        Which of the fit's arms the curve is.
    label
        Names the curve, e.g. ``OS, TACE: Weibull``.
    name
        What the names of its parameters begin with.
    parameters
        Lower-case names of the parameters that hold ``fit.fitted``, in its order.
    """

    request: FitRequest
    evidence: Evidence
    fit: Fit
    arm: str
    label: str
    name: str
    parameters: tuple[str, ...]

    def restricted_mean(self, points: Array, until: float) -> Array:
        """Restricted mean, shape (b,), at `points` on the fitted scale, shape (b, q)."""
        return self.fit.family.restricted_mean(until, *self.fit.theta_of(points, self.arm))


@lru_cache(maxsize=64)
def evidence(data: DataSet) -> Evidence:
    """Return the patients of a data set, reconstructed where the curve was digitised.

    Raises
    ------
    UserError
        The data cannot be what they are said to be.
    """
    printed = Published(data.median, data.total_events, data.landmarks)
    if data.patients:
        time, event = zip(*data.patients, strict=True)
        patients = Patients.of(time, event)
        return Evidence(patients, published=against_published(patients, printed))
    time, survival = zip(*data.clicks, strict=True)
    months, numbers = zip(*data.at_risk, strict=True)
    found = reconstruct(time, survival, numbers, months, printed)
    return Evidence(found.patients, found)


@lru_cache(maxsize=64)
def hazard_ratio(data: DataSet, reference: DataSet) -> Cox:
    """Compare the patients of two data sets.

    Raises
    ------
    UserError
        The data cannot be what they are said to be, or the ratio has no finite estimate.
    """
    return cox(_together((reference, data), ("reference", "compared")), "compared", "reference")


def groups(curves: Iterable[SurvivalCurve]) -> list[Group]:
    """Sort the curves to be fitted into those fitted together."""
    requested = [curve for curve in curves if curve.request is not None]
    return [
        (lead, *(c for c in requested if c.endpoint == lead.endpoint and _joins(c, lead)))
        for lead in requested
        if lead.request is not None and not lead.request.joint
    ]


def _joins(curve: SurvivalCurve, lead: SurvivalCurve) -> bool:
    return curve.request is not None and curve.request.joint == lead.strategy


def fit_group(group: Group) -> Result:
    """Fit curves together; what was fitted before is not fitted again."""
    requests = [curve.request for curve in group if curve.request is not None]
    arms = tuple(curve.strategy for curve in group) if len(group) > 1 else ("",)
    lead = requests[0]
    data = tuple(request.data_set for request in requests)
    return _fit(data, arms, lead.family, lead.scale, lead.inner)


@lru_cache(maxsize=512)
def _fit(
    data: tuple[DataSet, ...], arms: tuple[str, ...], family: str, scale: str, inner: int
) -> Result:
    if family in _CRITERIA:
        results = [_fit(data, arms, name, scale, inner) for name in FAMILIES]
        fits = [result for result in results if isinstance(result, Fit)]
        if not fits:
            return Failure(family, "; ".join(f"{r.label}: {r.reason}" for r in results
                                             if isinstance(r, Failure)))  # fmt: skip
        return min(fits, key=lambda found: float(getattr(found, _CRITERIA[family])))
    candidate: Candidate = SplineRequest(inner, scale) if family == "spline" else FAMILIES[family]
    return fit(_together(data, arms), candidate)


def _together(data: Sequence[DataSet], arms: tuple[str, ...]) -> Patients:
    parts = [evidence(one).patients for one in data]
    return Patients.of(
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.event for part in parts]),
        np.repeat(arms, [part.n for part in parts]).tolist(),
        arms,
    )


def resolve(assumptions: Assumptions) -> Assumptions:
    """Turn every curve to be fitted, which is known to succeed, into a parametric one."""
    taken = {parameter.key for parameter in assumptions.parameters}
    parameters: list[Parameter] = []
    correlations: list[Correlation] = []
    curves: dict[tuple[str, str], SurvivalCurve] = {}
    fits: dict[tuple[str, str], CurveFit] = {}
    for group in groups(assumptions.curves):
        found = fit_group(group)
        assert isinstance(found, Fit), "checked when the workbook was read"
        prefixes = [_free(f"fit_{c.strategy}_{c.endpoint}", taken) for c in group]
        made = _parameters(assumptions, group, found, prefixes)
        parameters += made
        correlations += _correlations(made, found)
        names = tuple(parameter.name for parameter in made)
        for curve, prefix in zip(group, prefixes, strict=True):
            curves[curve.key] = _parametric(curve, found, _arm(curve, found), names)
            fits[curve.key] = _curve_fit(assumptions, curve, found, prefix, names)
    return replace(
        assumptions,
        parameters=(*assumptions.parameters, *parameters),
        correlations=(*assumptions.correlations, *correlations),
        curves=tuple(curves.get(curve.key, curve) for curve in assumptions.curves),
        fits=fits,
    )


def _arm(curve: SurvivalCurve, found: Fit) -> str:
    return curve.strategy if len(found.arms) > 1 else found.arms[0]


def _free(name: str, taken: set[str]) -> str:
    """Make a legal name that begins no other parameter's, and take it."""
    legal = _ILLEGAL.sub("_", name)
    tried, number = legal, 1
    while any(key == tried.lower() or key.startswith(f"{tried.lower()}_") for key in taken):
        number += 1
        tried = f"{legal}_{number}"
    taken.add(tried.lower())
    return tried


def _parameters(
    assumptions: Assumptions, group: Group, found: Fit, prefixes: Sequence[str]
) -> list[Parameter]:
    """Return a parameter for each estimate: the family's, then the effects of a joint fit."""
    lead, *others = (assumptions.labels[curve.strategy] for curve in group)
    family = found.family
    words = [
        (f"{prefixes[0]}_{_ILLEGAL.sub('_', p.name)}", lead, f"{'log ' * p.positive}{p.name}")
        for p in family.parameters
    ]
    words += [
        (f"{prefix}_effect", label, f"{family.effect} against {lead}")
        for prefix, label in zip(prefixes[1:], others, strict=True)
    ]
    source = _source(group, found)
    where = group[0].where
    return [
        Parameter(
            name,
            f"{group[0].endpoint}, {label}: {family_name(found.label)} {estimate}",
            GROUP,
            "",
            Expression.constant(float(value), where),
            distribution="normal",
            se=Expression.constant(float(error), where),
            in_dsa=False,  # the tornado varies the curve as a whole
            evidence="derived",
            source=source,
        )
        for (name, label, estimate), value, error in zip(
            words, found.fitted, found.std_errors, strict=True
        )
    ]


def _source(group: Group, found: Fit) -> str:
    data = [curve.request.data_set for curve in group if curve.request is not None]
    named = " and ".join(one.label or one.name for one in data)
    patients = "patients"
    if any(one.clicks for one in data):
        patients = "patients reconstructed from a digitised curve"
    joint = "joint maximum-likelihood fit" if len(group) > 1 else "maximum-likelihood fit"
    return f"{named}: {joint}, {found.n} {patients}, {found.events} events"


def _correlations(made: Sequence[Parameter], found: Fit) -> list[Correlation]:
    errors = found.std_errors
    matrix = found.covariance / np.outer(errors, errors)
    return [
        Correlation(made[i].name, made[j].name, float(matrix[i, j]), made[i].base.where)
        for i in range(len(made))
        for j in range(i)
    ]


def _parametric(curve: SurvivalCurve, found: Fit, arm: str, names: Sequence[str]) -> SurvivalCurve:
    family, index = found.family, found.arms.index(arm)
    texts = list(names[: len(family.parameters)])
    if index:
        texts[family.location] += f"+{names[len(family.parameters) + index - 1]}"
    cells = []
    for parameter, text in zip(family.parameters, texts, strict=True):
        if parameter.positive:
            cells.append(parse(f"EXP({text})", curve.where, Bounds(above=0)))
        else:
            cells.append(parse(text, curve.where))
    spline = (family.scale, family.knots) if isinstance(family, Spline) else None
    return replace(
        curve, method="parametric", family=family.name, parameters=tuple(cells), spline=spline
    )


def _curve_fit(
    assumptions: Assumptions, curve: SurvivalCurve, found: Fit, prefix: str, names: Sequence[str]
) -> CurveFit:
    assert curve.request is not None
    return CurveFit(
        curve.request,
        evidence(curve.request.data_set),
        found,
        _arm(curve, found),
        f"{curve.endpoint}, {assumptions.labels[curve.strategy]}: {family_name(found.label)}",
        prefix,
        tuple(name.lower() for name in names),
    )
