"""Reconstructed Kaplan-Meier curves under the clicks they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from cea.analysis.survival import SurvivalAnalysis
from cea.errors import AnalysisError
from cea.report.charts.kaplan_meier_steps import draw_steps, numbers_at_risk, steps_legend
from cea.report.charts.text import Key, Row, columns_that_fit, with_key, wrap
from cea.report.format import number
from cea.report.style import TITLE, WIDTH, dress, month_axis, percent_axis, strategy_style, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 2


@styled
def reconstructed(analysis: SurvivalAnalysis) -> Figure:
    """Draw the clicks of every digitised arm over the curve of its reconstructed patients.

    Raises
    ------
    AnalysisError
        No arm was reconstructed.
    """
    data = analysis.data
    shown = [arm for arm in analysis.arms if arm in data.reconstructions]
    if not shown:
        raise AnalysisError(f"{analysis.endpoint}: no curve was digitised")
    rows = []
    for arm in shown:
        made = data.reconstructions[arm]
        printed = [one for one in made.report.comparisons if one.judged and not one.read]
        disagree = sum(not one.agrees for one in printed)
        rows.append(Row(None, analysis.label(arm), (
            number(made.patients.n), number(made.patients.events), number(made.report.rmse, 4),
            number(made.report.max_deviation, 4),
            f"{disagree} of {len(printed)}" if printed else "–",
        )))  # fmt: skip
    headers = [
        f"{analysis.endpoint}, reconstructed", "Patients", "Events",
        "Distance of the clicks, root mean square", "At most", "Published figures that disagree",
    ]  # fmt: skip
    columns = min(_COLUMNS, len(shown))
    lines = -(-len(shown) // columns)
    figure, top = with_key(2.9 * lines + 0.2, Key(headers, rows))
    panels = top.subplots(lines, max(columns, 2), sharey=True, squeeze=False)
    for axes in panels.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, arm in zip(panels.flat, shown, strict=False):
        style = strategy_style(analysis.arms.index(arm))
        dress(axes)
        percent_axis(axes)
        month_axis(axes, analysis.follow_up(arm), 6)
        axes.set_title(wrap(analysis.label(arm), WIDTH / 2 - 0.6, 2, TITLE))
        draw_steps(axes, analysis.curves[arm])
        if arm in data.clicks:
            clicks = data.clicks[arm]
            axes.plot(
                clicks.time, clicks.survival, linestyle="none", marker=".", markersize=4,
                color=style.color, markeredgewidth=0, zorder=4, label="Clicks",
            )  # fmt: skip
        numbers_at_risk(axes, analysis.curves[arm])
    panels[0, 0].set_ylabel(analysis.endpoint)
    clicked = Line2D([], [], linestyle="none", marker=".", color=strategy_style(0).color,
                     label="Clicks")  # fmt: skip
    legend = [*steps_legend(), clicked]
    top.legend(
        handles=legend, ncols=columns_that_fit(legend, WIDTH - 0.3), loc="outside upper left",
        borderpad=0.1, borderaxespad=0.6,
    )  # fmt: skip
    return figure
