"""Distributions of parameters: moments, quantiles, and every refusal."""

import numpy as np
import pytest
from scipy import stats

from cea.parameters.distributions import (
    Beta,
    DistributionError,
    Gamma,
    LogNormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
    distribution_of,
)
from tests.build import parameter

# (n + 1/2)/N: the mean over these is the mid-point rule for the integral of the quantile function
U = (np.arange(2**16) + 0.5) / 2**16


def _row(distribution, base, **cells):
    return parameter("p", base, distribution=distribution, **cells)


def _make(distribution, base, **cells):
    return distribution_of(_row(distribution, base, **cells), {"p": float(base)})


def _lognormal(mu, sigma):
    mean = np.exp(mu + sigma**2 / 2)
    return mean, mean * np.sqrt(np.expm1(sigma**2))


# rows, the mean and the SD they ask for
MOMENTS = [
    (("normal", 10.0, {"se": 2.0}), 10.0, 2.0),
    (("normal", -3.0, {"par1": -3.0, "par2": 0.5}), -3.0, 0.5),
    (("gamma", 12_000.0, {"se": 1_200.0}), 12_000.0, 1_200.0),
    (("gamma", 6.0, {"par1": 4.0, "par2": 1.5}), 6.0, 3.0),
    (("beta", 0.78, {"se": 0.03}), 0.78, 0.03),
    (("beta", 0.2, {"par1": 20.0, "par2": 80.0}), 0.2, np.sqrt(0.2 * 0.8 / 101)),
    (("uniform", 5.0, {"low": 2.0, "high": 8.0}), 5.0, 6 / np.sqrt(12)),
    (("uniform", 1.0, {"low": 2.0, "high": 8.0}), 5.0, 6 / np.sqrt(12)),  # base is not asked
    (("uniform", 5.0, {"se": 0.5}), 5.0, 0.5),
    (("uniform", 5.0, {"par1": 0.0, "par2": 1.0}), 0.5, 1 / np.sqrt(12)),
    (("triangular", 3.0, {"low": 0.0, "high": 9.0}), 4.0, np.sqrt(63 / 18)),
    (("triangular", 0.0, {"low": 0.0, "high": 9.0}), 3.0, np.sqrt(81 / 18)),
    (("triangular", 9.0, {"par1": 0.0, "par2": 9.0}), 6.0, np.sqrt(81 / 18)),
    (("pert", 3.0, {"low": 0.0, "high": 9.0}), 3.5, np.sqrt(3.5 * 5.5 / 7)),
    (("pert", 3.0, {"par1": 0.0, "par2": 9.0}), 3.5, np.sqrt(3.5 * 5.5 / 7)),
    (("lognormal", 2.0, {"se": 0.3}), *_lognormal(np.log(2), 0.3)),
    (("lognormal", 2.0, {"par1": 0.5, "par2": 0.2}), *_lognormal(0.5, 0.2)),
    (("dirichlet", 0.3, {"par1": 30.0}), 30.0, np.sqrt(30.0)),  # the gamma behind the share
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "mean", "sd"), MOMENTS, ids=lambda x: f"{x[0]}-{x[1]:g}" if isinstance(x, tuple) else ""
)
def test_moments(row, mean, sd):
    kind, base, cells = row
    distribution = _make(kind, base, **cells)
    assert distribution.mean == pytest.approx(mean, rel=1e-12)
    assert distribution.sd == pytest.approx(sd, rel=1e-12)
    draws = distribution.quantile(U)
    assert draws.mean() == pytest.approx(mean, rel=1e-4)
    assert draws.std() == pytest.approx(sd, rel=1e-3)


