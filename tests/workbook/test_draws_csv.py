"""Draws of another tool: the layouts that are read, and what is said of files that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cea.errors import UserError
from cea.workbook.draws_csv import DrawFiles, read_draws

PARAMETERS = "draw,u,c\n1,0.5,10\n2,0.6,20\n3,0.7,30\n"
LONG = """draw,strategy,cost,ly,qaly
1,A,100,1,0.5
1,B,200,2,0.6
2,A,101,1,0.5
2,B,201,2,0.7
3,A,102,1,0.5
3,B,202,2,0.8
"""
WIDE = "cost_A,qaly_A,cost_B,qaly_B\n100,0.5,200,0.6\n101,0.5,201,0.7\n102,0.5,202,0.8\n"


class Files:
    """A folder to write the files into, and to read them from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, parameters: str = PARAMETERS, **texts: str) -> DrawFiles:
        paths = {}
        for name, text in {"parameters": parameters, **texts}.items():
            paths[name] = self.folder / f"{name}.csv"
            paths[name].write_text(text, encoding="utf-8")
        return read_draws(**paths)

    def refusal(self, parameters: str = PARAMETERS, **texts: str) -> str:
        with pytest.raises(UserError) as caught:
            self.read(parameters, **texts)
        return str(caught.value).replace(f"{self.folder}/", "")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def same(found: DrawFiles) -> None:
    assert {name: x.tolist() for name, x in found.inputs.items()} == {
        "u": [0.5, 0.6, 0.7],
        "c": [10.0, 20.0, 30.0],
    }
    assert {name: x.tolist() for name, x in found.cost.items()} == {
        "A": [100.0, 101.0, 102.0],
        "B": [200.0, 201.0, 202.0],
    }
    assert found.qaly["B"].tolist() == [0.6, 0.7, 0.8]


def test_layouts(files: Files):
    same(files.read(outcomes=LONG))
    same(files.read(outcomes=WIDE))
    same(files.read(PARAMETERS.replace("draw,", '"",'), outcomes=WIDE))  # R's row names
    same(files.read(PARAMETERS.replace(",", ";"), outcomes=WIDE.replace(",", "\t")))
    bcea = WIDE.replace("cost_", "c.").replace("qaly_", "e.")
    same(files.read("\ufeff" + PARAMETERS, outcomes=bcea))
    same(files.read(costs="A,B\n100,200\n101,201\n102,202\n",
                    effects="B,A\n0.6,0.5\n0.7,0.5\n0.8,0.5\n"))  # fmt: skip


def test_draws_are_matched_by_their_number(files: Files):
    header, *rows = LONG.splitlines()
    same(files.read(outcomes="\n".join([header, *reversed(rows)])))
    numbered = WIDE.replace("cost_A", "draw,cost_A").splitlines()
    mixed = [numbered[0], *(f"{d},{numbered[d]}" for d in (3, 1, 2))]
    same(files.read(outcomes="\n".join(mixed)))


def test_sets(files: Files):
    found = files.read(outcomes=WIDE, sets="Set,Parameter\nBoth,u\nBoth,c\nOne,c\n")
    assert found.sets == {"Both": ("u", "c"), "One": ("c",)}
    assert "use Set and Parameter" in files.refusal(outcomes=WIDE, sets="a,b\n1,2\n")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("1,A,100", "1,A,$100"), "outcomes.csv, row 2, column 'cost': '$100'; a plain number"),
        (("2,B,201,2,0.7", "2,B,201,2,"), "outcomes.csv, row 5, column 'qaly': a blank"),
        (("2,B,201", '2,B,"1,201"'), "outcomes.csv, row 5, column 'cost': '1,201'"),
        (("2,B,201", "2,B,1,201"), "outcomes.csv, row 5: 6 cells, but the header has 5"),
        (("1,A,100", "1,A,inf"), "row 2, column 'cost': 'inf'"),
        (("3,B,202,2,0.8\n", ""), "outcomes.csv: no row for draw 3 of 'B'"),
        (("3,B,202", "2,B,202"), "outcomes.csv: draw 2 of 'B' stands there twice"),
        (("3,B", "3,C"), "outcomes.csv: no row for draw 3 of 'B'"),
        (("strategy,cost", "strategy,price"), "columns draw, strategy, price, ly, qaly; give"),
        (("draw,strategy", "draw,arm"), "columns draw, arm, cost, ly, qaly; give either"),
        (("cost,ly", "cost,cost"), "outcomes.csv: two columns called 'cost'; rename one"),
    ],
)
def test_mistakes_of_long_outcomes(files: Files, wrong: tuple[str, str], said: str):
    assert wrong[0] in LONG
    assert said in files.refusal(outcomes=LONG.replace(*wrong))


def test_mistakes_of_files(files: Files, tmp_path: Path):
    assert "parameters.csv: no draws" in files.refusal("u,c\n", outcomes=WIDE)
    assert "parameters.csv: no draws" in files.refusal("", outcomes=WIDE)
    assert "no column with an input" in files.refusal("draw\n1\n2\n3\n", outcomes=WIDE)
    assert "row 3, column 'draw': draw 1 again" in files.refusal(
        "draw,u\n1,0.5\n1,0.6\n3,0.7\n", outcomes=WIDE
    )
    assert "parameters.csv, row 3, column 'u': 'x'" in files.refusal(
        "u,c\n1,2\nx,3\n4,5\n", outcomes=WIDE
    )
    assert "column 'cost_B', but no effect of 'B'" in files.refusal(
        outcomes=WIDE.replace("qaly_B", "other")
    )
    assert "outcomes.csv: 2 draws of 'A', but parameters.csv has 3" in files.refusal(
        "u,c\n1,2\n3,4\n5,6\n", outcomes="\n".join(WIDE.splitlines()[:3])
    ).replace(f"{tmp_path}/", "")
    assert "is not among the parameters' draws" in files.refusal(
        PARAMETERS.replace("3,0.7,30\n", ""), outcomes=LONG
    )
    assert "a column for each strategy, called alike" in files.refusal(
        costs="A,B\n1,2\n", effects="A,C\n1,2\n"
    )
    assert "2 draws, but costs.csv has 1" in files.refusal(
        costs="A,B\n1,2\n", effects="A,B\n1,2\n3,4\n"
    ).replace(f"{tmp_path}/", "")
    assert "name the outcomes" in files.refusal(costs="A,B\n1,2\n")
    with pytest.raises(UserError, match="no such file"):
        read_draws(tmp_path / "missing.csv", tmp_path / "outcomes.csv")
    (tmp_path / "latin.csv").write_bytes(b"u\n\xff\xfe\n")
    with pytest.raises(UserError, match="cannot be read as a CSV file in UTF-8"):
        read_draws(tmp_path / "latin.csv", tmp_path / "outcomes.csv")


def test_many_draws(files: Files):
    rows = "\n".join(f"{k + 1},{k / 7!r}" for k in range(5000))
    outcomes = "\n".join(f"{k},{k},{k + 1},{k}" for k in range(5000))
    found = files.read(f"draw,x\n{rows}\n", outcomes=f"c_A,e_A,c_B,e_B\n{outcomes}\n")
    assert found.inputs["x"] == pytest.approx(np.arange(5000) / 7)
