"""Intervals of an ICER in words, for every kind of wedge."""

from __future__ import annotations

import numpy as np
import pytest

from cea.analysis.ratio import RatioInterval, Wedge
from cea.report.ratio_words import NO_INTERVAL, interval, ratio_sentence


def wedge(low: tuple[float, float], high: tuple[float, float]) -> Wedge:
    """From one increment (QALYs, thousands) to another, anticlockwise."""
    a, b = (float(np.arctan2(cost, effect)) for effect, cost in (low, high))
    return Wedge(a, b if b > a else b + 2 * np.pi, 1_000.0)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ((1, 20), (1, 50), "95% interval USD 20,000 to USD 50,000 per QALY gained"),
        ((-1, -20), (-1, -50),
         "95% interval USD 20,000 to USD 50,000 saved per QALY forgone"),
        ((1, -1), (1, 30), "95% interval from dominant (less costly, more effective) to "
         "USD 30,000 per QALY gained"),
        ((1, 20), (-1, 90), "95% interval from USD 20,000 per QALY gained to dominated "
         "(more costly, less effective)"),
        ((-1, 1), (-1, -30), "95% interval from dominated (more costly, less effective) to "
         "USD 30,000 saved per QALY forgone"),
        ((-1, -30), (1, -1), "95% interval from USD 30,000 saved per QALY forgone to dominant "
         "(less costly, more effective)"),
        ((1, -5), (1, -2), "dominant over the whole of the 95% interval, "
         "so no ratio has a meaning"),
        ((-1, 5), (-1, 2), "dominated over the whole of the 95% interval, "
         "so no ratio has a meaning"),
        ((1, -1), (-1, 2), NO_INTERVAL),
        ((-1, 1), (1, -2), NO_INTERVAL),
    ],
)  # fmt: skip
def test_every_kind_of_interval(
    low: tuple[float, float], high: tuple[float, float], said: str
) -> None:
    assert interval(wedge(low, high), "USD") == said


def test_a_comparison() -> None:
    one, other = wedge((1, 20), (1, 50)), wedge((1, 21), (1, 49))
    assert ratio_sentence(RatioInterval(1, one, other), ["Old", "New"], 0, "USD") == (
        "ICER of New versus Old: 95% interval USD 20,000 to USD 50,000 per QALY gained (Fieller); "
        "95% interval USD 21,000 to USD 49,000 per QALY gained (draws, by angle)"
    )
    assert ratio_sentence(RatioInterval(1, None, None), ["Old", "New"], 0, "USD") == (
        f"ICER of New versus Old: {NO_INTERVAL}"
    )
