"""Published figures held against the patients: hazard ratio; median, landmarks, events."""

from __future__ import annotations

import math

from cea.survival.cox import Cox
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.patients import Patients
from cea.survival.reconstruction_report import Comparison, Published, held_against

# Log hazard ratios of the same patients may differ by this, or by half a standard error of a small
# trial's, 1/sqrt(events). benchmarks/reconstruction.py: of 600 simulated trials two go beyond.
LOG_RATIO = 0.1


def room(found: Cox) -> float:
    """How far a published log hazard ratio may lie from the one found."""
    return max(LOG_RATIO, 1 / math.sqrt(len(found.time)))


def off(found: Cox, published: float) -> float:
    """Distance of the two hazard ratios, on the log scale."""
    return abs(found.log_hazard_ratio - math.log(published))


def disagreement(found: Cox, published: float) -> str:
    """Say that a published hazard ratio is not that of the patients; empty if it is.

    They are the same patients, so whether it lies inside the interval is no yardstick: that tells
    how well another trial would agree.
    """
    apart = off(found, published)
    if apart <= room(found):
        return ""
    return (
        f"the hazard ratio of the patients is {found.hazard_ratio:.3g}, the published one "
        f"{published:.3g}: {apart:.2f} apart on the log scale, where {room(found):.2f} is usual; "
        "check the curves and the numbers at risk (a stratified or adjusted ratio may be further "
        "off)"
    )


def against_published(patients: Patients, published: Published) -> tuple[Comparison, ...]:
    """Hold patient data against the figures published of them."""
    return tuple(held_against(kaplan_meier(patients), published, "in the patients"))
