"""The result in one plain sentence."""

from __future__ import annotations

from cea.analysis.base_case import BaseCase
from cea.analysis.decision import FrontierRow, Increment, Verdict
from cea.analysis.psa import Psa
from cea.report.format import money, per_qaly, percent, qaly, ratio

_LEAST_QALYS = 0.0005  # rounds to 0.001


def headline(base: BaseCase, psa: Psa | None) -> str:
    """Say what the base case found and how sure the probabilistic analysis is of it.

    With two strategies the sentence compares the other strategy with the reference. With more, it
    names the strategy with the highest net benefit and its place on the efficiency frontier.
    """
    if len(base.assumptions.strategies) == 2:
        return _pair(base, psa)
    return _several(base, psa)


def _pair(base: BaseCase, psa: Psa | None) -> str:
    a = base.assumptions
    subject = 1 - a.reference
    pair = base.against_reference(subject)
    gain = a.threshold.value * pair.effect - pair.cost
    return (
        f"{_comparison(base, subject, a.reference, pair)}; at {_threshold(base)} its incremental "
        f"net benefit is {_money(base, gain)}"
        f"{_probability(base, psa, subject, ' and the probability that it')}."
    )


def _several(base: BaseCase, psa: Psa | None) -> str:
    value = base.assumptions.threshold.value
    benefit = (value * base.qaly - base.cost).tolist()
    on_frontier = [row for row in base.frontier if row.icer is not None or _is_first(row)]
    best = max(on_frontier, key=lambda row: benefit[row.position])
    label = _label(base, best.position)
    return (
        f"At {_threshold(base)}, {label} has the highest net benefit "
        f"({_money(base, benefit[best.position])}): {_place(base, best, on_frontier)}"
        f"{_probability(base, psa, best.position, f', and the probability that {label}')}."
    )


def _place(base: BaseCase, best: FrontierRow, on_frontier: list[FrontierRow]) -> str:
    """Say where the best strategy stands on the efficiency frontier."""
    i, against = best.position, best.against
    if against is not None:
        assert best.icer is not None, "only the first row of the frontier has no ICER"
        cost, effect = base.cost[i] - base.cost[against], base.qaly[i] - base.qaly[against]
        return (
            f"against {_label(base, against)}, the next less costly strategy on the efficiency "
            f"frontier, it costs {_money(base, float(cost))} more and yields "
            f"{_qalys(float(effect))} more QALYs (ICER {_per_qaly(base, best.icer)})"
        )
    if len(on_frontier) == 1:
        return "it costs least, and no other strategy is more effective"
    step = on_frontier[1]
    assert step.icer is not None, "only the first row of the frontier has no ICER"
    return (
        f"it costs least, and the next strategy on the efficiency frontier, "
        f"{_label(base, step.position)}, costs {_per_qaly(base, step.icer)} gained"
    )


def _is_first(row: FrontierRow) -> bool:
    return row.verdict is Verdict.REFERENCE


def _comparison(base: BaseCase, subject: int, against: int, pair: Increment) -> str:
    """Compare two strategies in words; a ratio stands only where it has a meaning."""
    new, old = _label(base, subject), _label(base, against)
    if pair.verdict is Verdict.EQUAL:
        return f"{new} costs as much and yields as many QALYs as {old}"
    if pair.cost:
        verb = "costs" if pair.cost > 0 else "saves"
        more = " more" if pair.cost > 0 else ""
        cost = f"{verb} {_money(base, abs(pair.cost))}{more}"
    else:
        cost = "costs as much"
    if pair.effect:
        effect = f"yields {_qalys(abs(pair.effect))} {'more' if pair.effect > 0 else 'fewer'} QALYs"
    else:
        effect = "yields as many QALYs"
    join = " but " if pair.verdict is Verdict.SAVING else " and "
    words = f"{cost}{join}{effect}"
    match pair.verdict:
        case Verdict.DOMINANT:
            return f"{new} is dominant: it {words} compared with {old}"
        case Verdict.DOMINATED:
            return f"{new} is dominated: it {words} compared with {old}"
    found = ratio(pair, base.assumptions.settings.currency)
    if pair.verdict is Verdict.SAVING:
        return f"{new} {words} compared with {old}: {found}"
    return f"{new} {words} than {old}: ICER {found}"


def _threshold(base: BaseCase) -> str:
    threshold = base.assumptions.threshold
    return f"{_per_qaly(base, threshold.value)} ({threshold.label})"


def _probability(base: BaseCase, psa: Psa | None, subject: int, start: str) -> str:
    if psa is None:
        return ""
    at = psa.acceptability_at(base.assumptions.threshold.value)
    share = float(at.probability[0, subject])
    return f"{start} is the most cost-effective is {percent(share)}"


def _label(base: BaseCase, position: int) -> str:
    return base.assumptions.strategies[position].label


def _money(base: BaseCase, amount: float) -> str:
    return money(amount, base.assumptions.settings.currency)


def _per_qaly(base: BaseCase, amount: float) -> str:
    return per_qaly(amount, base.assumptions.settings.currency)


def _qalys(amount: float) -> str:
    return qaly(amount) if amount >= _LEAST_QALYS else f"less than {_LEAST_QALYS:g}"
