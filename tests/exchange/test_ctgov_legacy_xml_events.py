from __future__ import annotations

from typing import Any

from equipoise.exchange.ctgov_legacy_xml import REST, read, write
from tests.registry.sample import record


def _event(term: str, system: str, **more: Any) -> dict[str, Any]:
    stats = [{"groupId": "EG000", "numEvents": 2, "numAffected": 1, "numAtRisk": 10}]
    return {"term": term, **more, "stats": stats, "organSystem": system}


def _events(*events: dict[str, Any]) -> tuple[dict[str, Any], str]:
    study = record()
    study["resultsSection"]["adverseEventsModule"]["otherEvents"] = list(events)
    data = write(study)
    again = read(data)
    assert REST not in again
    return again["resultsSection"]["adverseEventsModule"], data.decode()


def test_totals_belong_to_the_groups() -> None:
    study = record()
    data = write(study)
    assert b"Total, all-cause mortality" in data
    module = read(data)["resultsSection"]["adverseEventsModule"]
    assert module["eventGroups"] == study["resultsSection"]["adverseEventsModule"]["eventGroups"]
    assert [each["term"] for each in module["seriousEvents"]] == ["Burn"]


def test_deaths_that_nobody_reported_are_not_made_up() -> None:
    study = record()
    for group in study["resultsSection"]["adverseEventsModule"]["eventGroups"]:
        del group["deathsNumAffected"], group["deathsNumAtRisk"]
    data = write(study)
    assert b"mortality" not in data
    groups = read(data)["resultsSection"]["adverseEventsModule"]["eventGroups"]
    assert "deathsNumAtRisk" not in groups[0]


def test_what_most_events_share_is_said_once_and_read_for_each() -> None:
    events = [
        _event("Itch", "Skin", sourceVocabulary="MedDRA", assessmentType="SYSTEMATIC_ASSESSMENT"),
        _event("Rash", "Skin", sourceVocabulary="MedDRA", assessmentType="SYSTEMATIC_ASSESSMENT"),
        _event("Gout", "Joint", sourceVocabulary="Own", assessmentType="SYSTEMATIC_ASSESSMENT"),
    ]
    module, text = _events(*events)
    assert module["otherEvents"] == events
    assert text.count("MedDRA") == 1
    assert "<default_vocab>MedDRA</default_vocab>" in text
    assert '<sub_title vocab="Own">Gout</sub_title>' in text
    assert text.count("<title>Skin</title>") == 1


def test_what_one_event_does_not_say_is_not_said_for_it() -> None:
    events = [_event("Itch", "Skin", sourceVocabulary="MedDRA"), _event("Rash", "Skin")]
    module, text = _events(*events)
    assert module["otherEvents"] == events
    assert "default_vocab" not in text


def test_systems_keep_their_order_even_where_one_returns() -> None:
    events = [_event("Itch", "Skin"), _event("Gout", "Joint"), _event("Rash", "Skin")]
    module, _ = _events(*events)
    assert module["otherEvents"] == events
