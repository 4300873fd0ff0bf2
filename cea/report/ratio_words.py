"""What can be said of an ICER, in plain words."""

from __future__ import annotations

from cea.analysis.decision import Increment, Verdict
from cea.analysis.ratio import RatioInterval, Wedge
from cea.report.format import money, per_qaly

NO_INTERVAL = (
    "no 95% interval exists: no ratio can be ruled out, as the draws lie on too many sides of the "
    "origin; read the acceptability curve instead"
)


def ratio_sentence(found: RatioInterval, labels: list[str], reference: int, currency: str) -> str:
    """Say both intervals of one comparison.

    Returns
    -------
    str
        Such as "ICER of B versus A, 95% interval: USD 20,000 to USD 50,000 per QALY gained
        (Fieller); ... (by the draws' angles)".
    """
    start = f"ICER of {labels[found.strategy]} versus {labels[reference]}"
    by_fieller, by_draws = (interval(w, currency) for w in (found.fieller, found.draws))
    if by_fieller == by_draws:
        return f"{start}: {by_fieller}"
    return f"{start}: {by_fieller} (Fieller); {by_draws} (draws, by angle)"


def interval(wedge: Wedge | None, currency: str) -> str:
    """Say one interval; an edge where a ratio has no meaning is named for what it is there."""
    if wedge is None or not wedge.bounds_a_ratio:
        return NO_INTERVAL
    low, high = wedge.ends
    if low.verdict is high.verdict:
        if low.verdict is Verdict.DOMINANT:
            return "dominant over the whole of the 95% interval, so no ratio has a meaning"
        if low.verdict is Verdict.DOMINATED:
            return "dominated over the whole of the 95% interval, so no ratio has a meaning"
        assert low.icer is not None
        assert high.icer is not None
        start = money(low.icer, currency)
        return f"95% interval {start} to {_ratio(high, currency)}"
    return f"95% interval from {_edge(low, currency)} to {_edge(high, currency)}"


def _edge(end: Increment, currency: str) -> str:
    if end.verdict is Verdict.DOMINANT:
        return "dominant (less costly, more effective)"
    if end.verdict is Verdict.DOMINATED:
        return "dominated (more costly, less effective)"
    return _ratio(end, currency)


def _ratio(end: Increment, currency: str) -> str:
    assert end.icer is not None, "only a trade-off and a saving have a ratio"
    if end.verdict is Verdict.SAVING:
        return f"{money(end.icer, currency)} saved per QALY forgone"
    return f"{per_qaly(end.icer, currency)} gained"
