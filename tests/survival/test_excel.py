"""The families' Excel formulas against their NumPy functions."""

from __future__ import annotations

import numpy as np
import pytest

from cea.arrays import Array
from cea.report.model_workbook.formulas import formula
from cea.survival.excel import LIMITS
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.of_curve import cumulative_hazard
from cea.survival.spline import Spline

TIME = np.concatenate(([0.0], np.geomspace(1e-3, 600.0, 120)))
KNOTS = (0.5, 1.5, 2.5, 3.5)
CASES: list[tuple[Family, tuple[float, ...]]] = [
    *((FAMILIES["exponential"], (rate,)) for rate in (1e-4, 0.05, 20.0)),
    *((FAMILIES["weibull"], (k, s)) for k in (0.3, 1.0, 1.55, 30.0) for s in (0.1, 20.0, 900.0)),
    *((FAMILIES["gompertz"], (k, 0.02)) for k in (-0.2, -1e-9, 0.0, 1e-12, 1e-5, 0.003, 0.1, 2.0)),
    *((FAMILIES["lognormal"], (mu, sd)) for mu in (-2.0, 2.7, 6.0) for sd in (0.05, 0.8, 3.0)),
    *((FAMILIES["loglogistic"], (k, s)) for k in (0.3, 1.0, 2.4, 40.0) for s in (0.1, 20.0)),
    *((FAMILIES["gamma"], (k, r)) for k in (0.2, 1.0, 1.9, 12.0, 150.0) for r in (0.01, 0.12, 5.0)),
    *(
        (FAMILIES["gengamma"], (2.7, sigma, q))
        for sigma in (0.3, 0.9)
        for q in (-2.0, -0.7, -0.05, -0.019, -1e-4, 0.0, 1e-7, 0.01, 0.0201, 0.1, 0.6, 1.0, 2.5)
    ),
    *(
        (Spline(KNOTS[:count], scale), (*gammas[:2], *gammas[2:count]))
        for count in (2, 3, 4)
        for scale in ("hazard", "odds", "normal")
        for gammas in ((-3.6, 1.3, 0.08, -0.12), (-1.2, 0.1, 0.3, -0.31), (-2.0, -0.2, 0.3, 0.1))
    ),
]


def by_formulas(family: Family, theta: tuple[float, ...]) -> Array:
    """Evaluate the steps row by row, as Excel does down a sheet."""
    scalars = {f"limit.{name}": limit.value for name, limit in LIMITS.items()}
    scalars |= {p.name: x for p, x in zip(family.parameters, theta, strict=True)}
    if isinstance(family, Spline):
        scalars |= {f"knot{k}": knot for k, knot in enumerate(family.knots)}
    hazard = []
    for t in TIME:
        row = scalars | {"t": float(t), "H-1": hazard[-1] if hazard else float("nan")}
        for step in family.excel():
            row[step.key] = formula(step.formula).evaluate(row)
        hazard.append(float(np.ravel(row["H"])[0]))
    return np.array(hazard)


@pytest.mark.parametrize(("family", "theta"), CASES, ids=lambda x: getattr(x, "label", str(x)))
def test_formula_equals_function(family: Family, theta: tuple[float, ...]):
    rows = tuple(np.array([[x]]) for x in theta)
    with np.errstate(all="ignore"):
        expected = cumulative_hazard(family, TIME, *rows)[0]
    found = by_formulas(family, theta)
    assert np.all(np.isfinite(found))
    np.testing.assert_allclose(np.exp(-found), np.exp(-expected), rtol=0, atol=1e-12)
    # Beyond 1e-80 Excel's numbers end in some branches, and nobody is left.
    seen = expected < 180
    np.testing.assert_allclose(found[seen], expected[seen], rtol=2e-10, atol=1e-14)
