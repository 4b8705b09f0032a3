from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.protocol.derive import Value, cycle, derive, known, sources, stored
from equipoise.protocol.expand import expand
from equipoise.protocol.expression import Bounds, OneOf
from equipoise.protocol.parts import Form, Item, Protocol


def item(id: str, type: str = "integer", **more: Any) -> dict[str, Any]:  # noqa: A002
    precision = {"precision": 1} if type == "decimal" else {}
    return {"id": id, "type": type, "label": id} | precision | more


def form(*items: dict[str, Any], instruments: tuple[dict[str, Any], ...] = ()) -> Form:
    protocol = Protocol.model_validate(
        {
            "study": "XX1",
            "version": 1,
            "effective_on": "2024-01-01",
            "title": "A trial",
            "consent_version": "1",
            "eligibility": [],
            "forms": {"f": {"title": "F", "items": items, "instruments": instruments}},
        }
    )
    expanded, findings = expand(protocol)
    assert findings == []
    return expanded.forms["f"]


BODY = form(
    item("weight_kg", "decimal"),
    item("height_cm", "decimal"),
    item("obese", "boolean", formula="bmi >= 30"),
    item("bmi", "decimal", formula="weight_kg / (height_cm / 100) ** 2"),
    item("decade", formula="age / 10"),
    item("age"),
)


def test_formulas_are_computed_in_the_order_that_they_need() -> None:
    found = derive(BODY, {"weight_kg": "86.4", "height_cm": "170.0", "age": 25})
    # 86.4 / 1.7 ** 2 = 29.896...; 25 / 10 = 2.5, half to even
    assert found == {
        "weight_kg": "86.4",
        "height_cm": "170.0",
        "obese": False,
        "bmi": "29.9",
        "decade": 2,
        "age": 25,
    }
    assert derive(BODY, {"weight_kg": "86.6", "height_cm": "170.0"})["bmi"] == "30.0"
    # Decisions follow the rounded value that people see, not the 29.965... behind it.
    assert derive(BODY, {"weight_kg": "86.6", "height_cm": "170.0"})["obese"] is True


def test_what_is_not_answered_leaves_formulas_unknown() -> None:
    found = derive(BODY, {"weight_kg": "86.4", "height_cm": None, "elsewhere": 3})
    assert found == dict.fromkeys(["height_cm", "obese", "bmi", "decade", "age"]) | {
        "weight_kg": "86.4"
    }


def test_a_formula_that_is_not_shown_is_unknown() -> None:
    pain = form(
        item("pain", "boolean"),
        item("severe", "boolean", formula="not pain", show_if="pain"),
    )
    assert derive(pain, {"pain": True})["severe"] is False
    assert derive(pain, {"pain": False})["severe"] is None
    assert derive(pain, {})["severe"] is None


LIVER = form(
    item("bilirubin_umol_l", "decimal", range=[0, 1000]),
    item("albumin_g_l", "decimal", range=[0, 100]),
    item("inr", "decimal", range=[0, 20]),
    item("ascites", range=[0, 2]),
    item("stage", range=[0, 4]),
    item("frail", "boolean", formula='child_pugh_class in ["B", "C"]'),
    instruments=({"name": "child_pugh", "parts": {"encephalopathy": "stage"}},),
)


def test_scores_follow_their_parts() -> None:
    well: dict[str, Value] = {
        "bilirubin_umol_l": "11.0", "albumin_g_l": "44.0", "inr": "1.0", "ascites": 0, "stage": 0,
    }  # fmt: skip
    found = derive(LIVER, well)
    assert (found["child_pugh"], found["child_pugh_class"], found["frail"]) == (5, "A", False)
    ill = derive(LIVER, well | {"ascites": 2, "stage": 3})
    assert (ill["child_pugh"], ill["child_pugh_class"], ill["frail"]) == (9, "B", True)


