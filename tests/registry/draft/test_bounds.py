from __future__ import annotations

from decimal import Decimal

import pytest

from equipoise.registry.draft.bounds import Bound, Group, elements
from equipoise.registry.draft.lexing import lex


def _bound(text: str) -> Bound:
    (found,) = [part for part in elements(lex(text)) if isinstance(part, Bound)]
    return found


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("≥18 and ≤75 years", [(">=", 18), ("<=", 75)]),
        ("18-75 years", [(">=", 18), ("<=", 75)]),
        ("between 18 and 75", [(">=", 18), ("<=", 75)]),
        ("> 6.5 to < 9.5 %", [(">", "6.5"), ("<", "9.5")]),
        ("≥18 to 75", [(">=", 18), ("<=", 75)]),
        ("18 years or older", [(">=", 18)]),
        ("100 mmHg or below", [("<=", 100)]),
        ("18 ≤ age < 75", [(">=", 18), ("<", 75)]),
        ("II-IV", [(">=", 2), ("<=", 4)]),
        ("0, 1 or 2", [(">=", 0), ("<=", 2)]),
        ("III", [(">=", 3), ("<=", 3)]),
    ],
)
def test_what_a_number_must_be(text: str, tests: list[tuple[str, str]]) -> None:
    assert [(op, value) for op, value in _bound(text).tests] == [
        (op, Decimal(value)) for op, value in tests
    ]


def test_either_side_may_be_wanted() -> None:
    found = _bound("above 110 or below 40 beats per minute")
    assert found.joined == "or"
    assert found.unit is not None
    assert found.unit.of == "heart rate"


def test_numbers_that_are_no_neighbours_are_no_range() -> None:
    parts = [part for part in elements(lex("1 or 3")) if isinstance(part, Bound)]
    assert len(parts) == 2
    assert all(part.bare for part in parts)


def test_two_units_are_two_bounds() -> None:
    parts = [p for p in elements(lex("> 2 mg/dl or < 30 ml/min")) if isinstance(p, Bound)]
    assert [part.unit.text for part in parts if part.unit] == ["mg/dl", "ml/min"]


def test_brackets_are_grouped_even_when_left_open() -> None:
    _, group = elements(lex("fever (> 38 °C"))
    assert isinstance(group, Group)
    assert isinstance(group.parts[0], Bound)
    assert elements(lex("((((((((((x"))
