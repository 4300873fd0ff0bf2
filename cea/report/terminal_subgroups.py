"""What `cea subgroups` shows on the terminal."""

from __future__ import annotations

from rich.table import Table

from cea.analysis.subgroups import Subgroups
from cea.report.console import console, new_table, say
from cea.report.format import money, number, per_qaly, percent, qaly
from cea.report.words_draws import sampled_in_words

_WIDE = 100  # columns of a terminal


def show_subgroups(found: Subgroups) -> None:
    """Print every comparison by subgroup and weighted, and what choosing by subgroup gains."""
    for s in found.assumptions.others:
        console.print(_table(found, s, found.assumptions.strategies[s].label))
    say(gain(found))


def _table(found: Subgroups, s: int, label: str) -> Table:
    a = found.assumptions
    title = f"{label} against {a.labels[a.settings.reference_strategy]}, by subgroup"
    of_psa = (
        f"; PSA: {sampled_in_words(found.n, a.settings.psa_sampling, found.seed)}"
        if found.n
        else ""
    )
    title += f" (base case, {a.settings.currency}{of_psa})"
    wide = console.width >= _WIDE
    headers = ["Subgroup", "Weight", *(("Δ cost", "Δ QALY") if wide else ()), "ICER", "INMB"]
    headers += ["PSA: 95% interval\nof INMB", "PSA: most cost-\neffective"] if found.n else []
    table = new_table(title, *headers, ruled=False)
    for column in table.columns[1:]:
        column.no_wrap = True  # a label may fold, a number may not
    for group in found.rows:
        pair = found.increment(group, s)
        cells = [
            group.label, percent(group.weight) if group is not found.weighted else "",
            *((number(pair.cost), qaly(pair.effect)) if wide else ()),
            str(pair.verdict) if pair.icer is None else number(pair.icer),
            number(found.inmb(group, s)),
        ]  # fmt: skip
        if (drawn := found.sampled(group, s)) is not None:
            interval = f"{number(drawn.low)} to {number(drawn.high)}"
            cells += [interval, percent(drawn.probability)]
        table.add_row(*cells)
    return table


def gain(found: Subgroups) -> str:
    """Say what choosing by subgroup gains."""
    a = found.assumptions
    at = per_qaly(found.threshold, a.settings.currency)
    amount = money(found.gain_of_choosing, a.settings.currency)
    return (
        f"Choosing the best strategy for each subgroup, rather than one for all, gains {amount} of "
        f"net benefit for each patient at {at}."
    )
