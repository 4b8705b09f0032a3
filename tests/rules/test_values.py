from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.events.types import Value
from equipoise.protocol.parts import Form
from equipoise.rules.values import canonical_values, derive, refusals
from tests.refusal import refusal

FORM = Form.model_validate(
    {
        "title": "Baseline",
        "items": [
            {"id": "age_y", "type": "integer", "range": [0, 110], "unit": "year", "label": "Age"},
            {
                "id": "weight_kg", "type": "decimal", "precision": 1, "range": [25, 200],
                "unit": "kg", "label": "Weight",
            },
            {"id": "smokes", "type": "boolean", "label": "Smokes"},
            {
                "id": "since", "type": "date", "show_if": "smokes", "label": "Since",
            },
            {
                "id": "grade", "type": "choice", "codes": {"1": "One", "B": "Two"},
                "required": False, "label": "Grade",
            },
            {"id": "remark", "type": "text", "required": False, "label": "Remark"},
            {"id": "heavy", "type": "boolean", "formula": "weight_kg >= 100", "label": "Heavy"},
        ],
    }
)  # fmt: skip
GOOD: dict[str, Value] = {
    "age_y": 40, "weight_kg": "55.5", "smokes": True, "since": "2001-02-03", "grade": "B",
    "remark": "none",
}  # fmt: skip


def test_a_complete_form_is_taken() -> None:
    assert refusals(FORM, GOOD) == []
    assert canonical_values(FORM, GOOD) == GOOD
    assert derive(FORM, GOOD)["heavy"] is False


def test_not_answered_is_an_answer() -> None:
    nothing: dict[str, Value] = dict.fromkeys(["age_y", "weight_kg", "smokes", "grade"])
    assert refusals(FORM, nothing) == []


@pytest.mark.parametrize(
    ("item", "value", "what", "todo"),
    [
        ("age_y", 111, "111 year is out of range", "Give 0 to 110 year"),
        ("age_y", -1, "-1 year is out of range", "Give 0 to 110 year"),
        ("age_y", "40.5", "is not a whole number", "12"),
        ("age_y", True, "is not a whole number", "12"),
        ("age_y", "forty", "is not a whole number", "12"),
        ("weight_kg", "55.55", "more decimals than are recorded", "Round it to 1"),
        ("weight_kg", "55,5", "is not a decimal number", "12.0"),
        ("weight_kg", "5.5e1", "is not a decimal number", "12.0"),
        ("weight_kg", "555", "555 kg is out of range", "25 to 200 kg"),
        ("smokes", "yes", "is neither yes nor no", "true or false"),
        ("smokes", 1, "is neither yes nor no", "true or false"),
        ("grade", "x", "is not one of its codes", "1, B"),
        ("grade", 1, "is not one of its codes", "`1`"),
        ("since", "03.02.2001", "is no date", "2023-01-30"),
        ("since", "2001-02-30", "is no date", "2023-01-30"),
        ("since", 20010203, "is no date", "2023-01-30"),
        ("remark", "  ", "is no text", "leave it out"),
        ("remark", 3, "is no text", "leave it out"),
        ("remark", "x" * 4001, "too long", "4000"),
        ("heavy", True, "is computed", "Leave it out"),
        ("wieght_kg", "55.5", "no such item", "`weight_kg`"),
    ],
)
def test_each_wrong_value_is_named(item: str, value: Value, what: str, todo: str) -> None:
    (problem,) = refusals(FORM, GOOD | {item: value})
    assert problem.where == item
    assert what in problem.what
    assert todo in problem.todo
    assert refusal(canonical_values, FORM, {item: value}) == problem


def test_all_reasons_are_given() -> None:
    wrong: dict[str, Value] = {"age_y": 200, "weight_kg": "x", "colour": "red"}
    assert [problem.where for problem in refusals(FORM, wrong)] == [
        "colour", "age_y", "weight_kg", "smokes",
    ]  # fmt: skip


def test_branching() -> None:
    without = {name: value for name, value in GOOD.items() if name != "since"}
    assert [p.what for p in refusals(FORM, without)] == ["is missing"]
    assert refusals(FORM, without | {"smokes": False}) == []
    assert refusals(FORM, without | {"smokes": None}) == []
    for smokes in (False, None):
        (problem,) = refusals(FORM, GOOD | {"smokes": smokes})
        assert problem.where == "since"
        assert "only if smokes" in problem.what
        assert refusals(FORM, GOOD | {"smokes": smokes, "since": None}) == []


def test_numbers_are_written_in_one_way() -> None:
    written = canonical_values(FORM, {"weight_kg": "055.50", "age_y": "040"})
    assert written == {"age_y": 40, "weight_kg": "55.5"}
    assert list(written) == ["age_y", "weight_kg"]
    assert canonical_values(FORM, {"weight_kg": 60}) == {"weight_kg": "60.0"}


def test_an_answer_that_an_instrument_does_not_take() -> None:
    form = Form.model_validate(
        {
            "title": "Sedation",
            "items": [
                {"id": "rass", "type": "integer", "label": "RASS"},
                {
                    "id": "rass_level", "type": "choice", "codes": {"alert": "Alert"},
                    "score": "rass.rass_level", "label": "Level",
                },
            ],
            "instruments": [{"name": "rass"}],
        }
    )  # fmt: skip
    (problem,) = refusals(form, {"rass": 9})
    assert problem.where == "rass.rass"


@given(st.decimals(25, 200, places=1))
@settings(deadline=None, max_examples=50)
def test_what_is_recorded_is_taken_again_unchanged(weight: Decimal) -> None:
    once = canonical_values(FORM, {"weight_kg": str(weight)})
    assert canonical_values(FORM, once) == once
    assert Decimal(str(once["weight_kg"])) == weight


JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))


@given(st.dictionaries(st.sampled_from([*GOOD, "heavy", "colour"]), JUNK))
@settings(deadline=None, max_examples=200)
def test_any_values_are_taken_or_refused(values: dict[str, Value]) -> None:
    problems = refusals(FORM, values)
    if not problems:
        assert refusals(FORM, canonical_values(FORM, values)) == []
        assert set(derive(FORM, canonical_values(FORM, values))) == {i.id for i in FORM.items}
