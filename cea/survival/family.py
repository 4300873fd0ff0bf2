"""What a parametric survival family is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cea.formula import Array


@dataclass(frozen=True)
class FamilyParameter:
    """A parameter of a family; `positive` parameters must be above 0."""

    name: str
    positive: bool


class Family(ABC):
    """A parametric survival distribution in flexsurv's parameterisation.

    Subclasses state S(t), the hazard and each parameter's meaning in their docstring. Times are in
    months and may be 0; parameters broadcast against times, so that draws x times comes from
    parameters of shape (n, 1) and times of shape (m,).
    """

    name: ClassVar[str]
    parameters: ClassVar[tuple[FamilyParameter, ...]]

    @abstractmethod
    def cumulative_hazard(self, t: Array, *theta: Array) -> Array:
        """Return H(t) = -log S(t), computed so that neither tail loses its digits."""

    @abstractmethod
    def quantile(self, p: Array, *theta: Array) -> Array:
        """Return the time by which a share `p` has had the event; infinite if it never has."""

    def survival(self, t: Array, *theta: Array) -> Array:
        """Return S(t) = exp(-H(t))."""
        return np.asarray(np.exp(-self.cumulative_hazard(t, *theta)))


LOG_ZERO = -1e300  # the logarithm of time 0: so far down that only its sign matters


def log_time(t: Array) -> Array:
    """Logarithm of time; `LOG_ZERO`, which is finite and survives a product with 0, at time 0."""
    t = np.asarray(t, dtype=float)
    return np.log(t, out=np.full(t.shape, LOG_ZERO), where=t > 0)


def affine(slope: Array, x: Array, intercept: Array) -> Array:
    """Return slope x + intercept, shape (n, m) from slope and intercept (n, 1) and x (m,).

    One matrix product: broadcasting (n, 1) over short rows takes three times as long.
    """
    if np.ndim(x) != 1 or np.shape(slope)[1:] != (1,) or np.shape(intercept)[1:] != (1,):
        return np.asarray(slope * x + intercept)
    return np.hstack((slope, intercept)) @ np.vstack((x, np.ones_like(x)))
