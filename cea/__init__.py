"""Cost-effectiveness of cancer treatments from one Excel workbook.

>>> import cea
>>> assumptions = cea.read_workbook("inputs/sor_tace.xlsx")  # doctest: +SKIP
>>> cea.base_case(assumptions).incremental  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cea.analysis.base_case import BaseCase as BaseCase
    from cea.analysis.base_case import base_case as base_case
    from cea.analysis.evsi import Evsi as Evsi
    from cea.analysis.evsi import StudyCost as StudyCost
    from cea.analysis.evsi import evsi as evsi
    from cea.analysis.families import Families as Families
    from cea.analysis.families import families as families
    from cea.analysis.measured import precision_of as precision_of
    from cea.analysis.measured import psa_until as psa_until
    from cea.analysis.own_psa import OwnPsa as OwnPsa
    from cea.analysis.own_psa import OwnSettings as OwnSettings
    from cea.analysis.own_psa import own_psa as own_psa
    from cea.analysis.precision import Precision as Precision
    from cea.analysis.psa import Psa as Psa
    from cea.analysis.psa import psa as psa
    from cea.analysis.ratio import icer_intervals as icer_intervals
    from cea.analysis.scenarios import Scenarios as Scenarios
    from cea.analysis.scenarios import scenarios as scenarios
    from cea.analysis.studies import survey as survey
    from cea.analysis.subgroups import Subgroups as Subgroups
    from cea.analysis.subgroups import subgroups as subgroups
    from cea.analysis.threshold import ThresholdAnalysis as ThresholdAnalysis
    from cea.analysis.threshold import threshold_analysis as threshold_analysis
    from cea.analysis.tornado import Tornado as Tornado
    from cea.analysis.tornado import tornado as tornado
    from cea.analysis.trial import trial as trial
    from cea.analysis.two_way import TwoWay as TwoWay
    from cea.analysis.two_way import two_way as two_way
    from cea.analysis.voi import Voi as Voi
    from cea.analysis.voi import voi as voi
    from cea.assumptions import Assumptions as Assumptions
    from cea.cluster import workers_at as workers_at
    from cea.errors import AnalysisError as AnalysisError
    from cea.errors import CeaError as CeaError
    from cea.errors import OutputError as OutputError
    from cea.errors import Problem as Problem
    from cea.errors import UserError as UserError
    from cea.errors import WorkbookError as WorkbookError
    from cea.report.live import export_model as export_model
    from cea.survival.calibrate import Figures as Figures
    from cea.survival.calibrate import calibrate_gompertz as calibrate_gompertz
    from cea.survival.calibrate import calibrate_weibull as calibrate_weibull
    from cea.workbook.read import read_workbook as read_workbook

__version__ = "0.1.0"

_HOMES = {
    "AnalysisError": "cea.errors",
    "Assumptions": "cea.assumptions",
    "BaseCase": "cea.analysis.base_case",
    "CeaError": "cea.errors",
    "Evsi": "cea.analysis.evsi",
    "Families": "cea.analysis.families",
    "Figures": "cea.survival.calibrate",
    "OutputError": "cea.errors",
    "OwnPsa": "cea.analysis.own_psa",
    "OwnSettings": "cea.analysis.own_psa",
    "Precision": "cea.analysis.precision",
    "Problem": "cea.errors",
    "Psa": "cea.analysis.psa",
    "Scenarios": "cea.analysis.scenarios",
    "StudyCost": "cea.analysis.evsi",
    "Subgroups": "cea.analysis.subgroups",
    "ThresholdAnalysis": "cea.analysis.threshold",
    "Tornado": "cea.analysis.tornado",
    "TwoWay": "cea.analysis.two_way",
    "UserError": "cea.errors",
    "Voi": "cea.analysis.voi",
    "WorkbookError": "cea.errors",
    "base_case": "cea.analysis.base_case",
    "calibrate_gompertz": "cea.survival.calibrate",
    "calibrate_weibull": "cea.survival.calibrate",
    "evsi": "cea.analysis.evsi",
    "export_model": "cea.report.live",
    "families": "cea.analysis.families",
    "icer_intervals": "cea.analysis.ratio",
    "own_psa": "cea.analysis.own_psa",
    "precision_of": "cea.analysis.measured",
    "psa": "cea.analysis.psa",
    "psa_until": "cea.analysis.measured",
    "read_workbook": "cea.workbook.read",
    "scenarios": "cea.analysis.scenarios",
    "subgroups": "cea.analysis.subgroups",
    "survey": "cea.analysis.studies",
    "threshold_analysis": "cea.analysis.threshold",
    "tornado": "cea.analysis.tornado",
    "trial": "cea.analysis.trial",
    "two_way": "cea.analysis.two_way",
    "voi": "cea.analysis.voi",
    "workers_at": "cea.cluster",
}
__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> object:
    """Import public names when they are first used, so that ``cea --help`` is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cea' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
