"""Words about what a study is worth that the terminal and the figure share."""

from __future__ import annotations

import numpy as np

from cea.analysis.evsi import Evsi
from cea.parameters.distributions import Z95
from cea.report.format import money, number

_LEAST = 0.005  # of the currency: what is less prints as 0


def nothing_found(found: Evsi, position: int = 0) -> str:
    """Say that a study is worth nothing at a threshold; blank where it is worth something.

    Where the estimate has an error, so does the nothing.
    """
    if found.evppi[position] > 0:
        return ""
    limit = Z95 * float(found.std_error[position].max())
    if limit < _LEAST:
        return "nothing, as no result would change the decision"
    currency = found.decision.assumptions.settings.currency
    return f"nothing found (95% limit {money(limit, currency)} per patient)"


def no_result_matters(found: Evsi) -> bool:
    """Whether no result would change the decision at any threshold."""
    return not found.evppi.any() and Z95 * float(found.std_error.max()) < _LEAST


def best_size(found: Evsi, position: int = 0) -> str:
    """Say which size has the highest net benefit of sampling, or why none is named."""
    if not found.cost.any():
        return "No best size, as no cost is stated (--cost-fixed, --cost-per-patient)"
    best = found.best(position)
    if best is None:
        return "No size is worth its cost"
    said = f"Best of these sizes: {number(float(found.sizes[best]))} {found.study.unit}"
    if len(found.sizes) > 1 and np.ptp(found.cost) == 0:
        said += " (the cost is the same at every size)"
    return said
