"""The population that a decision is about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import exp, inf, log1p
from typing import TYPE_CHECKING

from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.parameters.draws import base_values

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Population:
    """Patients who face the decision: so many a year, evenly, until the horizon.

    Attributes
    ----------
    incidence
        Patients a year.
    horizon
        Years for which the decision is relevant.
    rate
        Discount rate per year.

    Raises
    ------
    AnalysisError
        A value is below 0 or not finite.
    """

    incidence: float
    horizon: float
    rate: float

    def __post_init__(self) -> None:
        require_amounts(self, "population")

    @classmethod
    def of(cls, assumptions: Assumptions) -> Population | None:
        """Read the settings; None where they give no incidence.

        The discount rate is that of costs where none of its own is given.
        """
        s = assumptions.settings
        if s.voi_incidence is None or s.voi_horizon_years is None:
            return None
        rate = s.voi_discount_rate
        if rate is None:
            rate = float(s.discount_rate_costs.evaluate(base_values(assumptions)))
        return cls(s.voi_incidence, s.voi_horizon_years, rate)

    def patients(self, start: float = 0.0) -> float:
        """Discounted number of patients from year `start` on.

        The integral of incidence (1 + rate)^-t over t from `start` to the horizon: patients come
        evenly, so a sum over years would depend on which end of the year they are counted at.
        """
        start = min(max(start, 0.0), self.horizon)
        if self.rate == 0:
            return self.incidence * (self.horizon - start)
        slope = log1p(self.rate)
        first, last = exp(-slope * start), exp(-slope * self.horizon)
        return self.incidence * (first - last) / slope


def require_amounts(given: DataclassInstance, whose: str) -> None:
    """Refuse a field of `given` that is below 0 or not finite.

    Raises
    ------
    AnalysisError
        With the name of the field.
    """
    for field in fields(given):
        value = getattr(given, field.name)
        if not 0 <= value < inf:
            raise AnalysisError(
                f"{whose}: '{field.name}' must be a finite number, 0 or more; found {value:g}"
            )
