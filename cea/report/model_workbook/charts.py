"""Native charts over the live cells."""

from __future__ import annotations

import math
from typing import Any

from cea.report.model_workbook.building import Building
from cea.report.model_workbook.cells import absolute
from cea.report.model_workbook.results import categories
from cea.report.results_workbook.charts import axis, dress, line, lines, tornado
from cea.report.style import FAINT, INK, SOFT, category_style, strategy_style

_WIDE, _ROWS = 8, 20  # cells from one chart to the next
_SIZE = (590, 345)  # pixels
_SCALE, _PAGE = 80, 46  # print, and rows of a printed page
_ROW = 18  # pixels
_BARS = 15
_THOUSANDS = 10_000.0  # costs from which the axis is in thousands
_LABELLED = 12  # years labelled on an axis, at most
_STATES = (
    ("pf", "Progression-free", "#2A6F77"),
    ("pd", "Progressed", "#C08A1E"),
    ("dead", "Dead", "#6B7280"),
)
_PATTERNS = (
    "", "wide_upward_diagonal", "percent_10", "wide_downward_diagonal", "outlined_diamond",
    "narrow_horizontal", "large_grid", "percent_30", "narrow_vertical",
)  # fmt: skip


def write_charts(building: Building) -> None:
    """Write survival, trace, costs, acceptability curves and tornado on one sheet."""
    page = building.page(
        "Charts",
        "Charts",
        "Native charts of the live cells: they follow every input and the selectors. Acceptability "
        "curves and tornado show the draws and cases of the export.",
        [10] * (2 * _WIDE),
    )
    found = [_survival(building, "os", "Overall survival"),
             _survival(building, "pfs", "Progression-free survival"),
             *(_trace(building, s) for s in range(len(building.assumptions.strategies))),
             *([_costs(building)] if categories(building) else [])]  # fmt: skip
    if "ceac.wtp" in building.cells.places:
        found.append(_ceac(building))
    rows = [(found[k : k + 2], _ROWS) for k in range(0, len(found), 2)]
    for s in range(len(building.assumptions.strategies)):
        if f"bar{s}.change_low" in building.cells.places:
            chart, high = _tornado(building, s)
            rows.append(([chart], high))
    row, begun, breaks = page.row, 0, []
    for charts, high in rows:
        if row + high - begun > _PAGE:
            breaks.append(row)
            begun = row
        for k, chart in enumerate(charts):
            page.chart(chart, row, _WIDE * k)
        row += high
    page.sheet.freeze_panes(1, 0)
    page.sheet.set_print_scale(_SCALE)
    page.sheet.set_h_pagebreaks(breaks)
    page.sheet.print_area(0, 0, row, 2 * _WIDE - 1)


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
                 _SIZE)  # fmt: skip


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
                 _share("Share of the cohort"), _SIZE)  # fmt: skip


def _months(building: Building) -> dict[str, Any]:
    """Describe the axis of months: labelled every year, or every few years."""
    grid = building.base.grid
    last = grid.cycles * grid.months_per_cycle
    years = next(y for y in (1, 2, 5, 10, 20, 50) if last / (12 * y) <= _LABELLED)
    return axis("Months since entry", min=0, max=math.ceil(last / 12 - 1e-9) * 12,
                major_unit=12 * years, num_format="0")  # fmt: skip


def _share(name: str) -> dict[str, Any]:
    return axis(name, min=0, max=1, num_format="0%")


def _costs(building: Building) -> Any:
    chart = building.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    results = building.cells.places
    label = results["res.label0"]
    last = len(building.assumptions.strategies) - 1
    for k, category in enumerate(categories(building)):
        first, end = results[f"res.category{k}0"], results[f"res.category{k}{last}"]
        where = [first.sheet, first.row, first.column, end.row, end.column]
        head = [label.sheet, label.row, label.column, label.row, end.column]
        color, pattern = category_style(k)[0], _PATTERNS[k % len(_PATTERNS)]
        fill: dict[str, Any] = {"fill": {"color": color}}
        if pattern:
            fill = {"pattern": {"pattern": pattern, "fg_color": SOFT, "bg_color": color}}
        chart.add_series(
            {"name": category, "categories": head, "values": where, "gap": 60, **fill,
             "border": {"color": FAINT}}
        )  # fmt: skip
    thousands = float(building.base.cost.max()) >= _THOUSANDS
    unit, form = ("Thousand ", "#,##0,") if thousands else ("", "#,##0")
    name = f"{unit}{building.settings.currency} per patient, discounted"
    chart.set_x_axis(axis(name, num_format=form))
    chart.set_y_axis(axis("", reverse=True, crossing="max", major_gridlines={"visible": False}))
    return dress(chart, "Costs by category", _SIZE)


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
                 _share("Probability of being the most cost-effective"), _SIZE)  # fmt: skip


def _tornado(building: Building, s: int) -> tuple[Any, int]:
    """Return the chart of a strategy, the widest bar at the top, and the rows that it takes."""
    a = building.assumptions
    low = building.cells.places[f"bar{s}.change_low"]
    count = min(_BARS, len(low.values))
    names = [low.sheet, low.row, 0, low.row + count - 1, 0]
    ends = []
    for end in ("low", "high"):
        place = building.cells.places[f"bar{s}.change_{end}"]
        where = [place.sheet, place.row, place.column, place.row + count - 1, place.column]
        inputs = building.cells[f"bar{s}.input_{end}"][:count]
        ends.append((f"Input at its {end} value", where, [f"{x:.4g}" for x in inputs]))
    height = 120 + 26 * count
    chart = tornado(
        building.book,
        f"Tornado: {a.strategies[s].label} against {a.strategies[a.reference].label}",
        names, *ends, base=0.0,
        x_name="Change of the incremental net benefit at the headline threshold, "
        f"{building.settings.currency}; labels: value of the input",
        number="#,##0", height=height,
    )  # fmt: skip
    return chart, height // _ROW + 2
