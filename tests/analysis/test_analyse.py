from __future__ import annotations

import pytest

from equipoise.analysis.analyse import analyse
from equipoise.analysis.plan import code_digest
from equipoise.errors import Refused
from tests.small import PEOPLE, STUDY, analysis, events


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
