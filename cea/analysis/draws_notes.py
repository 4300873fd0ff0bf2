"""What a reviewer should know of sampled inputs."""

from __future__ import annotations

from cea.assumptions import Assumptions
from cea.parameters.draws import Draws

LEAST_SHARE = 0.001  # of the draws; below it nothing is said


def rising_utilities(assumptions: Assumptions, draws: Draws) -> tuple[str, ...]:
    """Say how often progression raises utility; strategies that are alike once."""
    said = []
    for name in assumptions.strategy_names:
        by_state = {}
        for row in sorted(assumptions.utilities, key=lambda row: row.strategy is not None):
            if row.strategy in (None, name):
                by_state[row.state] = draws.of(row.value)
        share = float((by_state["progressed"] > by_state["progression_free"]).mean())
        if share >= LEAST_SHARE:
            said.append(f"utility rises on progression in {share:.1%} of draws")
    return tuple(dict.fromkeys(said))
