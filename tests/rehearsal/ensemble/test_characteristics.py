"""Power, bias and coverage of estimates that are written down here."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from equipoise.analysis.estimators.estimate import THROUGH_INFINITY
from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble.characteristics import Comparison, fill
from tests.rehearsals.knee import protocol

NAN = float("nan")


def table(rows: list[dict[str, object]], name: str, arms: tuple[str, str]) -> pl.DataFrame:
    """Return the columns of a comparison; each row gives estimate, low, high, p, sums, ns."""
    columns: dict[str, list[object]] = {}
    for row in rows:
        full = {"note": None, "missing": (0, 0), **row}
        for key in ("estimate", "low", "high", "p_value", "note"):
            columns.setdefault(f"{name}.{key}", []).append(full[key])
        for key in ("sum", "analysed", "missing"):
            for arm, value in zip(arms, full[key], strict=True):  # type: ignore[call-overload]
                columns.setdefault(f"{name}.{key}.{arm}", []).append(value)
    return pl.DataFrame(columns, schema_overrides={f"{name}.note": pl.String})


def row(estimate: float, low: float, high: float, p: float, sums: tuple[float, float],
        n: tuple[int, int] = (4, 4), **more: object) -> dict[str, object]:  # fmt: skip
    return {"estimate": estimate, "low": low, "high": high, "p_value": p, "sum": sums,
            "analysed": n, **more}  # fmt: skip


DIFFERENCES = [
    row(-2.0, -3.0, -1.0, 0.01, (4, 12)),
    row(-1.0, -2.5, 0.5, 0.2, (8, 12)),
    row(1.0, 0.1, 1.9, 0.04, (12, 8)),
    row(NAN, NAN, NAN, NAN, (8, 10), (2, 4), missing=(2, 0), note="too few"),
]


def knee(*, exchangeable: bool, parts: list[pl.DataFrame]) -> dict[str, object]:
    endpoint = protocol().all_endpoints()["knee_pain_day1"]
    each = Comparison("knee_pain_day1", None, endpoint, exchangeable)
    fill([each], lambda _: iter(parts))
    return each.as_json()


def test_a_mean_difference_is_held_against_the_pooled_one() -> None:
    parts = [table(DIFFERENCES[:1], "knee_pain_day1", ("both", "one")),
             table(DIFFERENCES[1:], "knee_pain_day1", ("both", "one"))]  # fmt: skip
    found = knee(exchangeable=False, parts=parts)
    truth = 32 / 14 - 42 / 16
    assert (found["truth"], found["truth_is"]) == (pytest.approx(truth), "pooled")
    assert (found["trials"], found["estimated"], found["rejected"]) == (4, 3, 2)
    assert found["rejected_for_the_better"] == 1  # less pain
    assert found["rejection_is"] == "power"
    assert found["rejection_rate"] == 0.5
    assert found["rejection_error"] == 0.25
    assert found["mean"] == pytest.approx(-2 / 3)
    assert found["bias"] == pytest.approx(-2 / 3 - truth)
    assert found["coverage"] == pytest.approx(1 / 3)  # only -2.5 to 0.5 holds it
    assert found["notes"] == {"too few": 1}
    assert found["arms"]["both"] == {  # type: ignore[index]
        "analysed": 14, "missing": 2, "sum": 32, "mean": pytest.approx(32 / 14),
    }  # fmt: skip


def test_arms_that_nothing_tells_apart_have_exactly_no_effect() -> None:
    found = knee(exchangeable=True, parts=[table(DIFFERENCES, "knee_pain_day1", ("both", "one"))])
    assert (found["truth"], found["truth_is"]) == (0.0, "no effect")
    assert found["rejection_is"] == "type I error"
    assert found["bias"] == pytest.approx(-2 / 3)
    assert found["bias_error"] == pytest.approx(np.std([-2, -1, 1], ddof=1) / np.sqrt(3))
    assert found["coverage"] == pytest.approx(1 / 3)


def ratio(rows: list[dict[str, object]]) -> dict[str, object]:
    flagship = load_study("NCT05718544").protocol
    assert flagship is not None
    endpoint = flagship.all_endpoints()["chronic_pain_24m"]
    each = Comparison("chronic_pain_24m", None, endpoint, exchangeable=False)
    fill([each], lambda _: iter([table(rows, "chronic_pain_24m", ("combined", "placebo"))]))
    return each.as_json()


def test_ratios_are_averaged_on_the_logarithmic_scale() -> None:
    found = ratio([row(0.5, 0.2, 1.2, 0.3, (10, 20), (100, 100)),
                   row(2.0, 1.1, 4.0, 0.03, (20, 10), (100, 100)),
                   row(0.0, 0.0, 0.9, 0.02, (0, 9), (100, 100))])  # fmt: skip
    assert found["estimated"] == 2  # zero has no logarithm
    assert found["mean"] == pytest.approx(1.0)
    assert found["truth"] == pytest.approx(30 / 39)
    assert found["bias"] == pytest.approx(-np.log(30 / 39))
    assert found["coverage"] == pytest.approx(2 / 3)


def test_an_interval_through_infinity_holds_what_lies_outside_its_limits() -> None:
    through = {"note": THROUGH_INFINITY}
    found = ratio([row(0.5, 0.9, 0.2, 0.3, (10, 20), (100, 100), **through),
                   row(0.5, 0.4, 0.6, 0.3, (10, 20), (100, 100), **through)])  # fmt: skip
    assert found["truth"] == pytest.approx(0.5)
    assert found["coverage"] == pytest.approx(0.5)


def test_the_error_of_a_bias_against_the_pooled_value_is_that_of_their_difference() -> None:
    """The jackknife over trials, which leaves each out of the mean and of the pooled value."""
    rng = [((i * 7919) % 97) / 97 for i in range(80)]
    rows = []
    for k in range(40):
        x = (round(10 + 20 * rng[k]), round(15 + 20 * rng[40 + k]))
        rows.append(row(x[0] / x[1], 0.1, 9.0, 0.5, x, (60 + k % 3, 60)))
    for each in rows:
        x, n = each["sum"], each["analysed"]  # type: ignore[assignment]
        each["estimate"] = (x[0] / n[0]) / (x[1] / n[1])  # type: ignore[index]
    found = ratio(rows)

    def bias(kept: list[dict[str, object]]) -> float:
        sums = np.array([each["sum"] for each in kept]).sum(axis=0)
        ns = np.array([each["analysed"] for each in kept]).sum(axis=0)
        estimates = np.array([each["estimate"] for each in kept], dtype=float)
        return float(np.log(estimates).mean() - np.log(sums[0] / ns[0] / (sums[1] / ns[1])))

    without = np.array([bias(rows[:k] + rows[k + 1 :]) for k in range(40)])
    jackknife = np.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    assert found["bias"] == pytest.approx(bias(rows), rel=1e-9)
    assert found["bias_error"] == pytest.approx(jackknife, rel=0.1)
    assert jackknife < np.std(np.log([r["estimate"] for r in rows])) / np.sqrt(40) / 2  # type: ignore[arg-type]
