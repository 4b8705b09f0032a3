from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.registry.body import (
    NoRecord,
    aliases,
    body_digest,
    checked_number,
    last_update,
    same,
    to_bytes,
)
from tests.registry.sample import DELETE, put, record

HOLDER = "derivedSection.miscInfoModule.versionHolder"


def body(**places: Any) -> bytes:
    study = record(results=False)
    put(study, HOLDER, "2024-01-01")
    for path, value in places.items():
        put(study, path.replace("__", "."), value)
    return to_bytes(study, "here")


def test_nothing_is_lost_and_the_order_stays() -> None:
    study = record()
    study["new"] = {"b": "本", "a": [1, 2.5, None, True, "\ud800", "<b>"]}
    back = json.loads(to_bytes(study, "here"))
    assert back == study
    assert list(back) == list(study)
    assert list(back["new"]) == ["b", "a"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_anything_that_json_holds_comes_back(value: dict[str, Any]) -> None:
    back = json.loads(to_bytes(value, "here"))
    assert repr(back) == repr(value)
    assert same(to_bytes(value, ""), to_bytes(dict(reversed(value.items())), ""))


def test_the_day_of_the_data_is_no_change() -> None:
    later = body(derivedSection__miscInfoModule__versionHolder="2024-01-02")
    assert later != body()
    assert body_digest(later) == body_digest(body())


def test_a_text_that_speaks_of_that_day_is_one() -> None:
    place = "protocolSection__descriptionModule__briefSummary"
    one, other = (body(**{place: f'"versionHolder":"2024-01-0{k}"'}) for k in (1, 2))
    assert body_digest(one) != body_digest(other)
    assert not same(one, other)


def test_order_alone_is_no_difference() -> None:
    study = record(results=False)
    turned = dict(reversed(list(study.items())))
    assert same(to_bytes(study, ""), to_bytes(turned, ""))
    turned["hasResults"] = True
    assert not same(to_bytes(study, ""), to_bytes(turned, ""))


@pytest.mark.parametrize("number", ["NCT1", "nct00000001", "NCT000000012", "", None, 5])
def test_a_record_has_nct_and_eight_digits(number: object) -> None:
    study = record()
    put(study, "protocolSection.identificationModule.nctId", number)
    with pytest.raises(NoRecord, match="number"):
        checked_number(study, "here")


def test_what_json_cannot_hold() -> None:
    with pytest.raises(NoRecord, match="is no JSON"):
        body(protocolSection__odd=float("nan"))
    with pytest.raises(NoRecord, match="is no JSON"):
        body(protocolSection__odd={1j})


def test_the_last_update() -> None:
    study = record()
    assert last_update(study) == "2024-02-01"
    put(study, "protocolSection.statusModule.lastUpdatePostDateStruct", DELETE)
    assert last_update(study) == ""
    put(study, "protocolSection.statusModule.lastUpdateSubmitDate", "2024-01-20")
    assert last_update(study) == "2024-01-20"


def test_former_numbers() -> None:
    study = record()
    assert aliases(study) == []
    put(study, "protocolSection.identificationModule.nctIdAliases", ["NCT00000009", 7])
    assert aliases(study) == ["NCT00000009"]
