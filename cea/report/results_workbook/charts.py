"""Native Excel charts, in the colours of the other charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import MaxNLocator

from cea.report.results_workbook.book import Book
from cea.report.style import FAINT, GRID, HIGH, INK, LOW, strategy_style

_FONT = {"name": "Arial", "size": 9, "color": INK}
LEGEND = {"position": "bottom", "font": _FONT}
_TITLE = {**_FONT, "size": 11, "bold": True}
_ROOM = 0.12  # of the range, at each end of a tornado


def axis(name: str, **settings: Any) -> dict[str, Any]:
    """Describe an axis in the common style."""
    return {
        "name": name,
        "name_font": {**_FONT, "bold": False},
        "num_font": _FONT,
        "line": {"color": FAINT},
        "major_gridlines": {"visible": True, "line": {"color": GRID, "width": 0.75}},
        **settings,
    }


def line(position: int, color: str, width: float = 2.0) -> dict[str, Any]:
    """Describe a line; colour and dash keep a strategy recognisable in greyscale."""
    return {"color": color, "width": width, "dash_type": strategy_style(position).dash}


def lines(
    book: Book,
    title: str,
    series: Sequence[dict[str, Any]],
    x: dict[str, Any],
    y: dict[str, Any],
    size: tuple[int, int] = (620, 330),
) -> Any:
    """Make a chart of straight lines over a numeric axis.

    Excel's own line chart spaces categories evenly, and some programs ignore its label steps.
    """
    chart = book.workbook.add_chart({"type": "scatter", "subtype": "straight"})
    for one in series:
        chart.add_series({"marker": {"type": "none"}, **one})
    chart.set_x_axis(x)
    chart.set_y_axis(y)
    return dress(chart, title, size)


def points(
    book: Book,
    title: str,
    series: Sequence[dict[str, Any]],
    x: dict[str, Any],
    y: dict[str, Any],
    size: tuple[int, int] = (620, 480),
) -> Any:
    """Make a chart of points, each series with markers or a line of its own."""
    chart = book.workbook.add_chart({"type": "scatter"})
    for one in series:
        chart.add_series(one)
    chart.set_x_axis(x)
    chart.set_y_axis(y)
    return dress(chart, title, size)


def tornado(
    book: Book,
    title: str,
    names: list[Any],
    low: tuple[str, list[Any], Sequence[str]],
    high: tuple[str, list[Any], Sequence[str]],
    *,
    base: float,
    x_name: str,
    number: str,
    height: int,
    inmb: Sequence[float] = (),
) -> Any:
    """Make a tornado: two overlapping bars for each input, both from the base case.

    Parameters
    ----------
    low, high
        A name, the values, and the labels at the ends of the bars, blank for none.
    base, number
        Where the bars begin, and the format of the axis.
    inmb
        The ends of the bars, where they are incremental net benefits that stay as they are: the
        axis then has room for the labels, and says where the decision switches.
    """
    chart = book.workbook.add_chart({"type": "bar"})
    for (name, values, ends), color in ((low, LOW), (high, HIGH)):
        chart.add_series(
            {
                "name": name,
                "categories": names,
                "values": values,
                "fill": {"color": color},
                "border": {"color": FAINT, "width": 0.5},
                "overlap": 100,
                "gap": 40,
                "data_labels": {
                    "value": True,
                    "position": "outside_end",
                    "font": {**_FONT, "size": 8},
                    "custom": [{"value": end} if end else {"delete": True} for end in ends],
                },
            }
        )
    scale = _with_room([base, *inmb], number) if len(inmb) else {"num_format": number}
    chart.set_x_axis(axis(x_name, crossing=base, **scale))
    chart.set_y_axis(
        axis("", reverse=True, crossing="max", label_position="low",
             major_gridlines={"visible": False})
    )  # fmt: skip
    return dress(chart, title, (1000, height))


def _with_room(values: Sequence[float], number: str) -> dict[str, Any]:
    """Scale an axis of net benefits: a label's room at both ends, and 0 in words."""
    room = _ROOM * (max(values) - min(values))
    ticks = MaxNLocator(8).tick_values(min(values) - room, max(values) + room)
    return {
        "min": float(ticks[0]),
        "max": float(ticks[-1]),
        "major_unit": float(ticks[1] - ticks[0]),
        "num_format": f'{number};-{number};"INMB = 0"',
    }


def bars(
    book: Book, title: str, names: list[Any], values: list[Any], x_name: str, height: int
) -> Any:
    """Make horizontal bars, the first row at the top."""
    chart = book.workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": x_name,
            "categories": names,
            "values": values,
            "fill": {"color": HIGH},
            "border": {"color": FAINT, "width": 0.5},
            "gap": 40,
            "data_labels": {"value": True, "position": "outside_end", "font": {**_FONT, "size": 8}},
        }
    )
    chart.set_x_axis(axis(x_name, min=0, num_format="#,##0"))
    chart.set_y_axis(
        axis("", reverse=True, crossing="max", label_position="low",
             major_gridlines={"visible": False})
    )  # fmt: skip
    return dress(chart, title, (1000, height))


def dress(chart: Any, title: str, size: tuple[int, int]) -> Any:
    """Give a chart its title, legend and size in the common style."""
    chart.set_title({"name": title, "name_font": _TITLE, "overlay": False})
    chart.set_legend(LEGEND if len(chart.series) > 1 else {"position": "none"})
    chart.set_size({"width": size[0], "height": size[1]})
    chart.set_chartarea({"border": {"color": GRID}})
    chart.show_blanks_as("gap")
    return chart
