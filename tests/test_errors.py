"""Which name a message suggests."""

from __future__ import annotations

import pytest

from cea.errors import nearest

NAMES = (
    "c_sorafenib_month", "rdi_sorafenib", "c_sorafenib_tests", "c_drug", "os_hr", "pfs_hr",
    "horizon_years", "u_pf", "u_pd",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("c_sorafenb", "c_sorafenib_month"),
        ("c_sorafenib", "c_sorafenib_month"),
        ("C_Sorafenib_tst", "c_sorafenib_tests"),
        ("rdi_sorafnib", "rdi_sorafenib"),
        ("horizon", "horizon_years"),
        ("horzon", "horizon_years"),
        ("c_durg", "c_drug"),
        ("os_rh", "os_hr"),
        ("pfs_h", "pfs_hr"),
        ("u_pff", "u_pf"),
    ],
)
def test_the_nearest_name(typed: str, meant: str) -> None:
    assert nearest(typed, NAMES) == f"did you mean '{meant}'?"


def test_nothing_near_lists_what_is_allowed() -> None:
    assert nearest("zzzz", NAMES[3:5]) == "use one of: c_drug, os_hr"
    assert nearest("", ("a", "b")) == "use one of: a, b"
    assert nearest("zzzz", ()) == "no such name is defined"
