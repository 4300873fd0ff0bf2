"""What every strategy costs, by category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.base_case import BaseCase
from cea.arrays import Array
from cea.report.charts.text import Key, Row, patch_swatch, text_width, with_key, wrap
from cea.report.format import money, number
from cea.report.style import INK, SIZE, WIDTH, category_style, dress, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR = 0.52  # inches from one bar to the next


@styled
def costs(base: BaseCase) -> Figure:
    """Draw the discounted cost of every strategy by category; the key gives every amount."""
    categories, amounts = _by_category(base)
    strategies = base.assumptions.strategies
    currency = base.assumptions.settings.currency
    key = Key(
        [f"Discounted cost, {currency}", *(s.label for s in strategies)],
        [
            Row(
                patch_swatch(*category_style(k)),
                category,
                tuple(number(x) if x else "–" for x in amounts[k]),
            )
            for k, category in enumerate(categories)
        ],
    )
    figure, top = with_key(_BAR * len(strategies) + 0.75, key)
    axes = top.subplots()
    labels = [wrap(s.label, 0.26 * WIDTH, 3) for s in strategies]
    totals = [money(x, currency) for x in base.cost]
    width = WIDTH - 0.45 - max(map(text_width, labels))
    axes.set_xlim(_limits(amounts, max(text_width(t) for t in totals) / width))
    _draw(axes, categories, amounts, width)
    dress(axes, grid="x")
    axes.set_yticks(range(len(strategies)), labels)
    axes.set_ylim(len(strategies) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.set_xlabel(f"Discounted cost per patient ({currency})")
    for s, total in enumerate(totals):
        end = amounts[:, s].clip(0).sum()
        axes.annotate(
            total, (end, s), xytext=(4, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    return figure


def _by_category(base: BaseCase) -> tuple[list[str], Array]:
    """Categories in the order of the workbook, and amounts, shape (categories, strategies)."""
    lines, names = base.outcomes.lines, base.outcomes.strategies
    rows = [cost.category for cost in base.assumptions.costs]
    present = {line.category: line for line in lines}
    categories = [c for c in dict.fromkeys([*rows, *present]) if c in present]
    amounts = np.zeros((len(categories), len(names)))
    for line, amount in zip(lines, base.outcomes.costs[0], strict=True):
        amounts[categories.index(line.category), names.index(line.strategy)] += amount
    return categories, amounts


def _limits(amounts: Array, label: float) -> tuple[float, float]:
    """Return limits that leave room for the totals, whose share of the width is `label`."""
    low = float(amounts.clip(max=0).sum(axis=0).min(initial=0))
    high = float(amounts.clip(0).sum(axis=0).max(initial=0))
    span = (high - low) or 1.0
    room = min(label + 0.03, 0.6)
    return low - (0.02 * span if low else 0), high + span * room / (1 - room)


def _draw(axes: Axes, categories: list[str], amounts: Array, width: float) -> None:
    left, right = axes.get_xlim()
    for s in range(amounts.shape[1]):
        ends = [0.0, 0.0]  # of the savings and of the costs
        for k, category in enumerate(categories):
            amount = float(amounts[k, s])
            if not amount:
                continue
            color, hatch = category_style(k)
            start = ends[amount > 0]
            axes.barh(
                s, amount, 0.62, left=start, color=color, hatch=hatch, edgecolor=INK,
                linewidth=0.5, label=category,
            )  # fmt: skip
            ends[amount > 0] += amount
            room = abs(amount) / (right - left) * width - 0.12
            if text_width(category) <= room:
                axes.text(
                    start + amount / 2, s, category, ha="center", va="center", size=SIZE,
                    bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.2},
                )  # fmt: skip
