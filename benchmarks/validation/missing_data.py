"""Missing data against rbmi and mice: conditional means, reference-based strategies, pooling."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.validation.case import DATA, Case, gold
from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.reference_based import (
    Assumption,
    ReferenceBased,
    Strategy,
    conditional_mean,
)
from equipoise.analysis.estimators.rubin import pool

_FILE = DATA / "trials" / "antidepressant" / "rbmi_antidepressant_data.csv"
_TRIAL = "antidepressant (DIA example)"
_VISITS = "4567"
_STRATEGIES: dict[str, Strategy] = {
    "MAR": "missing at random",
    "JR": "jump to reference",
    "CR": "copy reference",
    "CIR": "copy increments in reference",
    "LMCF": "last mean carried forward",
}
# The reference's REML fit stops 6e-6 above the minimum of -2 log L that ours reaches.
_TOLERANCE = 1e-4


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from _pooling()
    values, drug, baseline = antidepressant()
    for name, strategy in _STRATEGIES.items():
        ours = conditional_mean(values, drug, Assumption(strategy), covariates=baseline)
        yield from _compare(f"antidep.condmean_jk.{name}", strategy, ours)
    for delta in (0, 2, 4, 6, 8):
        assumption = Assumption(delta=delta * drug[:, None])
        ours = conditional_mean(values, drug, assumption, covariates=baseline)
        yield from _compare(f"antidep.tipping.delta{delta}", f"delta {delta} on drug", ours)


def antidepressant() -> tuple[Any, Any, Any]:
    """Return change (n, 4 visits), whether on drug (n,) and baseline (n,)."""
    people: dict[str, dict[str, dict[str, str]]] = {}
    with _FILE.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            people.setdefault(row["PATIENT"], {})[row["VISIT"]] = row
    first = [next(iter(visits.values())) for visits in people.values()]
    change = [
        [float(visits[v]["CHANGE"]) if v in visits else np.nan for v in _VISITS]
        for visits in people.values()
    ]
    drug = np.array([row["THERAPY"] == "DRUG" for row in first])
    return np.array(change), drug, np.array([float(row["BASVAL"]) for row in first])


def _pooling() -> Iterator[Case]:
    reference = gold()["mi.pool_scalar"]["result"]
    q = [-0.20, -0.18, -0.23, -0.19, -0.21]
    u = [0.0036, 0.0035, 0.0037, 0.0036, 0.0034]
    # mice counts df_complete = n - k = 199 - 2
    ours = pool(q, u, df_complete=197)
    for what, value, key in (
        ("pooled value", ours.value, "qbar"),
        ("variance within", ours.within, "ubar"),
        ("variance between", ours.between, "b"),
        ("total variance", ours.variance, "t"),
        ("Barnard-Rubin degrees of freedom", ours.df, "df"),
        ("relative increase of variance", ours.increase, "r"),
        ("fraction of missing information", ours.missing_information, "fmi"),
    ):
        yield Case("five imputations", what, float(value), reference[key], "R mice::pool.scalar")


def _compare(item: str, what: str, ours: ReferenceBased) -> Iterator[Case]:
    reference = gold()[item]["result"]
    difference = ours.difference
    # the reference subtracts drug from placebo
    turned = Estimate(
        difference.measure,
        -difference.value,
        -difference.high,
        -difference.low,
        difference.level,
        difference.p_value,
        difference.method,
        difference.note,
    )
    parts = (("difference", turned, "trt_7"), ("mean, drug", ours.mean, "lsm_ref_7"))
    for name, estimate, key in (*parts, ("mean, placebo", ours.mean_ref, "lsm_alt_7")):
        for field, r in (("value", "est"), ("low", "lo"), ("high", "hi"), ("p_value", "p")):
            yield Case(
                _TRIAL,
                f"{what}: {name}, {field}",
                float(getattr(estimate, field)),
                reference[key][r],
                "R rbmi, condmean jackknife",
                _TOLERANCE,
            )
