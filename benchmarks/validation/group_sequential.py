"""Designs with looks against rpact: 22 designs, two analyses, conditional power."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special, stats

from benchmarks.validation.case import Case, gold
from equipoise.analysis.estimators.binary import risk_difference
from equipoise.analysis.estimators.group_sequential import (
    Array,
    Boundaries,
    family,
    hwang_shih_decani,
    inflation,
    kim_demets,
    obrien_fleming_type,
    performance,
    pocock_type,
    powered,
    spending,
    with_futility,
)
from equipoise.analysis.estimators.stopping import (
    conditional_power,
    final,
    repeated_level,
    repeated_p,
)


def designs() -> Iterator[tuple[str, Boundaries, float]]:
    """Yield each design of the reference values, under its name and with its power."""
    for k in (2, 3, 5):
        even = [(look + 1) / k for look in range(k)]
        yield f"gsd.OF.K{k}.1s", family(even, 0.025, "O'Brien-Fleming"), 0.8
        yield f"gsd.P.K{k}.1s", family(even, 0.025, "Pocock"), 0.8
        yield f"gsd.asOF.K{k}.1s", spending(even, 0.025, obrien_fleming_type), 0.8
        yield f"gsd.asP.K{k}.1s", spending(even, 0.025, pocock_type), 0.8
    three, four = (1 / 3, 2 / 3, 1), (0.25, 0.5, 0.75, 1)
    hsd4, hsd2 = hwang_shih_decani(-4), hwang_shih_decani(-2)
    yield "gsd.asOF.K3.2s", spending(three, 0.05, obrien_fleming_type, sides=2), 0.9
    yield "gsd.asOF.uneq", spending((0.4, 0.75, 1), 0.025, obrien_fleming_type), 0.8
    yield "gsd.HSDm4", spending(three, 0.025, hsd4), 0.9
    yield "gsd.HSDm4.bsHSDm2", with_futility(three, 0.025, 0.9, hsd4, hsd2), 0.9
    of, p = obrien_fleming_type, pocock_type
    yield "gsd.asOF.bsOF.nonbind", with_futility(three, 0.025, 0.9, of, of), 0.9
    yield "gsd.asOF.bsP.bind", with_futility(three, 0.025, 0.9, of, p, binding=True), 0.9
    yield "gsd.KD2", spending(four, 0.025, kim_demets(2)), 0.8
    yield "gsd.WT25", family(four, 0.025, "Wang-Tsiatis", delta=0.25), 0.8
    yield "gsd.HP", family(three, 0.025, "Haybittle-Peto"), 0.8


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    for name, plain, power in designs():
        yield from _design(name, plain, power)
    yield from _rates()
    yield from _means()
    yield from _conditional()


def _design(name: str, plain: Boundaries, power: float) -> Iterator[Case]:
    item = gold()[name]
    design = plain if plain.drift is not None else powered(plain, power)
    assert design.drift is not None
    factor, does = inflation(design, power), performance(design, design.drift)

    def case(what: str, ours: float, reference: float, tolerance: float = 1e-6) -> Case:
        return Case(name.removeprefix("gsd."), what, float(ours), reference, "rpact", tolerance)

    expected = item["result"]
    for look, (ours, reference) in enumerate(
        zip(design.upper, expected["critical"], strict=True), 1
    ):
        yield case(f"efficacy limit, look {look}", ours, reference)
    for look, (ours, reference) in enumerate(
        zip(design.alpha_spent(), expected["alpha_spent"], strict=True), 1
    ):  # of a level of 0.025 rpact reaches 0.02499999
        yield case(f"type I error spent, look {look}", ours, reference, 1e-7)
    for look, (ours, reference) in enumerate(
        zip(design.nominal_p, expected["stage_alpha"], strict=True), 1
    ):
        yield case(f"nominal one-sided P, look {look}", ours, reference, 1e-7)
    # rpact solves for its alpha to 1e-8, and for two sides counts one of them
    loose = 1e-5 if design.sides == 2 else 1e-6
    yield case("inflation", factor, expected["inflation"], loose)
    yield case("mean size under H1", does.mean_information * factor, expected["asn_h1"], loose)
    reached = does.efficacy + (does.futility if design.sides == 2 else 0.0)
    for look, (ours, reference) in enumerate(zip(reached, expected["rejProb"], strict=True), 1):
        yield case(f"power spent, look {look}", ours, reference, loose)
    if design.sides == 1 and np.isfinite(design.lower[0]):
        for look, reference in enumerate(expected["futility"], 1):
            yield case(f"futility limit, look {look}", design.lower[look - 1], reference)


def _rates() -> Iterator[Case]:
    """65 of 99 against 86 of 100, looked at half-way: rpact's score statistics, our inference."""
    expected = gold()["gsd.analysis_rates"]["result"]

    def case(what: str, ours: float, reference: float, tolerance: float = 1e-6) -> Case:
        return Case("65/99 v 86/100 with a look", what, ours, reference, "rpact", tolerance)

    def make(alpha: float) -> Boundaries:
        return spending((0.5, 1), alpha, obrien_fleming_type)

    design, z = make(0.025), expected["z"]
    for look in (1, 2):
        p = repeated_p(make, look, z[look - 1])
        yield case(f"repeated P, look {look}", p, expected["rep_p"][look - 1])
        counts = (43, 50, 30, 50) if look == 1 else (86, 100, 65, 99)
        repeated = risk_difference(*counts, method="mee", level=repeated_level(design, look))
        for what, ours, limits in (
            ("lower", repeated.low, "rep_ci_lo"),
            ("upper", repeated.high, "rep_ci_hi"),
        ):
            told = f"repeated interval, look {look}, {what}"
            yield case(told, float(ours), expected[limits][look - 1])
    ends = final(design, 2, z[1])
    yield case("final P", ends.p_value, expected["final_p"][1])
    se = np.sqrt(0.86 * 0.14 / 100 + 65 / 99 * 34 / 99 / 99)  # rpact's, unpooled
    yield case("median-unbiased difference", ends.estimate * se, expected["mue"][1], 1e-5)
    yield case("final interval, lower", ends.low * se, expected["final_lo"][1], 1e-5)
    yield case("final interval, upper", ends.high * se, expected["final_hi"][1], 1e-5)


