from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from equipoise.analysis.endpoints import Result
from equipoise.analysis.trace import (
    Trace,
    adjusted_p,
    data_digest,
    identity,
    joint_identity,
    number,
    of_result,
    origin,
    provenance,
)
from tests.small import analysis, events, store

TRACE = Trace("outcome.x", "f", {"value": 1.0}, {"level": 0.95})


def _result(name: str) -> Result:
    return next(r for r in analysis().results if r.endpoint == name)


def test_provenance_names_ledger_protocols_plan_code_and_data() -> None:
    found = provenance(analysis())
    assert found["ledger"] == {
        "first_event": events()[0].seq,
        "last_event": events()[-1].seq,
        "head": str(store().head()),
    }
    assert found["as_signed"] is True
    signed = analysis().state.plans[analysis().protocol.study]
    assert found["plan_digest"] == signed.plan_digest
    assert found["code_digest"] == signed.code_digest
    assert {s: p["digest"] for s, p in found["protocols"].items()} == analysis().state.digests
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("name", ["plan_digest", "code_digest", "data_digest", "dummy_arms"])
def test_results_of_another_origin_are_others(name: str) -> None:
    source = provenance(analysis())
    other = source | {name: "another"}
    assert identity(TRACE, origin(source)) != identity(TRACE, origin(other))


def test_the_head_of_the_ledger_is_not_part_of_an_identity() -> None:
    """A head differs with the sealed list, which nobody may read off a report before opening."""
    source = provenance(analysis())
    other = source | {"ledger": source["ledger"] | {"head": "1:0"}}
    assert origin(source) == origin(other)


@pytest.mark.parametrize(
    "other",
    [
        replace(TRACE, id="outcome.y"),
        replace(TRACE, function="g"),
        replace(TRACE, options={"level": 0.9}),
    ],
)
def test_an_identity_is_of_definition_and_origin(other: Trace) -> None:
    assert identity(TRACE, "a") != identity(other, "a")
    assert identity(TRACE, "a") != identity(TRACE, "b")
    assert identity(TRACE, "a") == identity(replace(TRACE, values={"value": 2.0}), "a")


def test_the_order_of_results_matters() -> None:
    assert joint_identity(["a", "b"]) != joint_identity(["b", "a"])


def test_one_changed_value_changes_the_data_digest() -> None:
    data = analysis().data
    other = replace(data, values=data.values.with_columns(pl.col("value").shift(1)))
    assert data_digest(data) != data_digest(other)
    assert data_digest(data) == data_digest(replace(data))


def test_a_trace_holds_the_numbers_before_rounding() -> None:
    result = _result("moderate_severe_pain_72h")
    trace = of_result(analysis(), result)
    arm, reference = result.groups
    assert trace.values["value"] == float(result.estimate.value)
    assert trace.values[f"{arm.arm}.events"] == arm.events
    assert trace.values[f"{reference.arm}.n"] == reference.n
    assert trace.function.endswith('.binary.risk_ratio(method="katz")')
    assert trace.options["population"] == "treated"
    assert trace.options["missing"]["method"] == "complete cases"
    assert trace.planned is True


def test_scores_have_means_and_quartiles() -> None:
    result = _result("srs22_total_24m")
    values = of_result(analysis(), result).values
    mine = np.array(result.groups[0].values)
    assert values[f"{result.groups[0].arm}.mean"] == pytest.approx(mine.mean())
    assert values[f"{result.groups[0].arm}.sd"] == pytest.approx(mine.std(ddof=1))
    assert values[f"{result.groups[0].arm}.median"] == np.median(mine)


def test_every_result_has_an_id_of_its_own() -> None:
    found = [*analysis().results, *analysis().sensitivity]
    assert len({of_result(analysis(), result).id for result in found}) == len(found)


def test_a_p_value_is_adjusted_in_its_family_only() -> None:
    visits = [r for r in analysis().results if r.endpoint == "pain_at_rest"]
    (family,) = (f for f in analysis().adjusted if f[0].endpoint == "pain_at_rest")
    assert [adjusted_p(analysis(), r) for r in visits] == [each.p_value for each in family]
    assert adjusted_p(analysis(), _result("moderate_severe_pain_72h")) is None
    assert adjusted_p(analysis(), analysis().sensitivity[0]) is None


def test_json_cannot_hold_infinity() -> None:
    assert [number(v) for v in (1.5, np.nan, np.inf)] == [1.5, None, None]
