"""What a run found."""

from __future__ import annotations

from dataclasses import dataclass

from cea.analysis.base_case import BaseCase
from cea.analysis.evsi import Evsi
from cea.analysis.families import Families
from cea.analysis.precision import Precision
from cea.analysis.psa import Psa
from cea.analysis.scenarios import Scenarios
from cea.analysis.subgroups import Subgroups
from cea.analysis.threshold import ThresholdAnalysis
from cea.analysis.tornado import Tornado
from cea.analysis.two_way import TwoWay
from cea.analysis.voi import Voi


@dataclass(frozen=True)
class Results:
    """The results at hand; None for an analysis that was not asked for."""

    base: BaseCase | None = None
    psa: Psa | None = None
    tornado: Tornado | None = None
    scenarios: Scenarios | None = None
    two_way: TwoWay | None = None
    threshold: ThresholdAnalysis | None = None
    families: Families | None = None
    subgroups: Subgroups | None = None
    precision: Precision | None = None
    voi: Voi | None = None
    evsi: Evsi | None = None

    @property
    def draws(self) -> Psa | None:
        """The workbook's PSA behind the results, if there is one."""
        if self.psa is not None:
            return self.psa
        if self.threshold is not None and self.threshold.sampled is not None:
            return self.threshold.sampled
        if self.scenarios is not None and self.scenarios.results[0].psa is not None:
            return self.scenarios.results[0].psa
        for found in (self.voi, self.evsi):
            if found is not None and isinstance(found.decision, Psa):
                return found.decision
        return None
