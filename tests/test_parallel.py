"""Work in parts gives the same bits whoever does it."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import cea
from cea import parallel
from cea.cluster import workers_at
from cea.errors import AnalysisError, UserError
from cea.model import evaluate as engine
from cea.model.evaluate import evaluate
from cea.parallel import HERE, cores, in_threads
from cea.parameters.draws import Draws
from cea.parameters.sampling import sample
from tests.build import shipped


@pytest.mark.parametrize("name", ["sor_tace", "three_strategies", "km_example"])
def test_any_number_of_threads_gives_the_same_bits(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_LEAST", 2)  # chunks that are worth a second thread
    found = shipped(name)
    alone = sample(found, 3_000, 2, threads=1)
    expected = evaluate(found, alone.draws, threads=1)
    assert len([*engine.Model(found, alone.draws).chunks()]) > 4
    for threads in (2, 3, 7, None):
        drawn = sample(found, 3_000, 2, threads=threads)
        assert drawn.values.tobytes() == alone.values.tobytes()
        outcomes = evaluate(found, Draws(drawn.draws.n, drawn.draws.values), threads=threads)
        for field in ("costs", "ly", "qaly", "background_cycles", "pfs_capped", "tot_capped"):
            assert getattr(outcomes, field).tobytes() == getattr(expected, field).tobytes(), field
        assert outcomes.warnings == expected.warnings


def test_a_psa_does_not_depend_on_threads_and_reports_every_draw() -> None:
    found = shipped("sor_tace")
    said: list[tuple[int, int]] = []
    one = cea.psa(found, 2_000, seed=5, progress=lambda *done: said.append(done), threads=2)
    other = cea.psa(found, 2_000, seed=5, threads=1)
    assert one.outcomes.costs.tobytes() == other.outcomes.costs.tobytes()
    assert max(done for done, _ in said) == 2_000
    assert {total for _, total in said} == {2_000}


def test_an_error_in_a_thread_is_raised() -> None:
    def refuse(part: int) -> None:
        if part == 3:
            raise AnalysisError("the third part cannot be done")

    for threads in (1, 2, 5):
        with pytest.raises(AnalysisError, match="third part"):
            in_threads(refuse, range(6), threads)


def test_threads_do_every_part_once() -> None:
    for threads in (None, 1, 3, 50):
        done: list[int] = []
        in_threads(done.append, range(40), threads)
        assert sorted(done) == [*range(40)]
    in_threads(done.append, [], None)


def test_there_is_a_core_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= cores() <= 8
    monkeypatch.delattr(parallel.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: None)
    assert cores() == 1


def test_work_here_is_a_loop_that_reports() -> None:
    said: list[tuple[int, int]] = []
    found = HERE.map(pow, [2, 3], 2, progress=lambda *done: said.append(done))
    assert (found, said) == ([4, 9], [(1, 2), (2, 2)])


def test_without_dask_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UserError, match=r"needs Dask.*pip install 'cea\[dask\]'"),
        workers_at("tcp://127.0.0.1:8786"),
    ):
        pass


def test_draws_are_pickled_without_what_is_known_of_them() -> None:
    import pickle

    found = shipped("sor_tace")
    draws = sample(found, 200).draws
    before = len(pickle.dumps(draws))
    evaluate(found, draws)
    packed = pickle.dumps(draws)
    assert len(packed) == before
    again = evaluate(replace(found), pickle.loads(packed))
    np.testing.assert_array_equal(again.costs, evaluate(found, draws).costs)
