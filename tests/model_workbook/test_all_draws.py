"""A run with more draws than its live workbook: the results of all of them stand there too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

import cea
from cea.report.model_workbook import write_model
from tests.build import shipped
from tests.model_workbook.compared import RECORD

SOR = shipped("sor_tace")


def rows(path: Path) -> dict[str, list[object]]:
    """Rows of the sheet PSA by their first cell; of those alike, joined."""
    found: dict[str, list[object]] = {}
    for row in load_workbook(path)["PSA"].iter_rows(values_only=True):
        found.setdefault(str(row[0]), []).extend(x for x in row[1:] if x is not None)
    return found


def test_the_engine_s_results_of_all_draws_stand_beside_the_live_ones(tmp_path: Path):
    psa = cea.psa(SOR, 256)
    write_model(tmp_path / "m.xlsx", cea.base_case(SOR), psa, None, RECORD, draws=64)
    found = rows(tmp_path / "m.xlsx")
    pair = psa.mean_increment(1)
    for s, strategy in enumerate(SOR.strategies):
        said = found[f"{strategy.label}: all 256 draws, engine"]
        summary = psa.summary.iloc[s]
        expected = [summary[f"{m}{end}"] for m in ("cost", "ly", "qaly")
                    for end in ("", "_low", "_high")]  # fmt: skip
        expected += [pair.cost, pair.effect, pair.icer] if s == 1 else []
        np.testing.assert_allclose(np.array(said, dtype=float), expected)
    at = psa.acceptability_at(SOR.threshold.value)
    said = found[f"{SOR.threshold.value:,.15g}: all 256 draws, engine"]
    benefit = psa.outcomes.net_benefit(SOR.threshold.value)
    assert said[:2] == pytest.approx(at.probability[0].tolist())
    assert said[2:4] == pytest.approx(benefit.mean(axis=0).tolist())
    assert sum(said[4:6]) == pytest.approx(said[6])
    assert said[6:] == pytest.approx([benefit.max(axis=1).mean(), at.evpi[0], at.frontier[0]])


def test_where_all_draws_are_live_nothing_stands_beside_them(tmp_path: Path):
    write_model(tmp_path / "m.xlsx", cea.base_case(SOR), cea.psa(SOR, 64), None, RECORD)
    assert not [key for key in rows(tmp_path / "m.xlsx") if key.endswith("draws, engine")]
