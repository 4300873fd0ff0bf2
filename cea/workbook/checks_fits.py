"""Rules about fitted curves: joint fits agree, and every fit exists."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cea.assumptions import SurvivalCurve
from cea.errors import UserError
from cea.survival.fit import Failure, Fit, few_events
from cea.survival.patients import Patients
from cea.survival.ranking import WARNING
from cea.survival.resolve import Group, evidence, fit_group, groups
from cea.workbook.schema import CRITERIA
from cea.workbook.tables import Cell

if TYPE_CHECKING:
    from cea.workbook.checks import Check

_OTHER_EVIDENCE = (
    "use data with longer follow-up or from another source, or set Method to parametric or "
    "hazard_ratio"
)


def _cell(check: Check, curve: SurvivalCurve, column: str) -> Cell:
    return check.row("Survival", f"{curve.strategy}.{curve.endpoint}")[column]


def joint_fits_agree(check: Check) -> None:
    """A joint fit names a strategy whose curve is fitted too, as the same family."""
    by_key = {curve.key: curve for curve in check.draft.curves}
    for curve in check.draft.curves:
        if curve.request is None or not curve.request.joint:
            continue
        joint = curve.request.joint
        lead = by_key.get((joint, curve.endpoint))
        remedy = "name a strategy whose curve has a fit of its own, or leave it blank"
        if joint == curve.strategy:
            found = f"{joint} refers to itself"
        elif lead is None or lead.request is None:
            found = f"the {curve.endpoint} of {joint} is not fitted, so no joint fit is possible"
        elif lead.request.joint:
            found = f"the {curve.endpoint} of {joint} is itself fitted jointly"
            remedy = f"name {lead.request.joint} in both rows"
        else:
            _same_family(check, curve, lead)
            continue
        check.findings.problem(_cell(check, curve, "Reference strategy"), found, remedy)


def _same_family(check: Check, curve: SurvivalCurve, lead: SurvivalCurve) -> None:
    assert curve.request is not None
    assert lead.request is not None
    own, other = curve.request, lead.request
    if own.family in ("", other.family) and (
        own.family != "spline" or (own.scale, own.inner) == (other.scale, other.inner)
    ):
        return
    column = "Family" if own.family != other.family else "Knots"
    check.findings.problem(
        _cell(check, curve, column),
        f"another spline than {lead.strategy}'s" if column == "Knots" else
        f"{own.family}, but a joint fit with {lead.strategy}'s {other.family}",
        "use the same in both rows, or clear Reference strategy for a fit of its own",
    )  # fmt: skip


def fits_exist(check: Check) -> None:
    """Every fit succeeds; what a reader should know of it is a warning."""
    chosen: list[tuple[Group, Fit]] = []
    for group in groups(check.draft.curves):
        have = [_has_evidence(check, curve) for curve in group]  # of all, to report all
        if not all(have):
            continue
        result = fit_group(group)
        if isinstance(result, Failure):
            data = " and ".join(c.request.data_set.name for c in group if c.request is not None)
            check.findings.no_fit(
                _cell(check, group[0], "Family"),
                f"{result.label} cannot be fitted to {data}: {result.reason}",
                _OTHER_EVIDENCE if result.label in CRITERIA else "choose another family",
            )
        else:
            chosen.append((group, result))
            for said in result.warnings:
                check.findings.warn(_cell(check, group[0], "Family"), f"{result.label}: {said}")
    _warn_of_criteria(check, chosen)
    _warn_of_data_used_twice(check)


def _has_evidence(check: Check, curve: SurvivalCurve) -> bool:
    """Whether the patients can be had; what their reconstruction says is a warning."""
    assert curve.request is not None
    data = curve.request.data_set
    try:
        found = evidence(data)
    except UserError as error:
        check.findings.problem(
            _cell(check, curve, "Data set"), f"'{data.name}' cannot be used: {error}", "mend it"
        )
        return False
    if not _has_events(check, curve, found.patients):
        return False
    if found.reconstruction is not None:
        place = next(r["Data set"] for r in check.tables["Data sets"]
                     if r.item.casefold() == data.name.casefold())  # fmt: skip
        for said in found.reconstruction.report.warnings:
            check.findings.warn(place, f"reconstruction of '{data.name}': {said}")
    return True


def _has_events(check: Check, curve: SurvivalCurve, patients: Patients) -> bool:
    """Whether there is anything to fit; events that are few are a warning."""
    assert curve.request is not None
    place, name = _cell(check, curve, "Data set"), curve.request.data_set.name
    if not patients.events:
        found = f"'{name}' has no event among its {patients.n} patients, so no family can be fitted"
        check.findings.no_fit(place, found, _OTHER_EVIDENCE)
    elif said := few_events(patients.events):
        check.findings.warn(place, f"'{name}': {said}")
    return patients.events > 0


def _warn_of_criteria(check: Check, chosen: list[tuple[Group, Fit]]) -> None:
    """Say what AIC or BIC chose, and that neither validates a tail."""
    for criterion in CRITERIA:
        by_criterion = [
            (group, fit) for group, fit in chosen
            if group[0].request is not None and group[0].request.family == criterion
        ]  # fmt: skip
        if by_criterion:
            named = "; ".join(
                f"{group[0].endpoint} of {' and '.join(curve.strategy for curve in group)} "
                f"{fit.label}"
                for group, fit in by_criterion
            )
            check.findings.warn(
                _cell(check, by_criterion[0][0][0], "Family"),
                f"{criterion.replace('best', 'lowest')} of the seven standard families ({named}); "
                "splines are not considered",
            )
            check.findings.warn("Survival (Family)", WARNING)  # the same for every scenario


def _warn_of_data_used_twice(check: Check) -> None:
    first: dict[str, SurvivalCurve] = {}
    for curve in check.draft.curves:
        if curve.request is None:
            continue
        data = curve.request.data_set.name
        other = first.setdefault(data.casefold(), curve)
        if other is not curve:
            check.findings.warn(
                _cell(check, curve, "Data set"),
                f"'{data}' is fitted for {other.strategy} ({other.endpoint}) too, and the PSA "
                "samples the two as if their data were different patients",
            )


def families_alike(check: Check) -> None:
    """Say where the arms of one end point are fitted by different families."""
    chosen: dict[str, dict[str, str]] = defaultdict(dict)
    for group in groups(check.draft.curves):
        result = fit_group(group)
        for curve in group:
            if isinstance(result, Fit):
                chosen[curve.endpoint][curve.strategy] = result.label
    for endpoint, labels in chosen.items():
        if len(set(labels.values())) > 1:
            other = _first_other(labels)
            curve = next(c for c in check.draft.curves if c.key == (other, endpoint))
            named = ", ".join(f"{strategy} {label}" for strategy, label in labels.items())
            check.findings.warn(
                _cell(check, curve, "Family"),
                f"the {endpoint} curves are fitted by different families ({named}); NICE TSD 14 "
                "asks for the same one unless there is a reason",
            )


def _first_other(labels: dict[str, str]) -> str:
    """Return the first strategy whose family is not the first one's."""
    first = next(iter(labels.values()))
    return next(strategy for strategy, label in labels.items() if label != first)
