"""Settings that a two-way analysis may vary, and the assumptions that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cea.analysis.ranges import AS_ASKED, Range
from cea.arrays import Array, ReadOnly
from cea.assumptions import MONTHS_PER_YEAR, MOST_CYCLES, Assumptions
from cea.errors import AnalysisError
from cea.formula import Bounds, Expression
from cea.parameters.draws import base_values

# As the Settings sheet allows (a test holds the two together).
NUMBERS: Mapping[str, Bounds] = {
    "horizon_years": Bounds(above=0, maximum=150),
    "discount_rate_costs": Bounds(minimum=0, maximum=1),
    "discount_rate_effects": Bounds(minimum=0, maximum=1),
    "start_age": Bounds(minimum=0, maximum=120),
    "proportion_male": Bounds(minimum=0, maximum=1),
    "cycle_length": Bounds(above=0),
    "post_progression_hazard": Bounds(minimum=0),
    "pre_progression_death_fraction": Bounds(minimum=0, maximum=1),
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "structure": ("markov", "partitioned_survival"),
    "closure": ("match_os", "os_hazard", "constant", "pps_curve"),
    "pre_progression_death": ("background", "fraction"),
    "within_cycle_correction": ("half_cycle", "start", "end", "simpson"),
    "discount_timing": ("mid_cycle", "cycle_start", "whole_year", "boundary"),
    "background_mortality": ("yes", "no"),
}
UNITS: Mapping[str, str] = {
    "horizon_years": "years",
    "discount_rate_costs": "per year",
    "discount_rate_effects": "per year",
    "start_age": "years",
    "proportion_male": "proportion",
    "post_progression_hazard": "per month",
    "pre_progression_death_fraction": "proportion",
}
LABELS: Mapping[str, str] = {
    "horizon_years": "Time horizon",
    "discount_rate_costs": "Discount rate, costs",
    "discount_rate_effects": "Discount rate, effects",
    "start_age": "Age at entry",
    "proportion_male": "Proportion male",
    "cycle_length": "Cycle length",
    "post_progression_hazard": "Hazard of death after progression",
    "pre_progression_death_fraction": "Deaths among those leaving progression-free",
    "structure": "Model structure",
    "closure": "Mortality after progression",
    "pre_progression_death": "Death before progression",
    "within_cycle_correction": "Within-cycle correction",
    "discount_timing": "Timing of discounting",
    "background_mortality": "Background mortality",
}
_FORMULAS = (
    "discount_rate_costs", "discount_rate_effects", "post_progression_hazard",
    "pre_progression_death_fraction",
)  # fmt: skip
_DISCOUNT = (0.0, 0.08)
_YEARS = 10.0


@dataclass(frozen=True, eq=False)
class SettingAxis(ReadOnly):
    """A setting and its values: numbers, or choices by position in `choices`."""

    name: str
    base: float
    values: Array
    choices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # choices that the workbook cannot run with, and why
    unit: str = ""

    @property
    def label(self) -> str:
        """Name for tables and charts, with its unit."""
        return f"{LABELS[self.name]} ({self.unit})" if self.unit else LABELS[self.name]

    @property
    def percent(self) -> bool:
        """Whether its values are printed as percentages."""
        return is_rate(self.name)

    def assumptions(self, assumptions: Assumptions, value: float) -> Assumptions:
        """Return the assumptions with this setting at a value."""
        return with_setting(assumptions, self.name, self._meant(value))

    def _meant(self, value: float) -> float | str:
        return self.choices[int(value)] if self.choices else value


def is_rate(name: str) -> bool:
    """Whether a setting is a discount rate."""
    return name.startswith("discount_rate")


def is_setting(name: str) -> bool:
    """Whether a name is that of a setting that can be varied."""
    return name.strip().lower() in (*NUMBERS, *CHOICES)


def setting_axis(
    assumptions: Assumptions,
    name: str,
    low: float | None,
    high: float | None,
    steps: int,
    options: tuple[str, str] = ("--from", "--to"),
) -> SettingAxis:
    """Return a setting and the values it takes.

    A number runs from `low` to `high`; by default a discount rate from 0 to 8%, a share from 0 to
    1, the age 10 years either way, anything else from half to one and a half times its value. A
    choice takes every value that the workbook can run with. `options` are what messages call the
    two ends.

    Raises
    ------
    AnalysisError
        A range for a choice, an empty range, or one that the setting does not allow.
    """
    name = name.strip().lower()
    base = _value(assumptions, name)
    if name in CHOICES:
        if low is not None or high is not None:
            raise AnalysisError(f"{name} is a choice: it takes no {' and '.join(options)}")
        possible, left_out = [], []
        for choice in CHOICES[name]:
            why = obstacle(with_setting(assumptions, name, choice, check=False))
            if why:
                left_out.append(f"{choice}: {why}")
            else:
                possible.append(choice)
        values = np.arange(len(possible), dtype=float)
        return SettingAxis(
            name, float(possible.index(str(base))), values, tuple(possible), tuple(left_out)
        )  # fmt: skip
    if base is None:
        raise AnalysisError(f"the setting {name} is blank; give it a value in the Settings sheet")
    number = float(base)
    ends = _ends(assumptions, name, number)
    low, high = (
        own if given is None else given for own, given in zip(ends, (low, high), strict=True)
    )
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise AnalysisError(
            f"{name}: no range from {low:g} to {high:g}; let {options[0]} be less than {options[1]}"
        )
    values = Range(low, high, AS_ASKED).points(number, steps + 1)
    for end in (low, high):
        with_setting(assumptions, name, end)
    cycle = f"{assumptions.settings.cycle_unit}s"
    unit = cycle if name == "cycle_length" else UNITS.get(name, "")
    return SettingAxis(name, number, values, unit=unit)


def _ends(assumptions: Assumptions, name: str, base: float) -> tuple[float, float]:
    """Return the range of a number that nobody gave one."""
    most = NUMBERS[name].maximum
    if is_rate(name):
        return _DISCOUNT[0], max(_DISCOUNT[1], base)
    if most == 1:
        return 0.0, 1.0
    if name == "start_age":
        table = assumptions.life_table
        youngest, oldest = (0, 120) if table is None else (table.first_age, table.last_age)
        return max(base - _YEARS, youngest), min(base + _YEARS, oldest)
    return 0.5 * base, 1.5 * base if most is None else min(1.5 * base, most)


def with_setting(
    assumptions: Assumptions, name: str, value: float | str, *, check: bool = True
) -> Assumptions:
    """Return the assumptions with another value of a setting.

    Raises
    ------
    AnalysisError
        The setting does not allow it, or the model cannot run with it.
    """
    stored: object = value
    if name in NUMBERS:
        if NUMBERS[name].violated(value):
            raise AnalysisError(f"{name} {value:g}: not {NUMBERS[name]}")
        if name in _FORMULAS:
            stored = Expression.constant(float(value), f"Settings ({name})", NUMBERS[name])
    elif name == "background_mortality":
        stored = value == "yes"
    settings = replace(assumptions.settings, **{name: stored})  # type: ignore[arg-type]
    changed = replace(assumptions, settings=settings)
    if check and (why := obstacle(changed)):
        shown = f"{value:g}" if isinstance(value, float) else value
        raise AnalysisError(f"{name} {shown}: {why}")
    return changed


def obstacle(assumptions: Assumptions) -> str:
    """Say why the model cannot run with these settings; empty if it can.

    The rules of the workbook that settings alone can break.
    """
    s, table = assumptions.settings, assumptions.life_table
    markov = s.structure == "markov"
    if markov and s.closure == "constant" and s.post_progression_hazard is None:
        return "closure constant needs post_progression_hazard"
    if s.pre_progression_death == "fraction" and s.pre_progression_death_fraction is None:
        return "pre_progression_death fraction needs pre_progression_death_fraction"
    if markov and s.closure == "pps_curve":
        lacking = [n for n in assumptions.strategy_names if not assumptions.curve(n, "PPS")]
        if lacking:
            return f"closure pps_curve needs a PPS curve of {' and '.join(lacking)}"
    progression = any(cost.applies_to == "progression" for cost in assumptions.costs)
    background = s.pre_progression_death == "background" and (markov or progression)
    if s.background_mortality or background:
        if table is None:
            return "the workbook has no life table"
        if not table.first_age <= s.start_age < table.last_age + 1:
            return f"the life table runs from age {table.first_age} to {table.last_age}"
    cycle, months = s.months_per_cycle, s.horizon_years * MONTHS_PER_YEAR
    if cycle > 1.5 * months:
        return "a cycle is longer than the horizon"
    if cycle * MOST_CYCLES < months:
        return f"that makes more than {MOST_CYCLES:,} cycles"
    return ""


def _value(assumptions: Assumptions, name: str) -> float | str | None:
    """Return a setting's value in the base case."""
    value = getattr(assumptions.settings, name)
    if isinstance(value, Expression):
        return float(value.evaluate(base_values(assumptions)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value  # type: ignore[no-any-return]


def names(assumptions: Assumptions) -> Sequence[str]:
    """List everything that an axis may be."""
    return [
        *(parameter.name for parameter in assumptions.parameters),
        *(fit.name for fit in assumptions.fits.values()), *NUMBERS, *CHOICES,
    ]  # fmt: skip
