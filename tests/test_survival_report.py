"""The survival analysis as it is reported: tables, charts, workbook, files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from openpyxl import load_workbook
from typer.testing import CliRunner

from cea.analysis.psa import psa
from cea.analysis.survival import (
    WARNING,
    EndpointData,
    ExternalPoint,
    SurvivalAnalysis,
    survival_analysis,
)
from cea.analysis.survival_tables import PASTE
from cea.analysis.tornado import tornado
from cea.cli import app
from cea.errors import AnalysisError
from cea.report import charts
from cea.report.charts.family_lines import GROUPS, family_name
from cea.report.fit import fit_figures, fit_tables, write_fit
from cea.report.outputs import figures
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.style import SIZE, draw
from cea.report.survival_workbook import write_survival
from cea.survival.digitised import Clicks
from cea.survival.families import FAMILIES
from cea.survival.fit import Fit
from cea.survival.fit import fit as fit_one
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.of_curve import family_of
from cea.survival.patients import Patients
from cea.survival.reconstruct import reconstruct
from cea.survival.reconstruction_report import Published
from cea.survival.spline import Spline, SplineRequest
from cea.workbook.read import read_workbook
from tests.build import assumptions, exponentials, parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONG = "Camrelizumab plus rivoceranib followed by transarterial chemoembolisation until progression"
RECORD = RunRecord(
    version="1.2.3", workbook="a & b.xlsx", sha256="0123456789abcdef" * 4, draws=None, seed=None,
    sampling=None, started="2024-01-01T00:00:00+00:00", seconds={}, command="fit",
)  # fmt: skip


def simulated(scales: dict[str, float], n: int = 70, seed: int = 3) -> dict[str, Patients]:
    rng = np.random.default_rng(seed)
    arms = {}
    for name, scale in scales.items():
        death, end = scale * rng.exponential(size=n) ** (1 / 1.5), rng.uniform(15, 45, n)
        arms[name] = Patients.of(np.minimum(death, end) + 0.01, death <= end)
    return arms


def together(arms: dict[str, Patients]) -> Patients:
    return Patients.of(
        np.concatenate([p.time for p in arms.values()]),
        np.concatenate([p.event for p in arms.values()]),
        [name for name, p in arms.items() for _ in range(p.n)],
    )


@cache
def analysis(name: str) -> SurvivalAnalysis:
    """Two digitised arms with external points; three arms, one with a long name; one arm."""
    if name == "two":
        made, clicks = {}, {}
        for arm, own in simulated({"A": 19.0, "B": 27.0}).items():
            curve = kaplan_meier(own)
            t = np.linspace(0, own.time.max(), 80)
            table = np.arange(0, own.time.max(), 6.0)
            made[arm] = reconstruct(t, curve.at(t), curve.at_risk_at(table), table)
            clicks[arm] = Clicks.of(t, curve.at(t))
        patients = together({arm: one.patients for arm, one in made.items()})
        points = (
            ExternalPoint("A", 60, 0.06, 0.02, 0.1, "Registry"), ExternalPoint("A", 24, 0.3),
        )  # fmt: skip
        data = EndpointData("OS", patients, {"A": "TACE alone"}, made, clicks, points)
        return survival_analysis(data, horizon_months=120)
    if name == "three":
        patients = together(simulated({"A": 15.0, "B": 20.0, "C": 40.0}))
        return survival_analysis(EndpointData("PFS", patients, {"C": LONG}), horizon_months=360)
    one = Patients.of([2.0, 3.0, 5.0, 9.0, 11.0], [1, 1, 0, 1, 0], ["A"] * 5)
    return survival_analysis(EndpointData("TOT", one), horizon_months=24, landmarks=[12])


NAMES = ("two", "three", "one")
CHARTS = [(name, chart) for name in NAMES for chart in fit_figures([analysis(name)])]


def drawn_texts(figure: Figure) -> list[Text]:
    found: dict[int, Text] = {}
    plain = Text.draw

    def record(self: Text, renderer: object, *args: object, **kwargs: object) -> None:
        if self.get_visible() and self.get_text().strip():
            found[id(self)] = self
        plain(self, renderer, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", record)
        FigureCanvasAgg(figure).draw()
    return list(found.values())


def panels_of(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.get_axes() if axes.get_label() != "key"]


@pytest.mark.parametrize(("name", "chart"), CHARTS)
def test_texts_are_whole_large_enough_and_apart(name: str, chart: str) -> None:
    figure = fit_figures([analysis(name)])[chart]()
    texts = drawn_texts(figure)
    boxes = [Text.get_window_extent(text) for text in texts]
    width, height = figure.bbox.size
    for text, box in zip(texts, boxes, strict=True):
        assert text.get_fontsize() >= SIZE
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y1 <= height + 0.5, text
    for (a, box), (b, other) in combinations(zip(texts, boxes, strict=True), 2):
        across = min(box.x1, other.x1) - max(box.x0, other.x0)
        up = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert across <= 1 or up <= 1, (a, b)


def test_curves_are_the_fits() -> None:
    a = analysis("two")
    drawn = set()
    for group in GROUPS:
        figure = charts.fitted_survival(a, "A", group)
        hazards = charts.fitted_hazards(a, "A", group)
        for axes, below in zip(panels_of(figure), panels_of(hazards), strict=True):
            lines = {line.get_label(): line for line in axes.lines}
            curves = {line.get_label(): line for line in below.lines}
            for row in a.separate["A"].rows:
                if (row.fit.family.name == "spline") != (group == "splines"):
                    assert row.label not in lines
                    continue
                t, y = lines[row.label].get_data()
                np.testing.assert_allclose(y, row.fit.survival(t))
                t, y = curves[row.label].get_data()
                np.testing.assert_allclose(y, row.fit.hazard(t))
                drawn.add(row.label)
            assert max(t) == a.horizon
    assert drawn == {row.label for row in a.separate["A"].rows}
    assert len(drawn) == 16


def test_kaplan_meier_censoring_and_numbers_at_risk() -> None:
    a = analysis("two")
    figure = charts.fitted_survival(a, "A")
    left, right = panels_of(figure)
    curve = a.curves["A"]
    for axes in (left, right):
        steps = next(line for line in axes.lines if line.get_label() == "KM")
        np.testing.assert_allclose(steps.get_xdata(), np.append(0, curve.time))
        np.testing.assert_allclose(steps.get_ydata(), np.append(1, curve.survival))
    ticks = next(line for line in left.lines if line.get_label() == "_censored")
    assert len(ticks.get_xdata()) == (curve.censored > 0).sum()
    assert left.get_xlim()[1] == pytest.approx(a.follow_up("A"))
    end = next(line for line in right.lines if line.get_label() == "_end")
    assert end.get_xdata()[0] == a.follow_up("A")
    said = [text.get_text() for text in drawn_texts(figure)]
    for month in (0, 12, 24):
        assert str(int(curve.at_risk_at(month))) in said
    outside = [line for line in right.lines if line.get_label() == "External"]
    assert [line.get_xdata()[0] for line in outside] == [60, 24]
    assert len([line for line in left.lines if line.get_label() == "External"]) == 1


def test_diagnostics_are_the_estimates() -> None:
    a = analysis("two")
    found = a.comparisons[0].cox
    assert found is not None
    figure = charts.schoenfeld(a)
    points = next(line for line in panels_of(figure)[0].lines if line.get_label() == "_residuals")
    np.testing.assert_allclose(points.get_ydata(), found.scaled_residuals)
    said = " ".join(text.get_text() for text in drawn_texts(figure))
    assert f"{found.hazard_ratio:.2f}" in said
    assert f"p = {found.test('km').p:.3f}" in said
    panels = panels_of(charts.hazard_shapes(a))
    curve = a.curves["A"]
    use = (curve.events > 0) & (curve.survival > 0) & (curve.survival < 1)
    line = next(one for one in panels[0].lines if one.get_label() == "A")
    np.testing.assert_allclose(line.get_ydata(), np.log(-np.log(curve.survival[use])))
    clicked = next(
        one for one in panels_of(charts.reconstructed(a))[0].lines if one.get_label() == "Clicks"
    )
    np.testing.assert_allclose(clicked.get_ydata(), a.data.clicks["A"].survival)


@pytest.mark.parametrize("early", [0, 2])
def test_ratios_above_the_panel_are_marked(early: int) -> None:
    """The panel shows ratios to three times the median; nothing is left out unseen."""
    t = np.sort(np.random.default_rng(2).weibull(1.4, 50) * 20)
    reference = t.copy()
    reference[:early] /= 40
    arms = {"A": Patients.of(reference, np.ones(50)), "B": Patients.of(1.5 * t, np.ones(50))}
    data = EndpointData("OS", together(arms))
    a = survival_analysis(data, [FAMILIES["weibull"]], horizon_months=60)
    figure = charts.quantile_quantile(a)
    right = panels_of(figure)[1]
    points, above = (
        next(line for line in right.lines if line.get_label() == label)
        for label in ("_ratios", "_above")
    )
    ratios = a.comparisons[0].quantiles.ratios
    assert len(above.get_xdata()) == early == (ratios > 4.5).sum()
    assert len(points.get_xdata()) + early == len(ratios)
    top = right.get_ylim()[1]
    assert max(points.get_ydata()) < top
    said = " ".join(text.get_text() for text in drawn_texts(figure))
    assert (f"2 ratios above, up to {ratios.max():.3g}" in said) == (early == 2)
    assert ("above, up to" in said) == bool(early)


def test_only_what_was_published_is_counted(tmp_path: Path) -> None:
    """Values read off the clicks are no published figures; what is not judged does not agree."""
    a = analysis("two")
    curve = a.curves["A"]
    clicks = a.data.clicks["A"]
    numbers = np.array([0.0, 12.0])
    made = reconstruct(
        clicks.time, clicks.survival, curve.at_risk_at(numbers), numbers,
        Published(median=2 * curve.quantile(), landmarks=((12.0, float(curve.at(12))), (90, 0.1))),
    )  # fmt: skip
    plain = a.data.reconstructions["A"].report.comparisons
    for one, expected in (
        (made, "1 of 4"),  # median, survival at 12 (not at 90), two numbers at risk
        (a.data.reconstructions["A"], f"0 of {sum(not c.read for c in plain)}"),
    ):
        data = replace(a.data, reconstructions={"A": one})
        said = [
            text.get_text() for text in drawn_texts(charts.reconstructed(replace(a, data=data)))
        ]
        assert expected in said
    write_survival(
        tmp_path / "s.xlsx", [replace(a, data=replace(a.data, reconstructions={"A": made}))], RECORD
    )
    rows = [[c.value for c in row] for row in load_workbook(tmp_path / "s.xlsx")["OS"].iter_rows()]
    header = next(row for row in rows if row[0] == "Quantity")
    assert header[1] == "Published or read off"
    agrees = {row[0]: row[4] for row in rows if row[5] in ("printed", "read off")}
    assert agrees["Median"] == "NO"
    assert agrees["Survival at 12"] == "yes"
    assert agrees["Survival at 90"] == "–"


def test_one_strategy_has_nothing_to_compare() -> None:
    for chart in (charts.schoenfeld, charts.quantile_quantile):
        with pytest.raises(AnalysisError, match="one strategy only"):
            chart(analysis("one"))
    with pytest.raises(AnalysisError, match="no curve was digitised"):
        charts.reconstructed(analysis("one"))


def test_a_chart_is_the_same_every_time() -> None:
    first, second = (draw(charts.fitted_hazards(analysis("two"), "B"), "png", 60) for _ in "12")
    assert first == second


def test_fits_table() -> None:
    a = analysis("two")
    table = a.fits
    assert len(table) == 16 * 2 + 16 * 2
    assert a.joint is not None
    for one in a.sets:
        own = table[table["fit"] == ("joint" if one.joint else "separate")]
        own = own if one.joint else own[own["strategy"] == one.arm]
        assert own["aic_difference"].min() == 0
        assert list(own[own["aic_rank"] == 1]["family"].unique()) == [one.ranking.rows[0].label]
        assert sorted(own["bic_rank"].unique()) == list(range(1, 17))
        for row in one.ranking.rows:
            for arm in a.arms if one.joint else [one.arm]:
                line = own[(own["family"] == row.label) & (own["strategy"] == arm)].iloc[0]
                inner = arm if one.joint else None
                assert line["aic"] == row.fit.aic
                assert line["median"] == row.fit.median(inner)
                assert line["survival_24"] == pytest.approx(float(row.fit.survival(24, inner)))
                assert line["survival_horizon"] == pytest.approx(
                    float(row.fit.survival(120, inner))
                )
                assert line["survival_follow_up"] == pytest.approx(
                    float(row.fit.survival(a.follow_up(arm), inner))
                )
                assert line["mean"] >= line["restricted_mean"] * (1 - 1e-9)


def test_pasted_rows_give_the_fitted_curves() -> None:
    a = analysis("two")
    t = np.array([1.0, 12.0, 60.0])
    labels = {(row["Strategy"], row["fit"], row["label"]): row for _, row in a.rows.iterrows()}
    assert len(labels) == len(a.rows) == 64
    for one in a.sets:
        for fit in (row.fit for row in one.ranking.rows):
            for arm in a.arms if one.joint else [one.arm]:
                row = labels[arm, "joint" if one.joint else "separate", fit.label]
                values = [row[f"Par{k}"] for k in range(1, 6)]
                theta = [v for v in values if v == v]
                if row["Family"] == "spline":
                    knots = [float(knot) for knot in row["Knots"].split(";")]
                    family = Spline(knots, row["Spline scale"])
                else:
                    family = FAMILIES[row["Family"]]
                np.testing.assert_allclose(
                    family.survival(t, *theta),
                    fit.survival(t, arm if one.joint else None),
                    rtol=1e-8,
                )


def test_parameters_and_covariances() -> None:
    a = analysis("two")
    fit = a.separate["B"].rows[0].fit
    table = a.parameters
    own = table[(table["strategy"] == "B") & (table["family"] == fit.label)]
    assert list(table[table["fit"] == "joint"]["strategy"].unique()) == [""]
    np.testing.assert_allclose(own["fitted"], fit.fitted)
    np.testing.assert_allclose(own["standard_error"], fit.std_errors)
    np.testing.assert_allclose(own["natural"], list(fit.natural.values()))
    pairs = a.covariances
    pairs = pairs[(pairs["strategy"] == "B") & (pairs["family"] == fit.label)]
    np.testing.assert_allclose(
        pairs["covariance"], fit.covariance[np.tril_indices(len(fit.fitted))]
    )


def test_external_points() -> None:
    table = analysis("two").against_external
    assert set(table["strategy"]) == {"A"}
    assert len(table) == 2 * 2 * 16
    np.testing.assert_allclose(table["difference"], table["model"] - table["external"])
    ranged = table[table["month"] == 60]
    assert all(ranged["in_range"] == ranged["model"].between(0.02, 0.1))
    assert table[table["month"] == 24]["in_range"].isna().all()


@pytest.mark.parametrize(("low", "high"), [(0.05, None), (None, 0.05)])
def test_an_external_point_with_one_end(low: float | None, high: float | None) -> None:
    point = ExternalPoint("A", 60, 0.06, low, high)
    a = analysis("two")
    table = replace(a, data=replace(a.data, external=(point,))).against_external
    expected = table["model"] >= 0.05 if high is None else table["model"] <= 0.05
    assert list(table["in_range"]) == list(expected)
    assert 0 < expected.sum() < len(expected)


def test_failures_are_named_and_the_others_go_on() -> None:
    a = analysis("one")
    failed = [(one.arm, label) for one, label, _ in a.failures]
    assert ("A", "spline, 3 knots, odds") in failed
    assert {row.label for row in a.separate["A"].rows} >= {"exponential", "weibull"}
    none = Patients.of([1.0, 2.0], [0, 0], ["A", "A"])
    empty = survival_analysis(EndpointData("OS", none), horizon_months=12)
    assert not empty.separate["A"].rows
    assert len(empty.failures) == 16
    assert empty.fits.empty
    assert not any(isinstance(row, Fit) for row in empty.separate["A"].rows)


def test_a_strategy_may_be_called_joint(tmp_path: Path) -> None:
    patients = together(simulated({"A": 15.0, "joint": 25.0}))
    data = EndpointData("OS", patients, external=(ExternalPoint("joint", 60, 0.1),))
    a = survival_analysis(data, [FAMILIES["weibull"]], horizon_months=120)
    assert a.joint is not None
    alone, shared = (one.rows[0].fit for one in (a.separate["joint"], a.joint))
    told = {(row["fit"], row["strategy"]): row["median"] for _, row in a.fits.iterrows()}
    assert told == {
        ("separate", "A"): a.separate["A"].rows[0].fit.median(),
        ("separate", "joint"): alone.median(),
        ("joint", "A"): shared.median("A"), ("joint", "joint"): shared.median("joint"),
    }  # fmt: skip
    assert len(told) == len(a.fits) == len(a.rows) == 4
    counts = a.parameters.groupby(["fit", "strategy"], sort=False).size().to_dict()
    assert counts == {("separate", "A"): 2, ("separate", "joint"): 2, ("joint", ""): 3}
    assert list(a.against_external["fit"]) == ["separate", "joint"]
    write_survival(tmp_path / "survival.xlsx", [a], RECORD)
    sheet = load_workbook(tmp_path / "survival.xlsx")["OS"]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    for heading in (
        "Fitted to joint on its own",
        "Fitted to all strategies jointly: the curve of joint",
        "External evidence: joint, fitted on its own",
        "External evidence: joint, fitted jointly",
    ):
        assert said.count(heading) == 1
    assert said.count("Weibull") == 4 + 2


def test_bad_requests() -> None:
    patients = Patients.of([1.0, 2.0], [1, 1], ["A", "A"])
    with pytest.raises(AnalysisError, match="no patients of strategy 'B'"):
        EndpointData("OS", patients, external=(ExternalPoint("B", 12, 0.5),))
    with pytest.raises(AnalysisError, match="above 0"):
        survival_analysis(EndpointData("OS", patients), horizon_months=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("fit")
    small = survival_analysis(
        analysis("two").data, [FAMILIES["weibull"], SplineRequest(1, "odds")], horizon_months=120
    )
    write_fit([small], target, RECORD)
    return target


def test_files(folder: Path) -> None:
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert "os_a_standard_survival.png" in figures
    assert "os_b_splines_hazard.svg" in figures
    assert "os_reconstruction.png" in figures
    assert {path.stem for path in folder.glob("*.csv")} == {
        "fits", "fit_parameters", "fit_covariances", "survival_rows", "hazard_ratios", "external",
    }  # fmt: skip
    assert set(fit_tables([analysis("three")])) >= {"fits", "hazard_ratios"}


@pytest.fixture(scope="module", params=["two", "three", "one"])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("survival") / "survival.xlsx"
    write_survival(path, [analysis(request.param)], RECORD)
    return analysis(request.param), load_workbook(path)


def test_workbook(book) -> None:
    a, workbook = book
    assert workbook.sheetnames == [
        "Summary", a.endpoint, "Survival rows", "Parameters", "Covariance",
    ]  # fmt: skip
    links = [cell for row in workbook["Summary"].iter_rows() for cell in row if cell.hyperlink]
    assert [cell.value for cell in links] == workbook.sheetnames[1:]
    for sheet in workbook:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        values = [cell.value for row in sheet.iter_rows() for cell in row]
        assert not {"nan", "inf", "None"} & {str(v) for v in values if v is not None}
    for name in workbook.sheetnames[1:]:
        assert workbook[name].freeze_panes
    values = [cell.value for row in workbook[a.endpoint].iter_rows() for cell in row]
    assert WARNING in values
    for row in a.separate[a.arms[0]].rows:
        assert family_name(row.label) in values
        assert any(v == pytest.approx(row.fit.aic) for v in values if isinstance(v, float))
    for _, label, reason in a.failures:
        assert any(str(v).startswith(f"Not fitted: {family_name(label)}: {reason}") for v in values)


def test_rows_to_paste(book) -> None:
    a, workbook = book
    sheet = workbook["Survival rows"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Strategy")
    assert [cell.value for cell in header[: len(PASTE)]] == list(PASTE)
    first = [cell.value for cell in sheet[header[0].row + 1]]
    expected = a.rows.iloc[0]
    assert first[0] == expected["Strategy"]
    assert first[4] == pytest.approx(expected["Par1"], rel=1e-12)


def small(endpoint: str, *arms: str, in_model: bool = True) -> SurvivalAnalysis:
    patients = together(simulated(dict.fromkeys(arms, 20.0), n=20))
    data = EndpointData(endpoint, patients, in_model=in_model)
    return survival_analysis(data, [FAMILIES["exponential"]], horizon_months=60)


ALIKE = ("OS", "os", "Summary", "parameters", "History", "Data set " + "x" * 40,
         "Data set " + "x" * 40 + "y", "Data set [a]", "Data set  a ")  # fmt: skip


def test_sheets_of_one_name(tmp_path: Path) -> None:
    """Data sets called like an end point, like a sheet, or alike in what Excel takes of them."""
    analyses = [small(name, "A", in_model=name == "OS") for name in ALIKE]
    write_survival(tmp_path / "survival.xlsx", analyses, RECORD)
    book = load_workbook(tmp_path / "survival.xlsx")
    sheets = book.sheetnames
    assert len({name.casefold() for name in sheets}) == len(sheets) == len(ALIKE) + 4
    links = [cell for row in book["Summary"].iter_rows() for cell in row if cell.hyperlink]
    assert [cell.value for cell in links] == sheets[1:]
    assert [cell.hyperlink.location for cell in links] == [f"'{n}'!A1" for n in sheets[1:]]
    for name, sheet in zip(ALIKE, sheets[1:], strict=False):
        assert book[sheet]["A1"].value == f"Survival analysis: {name}"
    pasted = [row[1].value for row in book["Survival rows"].iter_rows() if row[0].value == "A"]
    assert pasted == ["OS"]
    assert set(fit_tables(analyses)["survival_rows"]["Endpoint"]) == {"OS"}


def test_no_figure_takes_anothers_place() -> None:
    """Strategies A and A+, a joint fit beside a strategy 'a joint', and a data set called OS."""
    analyses = [
        small("OS", "A", "A+", "a joint"), small("os", "A"), small("OS A", "B"), small("O", "S A B")
    ]  # fmt: skip
    # Of each arm survival and hazard, alone and jointly; shapes; residuals and quantiles.
    expected = 3 * 2 * 2 + 3 + 3 * (2 + 1)
    figures = fit_figures(analyses)
    assert len(figures) == expected
    assert len({name.casefold() for name in figures}) == expected
    drawn = {
        (f.func, id(f.args[0]), *f.args[1:], *f.keywords.values())  # type: ignore[attr-defined]
        for f in figures.values()
    }
    assert len(drawn) == expected


PARAMETER = parameter("p", 1.0, low=0.5, high=2.0, distribution="normal", se=0.3)


def test_no_figure_of_a_run_takes_anothers_place() -> None:
    names = ("A", "B", "B+", "B 2", "b_3")
    a = assumptions(exponentials(*names), parameters=[PARAMETER])
    found = figures(Results(tornado=tornado(a), psa=psa(a, 8)))
    for kind in ("tornado", "plane"):
        assert sum(name.startswith(kind) for name in found) == 4


def test_joint_fits_are_drawn() -> None:
    a = analysis("two")
    assert a.joint is not None
    figures = fit_figures([a])
    for group in GROUPS:
        survival, hazard = (
            panels_of(figures[f"os_b_joint_{group}_{kind}"]())[1] for kind in ("survival", "hazard")
        )
        curves, hazards = (
            {line.get_label(): line for line in axes.lines} for axes in (survival, hazard)
        )
        rows = [r for r in a.joint.rows if (r.fit.family.name == "spline") == (group == "splines")]
        assert rows
        for row in rows:
            t, s = curves[row.label].get_data()
            np.testing.assert_allclose(s, row.fit.survival(t, "B"))
            t, h = hazards[row.label].get_data()
            np.testing.assert_allclose(h, row.fit.hazard(t, "B"))
    said = [text.get_text() for text in drawn_texts(figures["os_b_joint_standard_survival"]())]
    assert "Standard families, B, fitted jointly" in said
    best = next(r for r in a.joint.rows if r.fit.family.name != "spline")
    assert f"{best.fit.median('B'):.1f}" in said


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cea fit` writes its files, and rows pasted back give the same curves."""

    def one_of_each(analyses: Sequence[SurvivalAnalysis]) -> dict[str, Callable[[], Figure]]:
        return dict(list(fit_figures(analyses).items())[::20])  # every one is drawn elsewhere

    monkeypatch.setattr("cea.report.fit.fit_figures", one_of_each)
    example = Path(__file__).parents[1] / "inputs" / "km_example.xlsx"
    target = tmp_path / "fit"
    done = CliRunner().invoke(app, ["fit", str(example), "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert "they do not validate the tail" in done.output
    assert "hazard ratio" in done.output
    assert {"survival.xlsx", "survival_rows.csv", "figures", "run.json"} <= {
        path.name for path in target.iterdir()
    }
    rows = pd.read_csv(target / "survival_rows.csv")
    chosen = rows[(rows["fit"] == "separate") & (rows["label"] == "spline, 1 knot, odds")]
    book = load_workbook(example)
    sheet = book["Survival"]
    top = next(row for row in sheet.iter_rows() if row[0].value == "Strategy")
    header = {cell.value: cell.column for cell in top}
    first = top[0].row + 1
    for k, row in enumerate(chosen.to_dict("records")):
        for name in header:
            value = row.get(name)
            sheet.cell(first + k, header[name]).value = None if value != value else value
    scenarios = book["Scenarios"]
    head = next(row[0].row for row in scenarios.iter_rows() if row[0].value == "Scenario")
    scenarios.delete_rows(head + 1, scenarios.max_row)
    book.save(tmp_path / "pasted.xlsx")
    found = read_workbook(tmp_path / "pasted.xlsx")
    assert {curve.family for curve in found.curves} == {"spline"}
    assert not found.fits
    months = np.array([3.0, 12.0, 60.0])
    spline = SplineRequest(1, "odds")
    for curve, evidence in read_workbook(example).fits.items():
        fit = fit_one(evidence.evidence.patients, spline)
        assert isinstance(fit, Fit)
        pasted = found.curve(*curve)
        assert pasted is not None
        theta = (np.array(float(cell.evaluate({}))) for cell in pasted.parameters)
        np.testing.assert_allclose(
            family_of(pasted).survival(months, *theta), fit.survival(months), rtol=1e-9
        )


def test_a_workbook_without_data_is_refused() -> None:
    shipped = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
    done = CliRunner().invoke(app, ["fit", str(shipped)])
    assert done.exit_code == 2
    assert "no survival data to fit" in done.output
