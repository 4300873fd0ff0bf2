"""The results workbook, read back with another library, and the headline."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import numpy as np
import pytest
from openpyxl import load_workbook

from cea.analysis.base_case import base_case
from cea.analysis.decision import increment
from cea.analysis.measured import precision_of
from cea.analysis.psa import psa
from cea.analysis.ratio import ratio_interval
from cea.analysis.scenarios import scenarios
from cea.analysis.threshold import threshold_analysis
from cea.analysis.tornado import tornado
from cea.analysis.two_way import two_way
from cea.analysis.voi import voi
from cea.assumptions import Assumptions, Scenario, Strategy, Threshold
from cea.report.format import percent
from cea.report.headline import headline
from cea.report.ratio_words import interval
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.results_workbook import write_results
from tests.build import (
    adverse_event,
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    parameter,
    parametric,
    utilities,
)

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

RECORD = RunRecord(
    "1.2.3", "a & b.xlsx", "0123456789abcdef" * 4, 64, 7, "sobol", "2024-01-01T00:00:00+00:00",
    {"Base case": 0.5},
)  # fmt: skip
ALWAYS = [
    "Summary", "Base case", "Incremental", "Disaggregation", "Survival", "Trace", "Inputs",
    "Model", "Warnings",
]  # fmt: skip
LABELS = {"A": "Old drug", "B": "New drug", "C": "Third drug"}
MEDIAN = "Median (from the model's cycles): "
NOT_NUMBERS = {"nan", "inf", "-inf", "None"}


def model(price: float = 2000.0, *names: str, ratio: float = 0.6, **changes: Any) -> Assumptions:
    """Drugs of which all but the first lower both hazards."""
    strategies = names or ("A", "B")
    curves = [
        *exponentials("A"),
        *(hazard_ratio(s, e, "hr") for s in strategies[1:] for e in ("PFS", "OS")),
        parametric("B", "TOT", "exponential", 0.2),
    ]
    found = assumptions(
        curves,
        parameters=[
            parameter("hr", ratio, distribution="lognormal", se=0.1, evidence="trial"),
            parameter("c_drug", price, distribution="gamma", se=price / 10, evidence="assumption"),
            parameter("u_pf", 0.8, low=0.7, high=0.9, distribution="beta", se=0.05, source="S"),
        ],
        costs=[
            cost("Drug", "on_treatment", "c_drug", strategy="B"),
            cost("Care", "alive", 100.0),
            cost("Last days", "death", 3000.0, "event"),
        ],
        utility=utilities("u_pf", 0.6),
        adverse_events=[adverse_event("Rash", 0.1, 50.0, 0.05, 30.0, "B")],
        discount_rate_costs=0.05,
        discount_rate_effects=0.03,
        psa_draws=64,
        ceac_step=10_000.0,
        **changes,
    )
    return replace(
        found,
        strategies=tuple(Strategy(s.name, LABELS[s.name]) for s in found.strategies),
        thresholds=(Threshold("Usual", 50_000.0), Threshold("Nothing", 0.0)),
    )


def with_scenarios(found: Assumptions) -> Assumptions:
    short = replace(found, settings=replace(found.settings, horizon_years=2.0))
    return replace(
        found, scenarios=(Scenario("short", "Short horizon", ("horizon_years = 2",), short),)
    )


def write(path: Path, found: Assumptions, *, everything: bool = True) -> Workbook:
    results = Results(base_case(found))
    if everything:
        results = replace(
            results, psa=psa(found), tornado=tornado(found), scenarios=scenarios(found),
            two_way=two_way(found), threshold=threshold_analysis(found, psa=psa(found)),
            precision=precision_of(psa(found)),
        )  # fmt: skip
    write_results(path, results, RECORD, ["First warning", "Second warning"])
    return load_workbook(path)


@pytest.fixture(scope="module")
def found() -> Assumptions:
    return with_scenarios(model())


@pytest.fixture(scope="module")
def book(found: Assumptions, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return write(tmp_path_factory.mktemp("results") / "results.xlsx", found)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("results") / "three.xlsx"
    return write(path, with_scenarios(model(2000.0, "A", "B", "C")))


def table(book: Workbook, sheet: str, header: str, occurrence: int = 0) -> list[dict[str, Any]]:
    """Rows below the header whose first cell is `header`, until a blank row."""
    rows = list(book[sheet].values)
    start = [k for k, row in enumerate(rows) if row[0] == header][occurrence]
    names = rows[start]
    found = []
    for row in rows[start + 1 :]:
        if row[0] is None:
            break
        found.append(dict(zip(names, row, strict=True)))
    return found


def cells(book: Workbook, sheet: str) -> list[Any]:
    return [cell for row in book[sheet].iter_rows() for cell in row if cell.value is not None]


def test_sheets(book: Workbook) -> None:
    assert book.sheetnames == [
        "Summary", "Base case", "Incremental", "Disaggregation", "Survival", "Trace", "Tornado",
        "Two-way", "Threshold", "Scenarios", "Scenario changes", "PSA", "Plane", "CEAC",
        "Expected loss", "Histograms", "Convergence", "Inputs", "Model", "Warnings",
    ]  # fmt: skip


def test_sheets_of_missing_analyses_are_left_out(found: Assumptions, tmp_path: Path) -> None:
    book = write(tmp_path / "base.xlsx", found, everything=False)
    assert book.sheetnames == ALWAYS
    links = {cell.hyperlink.location for cell in cells(book, "Summary") if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in ALWAYS[1:]}


@pytest.mark.parametrize("which", ["book", "three"])
def test_no_cell_holds_nan_or_an_error(which: str, request: pytest.FixtureRequest) -> None:
    book = request.getfixturevalue(which)
    for sheet in book.sheetnames:
        for cell in cells(book, sheet):
            assert cell.data_type in ("n", "s"), (sheet, cell.coordinate)
            if cell.data_type == "n":
                assert math.isfinite(cell.value)
            else:
                assert cell.value not in NOT_NUMBERS, (sheet, cell.coordinate)


def test_tables_hold_no_merged_cells(book: Workbook) -> None:
    assert not any(sheet.merged_cells.ranges for sheet in book)


def test_print_set_up(book: Workbook) -> None:
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToWidth in (None, 1)  # 1 is the default
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "0123456789ab" in sheet.oddFooter.left.text
        assert "Page &P" in sheet.oddFooter.right.text.replace("&[Page]", "&P")
    for name in ("Trace", "Scenarios", "CEAC", "Inputs", "Incremental"):
        assert book[name].freeze_panes is not None
        assert book[name].print_title_rows == "$4:$4"


def test_charts(book: Workbook, three: Workbook) -> None:
    def charts(found: Workbook) -> dict[str, int]:
        return {sheet.title: len(sheet._charts) for sheet in found if sheet._charts}

    common = {"CEAC": 2, "Expected loss": 1, "Histograms": 3}
    assert charts(book) == common | {
        "Trace": 2, "Tornado": 1, "Threshold": 1, "Scenario changes": 1, "Plane": 1,
        "Convergence": 2,
    }  # fmt: skip
    assert charts(three) == common | {
        "Trace": 3, "Tornado": 2, "Threshold": 2, "Scenario changes": 2, "Plane": 2,
        "Convergence": 4,
    }  # fmt: skip


def test_tornado_crosses_at_the_base_case(found: Assumptions, tmp_path: Path) -> None:
    path = tmp_path / "results.xlsx"
    write(path, found)
    with ZipFile(path) as files:
        charts = [files.read(n).decode() for n in files.namelist() if "charts/chart" in n]
    bars = next(chart for chart in charts if "<c:barChart>" in chart)
    crossing = re.findall('<c:crossesAt val="([^"]*)"', bars)
    assert [float(x) for x in crossing] == pytest.approx([tornado(found).base_inmb(1)])
    assert '<c:overlap val="100"/>' in bars
    # Room for the labels beyond the longest bars; 0, on the axis, is said in words.
    ends = [end for bar in tornado(found).bars(1) for end in bar.inmb]
    names = ("min", "max", "majorUnit")
    low, high, step = (float(re.findall(f'<c:{name} val="([^"]*)"', bars)[0]) for name in names)
    room = 0.1 * (max(ends) - min(ends))
    assert low < min(ends) - room
    assert high > max(ends) + room
    assert low / step == pytest.approx(round(low / step))
    assert "INMB = 0" in bars


def test_base_case(book: Workbook, found: Assumptions) -> None:
    base = base_case(found)
    old, new = table(book, "Base case", "Technologies")
    assert old["Total costs (USD)"] == pytest.approx(base.cost[0], rel=1e-14)
    assert new["Total costs (USD)"] == pytest.approx(base.cost[1], rel=1e-14)
    assert new["Total LYG"] == pytest.approx(base.ly[1], rel=1e-14)
    assert new["Incremental QALYs"] == pytest.approx(base.qaly[1] - base.qaly[0], rel=1e-12)
    assert new["ICER (USD per QALY)"] == pytest.approx(base.against_reference(1).icer, rel=1e-12)
    assert old["Technologies"] == "Old drug"
    assert old["ICER (USD per QALY)"] == "Reference"
    assert old["Incremental costs (USD)"] is None
    benefit = base.net_benefit
    written = table(book, "Base case", "Technologies", 1)[1]
    assert written["NMB (USD)"] == pytest.approx(benefit["nmb"][1], rel=1e-14)
    assert written["Incremental NMB (USD)"] == pytest.approx(benefit["inmb"][1], rel=1e-12)
    at_zero = table(book, "Base case", "Technologies", 2)[1]
    assert at_zero["NHB (QALYs)"] is None


def test_number_formats(book: Workbook) -> None:
    row = book["Base case"][7]
    assert [cell.number_format for cell in row[1:8]] == [
        "#,##0", "0.000", "0.000", "#,##0", "0.000", "0.000", "#,##0",
    ]  # fmt: skip


def test_shares_that_round_to_0_or_1_but_are_not(book: Workbook) -> None:
    found = [
        (cell.value, cell.number_format)
        for sheet in ("CEAC", "Disaggregation", "Survival")
        for cell in cells(book, sheet)
        if cell.number_format.endswith("%")
    ]
    assert found
    for value, number in found:
        small, large = '[=0]0%;[<0.0005]"<0.1%";0.0%', '[=1]0%;[>0.9995]">99.9%";0.0%'
        assert number == (large if value > 0.5 else small)


def test_disaggregation_adds_up(book: Workbook, found: Assumptions) -> None:
    base = base_case(found)
    for occurrence in range(3):
        rows = table(book, "Disaggregation", "Costs", occurrence)
        *parts, total = rows
        assert total["Costs"] == "Total"
        for header, values in (
            ("Old drug, discounted (USD)", base.cost[0]),
            ("New drug, discounted (USD)", base.cost[1]),
            ("New drug, undiscounted (USD)", base.undiscounted.cost[0, 1]),
        ):
            assert total[header] == pytest.approx(values, rel=1e-12)
            assert sum(part[header] for part in parts) == pytest.approx(values, rel=1e-12)
        shares = sum(part["Share of absolute increment"] for part in parts)
        assert shares == pytest.approx(1)
    qalys = table(book, "Disaggregation", "QALYs")
    assert [row["QALYs"] for row in qalys] == [
        "Progression-free", "Progressed", "Adverse events", "Total",
    ]  # fmt: skip
    assert qalys[-1]["New drug, discounted"] == pytest.approx(base.qaly[1], rel=1e-12)


def test_survival(book: Workbook) -> None:
    rows = {(row["Strategy"], row["Curve"]): row for row in table(book, "Survival", "Strategy")}
    assert len(rows) == 5
    old = rows["Old drug", "Overall survival"]
    assert old[MEDIAN + "curve used, months"] == pytest.approx(math.log(2) / 0.04)
    assert old["At 1 year"] == pytest.approx(math.exp(-0.48))
    assert rows["New drug", "Time on treatment"][MEDIAN + "input curve, months"] == pytest.approx(
        math.log(2) / 0.2
    )
    caps = table(book, "Survival", "Strategy", 1)
    assert [row["Cap"][:4] for row in caps] == ["Prog", "Prog", "Time"]
    assert all(row["PSA draws in which it binds"] == 0 for row in caps)


def test_median_is_not_reached(tmp_path: Path) -> None:
    found = model(horizon_years=1.0)
    rows = table(write(tmp_path / "short.xlsx", found), "Survival", "Strategy")
    assert rows[0][MEDIAN + "curve used, months"] == "Not reached"


def test_weibull_median_is_as_stated(tmp_path: Path) -> None:
    found = model()
    scale = 15.1 / math.log(2) ** (1 / 1.4)
    pfs, _, *others = found.curves
    curves = [pfs, parametric("A", "OS", "weibull", 1.4, scale), *others]
    rows = table(
        write(tmp_path / "x.xlsx", replace(found, curves=tuple(curves))), "Survival", "Strategy"
    )
    assert rows[0][MEDIAN + "input curve, months"] == pytest.approx(15.1, rel=1e-9)


def test_trace(book: Workbook, found: Assumptions) -> None:
    base = base_case(found)
    rows = table(book, "Trace", "Strategy")
    cycles = base.grid.cycles
    assert len(rows) == 2 * (cycles + 1)
    assert rows[cycles + 1]["Strategy"] == "New drug"
    for header, column in (("Progression-free", "progression_free"), ("Dead", "dead")):
        assert [row[header] for row in rows] == pytest.approx(base.trace[column], abs=1e-15)
    first = base.transitions.iloc[0]
    assert rows[0]["p(progressed to dead)"] == pytest.approx(first["pd_to_dead"])
    assert rows[cycles]["p(progressed to dead)"] is None


def test_partitioned_survival_has_no_probabilities(tmp_path: Path) -> None:
    found = model(structure="partitioned_survival")
    header = write(tmp_path / "results.xlsx", found)["Trace"][4]
    assert not any(str(cell.value).startswith("p(") for cell in header)


def test_tornado(book: Workbook, found: Assumptions) -> None:
    bars = tornado(found).bars(1)
    rows = table(book, "Tornado", "Input")
    assert [row["Input"] for row in rows] == [bar.parameter.label for bar in bars]
    for row, bar in zip(rows, bars, strict=True):
        assert (row["Low"], row["High"]) == pytest.approx((bar.low, bar.high), rel=1e-14)
        assert row["INMB at high (USD)"] == pytest.approx(bar.inmb[1], rel=1e-12)
        assert row["ICER at low (USD per QALY)"] == pytest.approx(bar.icers[0], rel=1e-12)


def test_tornado_says_direction_switch_and_restricted_mean(
    book: Workbook, found: Assumptions
) -> None:
    for row, bar in zip(table(book, "Tornado", "Input"), tornado(found).bars(1), strict=True):
        assert row["As the input rises, INMB"] == bar.direction.capitalize()
        values = [s.value for s in bar.searched.switches]
        expected = pytest.approx(values[0], rel=1e-14) if values else "none"
        assert row["INMB = 0 at"] == expected
        months = row["Mean of its curve at low (months)"]
        assert months == (None if bar.months is None else pytest.approx(bar.months[1], rel=1e-14))


def test_two_way(book: Workbook, found: Assumptions) -> None:
    made = two_way(found)
    corners = table(book, "Two-way", made.x.label)
    assert [row["INMB (USD)"] for row in corners] == pytest.approx([
        made.threshold * corner.effect - corner.cost for _, _, corner in made.corners()
    ])  # fmt: skip
    rows = list(book["Two-way"].values)
    start = next(k for k, row in enumerate(rows) if str(row[0]).startswith("Across:")) + 2
    grid = [row[1 : len(made.x.values) + 1] for row in rows[start : start + len(made.y.values)]]
    np.testing.assert_allclose(np.array(grid, dtype=float), made.inmb, rtol=1e-12)


def test_threshold(book: Workbook, found: Assumptions) -> None:
    made = threshold_analysis(found, psa=psa(found))
    rows = table(book, "Threshold", "Willingness to pay")
    assert len(rows) == len(made.table)
    for row, expected in zip(rows, made.table.to_dict("records"), strict=True):
        value = expected["switch"]
        shown = expected["status"] if np.isnan(value) else pytest.approx(value, rel=1e-14)
        assert row["Switches at"] == shown
    discounts = table(book, "Threshold", "Discount")
    assert [row["Discount"] for row in discounts][:2] == ["0%", "5%"]
    own = made.price.discounts
    own = own[own["threshold"] == 50_000]
    assert [row["INMB at USD 50,000 per QALY"] for row in discounts] == pytest.approx(
        own["inmb"].tolist()
    )
    prices = table(book, "Threshold", "Willingness to pay (USD per QALY)")
    at = next(r for r in prices if r["Willingness to pay (USD per QALY)"] == 50_000)
    k = int(np.flatnonzero(made.price.wtp == 50_000)[0])
    assert at["Price"] == pytest.approx(made.price.value[0, k], rel=1e-14)


def test_scenarios(book: Workbook, found: Assumptions) -> None:
    base, short = table(book, "Scenarios", "Scenario")
    expected = scenarios(found).results
    assert base["Change in INMB (USD)"] is None
    assert short["Scenario"] == "Short horizon"
    assert short["INMB (USD)"] == pytest.approx(expected[1].inmb(1), rel=1e-12)
    change = expected[1].inmb(1) - expected[0].inmb(1)
    assert short["Change in INMB (USD)"] == pytest.approx(change, rel=1e-12)
    ratio = short["ICER (USD per QALY)"] / base["ICER (USD per QALY)"] - 1
    assert short["Change in ICER"] == pytest.approx(ratio)
    outcomes = expected[1].outcomes
    for header, value in (
        ("Total LYG, New drug", outcomes.total_ly[0, 1]),
        ("Total LYG, Old drug", outcomes.total_ly[0, 0]),
        ("Total QALYs, New drug", outcomes.total_qaly[0, 1]),
        ("Total QALYs, Old drug", outcomes.total_qaly[0, 0]),
    ):
        assert short[header] == pytest.approx(value, rel=1e-14)


def test_scenarios_of_several_strategies(three: Workbook) -> None:
    rows = table(three, "Scenarios", "Scenario")
    assert [row["Strategy"] for row in rows] == ["New drug"] * 2 + ["Third drug"] * 2
    for row in rows:
        gained = row["Total QALYs"] - row["Total QALYs, reference"]
        assert row["Incremental QALYs"] == pytest.approx(gained, abs=1e-12)


def test_plane(book: Workbook, found: Assumptions) -> None:
    drawn, pair = psa(found), base_case(found).against_reference(1)
    cost_, qaly_ = drawn.increments(1)
    (mean,) = table(book, "Plane", "Technologies")
    assert mean["Mean of the draws, incremental QALYs"] == pytest.approx(qaly_.mean())
    assert mean["Base case, incremental costs (USD)"] == pytest.approx(pair.cost, rel=1e-12)
    ends = table(book, "Plane", "Threshold")
    assert len(ends) == 4
    for row, value in zip(ends, (50_000.0, 50_000.0, 0.0, 0.0), strict=True):
        assert row["Incremental costs (USD)"] == pytest.approx(value * row["Incremental QALYs"])
    rows = table(book, "Plane", "Draw")
    assert [row["New drug, incremental QALYs"] for row in rows] == pytest.approx(qaly_)
    assert [row["New drug, incremental costs (USD)"] for row in rows] == pytest.approx(cost_)
    (chart,) = book["Plane"]._charts
    low, high = chart.y_axis.scaling.min, chart.y_axis.scaling.max
    assert low <= min(0, *cost_)
    assert high >= max(0, *cost_)


def test_plane_has_2000_points_at_most(found: Assumptions, tmp_path: Path) -> None:
    many = replace(found, settings=replace(found.settings, psa_draws=2100))
    book = write(tmp_path / "many.xlsx", many)
    assert len(table(book, "Plane", "Draw")) == 2000
    assert "first 2,000 of 2,100 draws" in book["Plane"]["A2"].value


def test_items_say_once_where_a_cost_falls(tmp_path: Path) -> None:
    found = model()
    extra = (
        cost("Follow-up, progressed", "progressed", 10.0),
        cost("Follow-up, progression-free", "progression_free", 10.0),
        cost("Biopsy at progression", "progression", 10.0, "event"),
        cost("Progression-free scan", "progression", 10.0, "event"),
    )
    book = write(tmp_path / "x.xlsx", replace(found, costs=(*found.costs, *extra)))
    names = [row["Costs"] for row in table(book, "Disaggregation", "Costs", 2)]
    assert {"Follow-up, progressed", "Follow-up, progression-free"} <= {*names}
    assert {"Biopsy at progression", "Care: progressed", "Rash: at entry"} <= {*names}
    assert "Progression-free scan: at progression" in names


def test_psa_and_ceac(book: Workbook, found: Assumptions) -> None:
    drawn = psa(found)
    means = table(book, "PSA", "Technologies")
    assert means[1]["Total costs (USD)"] == pytest.approx(drawn.outcomes.cost[:, 1].mean())
    at = table(book, "PSA", "Technologies", 1)
    probability = [row["Probability most cost-effective"] for row in at]
    assert probability == pytest.approx(drawn.acceptability_at(50_000.0).probability[0])
    assert [row["EVPI (USD)"] for row in at if row["EVPI (USD)"] is not None] == pytest.approx(
        drawn.acceptability_at(50_000.0).evpi
    )
    curves = table(book, "CEAC", "Willingness to pay (USD per QALY)")
    assert [row["Willingness to pay (USD per QALY)"] for row in curves] == pytest.approx(
        drawn.ceac_thresholds
    )
    assert [row["New drug"] for row in curves] == pytest.approx(
        drawn.acceptability.probability[:, 1]
    )
    assert [row["CEAF"] for row in curves] == pytest.approx(drawn.acceptability.frontier)


def test_expected_loss_and_histograms(book: Workbook, found: Assumptions) -> None:
    drawn = psa(found)
    rows = table(book, "Expected loss", "Willingness to pay (USD per QALY)")
    for s, label in enumerate(("Old drug", "New drug")):
        assert [row[f"{label} (USD)"] for row in rows] == pytest.approx(
            drawn.acceptability.expected_loss[:, s]
        )
    cost_, qaly = drawn.increments(1)
    gain = 50_000 * qaly - cost_
    (above,) = table(book, "Histograms", "Comparison")
    assert above["Share of the draws"] == pytest.approx((gain > 0).mean())
    tables = [table(book, "Histograms", "From", k) for k in range(3)]
    columns = [gain, drawn.outcomes.cost[:, 1], drawn.outcomes.total_qaly[:, 1]]
    for rows, values in zip(tables, columns, strict=True):
        (name,) = (column for column in rows[0] if column and column.startswith("New drug"))
        for row in rows:
            inside = (values >= row["From"]) & (values < row["To"])
            assert row[name] == pytest.approx(inside.mean(), abs=1.5 / 64)
        assert sum(row[name] for row in rows) == pytest.approx(1)
        assert [row["Middle"] for row in rows] == pytest.approx(
            [(row["From"] + row["To"]) / 2 for row in rows]
        )


def test_convergence(book: Workbook, found: Assumptions) -> None:
    measured = precision_of(psa(found))
    rows = table(book, "Convergence", "Technologies")
    assert len(rows) == len(measured.estimates)
    for row, e in zip(rows, measured.estimates, strict=True):
        assert row["Estimate"] == pytest.approx(e.value)
        assert row["95% half-width"] == pytest.approx(e.half_width)
        assert row["Draws needed"] == e.draws
    running = measured.running(1)
    rows = table(book, "Convergence", "Draws")
    assert [row["Draws"] for row in rows] == running["draws"].tolist()
    assert [row["INMB (USD)"] for row in rows] == pytest.approx(running["inmb"])
    assert [row["INMB, 97.5% (USD)"] for row in rows] == pytest.approx(
        running["inmb"] + running["inmb_half_width"]
    )
    said = {row[0]: row[1] for row in book["Convergence"].values if row[0]}
    wedge = ratio_interval(psa(found), 1).draws
    assert said["New drug, draws by angle"].lower() == interval(wedge, "USD").lower()


def test_inputs(book: Workbook) -> None:
    rows = {row["Parameter"]: row for row in table(book, "Inputs", "Parameter")}
    assert rows["hr"]["Distribution"] == "Lognormal (meanlog -0.5108, sdlog 0.1)"
    assert (rows["u_pf"]["Low"], rows["u_pf"]["High"], rows["u_pf"]["Source"]) == (0.7, 0.9, "S")
    tint = {cell.value: cell.fill.fgColor.rgb for cell in book["Inputs"]["A"] if cell.value}
    assert tint["c_drug"] != tint["hr"]


def test_summary_and_warnings(book: Workbook, found: Assumptions) -> None:
    said = {row[0]: row[1] for row in book["Summary"].values if row[0]}
    sentence = headline(base_case(found), psa(found))
    assert said["Result"].replace("\N{NO-BREAK SPACE}", " ") == sentence
    assert said["SHA-256 of the workbook"] == RECORD.sha256
    assert said["Assumptions"].startswith("1 of 5 inputs are assumptions: c_drug")
    assert said["Discounting"] == "5% a year for costs, 3% for effects, at mid-cycle"
    assert said["Time horizon"] == "10 years: 120 cycles of 1 month"
    assert [row[1] for row in book["Warnings"].values][3:] == [
        "Warning", "First warning", "Second warning",
    ]  # fmt: skip


def test_dominance_in_words(tmp_path: Path) -> None:
    dear = write(tmp_path / "dear.xlsx", model(ratio=1.5))
    assert table(dear, "Base case", "Technologies")[1]["ICER (USD per QALY)"] == "Dominated"
    assert table(dear, "Incremental", "Technologies")[1]["ICER (USD per QALY)"] == "Dominated"
    rows = table(dear, "Tornado", "Input")
    assert {row["ICER at low (USD per QALY)"] for row in rows} == {"Dominated"}
    for sheet in dear.sheetnames:
        for row in dear[sheet].iter_rows():
            header = [cell for cell in row if str(cell.value).startswith("ICER")]
            for cell in header:
                below = dear[sheet].cell(cell.row + 1, cell.column).value
                assert not isinstance(below, int | float) or below > 0


def test_extended_dominance_in_words(tmp_path: Path) -> None:
    found = model(2000.0, "A", "B", "C")
    curves = [
        replace(curve, hazard_ratio=hazard_ratio("C", "OS", 0.95).hazard_ratio)
        if curve.strategy == "C"
        else curve
        for curve in found.curves
    ]
    extra = cost("Extra", "entry", 5000.0, "event", strategy="C")
    book = write(
        tmp_path / "x.xlsx", replace(found, curves=tuple(curves), costs=(*found.costs, extra))
    )
    rows = table(book, "Incremental", "Technologies")
    words = {row["Technologies"]: row["ICER (USD per QALY)"] for row in rows}
    assert words["Third drug"] == "Extendedly dominated"
    assert words["Old drug"] == "Least costly"


def test_same_results_give_the_same_bytes(found: Assumptions, tmp_path: Path) -> None:
    paths = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    for path in paths:
        write(path, found)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_record_as_dict() -> None:
    assert RECORD.as_dict()["seconds"] == {"Base case": 0.5}
    assert RECORD.digest == "0123456789ab"


# The headline. A base case is bent to given totals: the words depend on nothing else.
def headline_of(costs: list[float], qalys: list[float], threshold: float = 50_000.0) -> str:
    import numpy as np

    names = ("A", "B", "C")[: len(costs)]
    found = model(2000.0, *names)
    found = replace(found, thresholds=(Threshold("Usual", threshold),))
    base = base_case(found)
    lines = [line for line in base.outcomes.lines if line.item == "Care" and line.place != "death"]
    kept = [next(line for line in lines if line.strategy == name) for name in names]
    parts = np.zeros((1, len(names), 3))
    parts[0, :, 0] = qalys
    outcomes = replace(base.outcomes, lines=tuple(kept), costs=np.array([costs]), qaly=parts)
    return headline(replace(base, outcomes=outcomes), None)


@pytest.mark.parametrize(
    ("costs", "qalys", "expected"),
    [
        (
            [1000.0, 18423.4], [1.0, 1.486],
            "New drug costs USD 17,423 more and yields 0.486 more QALYs than Old drug: ICER USD "
            "35,851 per QALY; at USD 50,000 per QALY (Usual) its incremental net benefit is USD "
            "6,877.",
        ),
        (
            [9000.0, 1000.0], [1.0, 1.5],
            "New drug is dominant: it saves USD 8,000 and yields 0.500 more QALYs compared with "
            "Old drug; at USD 50,000 per QALY (Usual) its incremental net benefit is USD 33,000.",
        ),
        (
            [1000.0, 9000.0], [1.5, 1.0],
            "New drug is dominated: it costs USD 8,000 more and yields 0.500 fewer QALYs compared "
            "with Old drug; at USD 50,000 per QALY (Usual) its incremental net benefit is USD "
            "−33,000.",
        ),
        (
            [9000.0, 1000.0], [1.5, 1.4],
            "New drug saves USD 8,000 but yields 0.100 fewer QALYs compared with Old drug: USD "
            "80,000 saved per QALY forgone; at USD 50,000 per QALY (Usual) its incremental net "
            "benefit is USD 3,000.",
        ),
        (
            [1000.0, 1000.0], [1.0, 1.0],
            "New drug costs as much and yields as many QALYs as Old drug; at USD 50,000 per QALY "
            "(Usual) its incremental net benefit is USD 0.",
        ),
        (
            [1000.0, 1000.0], [1.0, 1.0004],
            "New drug is dominant: it costs as much and yields less than 0.0005 more QALYs "
            "compared with Old drug; at USD 50,000 per QALY (Usual) its incremental net benefit "
            "is USD 20.",
        ),
        (
            [1000.0, 1000.0], [1.0, 1.004],
            "New drug is dominant: it costs as much and yields 0.004 more QALYs compared with "
            "Old drug; at USD 50,000 per QALY (Usual) its incremental net benefit is USD 200.",
        ),
        (
            [1000.0, 3000.0, 30000.0], [1.0, 1.1, 1.2],
            "At USD 50,000 per QALY (Usual), New drug has the highest net benefit (USD 52,000): "
            "against Old drug, the next less costly strategy on the efficiency frontier, it costs "
            "USD 2,000 more and yields 0.100 more QALYs (ICER USD 20,000 per QALY).",
        ),
        (
            [1000.0, 20000.0, 30000.0], [1.0, 1.1, 1.3],
            "At USD 50,000 per QALY (Usual), Old drug has the highest net benefit (USD 49,000): "
            "it costs least, and the next strategy on the efficiency frontier, Third drug, costs "
            "USD 96,667 per QALY gained.",
        ),
        (
            [1000.0, 20000.0, 30000.0], [1.0, 0.9, 0.8],
            "At USD 50,000 per QALY (Usual), Old drug has the highest net benefit (USD 49,000): "
            "it costs least, and no other strategy is more effective.",
        ),
    ],
)  # fmt: skip
def test_headline(costs: list[float], qalys: list[float], expected: str) -> None:
    assert headline_of(costs, qalys) == expected


@pytest.mark.parametrize(("cost", "qaly"), [(1.0, -1.0), (-1.0, 1.0), (-5.0, -1.0), (5.0, 1.0)])
def test_headline_never_prints_a_negative_ratio(cost: float, qaly: float) -> None:
    words = headline_of([1000.0, 1000.0 + cost], [3.0, 3.0 + qaly])
    assert ("per QALY;" in words) == (increment(cost, qaly).verdict.startswith("more costly"))
    assert "ICER USD −" not in words


def test_headline_with_a_psa(found: Assumptions) -> None:
    drawn = psa(found)
    share = drawn.acceptability_at(50_000.0).probability[0, 1]
    words = headline(base_case(found), drawn)
    assert words.endswith(
        f"the probability that it is the most cost-effective is {percent(share)}."
    )


def test_value_of_information_sheet(tmp_path: Path):
    found = model(2000.0, "A", "B", "C")
    found = replace(
        found, settings=replace(found.settings, voi_incidence=1000.0, voi_horizon_years=5.0)
    )
    sampled = psa(found, 256)
    made = voi(sampled)
    path = tmp_path / "results.xlsx"
    write_results(path, Results(base_case(found), voi=made), RECORD, made.notes)
    book = load_workbook(path)
    assert "Value of information" in book.sheetnames
    assert "PSA" not in book.sheetnames
    cells = [[cell.value for cell in row] for row in book["Value of information"].iter_rows()]
    rows = {str(row[0]): row for row in cells if row[0]}
    threshold = found.thresholds[0]
    assert rows[threshold.label][1:3] == [threshold.value, pytest.approx(made.evpi[0])]
    assert rows[threshold.label][5] == pytest.approx(made.evpi[0] * 5000, rel=0.2)
    for p in made.singles:
        assert rows[p.of.name][1] == "Parameter"
        assert rows[p.of.name][2] == pytest.approx(float(p.evppi[0]))
        assert rows[p.of.name][3] == pytest.approx(float(p.std_error[0]))
    assert any(str(row[0]).startswith("EVPI: what deciding") for row in cells)