@pytest.mark.parametrize(
    ("distribution", "theirs"),
    [
        (Normal(3, 2), stats.norm(3, 2)),
        (LogNormal(0.5, 0.3), stats.lognorm(0.3, scale=np.exp(0.5))),
        (Gamma(2.5, 4), stats.gamma(2.5, scale=4)),
        (Beta(2, 5), stats.beta(2, 5)),
        (Uniform(-1, 3), stats.uniform(-1, 4)),
        (Triangular(1, 2, 5), stats.triang(0.25, 1, 4)),
        (Pert(1, 2, 5), stats.beta(2, 4, 1, 4)),
    ],
    ids=lambda x: type(x).__name__,
)
def test_quantiles_against_scipy(distribution, theirs):
    u = np.array([1e-9, 1e-3, 0.025, 0.2, 0.25, 0.26, 0.5, 0.9, 0.975, 0.999])
    np.testing.assert_allclose(distribution.quantile(u), theirs.ppf(u), rtol=1e-9)
    assert distribution.mean == pytest.approx(theirs.mean(), rel=1e-12)
    assert distribution.sd == pytest.approx(theirs.std(), rel=1e-12)


def test_lognormal_base_is_the_median():
    assert _make("lognormal", 0.7, se=0.4).quantile(np.array([0.5])) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("kind", "low", "base", "high"),
    [("normal", 4.0, 10.0, 16.0), ("lognormal", 0.5, 0.7, 0.98), ("normal", -9.0, -2.0, 5.0)],
)
def test_low_and_high_are_a_95_percent_interval(kind, low, base, high):
    """Where Base lies in the middle: of the logarithms for a lognormal."""
    found = _make(kind, base, low=low, high=high).quantile(np.array([0.025, 0.5, 0.975]))
    np.testing.assert_allclose(found, [low, base, high], rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "base", "low", "high"), [("gamma", 100.0, 70.0, 130.0), ("beta", 0.6, 0.5, 0.7)]
)
def test_low_and_high_give_the_standard_error(kind, base, low, high):
    found = _make(kind, base, low=low, high=high)
    assert found.mean == pytest.approx(base, rel=1e-12)
    assert found.sd == pytest.approx((high - low) / (2 * 1.959963984540054), rel=1e-12)


def test_lognormal_off_centre_keeps_its_median_and_the_width():
    found = _make("lognormal", 1.0, low=0.5, high=4.0)
    low, median, high = found.quantile(np.array([0.025, 0.5, 0.975]))
    assert median == pytest.approx(1.0)
    assert high / low == pytest.approx(8.0)


def test_se_goes_before_low_and_high():
    """Low and High are then the ends of the tornado's bar alone."""
    assert _make("normal", 10.0, se=1.0, low=0.0, high=99.0) == Normal(10.0, 1.0)
    assert _make("gamma", 10.0, par1=4.0, par2=2.0, low=0.0, high=99.0) == Gamma(4.0, 2.0)


def test_cells_may_be_formulas():
    row = parameter("p", "2*q", distribution="normal", se="q*10%")
    assert distribution_of(row, {"p": 8.0, "q": 4.0}) == Normal(8.0, 0.4)


