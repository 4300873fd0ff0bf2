"""The simulated trial behind the workbook km_example: ``python -m tests.workbook.make_km_example``.

Two arms of 160 patients. Time to progression is Weibull, time from progression to death log-normal,
deaths before progression exponential; patients enter over 18 months and the data are cut at month
42. The four Kaplan-Meier curves are then clicked by an imagined hand, one arm in
fractions, the other in percent. Nobody was treated: every number is made up.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from cea.arrays import Array
from cea.survival.cox import cox
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.patients import Patients

FOLDER = Path(__file__).parents[2] / "cea" / "examples" / "km_example"
SEED = 20240810
N = 160
CLICKS = 120
LANDMARKS = (12, 24)  # months
HAND = 0.003  # standard deviation of a click, as a fraction of the axis

# Progression: shape and scale of a Weibull; death after it: sdlog and median of a log-normal.
ARMS = {
    "std": ("Standard care", "fraction", (1.25, 8.0), (1.0, 9.0)),
    "new": ("New treatment", "percent", (1.25, 13.5), (1.0, 11.5)),
}
Table = tuple[Sequence[str], list[tuple[object, ...]]]


def trial(
    rng: np.random.Generator, progression: tuple[float, float], death: tuple[float, float]
) -> dict[str, Patients]:
    """Simulate an arm: its end points by name."""
    u = rng.random((4, N))
    to_progression = progression[1] * (-np.log(u[0])) ** (1 / progression[0])
    to_death = -150 * np.log(u[1])
    after = death[1] * np.exp(death[0] * ndtri(u[2]))
    cut = 42 - 18 * u[3]
    pfs = np.minimum(to_progression, to_death)
    os = np.where(to_death < to_progression, to_death, to_progression + after)
    return {
        name: Patients.of(np.minimum(time, cut), time <= cut)
        for name, time in (("os", os), ("pfs", pfs))
    }


def clicks(rng: np.random.Generator, patients: Patients) -> tuple[Array, Array]:
    """Click along the curve, evenly in time, and at its end."""
    curve = kaplan_meier(patients)
    end = float(curve.time[-1])
    t = np.linspace(0, end, CLICKS)
    noise = HAND * np.sqrt(-2 * np.log(rng.random(CLICKS))) * np.cos(2 * np.pi * rng.random(CLICKS))
    s = np.clip(curve.at(t) + noise, 0, 1)
    s[0] = 1.0
    return np.round(t, 2), np.round(s, 3)


def tables() -> dict[str, Table]:
    """Return the sheets Data sets, KM, At risk and Landmarks, and a life table, by file."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    control: dict[str, Patients] = {}
    landmarks: list[tuple[object, ...]] = []
    described: list[tuple[object, ...]] = []
    points: list[tuple[object, ...]] = []
    numbers: list[tuple[object, ...]] = []
    for arm, (label, unit, progression, death) in ARMS.items():
        for endpoint, patients in trial(rng, progression, death).items():
            name = f"{arm}_{endpoint}"
            events = patients.events if endpoint == "os" else ""
            source = f"{label}, {endpoint.upper()}: simulated trial, figure digitised (made up)"
            curve = kaplan_meier(patients)
            ratio = ""
            if endpoint in control:
                ratio = f"{hazard_ratio(patients, control[endpoint]):.2f}"
            control.setdefault(endpoint, patients)
            described.append((name, unit, events, f"{curve.quantile():.1f}", ratio, source))
            scale = 100 if unit == "percent" else 1
            landmarks += [(name, t, f"{float(curve.at(t)) * scale:.3g}") for t in LANDMARKS]
            t, s = clicks(rng, patients)
            points += [(name, f"{a:g}", f"{b * scale:.4g}") for a, b in zip(t, s, strict=True)]
            months = np.arange(0, float(patients.time.max()), 6.0)
            at_risk = curve.at_risk_at(months)
            numbers += [(name, f"{a:g}", int(b)) for a, b in zip(months, at_risk, strict=True)]
    ages = [(age, _death(age, 0.00009), _death(age, 0.00005)) for age in range(60, 101)]
    return {
        "data_sets": (
            (
                "Data set",
                "Survival unit",
                "Total events",
                "Published median",
                "Published hazard ratio",
                "Label",
            ),
            described,
        ),
        "landmarks": (("Data set", "Time", "Survival"), landmarks),
        "km": (("Data set", "Time", "Survival"), points),
        "at_risk": (("Data set", "Time", "N"), numbers),
        "life_table": (("Age", "qx male", "qx female"), ages),
    }


def hazard_ratio(patients: Patients, control: Patients) -> float:
    """What the report of the trial prints."""
    both = Patients.of(
        np.append(control.time, patients.time),
        np.append(control.event, patients.event),
        ["std"] * control.n + ["new"] * patients.n,
    )
    return cox(both, "new", "std").hazard_ratio


def _death(age: int, level: float) -> str:
    """Annual probability of death of an illustrative Gompertz population."""
    return f"{-np.expm1(-level * np.exp(0.09 * age)):.5f}"


def write(folder: Path) -> None:
    """Write the files."""
    for name, (columns, rows) in tables().items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])


if __name__ == "__main__":
    write(FOLDER)
