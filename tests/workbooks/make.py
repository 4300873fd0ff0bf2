"""The mistakes that users make, one workbook each.

``python -m tests.workbooks.make`` writes them into this folder, to be looked at; the tests make
their own. ``expected.csv`` holds the messages that each of them must give.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

from tests.workbooks.book import (
    Edit,
    Formula,
    add,
    drop,
    drop_column,
    drop_sheet,
    headerless,
    merge,
    put,
    rename_column,
    rename_parameter_in_column,
    rename_sheet,
    repeat_column,
    subgroups,
    workbook,
)
from tests.workbooks.evidence import KM, LUNG, evidence, km, os_row, patients

FOLDER = Path(__file__).parent

HR = ("Survival", "NEW.OS", "Hazard ratio")  # a cell to edit
OLDER = ("old", "Old patients", 0.4, "Settings", "start_age", "Value", 61)
YOUNGER = ("young", "Young", 0.6, *HR, 0.6)

MISTAKES: dict[str, tuple[Edit, ...]] = {
    # sheets and columns
    "missing_sheet": (drop_sheet("Utilities"),),
    "missing_parameters_sheet": (drop_sheet("Parameters"),),
    "misspelt_sheet": (rename_sheet("Strategies", "Strategys"),),
    "misspelt_optional_sheet": (rename_sheet("Scenarios", "Scenario"),),
    "missing_column": (drop_column("Costs", "Amount"),),
    "missing_value_column": (drop_column("Settings", "Value"),),
    "misspelt_column": (rename_column("Survival", "Hazard ratio", "Hazrd ratio"),),
    "misspelt_parameter_column": (rename_column("Parameters", "Base", "Bas"),),
    "renamed_column": (rename_column("Costs", "Strategy", "Treatment arm"),),
    "renamed_column_of_months": (rename_column("Costs", "To month", "Stop"),),
    "renamed_columns": (rename_column("Parameters", "SE", "Std error"),
                        rename_column("Parameters", "Distribution", "Dist. type")),
    "renamed_column_and_sheet": (rename_column("Survival", "Waning start", "Start of it"),
                                 rename_sheet("Adverse events", "AEs")),
    "renamed_needed_column": (rename_column("Costs", "Amount", "USD"),),
    "renamed_sheet": (rename_sheet("Scenarios", "What if"),),
    "renamed_needed_sheet": (rename_sheet("Costs", "Prices paid"),),
    "renamed_sheet_of_points": (rename_sheet("Curves", "Points"),),
    "duplicate_column": (repeat_column("Utilities", "Utility"),),
    "header_missing": (headerless("Thresholds"),),
    "merged_cells": (merge("Strategies", "A2:A3"),),
    "note_below_table": (add("Costs", "Prices are those of 2024."),),
    "one_cell_blank": (put("Costs", "Drug", "Category", None),),
    "duplicate_row": (add("Utilities", None, "progressed", 0.5),),
    # numbers
    "text_number": (put("Costs", "Test", "Amount", "500"),),
    "thousands_separator": (put("Costs", "Test", "Amount", "1,234.5"),),
    "decimal_comma": (put("Settings", "discount_rate_costs", "Value", "0,03"),),
    "percent_as_text": (put("Settings", "discount_rate_costs", "Value", "3.5%"),),
    "percent_without_sign": (put("Settings", "discount_rate_costs", "Value", 3.5),),
    "currency_as_text": (put("Parameters", "c_visit", "Base", "$80"),),
    "dash_for_nothing": (put("Parameters", "c_visit", "Low", "-"),),
    "date": (put("Costs", "Test", "Amount", date(2024, 3, 5)),),
    "true": (put("Parameters", "c_visit", "Base", True),),
    "yes_as_true": (put("Parameters", "c_visit", "In DSA", True),),
    "not_whole": (put("Settings", "psa_draws", "Value", 64.5),),
    "negative_cost": (put("Parameters", "c_visit", "Base", -80),
                      put("Parameters", "c_visit", "Low", None),
                      put("Parameters", "c_visit", "High", None)),
    "negative_cost_in_place": (put("Costs", "Test", "Amount", -500),),
    "utility_above_1": (put("Parameters", "u_pf", "Base", 1.4),),
    "probability_above_1": (put("Adverse events", "Mild rash", "Incidence", 28),),
    "shape_0": (put("Parameters", "os_shape", "Base", 0),
                put("Parameters", "os_shape", "Distribution", "fixed"),
                put("Parameters", "os_shape", "SE", None)),
    # formulas
    "excel_error": (put("Costs", "Test", "Amount", Formula("=VLOOKUP(1,A:B,2)", "#N/A")),),
    "excel_error_pasted": (put("Costs", "Test", "Amount", Formula("=NA()", "#N/A")),),
    "division_by_zero": (put("Parameters", "c_visit", "Base", Formula("=80/0", "#DIV/0!")),
                         put("Parameters", "c_visit", "Low", None),
                         put("Parameters", "c_visit", "High", None),
                         put("Parameters", "c_month", "Base",
                             Formula("=c_drug+2*c_visit", "#DIV/0!")),
                         put("Costs", "Visits", "Amount", Formula("=c_visit", "#DIV/0!"))),
    "no_stored_value": (put("Costs", "Test", "Amount", Formula("=VLOOKUP(1,A:B,2)")),),
    "text_formula_without_value": (put("Strategies", "NEW", "Label", Formula("=A2")),),
    "formula_syntax": (put("Costs", "Test", "Amount", Formula("=2*(c_visit", 0)),),
    "formula_arguments": (put("Costs", "Test", "Amount", Formula("=ROUND(c_visit)", 0)),),
    "formula_as_text": (put("Costs", "Test", "Amount", "=2*c_visit"),),
    "name_without_equals": (put("Costs", "Test", "Amount", "c_visit"),),
    "formula_gives_text": (put("Costs", "Test", "Amount", Formula('="a"&"b"', "ab")),),
    "unknown_name": (put("Costs", "Drug", "Amount", Formula("=c_mnth", "#NAME?")),),
    "renamed_parameter": (rename_parameter_in_column("c_drug", "c_medicine"),),
    "circular": (put("Parameters", "c_drug", "Base", Formula("=c_month-2*c_visit", 0)),),
    # names
    "duplicate_parameter": (add("Parameters", "C_Drug", None, None, 5),),
    "name_is_a_cell": (add("Parameters", "PFS1", None, None, 5),),
    "name_is_a_function": (add("Parameters", "EXP", None, None, 5),
                           put("Costs", "Test", "Amount", Formula("=EXP", 5))),
    "name_is_a_column": (add("Parameters", "Draw", None, None, 5),),
    "name_with_a_space": (add("Parameters", "c drug", None, None, 5),),
    "unknown_strategy": (put("Costs", "Drug", "Strategy", "NWE"),),
    "unknown_setting": (add("Settings", "discount_timming", "mid_cycle"),),
    "misspelt_setting": (put("Settings", "horizon_years", "Setting", "horizon_year"),),
    "missing_setting": (drop("Settings", "price_year"),),
    "unknown_reference": (put("Settings", "reference_strategy", "Value", "Standard"),),
    "unknown_choice": (add("Settings", "closure", "match OS"),),
    # distributions
    "unknown_distribution": (put("Parameters", "c_drug", "Distribution", "gama"),),
    "beta_base_1": (put("Parameters", "u_pf", "Base", 1),),
    "beta_se_too_big": (put("Parameters", "u_pf", "SE", 0.5),),
    "se_0": (put("Parameters", "c_drug", "SE", 0),),
    "negative_se": (put("Parameters", "c_drug", "SE", -250),),
    "no_spread": (put("Parameters", "u_pf", "SE", None),),
    "low_above_base": (put("Parameters", "c_drug", "Low", 2100),),
    "high_below_base": (put("Parameters", "os_hr", "High", 0.65),),
    "only_low_fixed": (put("Parameters", "c_visit", "High", None),),
    "only_low_sampled": (put("Parameters", "os_hr", "High", None),),
    "se_and_par": (put("Parameters", "u_pd", "SE", 0.05),),
    "only_par1": (put("Parameters", "u_pd", "Par2", None),),
    "lognormal_low_0": (put("Parameters", "os_hr", "Low", 0),),
    "dirichlet_sum": (put("Parameters", "p_severe", "Base", 0.4),),
    "dirichlet_alone": (put("Parameters", "p_severe", "Group", "Severe"),),
    "dirichlet_without_alpha": (put("Parameters", "p_severe", "Par1", None),),
    # value of information
    "incidence_without_horizon": (add("Settings", "voi_incidence", 1000),),
    # correlations
    "correlation_not_definite": (add("Correlations", "os_hr", "u_pf", 0.9),
                                 add("Correlations", "pfs_hr", "u_pf", -0.9)),
    "correlation_1": (put("Correlations", 0, "Correlation", 1),),
    "correlation_unsampled": (put("Correlations", 0, "Parameter B", "c_visit"),),
    "correlation_with_itself": (put("Correlations", 0, "Parameter B", "os_hr"),),
    "correlation_unknown": (put("Correlations", 0, "Parameter B", "pfs_rh"),),
    "correlation_twice": (add("Correlations", "pfs_hr", "os_hr", 0.4),),
    # survival
    "unknown_family": (put("Survival", "OLD.OS", "Family", "wiebull"),),
    "no_family": (put("Survival", "OLD.OS", "Family", None),),
    "family_parameter_missing": (put("Survival", "OLD.OS", "Par2", None),),
    "family_parameter_too_many": (put("Survival", "OLD.OS", "Par3", 2),),
    "unknown_data_set": (put("Survival", "OLD.PFS", "Data set", "old_psf"),),
    "curve_rises": (put("Curves", 2, "Survival", 0.65),),
    "curve_times_unsorted": (put("Curves", 2, "Time", 5),),
    "curve_starts_below_1": (put("Curves", 0, "Survival", 0.98),),
    "curve_text_number": (put("Curves", 1, "Survival", "0.6"),),
    "missing_os": (drop("Survival", "OLD.OS"),),
    "hazard_ratio_to_itself": (put("Survival", "NEW.PFS", "Reference strategy", "NEW"),),
    "hazard_ratio_circle": (put("Survival", "OLD.PFS", "Method", "hazard_ratio"),
                            put("Survival", "OLD.PFS", "Data set", None),
                            put("Survival", "OLD.PFS", "Reference strategy", "NEW"),
                            put("Survival", "OLD.PFS", "Hazard ratio", 1.5)),
    "hazard_ratio_blank": (put("Survival", "NEW.PFS", "Hazard ratio", None),),
    "reference_without_curve": (add("Survival", "NEW", "TOT", "hazard_ratio", None, None, None,
                                    None, "OLD", 0.8),),
    "waning_backwards": (put("Survival", "NEW.OS", "Waning end", 48),),
    "waning_without_end": (put("Survival", "NEW.OS", "Waning end", None),),
    # the rest
    "one_strategy": (drop("Strategies", "NEW"), drop("Survival", "NEW.OS"),
                     drop("Survival", "NEW.PFS"), put("Costs", "Drug", "Strategy", None),
                     put("Adverse events", 0, "Strategy", None),
                     put("Adverse events", 1, "Strategy", None)),
    "no_threshold": (drop("Thresholds"),),
    "empty_settings": (drop("Settings"),),
    "missing_utility": (drop("Utilities", 1),),
    "missing_utility_of_one": (put("Utilities", 1, "Strategy", "NEW"),),
    "cost_per_month_on_entry": (put("Costs", "Test", "Per", "month"),),
    "cost_per_event_while_alive": (put("Costs", "Visits", "Per", "event"),),
    "bad_per": (put("Costs", "Drug", "Per", "monthly"),),
    "cost_row_pasted": (add("Costs", "test", "Care", None, "entry", None, None, 500, "event"),),
    "to_before_from": (put("Costs", "Drug", "From month", 36),),
    "cycle_longer_than_horizon": (add("Settings", "cycle_length", 20),
                                  add("Settings", "cycle_unit", "year")),
    "cycle_too_short": (add("Settings", "cycle_length", 0.001),),
    "ceac_step_too_long": (put("Settings", "ceac_step", "Value", 200000),),
    "closure_without_hazard": (add("Settings", "closure", "constant"),),
    "fraction_without_share": (add("Settings", "pre_progression_death", "fraction"),),
    "life_table_gap": (drop("Life table", 3),),
    "life_table_text": (put("Life table", 3, "qx male", "0.0133"),),
    "life_table_too_short": (put("Settings", "start_age", "Value", 45),),
    "life_table_missing": (drop_sheet("Life table"),),
    # evidence of fitted curves
    "km_incidence": (evidence, km(*((t, round(1 - s, 2)) for _, t, s in KM))),
    "km_incidence_percent": (evidence, km(*((t, round(100 - 100 * s)) for _, t, s in KM)),
                             put("Data sets", 0, "Survival unit", "percent")),
    "km_incidence_after_1": (evidence,
                             km((0, 1), *((t, round(1 - s, 2)) for _, t, s in KM[1:]))),
    "km_incidence_low": (evidence, km(*((t, t / 1000) for _, t, _ in KM))),
    "km_two_points": (evidence, km((0, 1), (21, 0.2))),
    "km_one_point": (evidence, km((0, 1))),
    "km_negative_time": (evidence, put("KM", 2, "Time", -6)),
    "at_risk_negative_time": (evidence, put("At risk", 0, "Time", -6)),
    "patient_negative_time": (evidence, put("Patients", 1, "Time", -3)),
    "km_in_days": (evidence, km(*((30 * t, s) for _, t, s in KM)),
                   put("At risk", 1, "Time", 180), put("At risk", 2, "Time", 760)),
    "patients_in_days": (evidence, patients(*LUNG)),
    "curve_in_days": (put("Curves", 3, "Time", 730),),
    "events_in_words": (evidence, patients(*((t / 30, "yes" if e else "no") for t, e in LUNG))),
    "events_out_of_range": (evidence, put("Patients", 0, "Event", 2),
                            put("Patients", 3, "Event", "dead"),
                            put("Patients", 5, "Event", True),
                            put("Patients", 7, "Event", "1")),
    "no_events": (evidence, patients(*((t / 30, 0) for t, _ in LUNG))),
    "no_drop": (evidence, km(*((t, 1) for _, t, _ in KM)),
                *(put("At risk", k, "N", 100) for k in (1, 2))),
    "events_few_for_family": (evidence, os_row("OLD", "Family", "gengamma"),
                              patients((3, 1), (5, 1), *((t, 0) for t in range(6, 30)))),
    "scenario_family": (
        evidence, add("Scenarios", "odd", None, "Survival", "OLD.OS", "Family", "gama")),
    "scenario_fit_and_typo": (
        evidence, patients((3, 1), (5, 1), *((t, 0) for t in range(6, 30))),
        add("Scenarios", "odd", None, "Survival", "OLD.OS", "Family", "gengamma"),
        add("Scenarios", "odd", None, "Costs", "Test", "Amount", -1)),
    # scenarios
    "scenario_sheet": (put("Scenarios", 0, "Sheet", "Setings"),),
    "scenario_row": (put("Scenarios", 0, "Item", "horizon"),),
    "scenario_parameter": (put("Scenarios", 0, "Sheet", "Parameters"),
                           put("Scenarios", 0, "Item", "c_durg"),
                           put("Scenarios", 0, "Column", "Base")),
    "scenario_column": (put("Scenarios", 0, "Column", "Values"),),
    "scenario_value": (put("Scenarios", 0, "Value", -5),),
    "scenario_value_blank": (put("Scenarios", 0, "Value", None),),
    "scenario_parameter_value": (
        add("Scenarios", "good", None, "Parameters", "u_pf", "Base", 1.2),),
    "scenario_base": (put("Scenarios", 0, "Scenario", "Base"),),
    "scenario_label_of_base": (put("Scenarios", 0, "Label", "base case"),),
    "scenario_label_again": (
        add("Scenarios", "brief", "five years", "Settings", "horizon_years", "Value", 4),),
    "scenario_elsewhere": (
        add("Scenarios", "no weights", None, "Parameters", "os_hr", "Base", 0),),
    "scenario_unfinished": (
        add("Scenarios", "constant", None, "Settings", "closure", "Value", "constant"),),
    "scenario_error": (put("Scenarios", 0, "Item", Formula("=B9", "#REF!")),),
    # subgroups
    "subgroup_without_weight": (subgroups(OLDER, ("young", "Young", None)),),
    "subgroup_two_weights": (subgroups(OLDER, YOUNGER, ("young", None, 0.6, *HR, 0.6)),),
    "subgroup_weights": (subgroups(OLDER, ("young", "Young", 0.5, *HR, 0.6)),),
    "subgroup_weight_0": (subgroups(OLDER, ("young", "Young", 0)),),
    "subgroup_weight_percent": (subgroups(("old", "Old", 40), ("young", "Young", 60)),),
    "subgroup_weight_text": (subgroups(OLDER, ("young", "Young", "0.6", *HR, 0.6)),),
    "subgroup_common_sheet": (
        subgroups(OLDER, ("young", "Young", 0.6, "Thresholds", "Threshold", "Value", 1)),),
    "subgroup_common_setting": (
        subgroups(OLDER, ("young", "Young", 0.6, "Settings", "currency", "Value", "EUR")),),
    "subgroup_unfinished": (
        subgroups(OLDER, ("young", "Young", 0.6, "Parameters", None, "Base", 0.6)),),
    "subgroup_without_cell": (subgroups(OLDER, ("young", "Young", 0.6, None, None, None, 0.6)),),
    "subgroup_row": (
        subgroups(OLDER, ("young", "Young", 0.6, "Parameters", "os_rh", "Base", 0.6)),),
    "subgroup_value": (subgroups(OLDER, ("young", "Young", 0.6, *HR, -0.6)),),
    "subgroup_elsewhere": (
        subgroups(OLDER, ("young", "Young", 0.6, "Parameters", "os_hr", "Base", 0)),),
    "subgroup_without_fit": (
        evidence, patients((3, 1), (5, 1), *((t, 0) for t in range(6, 30))),
        subgroups(OLDER, ("young", "Young", 0.6, "Survival", "OLD.OS", "Family", "gengamma"))),
    "subgroup_label": (subgroups(OLDER, ("young", "OLD PATIENTS", 0.6)),),
    "subgroup_name_blank": (subgroups(OLDER, YOUNGER, (None, "Other")),),
    "mistake_and_subgroup": (put("Parameters", "u_pf", "SE", "0,04"),
                             subgroups(OLDER, ("young", "Young", 0.5))),
    # one mistake, many cells
    "renamed_strategy": (put("Strategies", "NEW", "Name", "NOVEL"),),
    "negative_base_in_range": (put("Parameters", "c_visit", "Base", -80),),
    "wrong_age": (put("Life table", 3, "Age", 36),),
    "repeated_age": (put("Life table", 3, "Age", 62),),
    "curve_point_twice": (put("Curves", 2, "Time", 6),),
    # several at once
    "two_mistakes": (put("Costs", "Drug", "Strategy", "NWE"),
                     put("Parameters", "u_pf", "SE", "0,04")),
    "mistake_and_scenario": (put("Parameters", "u_pf", "SE", "0,04"),
                             put("Scenarios", 0, "Column", "Values")),
}  # fmt: skip


def _archive(**parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return target.getvalue()


def other_files() -> dict[str, bytes]:
    """Files that are no workbooks."""
    whole = workbook()
    middle = len(whole) // 2
    return {
        "empty.xlsx": b"",
        "csv.xlsx": b"Setting,Value\nprice_year,2024\n",
        "text.xlsx": b"The model is attached.\n",
        "word.xlsx": _archive(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}),
        "archive.xlsx": _archive(**{"readme.txt": "Nothing"}),
        "opendocument.ods": _archive(
            mimetype="application/vnd.oasis.opendocument.spreadsheet",
            **{"content.xml": "<office/>"},
        ),
        "binary.xlsb": _archive(**{"[Content_Types].xml": "<Types/>", "xl/workbook.bin": ""}),
        "password.xlsx": bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504),
        "truncated.xlsx": whole[:middle],
        "damaged.xlsx": whole[: middle - 200] + bytes(400) + whole[middle + 200 :],
    }


def main() -> None:
    (FOLDER / "valid.xlsx").write_bytes(workbook())
    for name, edits in MISTAKES.items():
        (FOLDER / f"{name}.xlsx").write_bytes(workbook(*edits))
    for name, data in other_files().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