def _means() -> Iterator[Case]:
    """Three looks at means, 30 more per arm at each; z from the P value of the pooled t test."""
    expected = gold()["gsd.analysis_means"]["result"]
    arm = _cumulative((1.1, 1.4, 1.2), (2, 2.1, 1.9))
    reference = _cumulative((0.4, 0.5, 0.3), (2.2, 2, 1.8))
    n = np.array([30, 60, 90])
    se = np.sqrt((arm[1] ** 2 + reference[1] ** 2) / n)
    z = special.ndtri(stats.t.cdf((arm[0] - reference[0]) / se, 2 * n - 2))

    def make(alpha: float) -> Boundaries:
        return spending((1 / 3, 2 / 3, 1), alpha, pocock_type)

    def case(what: str, ours: float, reference: float) -> Case:
        return Case("three looks at means", what, ours, reference, "rpact")

    for look in (1, 2, 3):
        p = repeated_p(make, look, z[look - 1])
        yield case(f"repeated P, look {look}", p, expected["rep_p"][look - 1])
    ends = final(make(0.025), 3, z[2])
    yield case("final P", ends.p_value, expected["final_p"][2])
    yield case("median-unbiased difference", ends.estimate * se[2], expected["mue"][2])
    yield case("final interval, lower", ends.low * se[2], expected["lo"][2])
    yield case("final interval, upper", ends.high * se[2], expected["hi"][2])


def _cumulative(
    means: tuple[float, ...], sds: tuple[float, ...], n: int = 30
) -> tuple[Array, Array]:
    """Return mean and SD of all participants up to each look."""
    m, s = np.array(means), np.array(sds)
    total = n * np.arange(1, len(m) + 1)
    mean = np.cumsum(n * m) / total
    squares = np.cumsum((n - 1) * s**2 + n * m**2) - total * mean**2
    return mean, np.sqrt(squares / (total - 1))


def _conditional() -> Iterator[Case]:
    expected = gold()["gsd.cond_power_by_hand"]["result"]
    at_end = spending((0.5, 1), 0.025, lambda t, total: total if t == 1 else 0.0)
    for key, drift in (("current", None), ("null", 0.0), ("design80", 1.9599639845 + 0.8416212336)):
        ours = conditional_power(at_end, 1, 1.5, drift)
        yield Case(
            "z = 1.5 half-way", f"conditional power, {key}", ours, expected[key], "by hand in R"
        )
