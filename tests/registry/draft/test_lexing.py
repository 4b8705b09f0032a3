from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.draft.lexing import lex, number, unit_at


def _kinds(text: str) -> list[str]:
    return [token.kind for token in lex(text)]


@pytest.mark.parametrize(
    ("text", "op"),
    [
        ("≥ 3", ">="), (">= 3", ">="), ("> / = 3", ">="), ("\\>= 3", ">="), ("at least 3", ">="),
        ("no less than 3", ">="), ("greater than or equal to 3", ">="), ("> 3", ">"),
        ("more than 3", ">"), ("over 3", ">"), ("< 3", "<"), ("fewer than 3", "<"),
        ("\\<3", "<"), ("&lt;3", "<"), ("up to 3", "<="), ("not more than 3", "<="),
        ("not exceeding 3", "<="), ("less than or equal to 3", "<="), ("≤3", "<="),
    ],
)  # fmt: skip
def test_what_means_one_comparison_is_one(text: str, op: str) -> None:
    compare, value = lex(text)
    assert (compare.kind, compare.op) == ("compare", op)
    assert value.value == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,000", "1000"), ("100,000.5", "100000.5"), ("1,5", "1.5"), ("2.50", "2.50"),
     ("1.000.000", "1000000")],
)  # fmt: skip
def test_thousands_and_decimal_commas(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5 mg/dL", "mg/dl"), ("5 mg per dl", "mg/dl"), ("50 heart beats per minute", "1/min"),
        ("100×10\\^9/L", "10^9/l"), ("60 mL/min/1.73 m2", "ml/min/1.73 m2"), ("30 kg/m²", "kg/m2"),
        ("3 × ULN", "times the upper limit of normal"), ("3 times the upper limit of normal",
         "times the upper limit of normal"), ("1500/mm3", "/ul"), ("38 °C", "°C"),
        ("90 mm Hg", "mmHg"),
    ],
)  # fmt: skip
def test_units(text: str, unit: str) -> None:
    tokens = lex(text)
    assert tokens[-1].unit is not None
    assert tokens[-1].unit.text == unit


def test_a_year_of_age_is_no_year() -> None:
    assert [lex(text)[-1].unit.of for text in ("18 years old", "18-year-old", "2 years")] == [  # type: ignore[union-attr]
        "age",
        "age",
        "time",
    ]
    assert unit_at("kg", 0) is not None
    assert unit_at("xyz", 0) is None


def test_roman_numbers_stand_alone() -> None:
    assert _kinds("class III") == ["word", "roman"]
    assert _kinds("IIIA") == ["word"]
    assert _kinds("18 years or older") == ["number", "unit", "after"]
    assert _kinds("heart disease without pacemaker") == ["word", "word", "and not", "word"]


@given(st.text(max_size=200))
def test_every_token_stands_where_it_says(text: str) -> None:
    tokens = lex(text)
    assert all(text[token.start : token.end] == token.text or token.unit for token in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))