@pytest.mark.parametrize(
    ("kind", "base", "cells", "column", "found", "remedy"),
    [
        # nothing to take the spread from
        ("normal", 1.0, {}, "SE", "blank", "a normal needs SE, or Par1 and Par2, or Low and High"),
        ("gamma", 1.0, {"low": 0.5}, "High", "blank", "a gamma needs SE, or Par1"),
        ("beta", 0.5, {"high": 0.9}, "Low", "blank", "a beta needs SE"),
        ("uniform", 1.0, {}, "Low", "blank", "a uniform needs its Low and High"),
        ("uniform", 1.0, {"low": 0.0}, "High", "blank", "minimum and maximum"),
        ("triangular", 1.0, {"se": 1.0}, "SE", "1", "a triangular has none: give Low and High"),
        ("pert", 1.0, {"high": 2.0}, "Low", "blank", "a pert needs its Low and High"),
        ("dirichlet", 0.3, {}, "Par1", "blank", "a dirichlet row needs its alpha"),
        ("dirichlet", 0.3, {"se": 0.1}, "Par1", "blank", "a dirichlet row needs its alpha"),
        # too much to take it from, or half of it
        ("normal", 1.0, {"se": 1.0, "par1": 1.0, "par2": 1.0}, "SE", "both SE and Par1/Par2",
         "keep one"),
        ("gamma", 1.0, {"se": 1.0, "par2": 1.0}, "SE", "both SE and Par1/Par2", "keep one"),
        ("beta", 0.5, {"par1": 2.0}, "Par2", "blank", "give both"),
        ("beta", 0.5, {"par2": 2.0}, "Par1", "blank", "give both"),
        # out of range
        ("normal", 1.0, {"se": 0.0}, "SE", "0", "an SE above 0; set Distribution to fixed"),
        ("normal", 1.0, {"se": -1.0}, "SE", "-1", "an SE above 0"),
        ("uniform", 1.0, {"se": 0.0}, "SE", "0", "an SE above 0"),
        ("normal", 1.0, {"low": 2.0, "high": 2.0}, "High", "not above Low", "an SE above 0"),
        ("gamma", 1.0, {"low": 2.0, "high": 1.0}, "High", "not above Low", "an SE above 0"),
        ("lognormal", 1.0, {"low": 0.0, "high": 1.0}, "Low", "0", "a lognormal needs Low above 0"),
        ("lognormal", 0.0, {"se": 1.0}, "Base", "0", "a lognormal needs a base above 0"),
        ("gamma", -5.0, {"se": 1.0}, "Base", "-5", "a gamma needs a base above 0"),
        ("beta", 0.0, {"se": 0.1}, "Base", "0", "a beta needs a base above 0"),
        ("beta", 1.0, {"se": 0.1}, "Base", "1", "a base between 0 and 1, both excluded"),
        ("beta", 0.5, {"se": 0.5}, "SE", "a standard error of 0.5", "needs it below 0.5"),
        ("beta", 0.1, {"low": 0.0, "high": 1.9}, "High", "a standard error of 0.4847",
         "needs it below 0.3"),
        ("normal", 1.0, {"par1": 1.0, "par2": 0.0}, "Par2", "0", "a normal needs it above 0"),
        ("lognormal", 1.0, {"par1": -1.0, "par2": -0.1}, "Par2", "-0.1",
         "a lognormal needs it above 0"),
        ("gamma", 1.0, {"par1": 0.0, "par2": 1.0}, "Par1", "0", "a gamma needs it above 0"),
        ("gamma", 1.0, {"par1": 1.0, "par2": 0.0}, "Par2", "0", "a gamma needs it above 0"),
        ("beta", 0.5, {"par1": -1.0, "par2": 1.0}, "Par1", "-1", "a beta needs it above 0"),
        ("beta", 0.5, {"par1": 1.0, "par2": 0.0}, "Par2", "0", "a beta needs it above 0"),
        ("uniform", 1.0, {"low": 2.0, "high": 2.0}, "High", "2", "set it above Low (2)"),
        ("uniform", 1.0, {"par1": 3.0, "par2": 2.0}, "Par2", "2", "set it above Par1 (3)"),
        ("triangular", 5.0, {"low": 1.0, "high": 4.0}, "Base", "5",
         "the mode lies between the limits 1 and 4"),
        ("pert", 0.5, {"par1": 1.0, "par2": 4.0}, "Base", "0.5",
         "the mode lies between the limits 1 and 4"),
        ("dirichlet", 0.3, {"par1": 0.0}, "Par1", "0", "above 0"),
        ("dirichlet", 0.3, {"par1": -2.0}, "Par1", "-2", "above 0"),
    ],
)  # fmt: skip
def test_refusals(kind, base, cells, column, found, remedy):
    with pytest.raises(DistributionError) as error:
        _make(kind, base, **cells)
    assert error.value.column == column
    assert error.value.found.startswith(found)
    assert remedy in error.value.remedy
    assert str(error.value) == f"{column}: {error.value.found}; {error.value.remedy}"


def test_distributions_show_their_parameters():
    assert str(LogNormal(-0.356674944, 0.18)) == "lognormal (meanlog -0.3567, sdlog 0.18)"
