"""The families by name."""

from __future__ import annotations

from collections.abc import Mapping

from cea.survival.exponential import Exponential
from cea.survival.family import Family
from cea.survival.gamma import Gamma
from cea.survival.gengamma import GenGamma
from cea.survival.gompertz import Gompertz
from cea.survival.loglogistic import LogLogistic
from cea.survival.lognormal import LogNormal
from cea.survival.weibull import Weibull

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Exponential(),
        Weibull(),
        Gompertz(),
        LogNormal(),
        LogLogistic(),
        Gamma(),
        GenGamma(),
    )
}
