"""The survival evidence of a workbook, end point by end point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cea.analysis.survival import EndpointData, SurvivalAnalysis, survival_analysis
from cea.assumptions import MONTHS_PER_YEAR, Assumptions, DataSet
from cea.errors import AnalysisError
from cea.survival.digitised import Clicks
from cea.survival.patients import Patients
from cea.survival.resolve import evidence

_LANDMARKS = (12.0, 24.0, 60.0, 120.0)


def endpoint_data(assumptions: Assumptions) -> list[EndpointData]:
    """Collect the evidence behind fitted curves by end point, the reference strategy first.

    A data set that no curve is fitted to stands alone, under its own name. Published hazard ratios
    are of the reference strategy of the Settings, and left out where its curve is not fitted.
    """
    order = list(assumptions.strategy_names)
    order.insert(0, order.pop(assumptions.reference))
    found: list[EndpointData] = []
    used: set[str] = set()
    for endpoint in dict.fromkeys(key[1] for key in assumptions.fits):
        sets = {
            name: assumptions.fits[name, endpoint].request.data_set
            for name in order
            if (name, endpoint) in assumptions.fits
        }
        used |= {data.name for data in sets.values()}
        external = tuple(
            point
            for point in assumptions.external
            if point.endpoint == endpoint and point.strategy in sets
        )
        ratios = {name: data.hazard_ratio for name, data in sets.items()}
        published = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if order[0] not in sets:
            published = {}
        found.append(
            replace(_gather(endpoint, sets, assumptions.labels), external=external,
                    published=published)
        )  # fmt: skip
    for data in assumptions.data_sets:
        if data.name not in used:
            alone = _gather(f"Data set {data.name}", {data.name: data}, {data.name: data.label})
            found.append(replace(alone, in_model=False))
    return found


def _gather(endpoint: str, sets: Mapping[str, DataSet], labels: Mapping[str, str]) -> EndpointData:
    made = {name: evidence(data) for name, data in sets.items()}
    arms = [name for name, one in made.items() for _ in range(one.patients.n)]
    patients = Patients.of(
        np.concatenate([one.patients.time for one in made.values()]),
        np.concatenate([one.patients.event for one in made.values()]),
        arms,
        tuple(made),
    )
    return EndpointData(
        endpoint,
        patients,
        {name: labels.get(name) or name for name in made},
        {name: one.reconstruction for name, one in made.items() if one.reconstruction is not None},
        {
            name: Clicks.of(*zip(*data.clicks, strict=True))
            for name, data in sets.items()
            if data.clicks and not data.patients
        },
        compared={name: one.published for name, one in made.items() if one.published},
    )


def analyse_endpoints(assumptions: Assumptions) -> list[SurvivalAnalysis]:
    """Fit every family to the evidence of every end point, to the model's horizon.

    Raises
    ------
    AnalysisError
        The workbook has no survival data.
    """
    data = endpoint_data(assumptions)
    if not data:
        raise AnalysisError(
            "the workbook has no survival data to fit; name a data set in the sheet Data sets and "
            "give its digitised curve (KM, At risk) or its patients (Patients)"
        )
    horizon = assumptions.settings.horizon_years * MONTHS_PER_YEAR
    landmarks = [t for t in _LANDMARKS if t < horizon]
    return [survival_analysis(one, horizon_months=horizon, landmarks=landmarks) for one in data]
