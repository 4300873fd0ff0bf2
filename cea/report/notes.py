"""What every report must say beside the numbers."""

from __future__ import annotations

import numpy as np

from cea.analysis.base_case import BaseCase
from cea.analysis.psa import Psa
from cea.arrays import IntArray
from cea.model.outcomes import Outcomes
from cea.report.format import percent

_BOUNDS = (
    ("pfs_capped", "PFS exceeds OS and is capped at it"),
    ("tot_capped", "time on treatment exceeds OS and is capped at it"),
    ("background_cycles", "mortality is raised to the general population's"),
)


def notes(base: BaseCase, psa: Psa | None = None) -> tuple[str, ...]:
    """Warnings of the workbook and of the model, in order of importance, each once."""
    assumptions = base.assumptions
    found = [*_assumed(base), *_bounds(base, psa), *assumptions.warnings, *base.outcomes.warnings]
    if psa is not None:
        found += [f"PSA: {said}" for said in psa.outcomes.warnings]
    return tuple(dict.fromkeys(found))


def _assumed(base: BaseCase) -> list[str]:
    resting = base.assumptions.resting_on_assumption
    if not resting:
        return []
    return [f"{len(resting)} inputs rest on assumption: {'; '.join(resting)}"]


def _bounds(base: BaseCase, psa: Psa | None) -> list[str]:
    """Say where curves were bounded, in the base case and in the share of PSA draws."""
    said = []
    for s, name in enumerate(base.outcomes.strategies):
        for attribute, words in _BOUNDS:
            cycles = int(_counts(base.outcomes, attribute)[0, s])
            share = (
                0.0 if psa is None else float((_counts(psa.outcomes, attribute)[:, s] > 0).mean())
            )
            if cycles or share:
                where = f"in {cycles} of {base.grid.cycles} cycles"
                drawn = "" if psa is None else f" (and in {percent(share)} of PSA draws)"
                said.append(f"{base.assumptions.labels[name]}: {words} {where}{drawn}")
    return said


def _counts(outcomes: Outcomes, attribute: str) -> IntArray:
    return np.asarray(getattr(outcomes, attribute))
