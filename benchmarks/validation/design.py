"""Power and sample size against R and rpact."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.validation.case import Case, gold
from equipoise.analysis.estimators.power import (
    Array,
    events_for_hazard_ratio,
    fisher_power,
    means_power,
    proportions_power,
    size,
)


def cases() -> Iterator[Case]:
    """Yield each number compared."""

    def case(item: str, key: str, what: str, ours: float, source: str) -> Case:
        return Case("planning", what, ours, gold()[item]["result"][key], source)

    def shares(n: Array, n_ref: Array) -> Array:
        return proportions_power(0.86, 0.66, n, n_ref)

    rates, test = "power.prop.test", "86 v 66 %"
    yield case("ss.two_prop_R", "n80", f"n per arm for 80 %, {test}", size(shares, 0.8), rates)
    yield case("ss.two_prop_R", "n90", f"n per arm for 90 %, {test}", size(shares, 0.9), rates)
    at_100 = float(proportions_power(0.86, 0.66, 100, 100))
    yield case("ss.two_prop_R", "pow100", f"power with 100 per arm, {test}", at_100, rates)
    rpact = "rpact getSampleSizeRates"
    yield case("ss.rates_rpact", "n_diff", f"n for 80 %, {test}", 2 * size(shares, 0.8), rpact)
    margin = size(
        lambda n, r: proportions_power(0.5, 0.5, n, r, alpha=0.025, sides=1, margin=-0.15), 0.8
    )
    yield case("ss.rates_rpact", "n_ni15", "n, non-inferiority margin -0.15", 2 * margin, rpact)
    for power, key in ((0.8, "n80"), (0.9, "n90")):
        n = size(lambda n, r: means_power(1, 2.3, n, r), power)
        yield case("ss.means", key, f"n per arm, t test, {power:.0%}", n, "power.t.test")
    unequal = 3 * size(lambda n, r: means_power(1, 2.3, n, r), 0.8, ratio=2)
    yield case("ss.means", "n21", "n, t test, 2:1", unequal, "rpact getSampleSizeMeans")
    exact = fisher_power(0.66, 0.86, 99, 100)
    yield case(
        "ss.fisher_power", "power", "power of Fisher's test", exact, "fisher.test, all tables"
    )
    for key, method in (("events_sch", "Schoenfeld"), ("events_free", "Freedman")):
        events = events_for_hazard_ratio(0.7, method=method)
        yield case("ss.survival", key, f"events, {method}", events, "rpact getSampleSizeSurvival")
