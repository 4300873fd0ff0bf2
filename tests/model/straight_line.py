"""The model once more, slowly: plain Python floats, cycle by cycle, draw by draw.

Written from the conventions of the methods document and sharing no code with the model, so that
the two can be held against each other. A case is a plain dictionary; see `CASE` in
test_straight_line.py for its keys.
"""

from __future__ import annotations

import math

MONTHS = {"day": 12 / 365.25, "week": 84 / 365.25, "month": 1, "year": 12}


def months(text):
    """Length of a period such as ``4 weeks``."""
    number, unit = text.split() if " " in text else (1, text)
    return int(number) * MONTHS[unit.rstrip("s")]


def parametric(family, theta, t):
    """S(t) as flexsurv parameterises the family."""
    match family:
        case "exponential":
            return math.exp(-theta[0] * t)
        case "weibull":
            return math.exp(-((t / theta[1]) ** theta[0]))
        case "gompertz":
            return math.exp(-theta[1] / theta[0] * (math.exp(theta[0] * t) - 1))
        case "lognormal":
            return 1.0 if t == 0 else math.erfc((math.log(t) - theta[0]) / theta[1] / 2**0.5) / 2
        case "loglogistic":
            return 1 / (1 + (t / theta[1]) ** theta[0])


def table(points, t):
    """Linear in the cumulative hazard; the last hazard is held."""
    k = 1
    while k < len(points) - 1 and t > points[k][0]:
        k += 1
    (t0, s0), (t1, s1) = points[k - 1], points[k]
    slope = (math.log(s0) - math.log(s1)) / (t1 - t0)
    return s0 * math.exp(-slope * (t - t0))


def ramp_average(left, right, start, end):
    """Average over [left, right] of a ramp from 0 at start to 1 at end."""

    def area(t):
        if t <= start:
            return 0.0
        if t >= end:
            return (end - start) / 2 + t - end
        return (t - start) ** 2 / (end - start) / 2

    return (area(right) - area(left)) / (right - left)


def raw_curve(case, strategy, endpoint, t):
    """Curve after hazard ratio and waning, at the boundaries t."""
    curve = case["curves"][strategy][endpoint]
    reference = None
    if "waning" in curve or curve["method"] == "hazard_ratio":
        reference = raw_curve(case, curve["reference"], endpoint, t)
    match curve["method"]:
        case "parametric":
            own = [parametric(curve["family"], curve["theta"], x) for x in t]
        case "table":
            own = [table(curve["points"], x) for x in t]
        case "hazard_ratio":
            own = [s ** curve["ratio"] for s in reference]
    if "waning" not in curve:
        return own
    waned = [1.0]
    for j in range(len(t) - 1):
        share = ramp_average(t[j], t[j + 1], *curve["waning"])
        kept = (own[j + 1] / own[j]) ** (1 - share)
        lost = (reference[j + 1] / reference[j]) ** share
        waned.append(waned[j] * kept * lost)
    return waned


def population(case, t):
    """Survival of the general population at the boundaries."""

    def one(qx, month):
        age, end, alive = case["start_age"], case["start_age"] + month / 12, 1.0
        while age < end:
            until = min(end, math.floor(age) + 1)
            q = qx[min(math.floor(age) - case["first_age"], len(qx) - 1)]
            alive *= (1 - q) ** (until - age)
            age = until
        return alive

    male = case["proportion_male"]
    return [male * one(case["qx_male"], x) + (1 - male) * one(case["qx_female"], x) for x in t]


def cohort(case, strategy, t):
    """Occupancies at the boundaries and progressions in each cycle."""
    n = len(t) - 1
    people = population(case, t)
    q = [1 - people[j + 1] / people[j] for j in range(n)]
    raw = raw_curve(case, strategy, "OS", t)
    os = [1.0]
    for j in range(n):
        death = 1 - raw[j + 1] / raw[j]
        os.append(os[j] * (1 - (max(death, q[j]) if case["background_mortality"] else death)))
    pfs = [min(a, b) for a, b in zip(raw_curve(case, strategy, "PFS", t), os, strict=True)]
    tot = None
    if "TOT" in case["curves"][strategy]:
        tot = [min(a, b) for a, b in zip(raw_curve(case, strategy, "TOT", t), os, strict=True)]

    pf, pd, progressions = [1.0], [0.0], []
    for j in range(n):
        p0, p1, o0, o1 = pfs[j], pfs[j + 1], os[j], os[j + 1]
        a = 1 - p1 / p0
        r = q[j] if case["pre_progression_death"] == "background" else case["fraction"] * a
        if case["structure"] == "partitioned_survival" or case["closure"] == "match_os":
            lowest, highest = max(0.0, (o0 - o1 - (o0 - p0)) / p0), min(a, (o0 - o1) / p0)
            d = min(max(r, lowest), highest)
            after = (o0 - o1 - p0 * d) / (o0 - p0) if o0 > p0 else 0.0
        else:
            d = min(r, a)
            after = 1 - o1 / o0
            if case["closure"] == "constant":
                after = 1 - math.exp(-case["post_progression_hazard"] * (t[j + 1] - t[j]))
        progressions.append(pf[j] * (a - d))
        pd.append(pd[j] * (1 - after) + pf[j] * (a - d))
        pf.append(pf[j] * (1 - a))
    if case["structure"] == "partitioned_survival":
        pf, pd = pfs, [o - p for o, p in zip(os, pfs, strict=True)]
    alive = [x + y for x, y in zip(pf, pd, strict=True)]
    treated = pf if tot is None else [min(x, y) for x, y in zip(tot, alive, strict=True)]
    return {
        "progression_free": pf,
        "progressed": pd,
        "alive": alive,
        "on_treatment": treated,
        "off_treatment": [x - y for x, y in zip(alive, treated, strict=True)],
        "progression": progressions,
        "death": [alive[j] - alive[j + 1] for j in range(n)],
    }


