"""Many brackets at once: every root to the last digits, jumps found, hard functions too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cea.analysis.roots import find_roots
from cea.arrays import Array, IntArray

HARD = [
    (lambda x: np.exp(x) - 2, np.log(2)),
    (lambda x: x**9, 0.0),
    (lambda x: np.sign(x) * np.abs(x) ** 0.2, 0.0),
    (lambda x: np.arctan(30 * (x - 0.3)), 0.3),
    (lambda x: np.expm1(20 * (x - 0.9)), 0.9),
    (lambda x: x - 1e-12, 1e-12),
]


def test_finds_hard_roots_in_one_go():
    def functions(which: IntArray, x: Array) -> Array:
        return np.array([HARD[k][0](one) for k, one in zip(which, x, strict=True)])

    n = len(HARD)
    a, b = np.full(n, -1.0), np.full(n, 1.5)
    every = np.arange(n)
    found = find_roots(functions, a, b, functions(every, a), functions(every, b))
    np.testing.assert_allclose(found, [root for _, root in HARD], rtol=1e-12, atol=1e-14)


def test_finds_where_a_function_jumps():
    def step(which: IntArray, x: Array) -> Array:
        return np.where(x < np.pi, -1.0, 3.0)

    found = find_roots(step, *(np.array([v]) for v in (0.0, 10.0, -1.0, 3.0)))
    assert found[0] == pytest.approx(np.pi, rel=1e-14)


def test_an_end_that_is_a_root_is_taken():
    def line(which: IntArray, x: Array) -> Array:
        return x - 2

    found = find_roots(line, *(np.array([v]) for v in (2.0, 5.0, 0.0, 3.0)))
    assert found.tolist() == [2.0]


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=8),
    st.floats(0.01, 5),
)
def test_cubics_with_a_known_root(roots: list[float], slope: float):
    at = np.array(roots)

    def cubic(which: IntArray, x: Array) -> Array:
        move = x - at[which]
        return slope * move + 0.3 * move**3

    every = np.arange(len(at))
    a, b = np.full(len(at), -60.0), np.full(len(at), 70.0)
    found = find_roots(cubic, a, b, cubic(every, a), cubic(every, b))
    np.testing.assert_allclose(found, at, rtol=1e-13, atol=1e-13)
