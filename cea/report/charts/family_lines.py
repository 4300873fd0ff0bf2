"""How each survival family is drawn and called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cea.analysis.survival import SurvivalAnalysis
from cea.report.style import Line, StrategyStyle, strategy_style
from cea.survival.families import FAMILIES
from cea.survival.fit import Fit
from cea.survival.ranking import Row
from cea.survival.spline import SCALES, Spline

Group = Literal["standard", "splines"]
GROUPS: Mapping[Group, str] = {"standard": "Standard families", "splines": "Splines"}

_NAMES = {
    "weibull": "Weibull",
    "lognormal": "Log-normal",
    "loglogistic": "Log-logistic",
    "gengamma": "Generalised gamma",
}
_SCALE_COLORS = ("#000000", "#D55E00", "#56B4E9")  # dark, middle, light: apart in greyscale
_KNOT_LINES: tuple[Line, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1, 1.5)))


def family_name(label: str) -> str:
    """Write a family's label as it stands in a sentence's first place.

    >>> family_name("weibull"), family_name("spline, 2 knots, odds")
    ('Weibull', 'Spline, 2 knots, odds')
    """
    return _NAMES.get(label, label[:1].upper() + label[1:])


def family_style(fit: Fit) -> StrategyStyle:
    """Return the line of a family: the same in every chart."""
    family = fit.family
    if isinstance(family, Spline):
        inner = len(family.knots) - 2
        color = _SCALE_COLORS[list(SCALES).index(family.scale)]
        return StrategyStyle(color, _KNOT_LINES[max(inner - 1, 0) % len(_KNOT_LINES)], "o")
    return strategy_style(list(FAMILIES).index(family.name))


def group_rows(analysis: SurvivalAnalysis, arm: str, group: Group) -> list[Row]:
    """Return the separate fits of an arm that belong to a group, in the order of their AIC."""
    return [
        row
        for row in analysis.separate[arm].rows
        if isinstance(row.fit.family, Spline) == (group == "splines")
    ]
