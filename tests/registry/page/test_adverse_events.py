from __future__ import annotations

from equipoise.language import Language
from equipoise.registry.page.adverse_events import SHOWN, adverse_events
from tests.registry.sample import put, record

EN = Language("en")
OTHER = "resultsSection.adverseEventsModule.otherEvents"


def _event(term: str, *affected: int | None) -> dict[str, object]:
    stats = [
        {"groupId": f"EG00{k}", "numAffected": n, "numAtRisk": 10}
        for k, n in enumerate(affected)
        if n is not None
    ]
    return {"term": term, "organSystem": "Skin", "stats": stats}


def test_totals_and_terms() -> None:
    found = adverse_events(record(), EN)
    assert found is not None
    assert [line.cells for line in found.totals.lines] == [
        ("0/10 (0.0%)",) * 2, ("1/10 (10.0%)",) * 2, ("3/10 (30.0%)",) * 2,
    ]  # fmt: skip
    serious, other = found.kinds
    assert [share.text for share in serious.terms[0].shares] == ["1/10 (10.0%)", "0/10 (0.0%)"]
    assert other.terms[0].name == "Itch"


def test_the_most_frequent_in_any_group_comes_first() -> None:
    study = record()
    put(study, OTHER, [_event("rare", 1, 1), _event("often in one", 0, 9), _event("b", 2, None)])
    found = adverse_events(study, EN)
    assert found is not None
    assert [each.name for each in found.kinds[1].terms] == ["often in one", "b", "rare"]
    assert found.kinds[1].terms[1].shares[1].text == ""


def test_the_list_is_bounded_and_nothing_is_lost() -> None:
    study = record()
    put(study, OTHER, [_event(f"event {k}", 1, 1) for k in range(SHOWN + 5)])
    found = adverse_events(study, EN)
    assert found is not None
    assert len(found.kinds[1].first) == SHOWN
    assert len(found.kinds[1].terms) == SHOWN + 5


def test_nobody_at_risk_is_no_division() -> None:
    study = record()
    event = {"term": "x", "stats": [{"groupId": "EG000", "numAffected": 0, "numAtRisk": 0}]}
    put(study, OTHER, [event])
    found = adverse_events(study, EN)
    assert found is not None
    assert found.kinds[1].terms[0].shares[0].text == "0/0"


def test_a_record_without_results_has_none() -> None:
    assert adverse_events(record(results=False), EN) is None
