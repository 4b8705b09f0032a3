from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.versions import Change, differences
from tests.registry.sample import DELETE, put, record

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_what_changed_is_told_with_its_path() -> None:
    before, after = record(), record()
    put(after, "protocolSection.statusModule.overallStatus", "TERMINATED")
    put(after, "protocolSection.statusModule.whyStopped", "No more balm")
    put(after, "protocolSection.oversightModule", DELETE)
    found = {change.path: change for change in differences(before, after)}
    assert found["protocolSection.statusModule.overallStatus"] == Change(
        "protocolSection.statusModule.overallStatus", "changed", "COMPLETED", "TERMINATED"
    )
    assert found["protocolSection.statusModule.whyStopped"].kind == "added"
    assert found["protocolSection.oversightModule"].kind == "removed"
    assert len(found) == 3


def test_an_outcome_put_in_front_is_one_addition() -> None:
    before, after = record(), record()
    first = {"measure": "Sleep", "timeFrame": "The first night"}
    after["protocolSection"]["outcomesModule"]["primaryOutcomes"].insert(0, first)
    (change,) = differences(before, after)
    assert (change.path, change.kind) == (
        "protocolSection.outcomesModule.primaryOutcomes.0",
        "added",
    )
    assert change.after == first


def test_true_is_not_one() -> None:
    assert differences({"a": 1}, {"a": True}) == [Change("a", "changed", 1, True)]


@given(json, json)
def test_equal_records_and_only_they_have_no_differences(a: Any, b: Any) -> None:
    assert differences({"x": a}, copy.deepcopy({"x": a})) == []
    if repr(a) != repr(b) and a != b:
        assert differences({"x": a}, {"x": b})
