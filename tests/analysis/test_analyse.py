from __future__ import annotations

import pytest

from equipoise.analysis.analyse import analyse
from equipoise.analysis.plan import code_digest
from equipoise.errors import Refused
from equipoise.events.types import FormRecorded
from tests.small import PARENT, PEOPLE, STUDY, analysis, events


def _before_the_opening() -> list:  # type: ignore[type-arg]
    return [event for event in events() if event.kind != "AllocationOpened"]


def test_every_endpoint_is_estimated_or_failed_with_a_reason() -> None:
    done = {result.endpoint for result in analysis().results} | set(analysis().failed)
    assert done == set(analysis().protocol.all_endpoints())
    assert analysis().as_planned()


def test_before_the_opening_only_dummies_are_analysed() -> None:
    with pytest.raises(Refused, match="is not opened, so the arms are not known"):
        analyse(_before_the_opening(), "head")
    made_up = analyse(_before_the_opening(), "head", dummy=True)
    assert made_up.dummy
    assert made_up.data.participants.height == PEOPLE


def test_dummies_do_not_depend_on_the_allocation_and_keep_the_ratio() -> None:
    before = analyse(_before_the_opening(), "head", dummy=True)
    assert before.data.arms() == analysis(dummy=True).data.arms()
    arms = list(before.data.arms().values())
    assert arms.count("combined") == arms.count("placebo") == PEOPLE / 2
    assert before.data.arms() != analysis().data.arms()


def test_another_plan_or_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipoise.analysis.analyse.code_digest", lambda: "0" * 64)
    assert not analysis().as_planned()
    monkeypatch.setattr("equipoise.analysis.analyse.code_digest", code_digest)
    assert analysis().as_planned()
    monkeypatch.setattr("equipoise.analysis.analyse.plan_digest", lambda _: "0" * 64)
    assert not analysis().as_planned()


def test_the_analysis_knows_the_facts_it_came_from() -> None:
    assert analysis().events == len(events())
    assert analysis().protocol.study == STUDY


def test_an_endpoint_is_planned_by_the_plan_of_its_study_or_of_one_that_extends_it() -> None:
    state = analysis().state
    kept = dict(state.plans)
    own, parents = "chronic_pain_24m", "moderate_severe_pain_72h"
    try:
        assert analysis().planned(own)
        assert analysis().planned(parents)
        del state.plans[STUDY]
        assert not analysis().planned(own)
        assert analysis().planned(parents) == (PARENT in kept)
        state.plans.clear()
        assert not analysis().planned(parents)
    finally:
        state.plans.update(kept)


def test_what_was_planned_and_could_not_be_computed_is_listed_with_the_reason() -> None:
    """Nobody was followed up: the two-year forms are not there."""
    early = [
        event
        for event in events()
        if not (isinstance(event.fact, FormRecorded) and event.fact.visit == "month24")
    ]
    found = analyse(early, "head")
    assert {r.endpoint for r in found.results} == set(found.protocol.root.endpoints)
    assert found.failed["chronic_pain_24m"] == (
        "endpoint 'chronic_pain_24m', arm 'combined': nobody in this arm has a value, so nothing "
        "can be compared"
    )
    places = range(len(found.protocol.endpoints["chronic_pain_24m"].analysis.sensitivity))
    assert {("chronic_pain_24m", place) for place in places} == set(found.failed_sensitivity)


def test_sets_and_families_are_those_of_the_protocol() -> None:
    assert [each.name for each in analysis().sets] == list(analysis().protocol.all_populations())
    families = [f for part in analysis().protocol.lineage() for f in part.multiplicity]
    assert [{each.endpoint for each in family} for family in analysis().adjusted] == [
        set(family.endpoints) for family in families
    ]
