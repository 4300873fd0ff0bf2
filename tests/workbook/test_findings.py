"""What is said once instead of many times."""

from __future__ import annotations

from cea.workbook.findings import Findings, Note, in_words, listed


def events(findings: Findings, *texts: str) -> None:
    for row, text in enumerate(texts, start=2):
        findings.problem(f"Patients!C{row} (Event)", text, "use 1 or 0")


def said(findings: Findings) -> list[str]:
    return [str(problem) for problem in findings.in_order]


def test_few_problems_of_a_kind_stand_alone():
    findings = Findings()
    events(findings, *["'yes'"] * 4)
    assert len(said(findings)) == 4


def test_many_problems_of_a_kind_are_one():
    findings = Findings()
    events(findings, *["'yes'"] * 80)
    assert said(findings) == [
        "Patients!C2 (Event): 'yes' (also in Patients!C3, Patients!C4, Patients!C5 and 76 more "
        "cells); use 1 or 0"
    ]


def test_problems_that_differ_in_what_was_found_are_alike():
    findings = Findings()
    events(findings, "'no'", "'yes'", "2", "'no'", "'yes'")
    assert said(findings) == [
        "Patients!C2 (Event): 'no' (and the like in Patients!C3, Patients!C4, Patients!C5 and "
        "Patients!C6); use 1 or 0"
    ]


def test_other_columns_and_remedies_stay_and_the_order_is_the_workbooks():
    findings = Findings()
    for row in range(9, 1, -1):  # from the bottom up
        findings.problem(f"Patients!C{row} (Event)", "'no'", "use 1 or 0")
        if row < 4:
            findings.problem(f"Patients!B{row} (Time)", "'no'", "use 1 or 0")
    findings.problem("Patients!C4 (Event)", "'1'", "format the cell")
    findings.problem("KM!C99 (Survival)", "'no'", "use 1 or 0")
    places = [problem.where.partition(" ")[0] for problem in findings.in_order]
    assert places == ["KM!C99", "Patients!B2", "Patients!C2", "Patients!B3", "Patients!C4"]


def test_places_in_words_are_never_merged():
    notes = [Note(f"Scenario {k}", "odd") for k in range(9)]
    assert in_words(notes) == [f"Scenario {k}: odd" for k in range(9)]


def test_fits_that_do_not_exist_are_told_from_mistakes():
    findings = Findings()
    assert not findings.lacks_only_fits
    findings.no_fit(_Cell("Survival!D2 (Family)"), "diverges", "choose another family")
    assert findings.lacks_only_fits
    assert not findings.clean("Survival")
    findings.problem("Costs!G2 (Amount)", "-1", "mend it")
    assert not findings.lacks_only_fits


def test_places_are_counted_beyond_the_first():
    assert listed(["a", "b"], "scenarios") == "a and b"
    assert listed([*"abcde"], "scenarios") == "a, b, c and 2 more scenarios"


class _Cell:
    def __init__(self, where: str) -> None:
        self.where = where
        self.at = where.partition(" (")[0]
        self.sheets = frozenset({where.partition("!")[0]})
