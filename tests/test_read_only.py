"""Results cannot be changed, and can be compared and kept in sets."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path

import numpy as np
import pytest

import cea
from cea.analysis.endpoints import analyse_endpoints
from cea.arrays import read_only
from cea.survival.patients import Patients

INPUTS = Path(__file__).parents[1] / "inputs"


def arrays(found: object, at: str, seen: set[int]) -> Iterator[tuple[str, np.ndarray]]:
    """Every array that can be reached from an object, and where it stands."""
    if isinstance(found, np.ndarray):
        yield at, found
    if id(found) in seen or isinstance(found, str | type):
        return
    seen.add(id(found))
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from arrays(value, f"{at}[{key!r}]", seen)
    elif isinstance(found, tuple | list):
        for k, value in enumerate(found):
            yield from arrays(value, f"{at}[{k}]", seen)
    elif is_dataclass(found):
        for name, value in vars(found).items():
            yield from arrays(value, f"{at}.{name}", seen)


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    model = cea.read_workbook(INPUTS / "sor_tace.xlsx")
    fitted = cea.read_workbook(INPUTS / "km_example.xlsx")
    base, psa = cea.base_case(model), cea.psa(model, 256)
    assert len(base.implied_os) == 2
    assert psa.acceptability.evpi.shape == psa.ceac_thresholds.shape
    families, precision = cea.families(fitted), cea.precision_of(psa)
    assert len(families.weight)
    assert precision.estimates
    return {
        "assumptions": fitted,
        "base": base,
        "psa": psa,
        "tornado": cea.tornado(model),
        "two_way": cea.two_way(model, "os_hr", "pfs_hr", steps=2),
        "threshold": cea.threshold_analysis(model, "c_sorafenib_month", psa=psa),
        "families": families,
        "scenarios": cea.scenarios(model),
        "precision": precision,
        "voi": cea.voi(psa),
        "evsi": cea.evsi(psa, cea.survey(psa, ["u_pf"], sizes=[50], sd=0.25)),
        "endpoints": analyse_endpoints(fitted),
        "own": cea.own_psa(
            {"a": np.arange(4.0)}, cost={"A": np.ones(4), "B": np.arange(4.0)},
            qaly={"A": np.ones(4), "B": np.ones(4)}, thresholds=(1.0,),
        ),
    }  # fmt: skip


def test_every_array_of_every_result_is_read_only(results: dict[str, object]):
    found = [one for name, result in results.items() for one in arrays(result, name, set())]
    assert len(found) > 100
    assert [at for at, array in found if array.flags.writeable] == []


def test_results_stay_read_only_on_their_way_to_another_process(results: dict[str, object]):
    for name in ("base", "psa", "tornado"):
        sent = pickle.loads(pickle.dumps(results[name]))
        assert [at for at, array in arrays(sent, name, set()) if array.flags.writeable] == []


def test_a_result_does_not_change_another(results: dict[str, object]):
    base, fitted = results["base"], results["assumptions"]
    with pytest.raises(ValueError, match="read-only"):
        base.cost[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        fitted.fits["NEW", "OS"].fit.fitted[0] += 0.3


def test_the_arrays_of_a_caller_stay_writable():
    time = np.array([1.0, 2.0])
    patients = Patients.of(time, [1, 0])
    assert not patients.time.flags.writeable
    time[0] = 3.0
    assert not read_only(time).flags.writeable
    assert time.flags.writeable


def test_results_can_be_compared_and_kept_in_sets(results: dict[str, object]):
    for one in results.values():
        if is_dataclass(one) and not isinstance(one, cea.Assumptions):
            assert one == one
            assert one != pickle.loads(pickle.dumps(one))
            assert one in {one}
