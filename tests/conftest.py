"""Every run of the tests is the same: hypothesis draws its examples from a fixed seed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cea.workbook.examples import load_example
from cea.workbook.template import write_workbook

settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("deterministic")


def _without_scenarios(name: str, factory: pytest.TempPathFactory) -> Path:
    """Write an example without its scenarios: building them takes most of the time of reading."""
    path = factory.mktemp("plain") / f"{name}.xlsx"
    write_workbook(path, {**load_example(name), "Scenarios": []}, title=name)
    return path


@pytest.fixture(scope="session")
def sor_tace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook sor_tace, where its 25 scenarios do not matter."""
    return _without_scenarios("sor_tace", tmp_path_factory)


@pytest.fixture(scope="session")
def km_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook km_example, where its scenarios do not matter."""
    return _without_scenarios("km_example", tmp_path_factory)
