"""Notes on headings: what a column of the live workbook holds, where its heading does not say."""

from __future__ import annotations

import re

_CURVE = re.compile(r"^(os|pfs|tot|pps)_")
_POSITION = re.compile(r"\d+$")

# By key of the column, without the curve's prefix and the row's number.
_NOTES = {
    # Time
    "began": "The cycle that begins in this row. The last row is the end of the horizon, where "
    "none begins.",
    "kind": "How occupancies at the boundaries become the average of the cycle:\n1 start\n2 end\n"
    "3 half cycle\n4 and 5 Simpson's rule, first and second cycle of a pair; an odd last cycle "
    "takes the half cycle.",
    "one": "A state in which everybody stays: its average must be 1 in every cycle on the whole.",
    "avg_one": "The weight of each cycle. The weights sum to the number of cycles: sheet Checks.",
    "age_row": "Row of the life table for this age; the last row serves all higher ages.",
    "survival": "Of the general population: men and women weighted by their share at entry.",
    "hazard": "Of the general population in this cycle. The overall survival of a strategy falls "
    "at least as fast.",
    "tau": "By discount_timing: at the start, the middle, or the start of the year.",
    "tau_at": "For amounts at a boundary: repeated charges, and discount_timing boundary.",
    "due": "Charges due before the next boundary.",
    "units": "Units of the cost row charged in this cycle, or at this boundary, to whoever is "
    "there.",
    # A curve
    "H": "Cumulative hazard of the curve itself. Survival is EXP of minus this.",
    "S0": "Before background mortality and before PFS is kept at or below OS.",
    "reference": "The curve that the hazard ratio, or waning, refers to.",
    "row": "Last point of the tabulated curve at or before this month.",
    "area": "Months of the time so far at the hazard of the reference; in the ramp, in part.",
    "share": "Share of this cycle's hazard that is the reference's.",
    "gained": "The strategy's own hazard and the reference's, by that share.",
    "waned": "Cumulative hazard after waning: the hazards of the cycles so far.",
    "lower": "Probability of the event by this month, from the gamma distribution.",
    # Survival used
    "bounded": "In every cycle at least the general population's hazard, where "
    "background_mortality is yes.",
    "os": "After background mortality.",
    "pfs": "The lower of PFS and OS.",
    "tot": "The lower of time on treatment and OS.",
    # Transitions
    "progressed_before": "Alive and progressed at the start of the cycle, if the curves hold.",
    "asked": "Deaths straight from progression-free that pre_progression_death asks for.",
    "early": "The same, after limits: with closure match_os within what the curves leave room "
    "for, otherwise at most all who leave progression-free.",
    "p_pd_dead": "By the closure. match_os: what reproduces the OS curve.",
    # Trace
    "pf": "Share of the cohort at the start of the cycle.",
    "pd": "Share of the cohort at the start of the cycle.",
    "dead": "Share of the cohort at the start of the cycle.",
    "pps_reversed": "The post-progression curve with its last cycle first, for the column after "
    "next.",
    "pd_clock": "Everybody who progressed in each cycle so far, times the share still alive by "
    "then: closure pps_curve.",
    "on": "By the curve of time on treatment, at most everybody alive.",
    # Payoffs
    "cost_events": "At entry, neither discounted nor corrected.",
    "qaly_events": "At entry: incidence x disutility x days / 365.25.",
}


def note_of(key: str) -> str:
    """Return the note on a column's heading; empty where the heading says it all.

    >>> note_of("os_S0").startswith("Before background"), note_of("units3")[:5], note_of("p_pd")
    (True, 'Units', '')
    """
    plain = _POSITION.sub("", key)
    for name in (key, plain, _CURVE.sub("", key), _CURVE.sub("", plain)):
        if name in _NOTES:
            return _NOTES[name]
    return ""
