"""Rules across rows and sheets: one function a rule, each saying which cell offends.

A rule runs only where the sheets it needs were read without problems, so that one mistake gives
one message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cea.assumptions import Settings
from cea.workbook import (
    checks_costs,
    checks_fits,
    checks_model,
    checks_parameters,
    checks_published,
    checks_times,
    checks_voi,
)
from cea.workbook.build import Draft
from cea.workbook.findings import Findings
from cea.workbook.tables import Cell, Row, Tables, same


@dataclass(frozen=True)
class Check:
    """What a rule may look at, and where it notes what it finds."""

    draft: Draft
    tables: Tables
    findings: Findings

    @property
    def settings(self) -> Settings:
        """The settings, for rules that need them sound."""
        assert self.draft.settings is not None
        return self.draft.settings

    def row(self, sheet: str, item: str) -> Row:
        """Return the row that an item was read from."""
        return next(r for r in self.tables[sheet] if same(r.item, item))

    def setting(self, name: str) -> Cell | str:
        """Cell of a setting, or its place in words where the workbook leaves it out."""
        for row in self.tables["Settings"]:
            if same(row.item, name):
                return row.replaced(name, row["Value"])[name]
        return f"Settings ({name})"


def check(draft: Draft, tables: Tables, findings: Findings) -> None:
    """Run the rules whose sheets are sound."""
    for rule, sheets in _RULES.items():
        if findings.clean(*sheets) and (draft.settings is not None or "Settings" not in sheets):
            rule(Check(draft, tables, findings))


_RULES: dict[Callable[[Check], None], tuple[str, ...]] = {
    checks_model.two_strategies: ("Strategies",),
    checks_model.labels_tell_apart: ("Strategies",),
    checks_model.a_threshold: ("Thresholds",),
    checks_model.curves_complete: ("Strategies", "Survival"),
    checks_model.references_exist: ("Strategies", "Survival", "Settings", "Curves"),
    checks_fits.joint_fits_agree: ("Strategies", "Survival"),
    checks_fits.fits_exist: (
        "Strategies", "Survival", "Data sets", "KM", "At risk", "Patients", "Landmarks",
    ),
    checks_fits.families_alike: (
        "Strategies", "Survival", "Data sets", "KM", "At risk", "Patients", "Landmarks",
    ),
    checks_published.published_figures_hold: (
        "Settings", "Strategies", "Survival", "Data sets", "KM", "At risk", "Patients", "Landmarks",
    ),
    checks_published.external_points_have_curves: (
        "Settings", "Strategies", "Survival", "External",
    ),
    checks_model.waning_in_order: ("Parameters", "Survival"),
    checks_model.utilities_complete: ("Strategies", "Utilities"),
    checks_costs.windows_in_order: ("Settings", "Parameters", "Costs"),
    checks_costs.rows_counted_once: ("Strategies", "Parameters", "Costs"),
    checks_times.times_in_months: ("Settings", *checks_times.SHEETS),
    checks_model.tables_fall_to_their_end: ("Settings", "Strategies", "Survival", "Curves"),
    checks_model.horizon_in_cycles: ("Settings",),
    checks_model.ceac_in_steps: ("Settings",),
    checks_model.closure_has_its_inputs: ("Settings",),
    checks_model.post_progression_curves: ("Settings", "Strategies", "Survival"),
    checks_model.life_table_covers: ("Settings", "Life table", "Costs"),
    checks_parameters.ranges_bracket_base: ("Parameters",),
    checks_parameters.distributions_exist: ("Parameters",),
    checks_parameters.distributions_follow: ("Parameters",),
    checks_parameters.dirichlet_groups_add_up: ("Parameters",),
    checks_parameters.correlations_hold: ("Parameters", "Correlations"),
    checks_voi.population_complete: ("Settings",),
    checks_voi.set_members_sampled: ("Parameters", "Parameter sets"),
    checks_parameters.parameters_used: (
        "Settings", "Parameters", "Survival", "Costs", "Utilities", "Adverse events",
    ),
}  # fmt: skip
