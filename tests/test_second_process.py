"""Figures drawn in two processes are those drawn in one."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

import cea
from cea.report import second_process
from cea.report.outputs import figures, write_figure, write_figures
from cea.report.results import Results

SHIPPED = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"


@pytest.fixture(scope="module")
def results() -> tuple[Results, Results]:
    """What is known early in a run, and at its end."""
    assumptions = cea.read_workbook(SHIPPED)
    early = Results(cea.base_case(assumptions), tornado=cea.tornado(assumptions))
    end = Results(early.base, tornado=early.tornado, scenarios=cea.scenarios(assumptions))
    return early, end


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "figures").iterdir()}


@pytest.fixture(scope="module")
def drawn_once(
    results: tuple[Results, Results], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of the figures, drawn in this process."""
    folder = tmp_path_factory.mktemp("one")
    write_figures(results[1], folder)
    return written(folder)


@pytest.mark.parametrize("count", [1, 2])
def test_two_processes_draw_the_figures_that_one_draws(
    results: tuple[Results, Results],
    drawn_once: dict[str, bytes],
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(second_process, "cores", lambda: count)
    (tmp_path / "two").mkdir()
    early, end = results
    with second_process.second_process() as drawing:
        drawing.begin(early)
        drawing.begin(end)
        drawing.write(end, tmp_path / "two")
    assert written(tmp_path / "two") == drawn_once
    assert len(drawn_once) == 2 * len(figures(end)) == 12


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_process, "cores", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_a_failing_run_leaves_nothing_to_draw(results: tuple[Results, Results]):
    def fail() -> None:
        with second_process.second_process() as drawing:
            drawings.append(drawing)
            drawing.begin(results[0])
            raise RuntimeError("a fault")

    drawings: list[second_process.Drawing] = []
    with pytest.raises(RuntimeError, match="a fault"):
        fail()
    assert all(figure.done() for figure in drawings[0]._begun.values())


@pytest.mark.usefixtures("two_cores")
def test_a_fault_while_drawing_is_said(results: tuple[Results, Results], tmp_path: Path):
    with second_process.second_process() as drawing:
        assert drawing._pool is not None
        drawing._sent.append(drawing._pool.submit(int, "a fault"))
        with pytest.raises(ValueError, match="a fault"):
            drawing.write(Results(), tmp_path)


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("moment", ["between", "meanwhile"])
def test_a_process_that_is_killed_leaves_the_figures_to_this_one(
    results: tuple[Results, Results],
    drawn_once: dict[str, bytes],
    moment: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    def kill(drawing: second_process.Drawing, now: str) -> None:
        assert drawing._pool is not None
        if moment == now:
            for process in list(drawing._pool._processes.values()):
                process.kill()
                process.join()

    def write(name: str, files: dict[str, bytes], folder: Path) -> None:
        kill(drawing, "meanwhile")
        write_figure(name, files, folder)

    early, end = results
    monkeypatch.setattr(second_process, "write_figure", write)
    with second_process.second_process() as drawing:
        drawing.begin(early)
        kill(drawing, "between")
        drawing.begin(end)
        drawing.write(end, tmp_path)
        with pytest.raises(BrokenExecutor):
            drawing._pool.submit(int)
    assert written(tmp_path) == drawn_once
