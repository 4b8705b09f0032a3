from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry import record

STUDY: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": "Balm"},
        "conditionsModule": {"conditions": ["Soreness"], "keywords": ["hand", None]},
        "armsInterventionsModule": {"armGroups": [{"label": "Balm"}, "broken"]},
        "statusModule": {"startDateStruct": {"date": "2024-02", "type": "ACTUAL"}},
    },
    "derivedSection": {
        "conditionBrowseModule": {"meshes": [{"term": "Pain"}], "ancestors": [{"term": "Signs"}]}
    },
}

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_what_a_reader_asks_of_a_record() -> None:
    assert record.nct_id(STUDY) == "NCT00000001"
    assert record.title(STUDY) == "Balm"
    assert record.conditions(STUDY) == ["Soreness"]
    assert record.keywords(STUDY) == ["hand"]
    assert record.arms(STUDY) == [{"label": "Balm"}]
    assert record.mesh(STUDY, "condition") == ["Pain", "Signs"]
    assert record.references(STUDY) == []
    assert record.get(STUDY, "protocolSection.armsInterventionsModule.armGroups.0.label") == "Balm"
    assert record.get(STUDY, "protocolSection.nothing.here", 7) == 7


def test_a_month_may_be_any_day_of_it() -> None:
    month = record.partial_date({"date": "2024-02", "type": "ACTUAL"})
    assert month is not None
    assert (month.first, month.last, month.actual) == (date(2024, 2, 1), date(2024, 2, 29), True)
    day = record.partial_date("2024-02-10")
    after = record.partial_date("2024-03-01")
    assert day is not None
    assert after is not None
    assert not month.surely_before(day)
    assert not day.surely_before(month)
    assert month.surely_before(after)
    assert after.surely_after(month)


@pytest.mark.parametrize("wrong", [None, "", "soon", "2024-13", {"date": 5}, "2024-02-31", []])
def test_what_is_no_date_is_none(wrong: Any) -> None:
    assert record.partial_date(wrong) is None


@given(json)
def test_a_damaged_record_is_read_as_far_as_it_goes(data: Any) -> None:
    damaged = {"protocolSection": data, "derivedSection": data}
    for read in (record.nct_id, record.title, record.conditions, record.arms, record.references):
        read(damaged)
    record.mesh(damaged, "condition")
    list(record.texts(damaged))
