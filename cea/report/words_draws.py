"""Which draws a result is of, in words."""

from __future__ import annotations

from cea.analysis.decision_draws import DecisionDraws
from cea.analysis.psa import Psa

_SAMPLINGS = {
    "sobol": "Sobol",
    "latin_hypercube": "Latin hypercube",
    "pseudo_random": "pseudo-random",
}


def draws_in_words(psa: DecisionDraws) -> str:
    """Say how many draws, and of a workbook's PSA also how to draw them again."""
    if isinstance(psa, Psa):
        return sampled_in_words(psa.n, psa.sampling, psa.seed)
    return f"{psa.n:,} draws"


def sampled_in_words(n: int, sampling: str, seed: int) -> str:
    """Say how many draws there are, and how to draw them again.

    Examples
    --------
    >>> sampled_in_words(2000, "sobol", 1)
    '2,000 draws (Sobol, seed 1)'
    """
    return f"{n:,} draws ({_SAMPLINGS[sampling]}, seed {seed})"
