"""What is answered, what is entered, and what is put right the next day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from equipoise.chance import Chance
from equipoise.events import types as t
from equipoise.protocol.parts import Form
from equipoise.rehearsal.draw import Draw
from equipoise.rehearsal.forms import answers, slip
from equipoise.rehearsal.person import Person
from equipoise.rehearsal.visits import plan_ward_rounds
from tests.rehearsal.stages import stage, treat


def _person(n: int = 1, **known: float | str | bool) -> Person:
    return Person(n, f"P{n:04d}", Draw(Chance(2), n), {}, dict(known))


def _form(*items: dict[str, Any]) -> Form:
    titled = [{"label": item["id"], **item} for item in items]
    return Form.model_validate({"title": "A form", "items": titled})


SORE = {"id": "sore", "type": "boolean"}
HOW_SORE = {"id": "how_sore", "type": "integer", "range": [1, 10], "show_if": "sore"}
DOUBLE = {"id": "double", "type": "integer", "formula": "2 * how_sore"}


@pytest.mark.parametrize(
    ("sore", "answered"), [(True, {"sore": True, "how_sore": 4}), (False, {"sore": False})]
)
def test_a_question_is_answered_when_it_is_shown(sore: bool, answered: dict[str, t.Value]) -> None:
    person = _person(how_sore=9.0)
    how: dict[str, dict[str, Any]] = {
        "sore": {"constant": sore},
        "how_sore": {"rounded": 4.2},
        "double": {"constant": 1},
    }
    assert answers(person, "f", _form(SORE, HOW_SORE, DOUBLE), how, 0) == answered
    assert person.known["how_sore"] == (4.0 if sore else 0.0)
    assert person.known["sore"] is sore


def test_an_answer_is_known_to_the_next_question() -> None:
    how = {"sore": {"chance": "wound"}, "how_sore": {"rounded": "3 + 2 * sore"}}
    form = _form(SORE, HOW_SORE)
    assert answers(_person(wound=1.0), "f", form, how, 0)["how_sore"] == 5


def test_a_question_that_nobody_draws_stays_open() -> None:
    assert answers(_person(), "f", _form(SORE), {}, 0) == {}


def test_answers_are_keyed_by_form_item_and_visit() -> None:
    form, how = _form({"id": "x", "type": "decimal", "precision": 6}), {"x": {"uniform": [0, 1]}}
    found = {
        (n, name, index): answers(_person(n), name, form, how, index)["x"]
        for n in (1, 2)
        for name in ("f", "g")
        for index in (0, 1)
    }
    assert len(set(found.values())) == len(found)
    assert found[2, "g", 1] == f"{Chance(2).uniform(2, 'answer g x', 1):.6f}"


# --- slips ----------------------------------------------------------------------------------------

COUNT = {"id": "count", "type": "integer", "range": [0, 5]}
FIXED = {"id": "fixed", "type": "integer", "range": [3, 3]}
FREE = {"id": "free", "type": "integer"}
NOTE = {"id": "note", "type": "text"}
GATE = {"id": "gate", "type": "integer", "range": [0, 5]}
BEHIND = {"id": "behind", "type": "boolean", "show_if": "gate > 2"}


@pytest.mark.parametrize(
    ("items", "values", "wrong"),
    [
        ((COUNT,), {"count": 2}, {"count": 3}),
        ((COUNT,), {"count": 5}, {"count": 4}),
        ((SORE, NOTE, COUNT), {"sore": True, "note": "x", "count": 0}, {"count": 1}),
        ((COUNT,), {"count": None}, {}),
        ((COUNT,), {}, {}),
        ((FIXED, FREE), {"fixed": 3, "free": 7}, {}),
        ((GATE, BEHIND, COUNT), {"gate": 2, "count": 1}, {"count": 2}),
        ((GATE, BEHIND), {"gate": 2}, {}),
    ],
)
def test_a_slip_is_one_off_in_a_number_that_staff_would_not_notice(
    items: tuple[dict[str, Any], ...], values: dict[str, t.Value], wrong: dict[str, t.Value]
) -> None:
    assert slip(_form(*items), values) == wrong


def test_every_slip_is_corrected_half_a_day_later_with_the_reason() -> None:
    on = stage(participants=20, not_treated=0, slips=0.3)
    treat(on, 35, lambda treatment: plan_ward_rounds(on, treatment))
    events = list(on.trial.events())
    forms = {e.seq: e for e in events if isinstance(e.fact, t.FormRecorded)}
    corrected: dict[int, t.ValueCorrected] = {}
    for event in events:
        if isinstance(event.fact, t.ValueCorrected):
            form = forms[event.fact.corrects]
            assert event.recorded_at - form.recorded_at == timedelta(hours=12)
            assert (event.by, event.participant) == (form.by, form.participant)
            assert event.fact.reason
            corrected[event.fact.corrects] = event.fact
    index = on.visit_index
    for seq, event in forms.items():
        fact = event.fact
        assert isinstance(fact, t.FormRecorded)
        n = int(str(event.participant)[1:])
        slipped = on.chance.uniform(n, f"slip {fact.form}", index[fact.visit]) < 0.3
        has_number = fact.form == "scores" and fact.values["knee_pain"] is not None
        assert (seq in corrected) is (slipped and has_number)
        if seq in corrected:
            right, wrong = corrected[seq].value, fact.values["knee_pain"]
            assert isinstance(right, int)
            assert isinstance(wrong, int)
            assert abs(right - wrong) == 1
            assert 0 <= wrong <= 10
    assert len(corrected) > 5


def test_nobody_slips_in_a_rehearsal_without_slips() -> None:
    on = stage(participants=8, not_treated=0, slips=0.0)
    treat(on, 20, lambda treatment: plan_ward_rounds(on, treatment))
    assert not [e for e in on.trial.events() if e.kind == "ValueCorrected"]