def test_scores_are_known_as_far_as_their_parts() -> None:
    values: dict[str, Value] = {"bilirubin_umol_l": "60.0", "albumin_g_l": "20.0", "stage": None}
    found = known(LIVER, values)
    assert found["child_pugh"] == Bounds(9, 15)
    assert found["child_pugh_class"] == OneOf(frozenset("BC"))
    assert found["frail"] is True
    assert derive(LIVER, values)["child_pugh"] is None
    assert derive(LIVER, values)["frail"] is True
    settled = known(LIVER, values | {"ascites": 2})
    assert settled["child_pugh_class"] == "C"
    assert settled["child_pugh"] == Bounds(11, 15)


def test_means_of_an_instrument_are_decimals() -> None:
    scale = form(instruments=({"name": "srs22"},))
    answers: dict[str, Value] = {f"srs22_{part}": 5 if part == 3 else 4 for part in range(1, 23)}
    found = derive(scale, answers)
    assert found["srs22_mental_health"] == "4.2000"
    assert found["srs22_total"] == "4.0455"  # 89 / 22
    assert found["srs22_3"] == 5


def test_sources_are_what_people_entered() -> None:
    assert sources(BODY, "obese") == ("weight_kg", "height_cm")
    assert sources(BODY, "age") == ("age",)
    assert sources(BODY, "unheard_of") == ()
    assert sources(LIVER, "frail") == (
        "bilirubin_umol_l", "albumin_g_l", "inr", "ascites", "stage",
    )  # fmt: skip


def test_a_circle_is_found() -> None:
    circle = Form(
        title={"en": "F"},  # type: ignore[arg-type]
        items=tuple(
            Item.model_validate(item(name, formula=formula))
            for name, formula in [("a", "b + 1"), ("b", "c + 1"), ("c", "a + 1"), ("d", "a")]
        ),
    )
    assert set(cycle(circle)) == {"a", "b", "c"}
    assert sources(circle, "d") == ()
    assert cycle(BODY) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weight_kg", 55), ("weight_kg", "heavy"), ("age", "40"), ("age", True),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(name: str, value: Value) -> None:
    with pytest.raises(InputError, match=f"{name}: .* is no (integer|decimal) value"):
        derive(BODY, {name: value})


@pytest.mark.parametrize(
    ("type", "precision", "value", "text"),
    [
        ("decimal", 2, Decimal("1.005"), "1.00"),
        ("decimal", 2, Decimal("1.015"), "1.02"),
        ("decimal", 1, Decimal("-0.04"), "0.0"),
        ("decimal", 0, Decimal("1E+3"), "1000"),
        ("integer", None, Decimal(3), 3),
        ("boolean", None, True, True),
        ("text", None, "x", "x"),
        ("integer", None, Bounds(1, 2), None),
        ("choice", None, OneOf(frozenset("AB")), None),
        ("integer", None, None, None),
    ],
)
def test_values_are_stored_in_one_form(
    type: str,  # noqa: A002
    precision: int | None,
    value: Any,
    text: Value,
) -> None:
    codes = {"codes": {"A": "A"}} if type == "choice" else {}
    made = Item.model_validate(item("x", type, **codes) | {"precision": precision})
    assert stored(made, value) == text


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "bilirubin_umol_l": st.decimals(0, 100, places=1).map(str),
        "albumin_g_l": st.decimals(10, 50, places=1).map(str),
        "inr": st.decimals("0.5", 4, places=1).map(str),
        "ascites": st.integers(0, 2),
        "stage": st.integers(0, 4),
    },
)
FULL: dict[str, Value] = {
    "bilirubin_umol_l": "40.0", "albumin_g_l": "30.0", "inr": "2.0", "ascites": 1, "stage": 1,
}  # fmt: skip


@given(ANSWERS)
@settings(deadline=None, max_examples=100)
def test_what_is_known_early_stays_true(some: dict[str, Value]) -> None:
    early, late = known(LIVER, some), known(LIVER, FULL | some)
    points, grade = late["child_pugh"], late["child_pugh_class"]
    assert isinstance(points, Decimal)
    match early["child_pugh"]:
        case Bounds(low=low, high=high):
            assert low <= points <= high
        case other:
            assert other == points
    match early["child_pugh_class"]:
        case OneOf(codes=codes):
            assert grade in codes
        case other:
            assert other == grade
    if early["frail"] is not None:
        assert early["frail"] is late["frail"]