def average(rule, m, j):
    """Average of m over cycle j."""
    last = len(m) - 2
    if rule == "start":
        return m[j]
    if rule == "end":
        return m[j + 1]
    if rule == "simpson" and j % 2 == 0 and j < last:
        return (5 * m[j] + 8 * m[j + 1] - m[j + 2]) / 12
    if rule == "simpson" and j % 2 == 1:
        return (-m[j - 1] + 8 * m[j] + 5 * m[j + 1]) / 12
    return (m[j] + m[j + 1]) / 2


def discount(case, rate, month):
    """Discount factor at a time."""
    years = month / 12
    if case["discount_timing"] == "whole_year":
        years = math.floor(years + 1e-9)
    return (1 + rate) ** -years


def cycle_discount(case, rate, t, j):
    """Discount factor of what happens in cycle j."""
    if case["discount_timing"] in ("mid_cycle", "boundary"):
        return (1 + rate) ** -((t[j] + t[j + 1]) / 24)
    return discount(case, rate, t[j])


def accrued(case, rate, t, occupancy, per_cycle):
    """Sum over cycles of amount x average occupancy x discount factor."""
    total, rule = 0.0, case["within_cycle_correction"]
    if case["discount_timing"] == "boundary":
        before = [m * discount(case, rate, month) for m, month in zip(occupancy, t, strict=True)]
        for j, amount in enumerate(per_cycle):
            total += amount * average(rule, before, j)
    else:
        for j, amount in enumerate(per_cycle):
            total += amount * average(rule, occupancy, j) * cycle_discount(case, rate, t, j)
    return total


def cost_of(case, row, states, t):
    """Discounted cost of one row of the Costs sheet."""
    if row["applies_to"] == "entry":
        return row["amount"]
    rate, dt = case["discount_rate_costs"], t[1]
    start, end = row.get("start", 0.0), row.get("end", math.inf)
    m = states[row["applies_to"]]
    if "every" in row:
        total, month, typed = 0.0, start, case["horizon_years"] * 12
        last = t[-1] if t[-1] - typed >= months(row["every"]) else min(t[-1], typed)
        while month < min(end, last) - 1e-9:
            k = min(range(len(t) - 1), key=lambda k: abs(t[k] - month))
            total += row["amount"] * m[k] * discount(case, rate, t[k])
            month += months(row["every"])
        return total
    share = [max(0.0, min(t[j + 1], end) - max(t[j], start)) / dt for j in range(len(t) - 1)]
    if row["applies_to"] in ("progression", "death"):
        return sum(
            row["amount"] * share[j] * flow * cycle_discount(case, rate, t, j)
            for j, flow in enumerate(m)
        )
    units = 1.0 if row["per"] == "cycle" else dt / months(row["per"])
    return row["amount"] * accrued(case, rate, t, m, [units * x for x in share])


def outcomes(case, strategy):
    """Costs by item, life-years by state, QALYs by part."""
    dt = case["cycle_length"] * MONTHS[case["cycle_unit"]]
    n = math.floor(case["horizon_years"] * 12 / dt + 0.5)
    t = [j * dt for j in range(n + 1)]
    states = cohort(case, strategy, t)
    costs = {
        row["item"]: cost_of(case, row, states, t)
        for row in case["costs"]
        if row.get("strategy") in (None, strategy)
    }
    years = [dt / 12] * n
    ly = [
        accrued(case, case["discount_rate_effects"], t, states[state], years)
        for state in ("progression_free", "progressed")
    ]
    qaly = [u * x for u, x in zip(case["utilities"][strategy], ly, strict=True)]
    loss = 0.0
    for event in case["adverse_events"]:
        if event["strategy"] == strategy:
            costs[event["event"]] = event["incidence"] * event["cost"]
            loss += event["incidence"] * event["disutility"] * event["days"] / 365.25
    return costs, ly, [*qaly, -loss]
