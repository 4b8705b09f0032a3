"""Expressions over arrays mean what they mean for one person, exactly, three-valued."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.protocol.arrays import Codes, Column, codes, conditions, decide, evaluate, numbers
from equipoise.protocol.expression import Bounds, OneOf, parse

WORDS = ("A", "B", "C")

_number = st.one_of(
    st.none(),
    st.integers(-20, 20),
    st.decimals(-20, 20, places=2),
    st.tuples(st.integers(-9, 9), st.integers(0, 9)).map(lambda e: Bounds(e[0], e[0] + e[1])),
)
_truth = st.sampled_from([True, False, None])
_code = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.sets(st.sampled_from(WORDS), min_size=2).map(lambda each: OneOf(frozenset(each))),
)
PERSON = st.fixed_dictionaries(
    {"x": _number, "y": _number, "p": _truth, "q": _truth, "s": _code, "t": _code}
)

RULES = [
    "x > 3 or p",
    "not (x <= y) and q",
    "p and q or not p",
    "x == y",
    "x != 2.5",
    "-3 < x <= y < 10",
    "x in [1, 2, 3] or y not in [4, 5]",
    's == "A"',
    's != t and t == "B"',
    's in ["A", "C"]',
    't not in ["B"]',
    "s < t",
    's >= "B"',
    "x + y * 2 >= 7",
    "x - y > x * y",
    "x / y < 0.5",
    "x ** 2 >= 9",
    "abs(x) < max(y, 2)",
    "min(x, y, 0) < -3",
    "floor(x * 100) == 29",
    "round(x) == 2",
    "round(x / 8, 1) > 0.5",
    "0.1 * x == 0.3",
    "sqrt(x) > 2 or log(y) > 1",
    "expit(x) > 0.9 and exp(y) < 100",
    "p + q == 2",
    "unheard_of > 1 or p",
    'unheard_of == "A" and q',
]


def _columns(people: list[dict[str, Any]]) -> dict[str, Column]:
    """Return people as arrays."""

    def ends(value: Any) -> tuple[float, float]:
        if value is None:
            return np.nan, np.nan
        return (
            (float(value.low), float(value.high))
            if isinstance(value, Bounds)
            else (float(value),) * 2
        )

    def possible(value: Any) -> list[bool]:
        known = value.codes if isinstance(value, OneOf) else {value}
        return [word in known for word in WORDS]

    found: dict[str, Column] = {
        name: numbers(*np.array([ends(each[name]) for each in people]).T) for name in "xypq"
    }
    for name in "st":
        found[name] = Codes(WORDS, np.array([possible(each[name]) for each in people]))
    return found


@pytest.mark.parametrize("rule", RULES)
@given(people=st.lists(PERSON, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_a_rule_decides_for_many_as_for_each(rule: str, people: list[dict[str, Any]]) -> None:
    expected = [parse(rule).decide(person) for person in people]
    found = np.broadcast_to(decide(rule, _columns(people)), len(people))
    assert [None if np.isnan(each) else bool(each) for each in found] == expected


@pytest.mark.parametrize("formula", ["x + 0.1 * y", "x / 3", "-x", "+y", "min(x, y)", "abs(x - y)",
                                     "round(x, 1)", "x * (p and q)", "x ** 2 - y"])  # fmt: skip
@given(people=st.lists(PERSON, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_a_formula_is_computed_for_many_as_for_each(
    formula: str, people: list[dict[str, Any]]
) -> None:
    expected = [parse(formula).value(person) for person in people]
    found = evaluate(formula, _columns(people))
    low, high = (np.broadcast_to(end, len(people)) for end in (found.low, found.high))
    for value, least, most in zip(expected, low, high, strict=True):
        if value is None:
            assert np.isnan(least)
            assert np.isnan(most)
        else:
            ends = (value.low, value.high) if isinstance(value, Bounds) else (value, value)
            assert (least, most) == pytest.approx(tuple(map(float, ends)), rel=1e-11, abs=1e-11)  # type: ignore[arg-type]


def test_any_shape_is_an_answer_of_that_shape() -> None:
    grid = numbers(np.arange(6.0).reshape(2, 3))
    assert decide("x >= 2 and s == 'A'", {"x": grid, "s": codes(("A", "B"), [[0, 1, np.nan]])}) == (
        pytest.approx(np.array([[0, 0, np.nan], [1, 0, np.nan]]), nan_ok=True)
    )


def test_what_is_undefined_is_unknown() -> None:
    x = {"x": numbers([0.0, -1.0, 1.0])}
    assert np.isnan(evaluate("1 / x", x).exact).tolist() == [True, False, False]
    assert np.isnan(evaluate("x ** 0.5", x).exact).tolist() == [False, True, False]
    assert np.isnan(evaluate("x ** 0 + log(x)", x).exact).tolist() == [True, True, False]
    assert np.isnan(evaluate("x + 1", {"x": numbers([1.0], [2.0])}).exact).all()


def test_a_code_may_stand_in_an_alphabet_of_its_own() -> None:
    columns: dict[str, Column] = {"s": codes(("B", "A"), [0, 1]), "t": codes(("A", "Z"), [0, 0])}
    assert decide("s == t", columns).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("wrong", ["s + 1", "s > 3", "s", 'x == "A"'])
def test_text_never_meets_numbers(wrong: str) -> None:
    with pytest.raises(InputError, match="text is used as a number"):
        evaluate(wrong, {"s": codes(("A",), [0.0]), "x": numbers([1.0])})


def test_the_conditions_of_a_rule() -> None:
    assert list(conditions("a and (b or c)\n and not d")) == ["a", "b or c", "not d"]
    assert list(conditions("a or b")) == ["a or b"]


def test_decimals_are_met_as_they_were_written() -> None:
    assert Decimal("0.1") * 3 == Decimal("0.3")
    assert evaluate("x * 3", {"x": numbers([0.1])}).exact == 0.3
    assert decide("x * 3 <= 0.3", {"x": numbers([0.1])}) == 1
