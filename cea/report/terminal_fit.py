"""What `cea fit` shows on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf

from rich.table import Table

from cea.analysis.survival import WARNING, SurvivalAnalysis, survival_at
from cea.report.console import console, new_table, say
from cea.report.format import number, p_value, percent
from cea.report.terminal import warn


def show_fit(analyses: Sequence[SurvivalAnalysis], warnings: Sequence[str]) -> None:
    """Print the separate fits of every arm from the lowest AIC, and the effect of treatment.

    Of the `warnings` those about scenarios are left to the run record: they are not about the fits.
    """
    for analysis in analyses:
        for arm in analysis.arms:
            console.print(_fits(analysis, arm))
        say(*_effects(analysis))
        warn(_failures(analysis))
    warn([said for said in warnings if not said.startswith("Scenario")])
    warn([WARNING])


def _fits(analysis: SurvivalAnalysis, arm: str) -> Table:
    curve, end, horizon = analysis.curves[arm], analysis.follow_up(arm), analysis.horizon
    table = new_table(
        f"{analysis.endpoint}, {analysis.label(arm)}: {curve.at_risk[0]} patients, "
        f"{curve.events.sum()} events",
        "Family", "AIC", "Δ AIC", "Δ BIC", "Median", f"Mean to {horizon:g}", f"S({end:.3g})",
        f"S({horizon:g})",
    )  # fmt: skip
    for row in analysis.separate[arm].rows:
        median = row.curves[0].median
        table.add_row(
            row.label, number(row.fit.aic, 1), number(row.aic_difference, 1),
            number(row.bic_difference, 1), "not reached" if isinf(median) else number(median, 1),
            number(row.curves[0].restricted_mean, 1),
            *(percent(survival_at(row.fit, t, None)) for t in (end, horizon)),
        )  # fmt: skip
    return table


def _failures(analysis: SurvivalAnalysis) -> list[str]:
    """Name the families that failed, those that failed alike together."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one, label, reason in analysis.failures:
        alike.setdefault((one.arm, reason), []).append(label)
    return [
        f"{analysis.endpoint}, {analysis.whose(arm)}: not fitted, as {reason}: {'; '.join(labels)}"
        for (arm, reason), labels in alike.items()
    ]


def _effects(analysis: SurvivalAnalysis) -> list[str]:
    said = []
    for one in analysis.comparisons:
        name = f"{analysis.label(one.arm)} versus {analysis.label(one.reference)}"
        words = one.reason
        if one.cox is not None:
            low, high = one.cox.interval()
            words = f"hazard ratio {one.cox.hazard_ratio:.2f} ({low:.2f} to {high:.2f})"
            published = analysis.data.published.get(one.arm)
            if published is not None:
                words += f", published {published:.2f}"
            words += f"; proportional hazards {p_value(one.cox.test().p)}"
        said.append(f"{analysis.endpoint}, {name}: {words}")
    return said
