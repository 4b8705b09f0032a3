"""What the model itself refuses, and how a follow-up finds what it inherits."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from equipoise.protocol import parts
from equipoise.protocol.load import load_study
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Protocol

TEXT = {"en": "words"}


@pytest.mark.parametrize(
    ("part", "values", "says"),
    [
        (parts.Component, {"drug": "a", "unit": "mg"}, "either amount or per_kg"),
        (parts.Component, {"drug": "a", "unit": "mg", "amount": 1, "per_kg": 1}, "either amount"),
        (parts.Component, {"drug": "a", "unit": "mg", "amount": 1, "maximum": 2}, "with per_kg"),
        (parts.Component, {"drug": "a", "unit": "g", "amount": 1}, "'ug' or 'mg'"),
        (parts.Criterion, {"id": "I1", "kind": "inclusion", "text": "t"}, "either rule or not"),
        (parts.Criterion, {"id": "I1", "kind": "inclusion", "text": "t", "rule": "a",
                           "not_applicable": "b"}, "either rule or not"),
        (parts.Item, {"id": "a", "label": "l", "type": "choice"}, "needs codes"),
        (parts.Item, {"id": "a", "label": "l", "type": "decimal"}, "needs a precision"),
        (parts.Item, {"id": "a", "label": "l", "type": "integer", "range": [3, 2]}, "backwards"),
        (parts.Visit, {"visit": "v", "title": "t", "phase": "treatment", "by": "caregiver",
                       "forms": [], "day": 1}, "needs day, at and window_h"),
        (parts.Visit, {"visit": "v", "title": "t", "phase": "follow-up", "by": "caregiver",
                       "forms": [], "month": 1}, "a follow-up visit month and window_d"),
        (parts.Pump, {"bolus_ml": 2, "bolus_rate_ml_h": 120, "lockout_min": 0,
                      "background_ml_h": 1, "reservoir_ml": 200, "duration_h": 72}, "lockout_min"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(
    part: type[BaseModel], values: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        part.model_validate(values)


def test_words_may_be_plain_and_fall_back_to_english() -> None:
    assert Text.model_validate("words").get("zh") == "words"
    both = Text.model_validate({"en": "words", "zh": "词"})
    assert (both.get("zh"), both.get("en")) == ("词", "words")


@pytest.fixture(scope="module")
def follow_up() -> Protocol:
    protocol = load_study("NCT05718544").protocol
    assert protocol
    return protocol


def test_a_follow_up_inherits(follow_up: Protocol) -> None:
    assert [p.study for p in follow_up.lineage()] == ["NCT04791059", "NCT05718544"]
    assert follow_up.root.study == "NCT04791059"
    assert follow_up.visit("screening").phase == "screening"
    assert follow_up.visit("month24").month == 24
    assert follow_up.form("pain").title.en == "Pain"
    assert next(iter(follow_up.all_endpoints())) == "moderate_severe_pain_72h"
    assert "chronic_pain_24m" in follow_up.all_endpoints()
    assert set(follow_up.all_populations()) == {"randomized", "treated", "per_protocol", "safety"}
    for missing in (follow_up.visit, follow_up.form):
        with pytest.raises(KeyError):
            missing("nothing")


def test_a_reader_is_found_by_its_purpose(follow_up: Protocol) -> None:
    allocation = follow_up.root.allocation
    assert allocation
    assert allocation.reader("prepares") == "pharmacy"
    assert allocation.reader("emergency") == "break-glass"


def test_a_protocol_cannot_be_changed(follow_up: Protocol) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        follow_up.version = 2  # type: ignore[misc]
