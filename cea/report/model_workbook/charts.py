"""Native charts over the live cells."""

from __future__ import annotations

from typing import Any

from cea.report.model_workbook.building import Building
from cea.report.model_workbook.cells import absolute
from cea.report.model_workbook.results import categories
from cea.report.results_workbook.charts import axis, line, lines
from cea.report.style import FAINT, HIGH, INK, LOW, category_style, strategy_style

_LABELS = 4  # row of the strategies' names on the sheet of results
_WIDE, _HIGH_ROWS = 8, 19  # cells between charts
_BARS = 15
_STATES = (
    ("pf", "Progression-free", "#2A6F77"),
    ("pd", "Progressed", "#C08A1E"),
    ("dead", "Dead", "#6B7280"),
)


def write_charts(building: Building) -> None:
    """Write survival, trace, costs, tornado and acceptability curves on one sheet."""
    page = building.page("Charts", "Charts", "Native charts of the live cells.", [10] * 16)
    found = [_survival(building, "os", "Overall survival"),
             _survival(building, "pfs", "Progression-free survival"),
             *(_trace(building, s) for s in range(len(building.assumptions.strategies))),
             *([_costs(building)] if categories(building) else [])]  # fmt: skip
    if "ceac.wtp" in building.cells.places:
        found.append(_ceac(building))
    row = 3
    for k, chart in enumerate(found):
        page.chart(chart, row + _HIGH_ROWS * (k // 2), _WIDE * (k % 2))
    row += _HIGH_ROWS * ((len(found) + 1) // 2)
    for s in range(len(building.assumptions.strategies)):
        if f"bar{s}.change_low" in building.cells.places:
            chart, rows = _tornado(building, s)
            page.chart(chart, row, 0)
            row += rows
    page.freeze_title()


def _range(building: Building, key: str, count: int | None = None) -> str:
    place = building.cells.places[key]
    if count is not None:
        place = type(place)(place.sheet, place.row, place.column, place.values[:count])
    return "=" + absolute(place)


def _survival(building: Building, curve: str, title: str) -> Any:
    series = [
        {
            "name": strategy.label,
            "categories": _range(building, f"s{s}.t"),
            "values": _range(building, f"s{s}.{curve}"),
            "line": line(s, strategy_style(s).color),
        }
        for s, strategy in enumerate(building.assumptions.strategies)
    ]
    return lines(building.book, title, series, _months(building), _share("Share of the cohort"),
                 (500, 330))  # fmt: skip


def _trace(building: Building, s: int) -> Any:
    strategy = building.assumptions.strategies[s]
    series = [
        {
            "name": label,
            "categories": _range(building, f"s{s}.t"),
            "values": _range(building, f"s{s}.{key}"),
            "line": line(k, color),
        }
        for k, (key, label, color) in enumerate(_STATES)
    ]
    return lines(building.book, f"Markov trace, {strategy.label}", series, _months(building),
                 _share("Share of the cohort"), (500, 330))  # fmt: skip


def _months(building: Building) -> dict[str, Any]:
    grid = building.base.grid
    return axis("Months since entry", min=0, max=round(grid.cycles * grid.months_per_cycle),
                major_unit=12)  # fmt: skip


def _share(name: str) -> dict[str, Any]:
    return axis(name, min=0, max=1, num_format="0%")


def _costs(building: Building) -> Any:
    chart = building.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    results = building.cells.places
    last = len(building.assumptions.strategies) - 1
    for k, category in enumerate(categories(building)):
        first, end = results[f"res.category{k}0"], results[f"res.category{k}{last}"]
        where = [first.sheet, first.row, first.column, end.row, end.column]
        head = [first.sheet, _LABELS, first.column, _LABELS, end.column]
        chart.add_series(
            {"name": category, "categories": head, "values": where, "gap": 60,
             "fill": {"color": category_style(k)[0]}, "border": {"color": FAINT}}
        )  # fmt: skip
    font = {"name": "Arial", "size": 9, "color": INK}
    chart.set_x_axis(axis(f"{building.settings.currency} a patient", num_format="#,##0"))
    chart.set_y_axis(axis("", major_gridlines={"visible": False}))
    chart.set_title({"name": "Costs by category", "name_font": {**font, "size": 11, "bold": True},
                     "overlay": False})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 500, "height": 330})
    return chart


def _ceac(building: Building) -> Any:
    series: list[dict[str, Any]] = [
        {
            "name": strategy.label,
            "categories": _range(building, "ceac.wtp"),
            "values": _range(building, f"ceac.p{s}"),
            "line": line(s, strategy_style(s).color),
        }
        for s, strategy in enumerate(building.assumptions.strategies)
    ]
    series.append(
        {
            "name": "Frontier (CEAF)",
            "categories": _range(building, "ceac.wtp"),
            "values": _range(building, "ceac.ceaf"),
            "line": {"none": True},
            "marker": {"type": "circle", "size": 4, "border": {"color": INK},
                       "fill": {"none": True}},
        }
    )  # fmt: skip
    x = axis(f"Willingness to pay, {building.settings.currency} per QALY", num_format="#,##0",
             min=0, max=building.settings.ceac_max)  # fmt: skip
    return lines(building.book, "Acceptability curves", series, x,
                 _share("Probability of being the most cost-effective"), (500, 330))  # fmt: skip


def _tornado(building: Building, s: int) -> tuple[Any, int]:
    """Return the chart of a strategy and the rows that it takes."""
    a = building.assumptions
    low = building.cells.places[f"bar{s}.change_low"]
    count = min(_BARS, len(low.values))
    names = [low.sheet, low.row, 0, low.row + count - 1, 0]
    chart = building.book.workbook.add_chart({"type": "bar"})
    for end, color in (("low", LOW), ("high", HIGH)):
        chart.add_series(
            {"name": f"At its {end} value", "categories": names,
             "values": _range(building, f"bar{s}.change_{end}", count), "overlap": 100, "gap": 40,
             "fill": {"color": color}, "border": {"color": FAINT, "width": 0.5}}
        )  # fmt: skip
    font = {"name": "Arial", "size": 9, "color": INK}
    chart.set_x_axis(axis("Change of the incremental net benefit at the headline threshold, "
                          f"{building.settings.currency}", num_format="#,##0"))  # fmt: skip
    chart.set_y_axis(axis("", reverse=True, label_position="low",
                          major_gridlines={"visible": False}))  # fmt: skip
    title = f"Tornado: {a.strategies[s].label} against {a.strategies[a.reference].label}"
    chart.set_title({"name": title, "name_font": {**font, "size": 11, "bold": True},
                     "overlay": False})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": font})
    height = 120 + 26 * count
    chart.set_size({"width": 1000, "height": height})
    return chart, height // 18 + 2
