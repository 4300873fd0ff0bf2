"""Work on a Dask cluster: the same results to the last bit, and a lost worker loses nothing."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cea import cluster
from cea.analysis.evsi import evsi
from cea.analysis.psa import Psa, psa
from cea.analysis.regression import TooFewDrawsError
from cea.analysis.scenarios import scenarios
from cea.analysis.trial import trial
from cea.cluster import workers_at
from cea.errors import AnalysisError, UserError
from cea.parallel import HERE, Workers
from cea.survival import bootstrap
from cea.survival.bootstrap import bootstrap_draws
from tests.build import INPUTS, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

distributed = pytest.importorskip(
    "distributed", reason="needs the extra cea[dask]: pip install -e '.[test,dask]'"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two worker processes, each started again when it is killed."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as made:
        yield made.scheduler_address


@pytest.fixture
def workers(address: str) -> Iterator[Workers]:
    with workers_at(address) as found:
        yield found


def one_of(address: str) -> int:
    """Process of one of two workers."""
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        pids: set[int] = set(client.run(os.getpid).values())
    assert len(pids) == 2
    return min(pids)


def slow_square(task: int, seconds: float, power: np.ndarray) -> tuple[float, int]:
    time.sleep(seconds)
    return float(task ** power[0]), os.getpid()


def refuse(task: int) -> None:
    raise AnalysisError(f"task {task} cannot be done; ask for another")


def fail(task: int) -> float:
    return 1 / task


def assert_same(one: Psa, other: Psa) -> None:
    """Every bit of draws and outcomes."""
    assert one.sample.values.tobytes() == other.sample.values.tobytes()
    for name in ("costs", "ly", "qaly", "background_cycles", "pfs_capped", "tot_capped"):
        assert getattr(one.outcomes, name).tobytes() == getattr(other.outcomes, name).tobytes()
    assert one.outcomes.warnings == other.outcomes.warnings


def test_results_come_in_the_order_of_the_tasks_from_both_workers(workers: Workers) -> None:
    tasks, said = [*range(12)], []
    found = workers.map(
        slow_square, tasks, 0.05, np.array([2.0]), progress=lambda *done: said.append(done)
    )
    assert [value for value, _ in found] == [task**2 for task in tasks]
    assert len({pid for _, pid in found}) == 2
    assert os.getpid() not in {pid for _, pid in found}
    assert said == [(k, 12) for k in range(1, 13)]
    assert workers.map(slow_square, [], 0.05, np.array([2.0])) == []


def test_a_killed_worker_loses_nothing(address: str, workers: Workers) -> None:
    """It is killed while it works, after it has delivered results; nothing is left out."""
    victim = one_of(address)

    def kill(done: int, _: int) -> None:
        if done == 3:
            os.kill(victim, signal.SIGKILL)

    found = workers.map(slow_square, [*range(16)], 0.2, np.array([3.0]), progress=kill)
    assert [value for value, _ in found] == [task**3 for task in range(16)]
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)


def test_scenarios_are_the_same_to_the_last_bit_when_a_worker_is_killed(
    address: str, workers: Workers
) -> None:
    found = shipped("sor_tace")
    victim = one_of(address)

    def kill(done: int, _: int) -> None:
        if done == 2:
            os.kill(victim, signal.SIGKILL)

    there = scenarios(found, 600, progress=kill, workers=workers)
    here = scenarios(found, 600)
    assert len(there.results) == len(here.results) == len(found.scenarios) + 1
    for one, other in zip(there.results, here.results, strict=True):
        assert one.name == other.name
        assert one.psa is not None
        assert other.psa is not None
        assert one.psa.assumptions is one.assumptions
        assert_same(one.psa, other.psa)


def test_the_bootstrap_is_the_same_to_the_last_bit(workers: Workers) -> None:
    found = shipped("km_example")
    there = bootstrap_draws(found, 50, 1, workers=workers)
    bootstrap._refit.cache_clear()
    here = bootstrap_draws(found, 50, 1)
    assert there.notes == here.notes
    assert there.values.keys() == here.values.keys()
    for name, values in here.values.items():
        assert values.tobytes() == there.values[name].tobytes()


def test_an_analysis_with_the_bootstrap_is_the_same_to_the_last_bit(workers: Workers) -> None:
    found = shipped("km_example")
    found = replace(found, settings=replace(found.settings, survival_uncertainty="bootstrap"))
    for replicates in (1, 2):
        there = psa(found, 40, seed=2, replicates=replicates, workers=workers)
        assert_same(there, psa(found, 40, seed=2, replicates=replicates))


def test_the_command_line_writes_the_same_tables(address: str, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cea import cli

    written = []
    for name, extra in (("there", ["--scheduler", address]), ("here", [])):
        out = tmp_path / name
        arguments = ["scenarios", str(INPUTS / "sor_tace.xlsx"), "--psa", "--draws", "64"]
        done = CliRunner().invoke(cli.app, [*arguments, "--out", str(out), *extra])
        assert done.exit_code == 0, done.output
        written.append((out / "scenarios.csv").read_bytes())
    assert written[0] == written[1]


def test_the_value_of_a_study_is_the_same_to_the_last_bit(workers: Workers) -> None:
    """Large matrix products, whose rounding depends on the threads of the BLAS library."""
    found = psa(shipped("sor_tace"), 10_000)
    study = trial(found, patients=[50, 100, 200, 400], months=[24])
    there, here = evsi(found, study, workers=workers), evsi(found, study)
    for name in ("evsi", "std_error", "evppi"):
        assert getattr(there, name).tobytes() == getattr(here, name).tobytes()


def too_few(task: int) -> None:
    raise TooFewDrawsError(task, 2 * task)


def test_too_few_draws_for_a_regression_are_said_here(workers: Workers) -> None:
    with pytest.raises(TooFewDrawsError, match="7 terms, 14 draws") as error:
        workers.map(too_few, [7])
    assert (error.value.terms, error.value.draws) == (7, 14)


def test_an_error_of_a_task_is_raised_here(workers: Workers) -> None:
    with pytest.raises(AnalysisError, match="task 7 cannot be done; ask for another"):
        workers.map(refuse, [7])
    with pytest.raises(ZeroDivisionError):
        workers.map(fail, [1, 0, 2])


def test_workers_with_another_version_are_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {**cluster.versions(), "cea": "9.9.9 (code 00000000)"}
    monkeypatch.setattr(cluster, "_here", lambda: ours)
    with (
        pytest.raises(UserError, match=r"has cea 0.*, here is 9\.9\.9 .*same versions"),
        workers_at(address),
    ):
        pass


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    for nowhere in ("tcp://127.0.0.1:9", "nonsense"):
        with (
            pytest.raises(UserError, match=f"no Dask scheduler answers at {nowhere}.*start one"),
            workers_at(nowhere),
        ):
            pass


def test_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(UserError, match="has no workers; start some with 'dask worker tcp://"),
        workers_at(empty.scheduler_address),
    ):
        pass


def test_without_an_address_the_work_is_done_here() -> None:
    with workers_at(None) as found:
        assert found is HERE
