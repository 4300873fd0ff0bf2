"""Cumulative hazards as Excel formulas: what the families' formulas share.

A family states its formula beside its NumPy function, as steps: columns of a sheet, each over time
``{t}``, the family's parameters by name, earlier steps, and the limits below. Excel's functions
overflow, and lose digits, where NumPy's do not; the limits say where another form takes over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One column on the way to a cumulative hazard; the last one, ``H``, is the hazard."""

    key: str
    header: str
    formula: str


@dataclass(frozen=True)
class Limit:
    """A number at which a formula changes its form, and why."""

    value: float
    note: str


LIMITS: Mapping[str, Limit] = {
    "exponent": Limit(230.0, "Largest exponent: EXP of more is taken as EXP of this (1E+100), "
                      "which stands for infinity. Survival is then 0."),
    "series": Limit(0.02, "Below this size of x, (EXP(x)-1)/x and its like are computed by their "
                    "series: the difference would lose digits."),
    "far": Limit(30.0, "Above this number of standard deviations the normal tail is computed by "
                 "its asymptotic series: NORM.S.DIST would reach 0."),
    "tail": Limit(0.000001, "Below this probability the upper tail of the gamma distribution is "
                  "computed by its continued fraction: 1 less GAMMA.DIST would lose digits."),
    "normal": Limit(0.02, "Below this |Q| the generalised gamma is computed by Temme's expansion "
                    "about the log-normal: GAMMA.DIST loses digits at shapes of 1/Q^2."),
}  # fmt: skip

_DEPTH = 14  # levels of the continued fraction: 1e-11 where Q(a, x) < 1e-6


def minus_log_upper_normal(z: str) -> str:
    """Return -log Phi(-z); in the far tail z^2/2 + log z + log(2 pi)/2 - log(1 - 1/z^2 + 3/z^4)."""
    far = f"{z}^2/2+LN({z})+LN(2*PI())/2-LN(1-1/{z}^2+3/{z}^4)"
    return f"IF({z}>{{limit.far}},{far},-LN(NORM.S.DIST(-{z},TRUE)))"


def minus_log_upper_gamma(x: str, shape: str, lower: str) -> str:
    """Return -log Q(shape, x) from x and ``lower``, P(shape, x).

    Where Q is small and x > shape + 1, by Legendre's continued fraction (DLMF 8.9.2).
    """
    fraction = f"({x}+{2 * _DEPTH + 1}-{shape})"
    for k in range(_DEPTH, 0, -1):
        fraction = f"({x}+{2 * k - 1}-{shape}+{k}*({shape}-{k})/{fraction})"
    tail = f"{x}-{shape}*LN({x})+GAMMALN({shape})+LN{fraction}"
    far = f"IF({x}>{shape}+1,1-{lower}<{{limit.tail}},FALSE)"
    return f"IF({far},{tail},-LN(1-{lower}))"
