"""Sets of inputs that one might learn about together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cea.analysis.regression import Inputs
from cea.assumptions import Assumptions, Parameter

SINGLE, CURVE, GROUP, NAMED, ASSUMED = "parameter", "curve", "group", "set", "assumptions"
RESTING = "All inputs that rest on assumption"
_STRICT = 2.0  # standard errors beyond what chance brings, for a correlation to count


@dataclass(frozen=True)
class InputSet:
    """Inputs that are learnt together.

    Attributes
    ----------
    name
        What tables and charts call it.
    kind
        ``parameter``, ``curve`` (the estimates of one fitted curve), ``group`` (of the Parameters
        sheet), ``set`` (of the Parameter sets sheet) or ``assumptions``.
    columns
        Which columns of the draws.
    parameters
        Names of the parameters.
    assumed
        Whether a parameter among them is an assumption.
    """

    name: str
    kind: str
    columns: tuple[int, ...]
    parameters: tuple[str, ...]
    assumed: bool = False


def sets_of(assumptions: Assumptions, sampled: Sequence[Parameter]) -> tuple[InputSet, ...]:
    """List every sampled parameter, fitted curve, group and named set, and all assumptions.

    The estimates of a fitted curve mean nothing one by one, so they are one set; those of a joint
    fit are one set for all its curves.
    """
    position = {p.key: i for i, p in enumerate(sampled)}

    def made(name: str, kind: str, keys: Iterable[str]) -> InputSet:
        columns = tuple(sorted({position[key] for key in keys if key in position}))
        found = [sampled[c] for c in columns]
        assumed = any(p.evidence == "assumption" for p in found)
        return InputSet(name, kind, columns, tuple(p.name for p in found), assumed)

    curves: dict[tuple[str, ...], list[str]] = {}
    for fit in assumptions.fits.values():
        curves.setdefault(fit.parameters, []).append(fit.label)
    fitted = {key for keys in curves for key in keys}
    groups: dict[str, list[str]] = {}
    for p in sampled:
        if p.group:
            groups.setdefault(p.group, []).append(p.key)
    named: dict[str, list[str]] = {}
    for member in assumptions.parameter_sets:
        named.setdefault(member.name, []).append(member.parameter.lower())
    resting = [p.key for p in sampled if p.evidence == "assumption"]
    found = [
        *(made(p.label, SINGLE, [p.key]) for p in sampled if p.key not in fitted),
        *(made(" and ".join(labels), CURVE, keys) for keys, labels in curves.items()),
        *(made(name, GROUP, keys) for name, keys in groups.items()),
        *(made(name, NAMED, keys) for name, keys in named.items()),
        made(RESTING, ASSUMED, resting),
    ]
    return tuple(one for one in found if one.columns)


def related_by_design(
    assumptions: Assumptions, sampled: Sequence[Parameter]
) -> list[tuple[int, int]]:
    """Pairs of columns that are sampled together: correlations, Dirichlet groups, fits."""
    position = {p.key: i for i, p in enumerate(sampled)}
    linked: list[list[str]] = [
        [c.a.lower(), c.b.lower()] for c in assumptions.correlations if c.value != 0
    ]
    shares: dict[str, list[str]] = {}
    for p in sampled:
        if p.distribution == "dirichlet":
            shares.setdefault(p.group, []).append(p.key)
    linked += shares.values()
    linked += [list(fit.parameters) for fit in assumptions.fits.values()]
    if assumptions.settings.survival_uncertainty == "bootstrap":
        linked.append([key for fit in assumptions.fits.values() for key in fit.parameters])
    return [
        (position[group[0]], position[key])
        for group in linked
        for key in group[1:]
        if group[0] in position and key in position
    ]


def clusters(inputs: Inputs, related: Iterable[tuple[int, int]]) -> Mapping[int, frozenset[int]]:
    """Sort inputs into clusters that are independent of each other.

    Inputs known to be related share a cluster, and inputs whose lines or bends are correlated in
    the draws beyond what chance brings.
    """
    count = inputs.count
    rows, owner = [], []
    for c in range(count):
        functions = inputs.functions(c)[:, :2]
        rows.append(functions)
        owner += [c] * functions.shape[1]
    made = np.hstack(rows) if rows else np.empty((inputs.n, 0))
    correlation = np.abs(made.T @ made) / inputs.n
    limit = np.sqrt(2 * np.log(max(2, made.shape[1]) ** 2)) + _STRICT
    found = np.argwhere(np.triu(correlation > limit / np.sqrt(inputs.n), 1))
    parent = list(range(count))

    def root(c: int) -> int:
        while parent[c] != c:
            c = parent[c]
        return c

    for a, b in [*related, *((owner[i], owner[j]) for i, j in found.tolist())]:
        parent[root(a)] = root(b)
    members: dict[int, set[int]] = {}
    for c in range(count):
        members.setdefault(root(c), set()).add(c)
    return {c: frozenset(members[root(c)]) for c in range(count)}
