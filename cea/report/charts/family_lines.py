"""How each survival family is drawn and called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cea.analysis.survival import SurvivalAnalysis
from cea.arrays import Array
from cea.report.format import family_name as family_name
from cea.report.style import Line, StrategyStyle, strategy_style
from cea.survival.families import FAMILIES
from cea.survival.fit import Fit
from cea.survival.ranking import CurveSummary, Row
from cea.survival.spline import SCALES, Spline

Group = Literal["standard", "splines"]
GROUPS: Mapping[Group, str] = {"standard": "Standard families", "splines": "Splines"}

_SCALE_COLORS = ("#000000", "#D55E00", "#56B4E9")  # dark, middle, light: apart in greyscale
_KNOT_LINES: tuple[Line, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1, 1.5)))


def family_style(fit: Fit) -> StrategyStyle:
    """Return the line of a family: the same in every chart."""
    family = fit.family
    if isinstance(family, Spline):
        inner = len(family.knots) - 2
        color = _SCALE_COLORS[list(SCALES).index(family.scale)]
        return StrategyStyle(color, _KNOT_LINES[max(inner - 1, 0) % len(_KNOT_LINES)], "o")
    return strategy_style(list(FAMILIES).index(family.name))


@dataclass(frozen=True)
class ArmFit:
    """A fit as the curve of one arm.

    Attributes
    ----------
    row
        Its place among the fits of the same data.
    arm
        How the fit calls the arm; None where it was fitted to that arm alone.
    summary
        What the curve says.
    """

    row: Row
    arm: str | None
    summary: CurveSummary

    def survival(self, t: Array) -> Array:
        """S(t)."""
        return self.row.fit.survival(t, self.arm)

    def hazard(self, t: Array) -> Array:
        """h(t)."""
        return self.row.fit.hazard(t, self.arm)


def group_fits(
    analysis: SurvivalAnalysis, arm: str, group: Group, *, joint: bool = False
) -> list[ArmFit]:
    """Return the curves of an arm that belong to a group, in the order of their AIC.

    Those fitted to the arm's own patients or, with `joint`, to all patients together.
    """
    found = []
    for one in analysis.sets:
        if one.joint != joint or one.arm not in ("", arm):
            continue
        for row in one.ranking.rows:
            names = [name for name, _ in one.curves(row.fit)]
            if isinstance(row.fit.family, Spline) == (group == "splines"):
                summary = row.curves[names.index(arm)]
                found.append(ArmFit(row, arm if joint else None, summary))
    return found
