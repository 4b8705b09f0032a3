from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.rules.fields import findings, places, rules
from tests.registry.sample import DELETE, put, record


def test_a_field_is_looked_at_in_every_element() -> None:
    found = places({"a": [{"b": 1}, {}, {"b": [2, 3]}]}, "a.b", "a.c.d")
    assert found == {
        "a.b": [("a.0.b", 1), ("a.1.b", None), ("a.2.b.0", 2), ("a.2.b.1", 3)],
        "a.c.d": [("a.0.c", None), ("a.1.c", None), ("a.2.c", None)],
    }


def test_a_list_is_itself_only_where_it_is_empty() -> None:
    assert places({"a": []}, "a", "a.b") == {"a": [("a", [])], "a.b": []}
    assert places({"a": [[1]], "c": 2}, "a", "c.d") == {"a": [("a.0.0", 1)], "c.d": []}


def test_a_text_of_just_the_length_allowed_passes() -> None:
    (rule,) = [
        r for r in rules() if r.id == "length: protocolSection.identificationModule.briefTitle"
    ]
    study = record()
    put(study, "protocolSection.identificationModule.briefTitle", "x" * 300)
    assert all(holds for _, holds in rule.check(study))
    put(study, "protocolSection.identificationModule.briefTitle", "x" * 301)
    assert not all(holds for _, holds in rule.check(study))


def test_results_are_asked_for_only_where_there_are_any() -> None:
    asked = [r for r in rules() if r.id.startswith("needed: resultsSection")]
    assert asked
    assert not [look for rule in asked for look in rule.check(record(results=False))]
    assert all(holds for rule in asked for _, holds in rule.check(record()))


def test_an_empty_list_is_not_there() -> None:
    (rule,) = [r for r in rules() if r.id == "needed: protocolSection.conditionsModule.conditions"]
    study = record()
    put(study, "protocolSection.conditionsModule.conditions", [])
    assert [holds for _, holds in rule.check(study)] == [False]


_JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.just("x" * 40_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
_PATHS = sorted({rule.id.partition(": ")[2] for rule in rules()})


def _put_somewhere(study: Any, names: list[str], junk: Any) -> None:
    """Put it at the field, in the first elements of lists, or as far on the way as there is one."""
    for name in names[:-1]:
        while isinstance(study, list) and study:
            study = study[0]
        if not isinstance(study, dict) or not isinstance(study.get(name), (dict, list)):
            break
        study = study[name]
    while isinstance(study, list) and study:
        study = study[0]
    if isinstance(study, dict):
        study[name if name in study else names[-1]] = junk


@given(st.lists(st.tuples(st.sampled_from(_PATHS), _JUNK), max_size=4))
def test_all_rules_at_once_find_what_each_finds_alone(faults: list[tuple[str, Any]]) -> None:
    study = record()
    for path, junk in faults:
        _put_somewhere(study, path.split("."), junk)
    alone = [
        (rule.id, where) for rule in rules() for where, holds in rule.check(study) if not holds
    ]
    assert [(each.rule.id, each.where) for each in findings(study)] == alone


def test_a_missing_part_is_found_once_where_it_should_be() -> None:
    study = record()
    put(study, "protocolSection.sponsorCollaboratorsModule.leadSponsor", DELETE)
    where = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
    assert {each.where for each in findings(study)} == {where}
