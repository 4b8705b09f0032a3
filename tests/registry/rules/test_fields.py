from __future__ import annotations

from equipoise.registry.rules.fields import places, rules
from tests.registry.sample import put, record


def test_a_field_is_looked_at_in_every_element() -> None:
    found = list(places({"a": [{"b": 1}, {}, {"b": [2, 3]}]}, ("a", "b")))
    assert found == [("a.0.b", 1), ("a.1.b", None), ("a.2.b.0", 2), ("a.2.b.1", 3)]


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
