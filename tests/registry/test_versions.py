from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from equipoise.language import Language
from equipoise.registry.versions import Change, course, differences, field_name
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


def test_a_group_is_compared_with_the_one_of_its_label() -> None:
    before, after = record(), record()
    groups = after["protocolSection"]["armsInterventionsModule"]["armGroups"]
    groups[0]["description"] = "Balm, twice daily"
    groups.insert(0, {"label": "Wait", "type": "NO_INTERVENTION"})
    added, changed = sorted(differences(before, after), key=lambda each: each.path)
    assert (added.path[-11:], added.kind) == ("armGroups.0", "added")
    assert changed == Change(
        "protocolSection.armsInterventionsModule.armGroups.1.description",
        "changed",
        "Balm, daily",
        "Balm, twice daily",
        inside="Balm",
    )


def test_what_is_put_elsewhere_is_moved() -> None:
    before, after = record(), record()
    groups = after["protocolSection"]["armsInterventionsModule"]["armGroups"]
    groups.reverse()
    groups[0]["type"] = "OTHER"
    found = [(each.path[-16:], each.kind, each.inside) for each in differences(before, after)]
    assert found == [("armGroups.0.type", "changed", "Salve")]
    groups[0]["type"] = "PLACEBO_COMPARATOR"
    (change,) = differences(before, after)
    assert (change.kind, change.after) == ("moved", groups[0])
    assert change.text(Language("en")) == "Group: moved Salve"


@given(st.permutations(range(5)))
def test_a_list_in_another_order_loses_and_gains_nothing(order: list[int]) -> None:
    found = differences({"a": [0, 1, 2, 3, 4]}, {"a": order})
    assert {each.kind for each in found} <= {"moved"}
    assert bool(found) == (order != [0, 1, 2, 3, 4])


def test_a_renamed_outcome_is_a_change_in_its_place() -> None:
    before, after = record(), record()
    put(after, "protocolSection.outcomesModule.primaryOutcomes.0.measure", "Pain, 0 to 10")
    (change,) = differences(before, after)
    assert change.path.endswith("primaryOutcomes.0.measure")


def test_changes_in_words() -> None:
    before, after = record(), record()
    put(after, "protocolSection.statusModule.overallStatus", "TERMINATED")
    put(after, "protocolSection.statusModule.whyStopped", "No more balm")
    put(after, "protocolSection.designModule.enrollmentInfo.count", 12)
    put(after, "protocolSection.oversightModule", DELETE)
    put(after, "protocolSection.armsInterventionsModule.armGroups.0.type", "OTHER")
    put(after, "protocolSection.eligibilityModule.healthyVolunteers", True)
    said = [change.text(Language("en")) for change in differences(before, after)]
    assert said == [
        "Recruitment status: COMPLETED → TERMINATED",
        "Why stopped: added No more balm",
        "Enrollment: 20 → 12",
        "Type of a group (Balm): EXPERIMENTAL → OTHER",
        "Healthy volunteers: false → true",
        'Oversight: removed {"isFdaRegulatedDrug": true, "isFdaRegulatedDevice": false}',
    ]
    chinese = [change.text(Language("zh")) for change in differences(before, after)]
    assert chinese[0] == "招募状态: COMPLETED → TERMINATED"
    assert chinese[1] == "停止原因：新增No more balm"


def test_of_a_long_text_what_differs_is_shown() -> None:
    text = "word " * 40
    change = Change("a", "changed", f"{text}old{text}", f"{text}brand new{text}")
    assert change.text(Language("en")) == (
        "A: …word word word word oldword word word word… → "
        "…word word word word brand newword word word word…"
    )
    grown = Change("a", "changed", text, text + "more")
    assert grown.text(Language("en")) == ("A: …word word word word → …word word word word more")


def test_fields_have_names() -> None:
    say = Language("en")
    assert field_name("protocolSection.outcomesModule.primaryOutcomes.2.timeFrame", say) == (
        "Time frame of a primary outcome"
    )
    assert field_name("protocolSection.designModule.bioSpec.retention", say) == "Retention"
    assert field_name("derivedSection.miscInfoModule.versionHolder", say) == "Version holder"


def test_the_course_of_a_field_leaves_out_what_stayed() -> None:
    versions = []
    for at, count in (("2020", 100), ("2021", 100), ("2022", 20), ("2023", None), ("2024", 20)):
        study = record()
        put(study, "protocolSection.designModule.enrollmentInfo", {"count": count})
        versions.append((at, study))
    assert course(versions, "protocolSection.designModule.enrollmentInfo.count") == [
        ("2020", 100), ("2022", 20), ("2023", None), ("2024", 20),
    ]  # fmt: skip
    assert course([], "a") == []


def test_true_is_not_one() -> None:
    assert differences({"a": 1}, {"a": True}) == [Change("a", "changed", 1, True)]


@given(json, json)
def test_equal_records_and_only_they_have_no_differences(a: Any, b: Any) -> None:
    assert differences({"x": a}, copy.deepcopy({"x": a})) == []
    if repr(a) != repr(b) and a != b:
        assert differences({"x": a}, {"x": b})
