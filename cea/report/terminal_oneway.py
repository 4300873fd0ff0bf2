"""What deterministic sensitivity analysis shows on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from cea.analysis.decision import increment
from cea.analysis.pairs import Measure, Pair, versus
from cea.analysis.price import Price
from cea.analysis.threshold import ThresholdAnalysis
from cea.analysis.tornado import Bar, Direction, Tornado, summed
from cea.analysis.two_way import TwoWay, shown
from cea.analysis.two_way_grid import Axis
from cea.assumptions import Assumptions
from cea.report.console import console, new_table, say
from cea.report.format import (
    in_column,
    number,
    per_qaly,
    percent,
    qaly,
    ratio,
    significant,
    value_range,
)
from cea.report.words_draws import draws_in_words
from cea.report.words_oneway import measure_name, price_now, result, searched

_WIDE = 110  # columns of a terminal
_ARROWS = {
    Direction.RISES: "↑", Direction.FALLS: "↓", Direction.NONE: "=", Direction.TURNS: "↕",
    Direction.BROKEN: "",
}  # fmt: skip


def show_tornado(tornado: Tornado) -> None:
    """Print the widest bars of every pair, and the rest summed where that means something."""
    for pair in tornado.pairs:
        _one_tornado(tornado, pair, tornado.top)


def _one_tornado(tornado: Tornado, pair: Pair, top: int) -> None:
    assumptions = tornado.assumptions
    currency, measure = assumptions.settings.currency, tornado.measure
    bars = tornado.bars(pair.strategy)
    wide = console.width >= _WIDE and any(bar.months is not None for bar in bars[:top])
    base = result(measure, tornado.base_result(pair.strategy), currency)
    table = new_table(
        f"{versus(assumptions, pair)}: {measure_name(measure, currency, tornado.threshold)}, "
        f"base {base}",
        "Parameter", "Low", "High", "At low", "At high", "", "INMB = 0 at",
        *(("Mean of its curve, months",) if wide else ()),
    )  # fmt: skip
    for bar in bars[:top]:
        table.add_row(
            bar.parameter.label or bar.parameter.name, *value_range(bar.low, bar.high),
            *_ends(bar, measure), _ARROWS[bar.direction], searched(bar),
            *((_months(bar),) if wide else ()),
        )  # fmt: skip
    left = bars[top:]
    if left and measure.adds_up:
        rest = summed(left)
        table.add_row(
            f"{rest.count} others, summed", "", "",
            *(result(measure, x, "") for x in (rest.low, rest.high)), "", "",
        )  # fmt: skip
    elif left:
        table.add_row(f"{len(left)} others, not summed")
    console.print(table)
    say(
        "↑ rises, ↓ falls as the input rises; ↕ turns: the base case lies outside both ends. "
        "INMB = 0 is looked for beyond low and high."
    )
    if left and measure.adds_up:
        say(
            "Summed: the moves of the others, each alone, added up downwards and upwards; not the "
            "range of moving them together."
        )
    elif left:
        say("Not summed: changes of a ratio do not add up to a ratio; --top shows more bars.")


def _ends(bar: Bar, measure: Measure) -> tuple[str, str]:
    if measure is not Measure.ICER:
        return result(measure, bar.ends[0], ""), result(measure, bar.ends[1], "")
    found = (increment(c, q) for c, q in zip(bar.cost, bar.qaly, strict=True))
    low, high = (number(one.icer) if one.icer is not None else str(one.verdict) for one in found)
    return low, high


def _months(bar: Bar) -> str:
    if bar.months is None:
        return ""
    low, high = value_range(bar.months[1], bar.months[2])
    return f"{low} to {high}"


def show_two_way(found: TwoWay) -> None:
    """Print the corners of the grid, and where INMB is 0."""
    assumptions = found.assumptions
    currency = assumptions.settings.currency
    at = per_qaly(found.threshold, currency)
    table = new_table(
        f"{versus(assumptions, found.pair)}: corners of the grid, INMB at {at}",
        found.x.label, found.y.label, "Δ cost", "Δ QALY", "ICER", "INMB",
    )  # fmt: skip
    for x, y, corner in found.corners():
        inmb = found.threshold * corner.effect - corner.cost
        table.add_row(
            _at(found.x, x), _at(found.y, y), number(corner.cost), qaly(corner.effect),
            ratio(corner, currency), number(inmb),
        )  # fmt: skip
    console.print(table)
    crossed = found.switch
    if crossed.empty:
        sign = "above" if found.inmb.min() >= 0 else "below"
        say(f"No switch: INMB is {sign} 0 all over the grid.")
    else:
        positive = percent(float((found.inmb >= 0).mean()))
        say(f"INMB is 0 at {len(crossed)} points of the grid's lines; above 0 at {positive} of "
             "the grid's points.")  # fmt: skip
    for axis in (found.x, found.y):
        for left_out in axis.left_out:
            say(f"{axis.name} {left_out}; left out.")


def _at(axis: Axis, value: float) -> str:
    found = shown(axis, value)
    if isinstance(found, str):
        return found
    return f"{significant(100 * found, 4)}%" if axis.percent else significant(found, 4)


def show_threshold(found: ThresholdAnalysis) -> None:
    """Print every switch, the value-based prices and the discounts."""
    assumptions = found.assumptions
    moved = found.moved
    unit = moved.parameter.unit.strip()
    title = f"{moved.label}{f' ({unit})' if unit and unit not in moved.label else ''}"
    low, high = value_range(found.within.low, found.within.high)
    table = new_table(
        f"{title}: base {significant(moved.base, 4)}, searched from {low} to {high} "
        f"({found.within.words})",
        "Threshold", "Comparison", "Switches at", "Below it", "Above it",
    )  # fmt: skip
    for row in found.table.to_dict("records"):
        value = row["switch"]
        compared = "highest net benefit of all"
        if row["against"] != "all":
            compared = f"{_label(assumptions, row['strategy'])} versus " + _label(
                assumptions, row["against"]
            )
        below, above = (
            _label(assumptions, row[f"preferred_{side}"]) for side in ("below", "above")
        )
        table.add_row(
            f"{number(row['threshold'])} ({row['threshold_label']})", compared,
            *((row["status"], below, "") if math.isnan(value)
              else (significant(value, 5), below, above)),
        )  # fmt: skip
    console.print(table)
    say("Better of the two, or best of all, below and above; where nothing switches, throughout.")
    if found.price is not None:
        for p, pair in enumerate(found.price.pairs):
            _show_price(found, found.price, p, pair)
        if found.price.drawn is not None:
            say(
                "PSA: the price at which the expected INMB is 0 is the one that decides; the mean "
                "and the interval are of the prices of the draws, each a ratio."
            )
        say(f"None: not found above 0. {found.price.method}.")


def _label(assumptions: Assumptions, name: str) -> str:
    return assumptions.labels[name]


def _show_price(found: ThresholdAnalysis, price: Price, p: int, pair: Pair) -> None:
    assumptions = price.assumptions
    currency = assumptions.settings.currency
    drawn = price.drawn
    of_psa = "" if found.sampled is None else f"; PSA: {draws_in_words(found.sampled)}"
    table = new_table(
        f"{versus(assumptions, pair)}: value-based price, now {price_now(price)}{of_psa}",
        "Willingness to pay", "Price",
        *(
            ("PSA: expected\nINMB = 0", "PSA: mean of the\ndraws' prices", "95% interval")
            if drawn is not None else ()
        ),
    )  # fmt: skip
    at = [int(abs(price.wtp - one.value).argmin()) for one in price.thresholds]
    columns = [_prices(price.value[p, at])]
    if drawn is not None:
        ends = np.array([drawn.low[p, at], drawn.high[p, at]])
        lows, highs = np.array(_prices(ends.ravel())).reshape(ends.shape)
        columns += [
            _prices(drawn.expected[p, at]), _prices(drawn.mean[p, at]),
            [f"{lows[k]} to {highs[k]}" if np.isfinite(high) else ""
             for k, high in enumerate(ends[1])],
        ]  # fmt: skip
    for one, *cells in zip(price.thresholds, *columns, strict=True):
        table.add_row(f"{per_qaly(one.value, currency)} ({one.label})", *cells)
    console.print(table)
    _discounts(price, pair)


def _discounts(price: Price, pair: Pair) -> None:
    """Print what discounts do at the first threshold."""
    assumptions, first = price.assumptions, price.thresholds[0]
    at = per_qaly(first.value, assumptions.settings.currency)
    table = new_table(
        f"{versus(assumptions, pair)}: discounts, at {at}", "Discount", "Price", "Δ cost", "ICER",
        "INMB", *(("Most cost-effective",) if price.drawn else ()),
    )  # fmt: skip
    rows = price.discounts
    rows = rows[rows["strategy"] == assumptions.strategy_names[pair.strategy]]
    for row in rows[rows["threshold_label"] == first.label].to_dict("records"):
        icer = row["status"] if math.isnan(row["icer"]) else number(row["icer"])
        table.add_row(
            f"{row['discount']:.0%}", number(row["price"], 2 if price.moved.base < 100 else 0),
            number(row["incremental_cost"]), icer, number(row["inmb"]),
            *((percent(float(row["probability"])),) if price.drawn else ()),
        )  # fmt: skip
    console.print(table)


def _prices(values: Iterable[float]) -> list[str]:
    """Print a column of prices."""
    return [said or "none" for said in in_column([float(x) for x in values], 4)]
