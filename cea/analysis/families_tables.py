"""Tables of the analysis of families."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Verdict, increment
from cea.assumptions import MONTHS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from cea.analysis.families import Families, Grid
    from cea.analysis.pairs import Gains
    from cea.arrays import IntArray

_AS_TYPED = "as in the workbook"


def combinations_table(found: Families) -> pd.DataFrame:
    """Tabulate the full combinations."""
    import pandas as pd

    from cea.analysis.families import NAMES

    draws = np.arange(found.first, len(found.choices))
    names = np.array(["", *NAMES], dtype=object)
    families = {slot.name: names[found.choices[draws, k]] for k, slot in enumerate(found.slots)}
    tables = [
        pd.DataFrame(
            {
                **families,
                "strategy": found.assumptions.strategy_names[s],
                **_results(found, s, draws),
                "aic_weight": found.weight,
            }
        )
        for s in found.assumptions.others
    ]
    return pd.concat(tables, ignore_index=True)


def grid_table(found: Families) -> pd.DataFrame:
    """Tabulate the grids."""
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame(_cells(found, grid, s))
            for grid in (found.joint, *found.single)
            for s in found.assumptions.others
        ],
        ignore_index=True,
    )


def _cells(found: Families, grid: Grid, strategy: int) -> dict[str, object]:
    os, pfs = np.nonzero(grid.cells >= 0)
    return {
        "varied": " + ".join(grid.varied),
        "os": [grid.rows[i] or _AS_TYPED for i in os],
        "pfs": [grid.columns[j] or _AS_TYPED for j in pfs],
        "strategy": found.assumptions.strategy_names[strategy],
        **_results(found, strategy, grid.cells[os, pfs]),
    }


def _results(found: Families, strategy: int, draws: IntArray) -> dict[str, object]:
    pair = found.gains(strategy)
    judged = [increment(c, q) for c, q in _pairs(pair, draws)]
    return {
        "incremental_cost": pair.cost[draws],
        "incremental_ly": pair.ly[draws],
        "incremental_qaly": pair.qaly[draws],
        "icer": [np.nan if one.icer is None else one.icer for one in judged],
        "status": [str(one.verdict) for one in judged],
        "inmb": pair.inmb(found.assumptions.threshold.value)[draws],
    }


def _pairs(pair: Gains, draws: IntArray) -> Iterable[tuple[float, float]]:
    return zip(pair.cost[draws].tolist(), pair.qaly[draws].tolist(), strict=True)


def fits_table(found: Families) -> pd.DataFrame:
    """Tabulate the fits behind the grids.

    The restricted mean of a joint fit is that of its first strategy.
    """
    import pandas as pd

    from cea.analysis.families import NAMES

    months = found.assumptions.settings.horizon_years * MONTHS_PER_YEAR
    rows = []
    for slot in found.slots:
        best = min(fit.aic for fit in slot.fits.values())
        reasons = {failure.label: failure.reason for failure in slot.failures}
        for name in NAMES:
            fit = slot.fits.get(name)
            figures = [np.nan] * 5
            if fit is not None:
                figures = [fit.aic, fit.aic - best, slot.weights[name], fit.bic,
                           fit.restricted_mean(months)]  # fmt: skip
            said = reasons.get(name, "") if fit is None else "; ".join(fit.warnings)
            rows.append((slot.endpoint, " + ".join(slot.strategies), name, *figures, said))
    return pd.DataFrame(
        rows,
        columns=["endpoint", "strategy", "family", "aic", "aic_difference", "aic_weight", "bic",
                 "restricted_mean", "note"],
    )  # fmt: skip


def summary_table(found: Families) -> pd.DataFrame:
    """Summarise the full combinations."""
    import pandas as pd

    columns = [
        "strategy", "combinations", "cost_effective", "cost_effective_weighted", "inmb_base",
        "inmb_min", "inmb_median", "inmb_max", "inmb_weighted", "icer_base", "icer_min",
        "icer_max", "trade_offs", "dominant", "dominated", "saving", "families_min",
        "families_max",
    ]  # fmt: skip
    draws = np.arange(found.first, len(found.choices))
    if not len(draws):
        return pd.DataFrame(columns=columns)
    rows = []
    for s in found.assumptions.others:
        pair = found.gains(s)
        every, weight = pair.inmb(found.assumptions.threshold.value), found.weight
        inmb, base = every[draws], pair.increment(0)
        judged = [increment(c, q) for c, q in _pairs(pair, draws)]
        verdicts = [one.verdict for one in judged]
        icers = [
            one.icer for one in judged
            if one.verdict is Verdict.TRADE_OFF and one.icer is not None
        ]  # fmt: skip
        rows.append(
            (
                found.assumptions.strategy_names[s], len(draws),
                float((inmb > 0).mean()), float(weight @ (inmb > 0)),
                float(every[0]), inmb.min(), np.median(inmb), inmb.max(), weight @ inmb,
                np.nan if base.icer is None else base.icer,
                min(icers, default=np.nan), max(icers, default=np.nan),
                *(verdicts.count(v) for v in (Verdict.TRADE_OFF, Verdict.DOMINANT,
                                              Verdict.DOMINATED, Verdict.SAVING)),
                _families_of(found, draws[inmb.argmin()]),
                _families_of(found, draws[inmb.argmax()]),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _families_of(found: Families, draw: int) -> str:
    from cea.analysis.families import NAMES

    return ", ".join(
        f"{slot.name} {NAMES[k - 1]}"
        for slot, k in zip(found.slots, found.choices[draw], strict=True)
    )
