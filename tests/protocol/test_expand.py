from __future__ import annotations

from decimal import Decimal
from typing import Any

from equipoise.protocol.expand import expand, vocabulary
from equipoise.protocol.parts import Form, Protocol
from equipoise.protocol.source import Finding


def expanded(items: list[dict[str, Any]], *uses: dict[str, Any]) -> tuple[Form, list[Finding]]:
    protocol = Protocol.model_validate(
        {
            "study": "XX1",
            "version": 1,
            "effective_on": "2024-01-01",
            "title": "A trial",
            "consent_version": "1",
            "eligibility": [],
            "forms": {"f": {"title": "F", "items": items, "instruments": uses}},
        }
    )
    made, findings = expand(protocol)
    return made.forms["f"], findings


def test_required_parts_become_items_and_scores_derived_items() -> None:
    form, findings = expanded([], {"name": "srs22"})
    items = {item.id: item for item in form.items}
    assert findings == []
    assert len(items) == 22 + 7
    part = items["srs22_5"]
    assert part.type == "integer"
    assert part.precision is None
    assert part.range == (Decimal(1), Decimal(5))
    assert part.required
    assert not part.derived
    score = items["srs22_mental_health"]
    assert score.type == "decimal"
    assert score.precision == 4
    assert score.range == (Decimal(1), Decimal(5))
    assert score.score == "srs22.srs22_mental_health"
    assert score.derived
    assert form.instruments[0].name == "srs22"


def test_items_of_the_form_answer_parts_of_their_name() -> None:
    age = {"id": "age_y", "type": "integer", "range": [18, 99], "label": "Age"}
    form, findings = expanded([age], {"name": "stop_bang", "parts": {"male": "age_y < 0"}})
    ids = [item.id for item in form.items]
    assert findings == []
    # Measured age answers "over 50"; parts that a measurement can stand in for are not asked.
    assert ids == [
        "age_y", "snoring", "tired", "observed_apnoea", "hypertension", "stop_bang",
        "stop_bang_risk",
    ]  # fmt: skip
    assert form.items[0].range == (Decimal(18), Decimal(99))
    assert set(form.items[-1].codes or {}) == {"low", "intermediate", "high"}


def test_what_is_wrong_with_the_use_of_an_instrument() -> None:
    score = {"id": "stop_bang", "type": "integer", "label": "Score"}
    for items, use, path, what in [
        ([], {"name": "stop_bangs"}, ("name",), "no instrument of this name"),
        ([], {"name": "stop_bang", "settings": {"neck": "thick"}}, ("settings",), "cannot be"),
        ([], {"name": "stop_bang", "settings": {"nek": "updated"}}, ("settings",), "no setting"),
        ([], {"name": "stop_bang", "parts": {"mail": "1"}}, ("parts", "mail"), "no part `mail`"),
        ([score], {"name": "stop_bang"}, (), "is an item of the form and a score"),
    ]:
        _, (finding,) = expanded(items, use)  # type: ignore[arg-type]
        assert finding.path == ("forms", "f", "instruments", 0, *path)
        assert what in finding.what


def test_the_vocabulary_of_an_instrument_that_was_nearly_named() -> None:
    assert {"male", "stop_bang", "stop_bang_risk"} <= vocabulary(["stop_bangs"])
    assert vocabulary(["weight"]) == frozenset()
