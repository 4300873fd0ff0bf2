"""Rules about what was published beside the evidence, and about external points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.assumptions import DataSet, SurvivalCurve
from cea.errors import UserError
from cea.survival.published import disagreement
from cea.survival.resolve import evidence, hazard_ratio
from cea.workbook.tables import Row, same

if TYPE_CHECKING:
    from cea.workbook.checks import Check

_RATIO = "Published hazard ratio"


def published_figures_hold(check: Check) -> None:
    """Patients agree with what was published of them; a hazard ratio, with the curves compared."""
    fitted = [curve for curve in check.draft.curves if curve.request is not None]
    for data in check.draft.data_sets:
        row = next((r for r in check.tables["Data sets"] if same(r.item, data.name)), None)
        if row is None:
            continue
        curves = [c for c in fitted if c.request is not None and c.request.data_set == data]
        if data.patients and (curves or data.hazard_ratio is None):
            _patients(check, row, data)
        if data.hazard_ratio is not None:
            _hazard_ratio(check, row, data, curves, fitted)


def _patients(check: Check, row: Row, data: DataSet) -> None:
    try:
        compared = evidence(data).published
    except UserError:
        return  # said where the data set is used
    for one in compared:
        if not one.agrees:
            check.findings.warn(row["Data set"], f"'{data.name}': {one}")


def _hazard_ratio(
    check: Check,
    row: Row,
    data: DataSet,
    curves: list[SurvivalCurve],
    fitted: list[SurvivalCurve],
) -> None:
    """Compare a published hazard ratio, or say why it is not used."""
    assert data.hazard_ratio is not None
    reference = check.settings.reference_strategy
    if not curves:
        check.findings.warn(row[_RATIO], f"not used: no curve is fitted to '{data.name}'")
    for curve in curves:
        other = next((c for c in fitted if c.key == (reference, curve.endpoint)), None)
        if curve.strategy == reference:
            said = (
                f"not used: '{data.name}' is of {reference}, the reference strategy; type it "
                "beside the data set of the strategy compared with it"
            )
        elif other is None or other.request is None:
            said = f"not used: the {curve.endpoint} of {reference}, the reference, is not fitted"
        else:
            said = _compared(data, other.request.data_set, data.hazard_ratio)
        if said:
            check.findings.warn(row[_RATIO], said)


def _compared(data: DataSet, reference: DataSet, published: float) -> str:
    try:
        return disagreement(hazard_ratio(data, reference), published)
    except UserError as error:
        return f"not used: {error}"


def external_points_have_curves(check: Check) -> None:
    """An external point stands beside a curve of the model, within its horizon."""
    keys = {curve.key for curve in check.draft.curves}
    horizon = 12 * check.settings.horizon_years
    for point in check.draft.external:
        if (point.strategy, point.endpoint) not in keys:
            said = f"not used: there is no {point.endpoint} curve of {point.strategy}"
        elif point.month > horizon:
            said = f"not used by cea run: month {point.month:g} is beyond the horizon"
        else:
            continue
        check.findings.warn(point.where, said)
