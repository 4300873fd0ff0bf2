"""What the terminal says of a probabilistic analysis beside its means: how exact they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.analysis.ratio import ratio_intervals
from cea.report.console import say
from cea.report.format import money, number, per_qaly, points
from cea.report.ratio_words import ratio_sentence

if TYPE_CHECKING:
    from cea.analysis.precision import Precision
    from cea.analysis.psa import Psa


def show_ratios(psa: Psa) -> None:
    """Print what the draws say of every ICER."""
    a = psa.assumptions
    labels = list(a.labels.values())
    for found in ratio_intervals(psa):
        say(ratio_sentence(found, labels, a.reference, a.settings.currency))


def show_precision(psa: Psa, found: Precision | None, *, asked: bool = False) -> None:
    """Print the Monte-Carlo error; `asked`: whether the analysis was to stop by itself."""
    if found is None:
        return
    a = found.assumptions
    currency = a.settings.currency
    parts = []
    for s in found.assumptions.others:
        inmb, share = found.of("INMB", s), found.of("probability", s)
        assert inmb is not None
        assert share is not None
        parts.append(
            f"{a.strategies[s].label} INMB {money(inmb.value, currency)} ± "
            f"{money(inmb.half_width, currency)}, most cost-effective {points(share.value)} ± "
            f"{points(share.half_width)}"
        )
    size = number(found.draws // found.replicates)
    sets = f"{found.replicates} independent sets of {size} draws"
    start = f"95% Monte-Carlo error, from {sets}"
    if found.psa is not psa:
        start = f"Check by {sets} more, with their 95% Monte-Carlo error"
    threshold = per_qaly(a.threshold.value, currency)
    say(f"{start}, at {threshold}: {'; '.join(parts)}")
    if asked and found.reached:
        say(f"Stopped after {number(found.draws)} draws: the error asked for is reached")
    elif asked:
        say(
            f"Stopped at {number(found.draws)} draws: the error asked for, {points(found.target)}, "
            "is not reached; allow more with --max-draws"
        )
