"""What a distribution of a protocol gives: its moments, its bounds, and nothing by order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from statistics import fmean, median, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.chance import Chance
from equipoise.events.types import Value
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Item
from equipoise.rehearsal.draw import Draw, Drawn, as_known, as_recorded, number
from tests.refusal import refusal

N = 4000
NOBODY: Mapping[str, float | str | bool] = {}


def _drawn(how: dict[str, Any], known: Mapping[str, float | str | bool] = NOBODY) -> list[Any]:
    """Return one draw of each of N people."""
    chance = Chance(11)
    return [Draw(chance, n).value(how, known, "test") for n in range(1, N + 1)]


def _near(values: list[float], mean: float, sd: float) -> bool:
    """Return whether mean and SD are within four standard errors (of a normal sample)."""
    off_mean = abs(fmean(values) - mean) / (sd / math.sqrt(N))
    off_sd = abs(stdev(values) - sd) / (sd / math.sqrt(2 * N))
    return off_mean < 4 and off_sd < 4


def test_normal() -> None:
    assert _near(_drawn({"normal": [5, 2]}), 5, 2)


def test_lognormal_has_its_median_and_coefficient_of_variation() -> None:
    values = _drawn({"lognormal": [50, 0.3]})
    assert median(values) == pytest.approx(50, rel=0.03)
    assert stdev(values) / fmean(values) == pytest.approx(0.3, rel=0.06)
    assert _near([math.log(v) for v in values], math.log(50), math.sqrt(math.log(1.09)))


def test_uniform() -> None:
    values = _drawn({"uniform": [2, 6]})
    assert 2 < min(values) < 2.01
    assert 5.99 < max(values) < 6
    assert _near(values, 4, 4 / math.sqrt(12))


@pytest.mark.parametrize(
    ("how", "p"),
    [
        ({"chance": 0.2}, 0.2),
        ({"chance": "0.1 + 0.6 * smokes"}, 0.7),
        ({"logistic": -1.0}, 1 / (1 + math.e)),
        ({"logistic": "log(4) * smokes"}, 0.8),
    ],
)
def test_yes_or_no_has_its_probability(how: dict[str, Any], p: float) -> None:
    values = _drawn(how, {"smokes": True})
    assert set(values) == {True, False}
    assert abs(fmean(values) - p) < 4 * math.sqrt(p * (1 - p) / N)


@pytest.mark.parametrize(("p", "certain"), [(0, False), (1, True)])
def test_never_and_always(p: float, certain: bool) -> None:
    assert set(_drawn({"chance": p})) == {certain}


def test_choice_has_its_weights_even_when_they_do_not_add_up_to_one() -> None:
    values = _drawn({"choice": {"a": 1, "b": "2 * double", "c": 0}}, {"double": 3.0})
    assert set(values) == {"a", "b"}
    assert values.count("a") / N == pytest.approx(1 / 7, abs=0.025)


def test_rounded_halves_go_up() -> None:
    assert _drawn({"rounded": 2.5})[0] == 3
    assert _drawn({"rounded": -2.5})[0] == -2
    assert _drawn({"rounded": "2.4 + known"}, {"known": 0.09})[0] == 2
    assert {type(value) for value in _drawn({"rounded": {"normal": [0, 3]}})} == {int}


def test_constant_is_what_it_says() -> None:
    assert _drawn({"constant": True})[0] is True
    assert _drawn({"constant": 4})[0] == 4
    assert _drawn({"constant": "years / 4"}, {"years": 30.0})[0] == 7.5


def test_clip_bounds_and_keeps_whole_numbers_whole() -> None:
    values = _drawn({"normal": [5, 2], "clip": [4, "top"]}, {"top": 6.0})
    assert (min(values), max(values)) == (4, 6)
    assert {type(v) for v in _drawn({"rounded": {"normal": [5, 2]}, "clip": [4, 6]})} == {int}


def test_missing_takes_its_share_and_leaves_the_other_draws_as_they_were() -> None:
    whole, holes = _drawn({"normal": [5, 2]}), _drawn({"normal": [5, 2], "missing": 0.1})
    assert holes.count(None) / N == pytest.approx(0.1, abs=0.02)
    assert all(hole is None or hole == value for hole, value in zip(holes, whole, strict=True))


def test_an_unknown_kind_is_named() -> None:
    problem = refusal(_drawn, {"gamma": [1, 2]})
    assert "'gamma'" in problem.what
    assert "lognormal" in problem.todo


def test_draws_depend_on_person_purpose_and_index_and_not_on_order() -> None:
    chance = Chance(3, trial=5)
    asked = [(n, purpose, i) for n in (1, 2) for purpose in ("a", "b") for i in (0, 1)]

    def numbers(order: list[tuple[int, str, int]]) -> dict[tuple[int, str, int], float]:
        return {(n, purpose, i): Draw(chance, n).normal(purpose, i) for n, purpose, i in order}

    assert numbers(asked) == numbers(asked[::-1])
    assert len(set(numbers(asked).values())) == len(asked)
    one = Draw(chance, 1)
    assert one.uniform("a") == chance.uniform(1, "a", 0)
    assert one.exponential("a", 4) == chance.exponential(1, "a", 4)


@pytest.mark.parametrize(
    ("expression", "value"), [(3, 3.0), ("2 * age", 80.0), ("age > 30", 1.0), (0.5, 0.5)]
)
def test_a_number_or_an_expression(expression: float | str, value: float) -> None:
    assert number(expression, {"age": 40.0}) == value


# --- as people write it down ----------------------------------------------------------------------


def _item(kind: str, **more: Any) -> Item:
    return Item.model_validate({"id": "x", "label": Text(en="x"), "type": kind} | more)


@pytest.mark.parametrize(
    ("item", "drawn", "recorded", "known"),
    [
        (_item("integer", range=[0, 10]), 3.5, 4, 4.0),
        (_item("integer", range=[0, 10]), 11.2, 10, 10.0),
        (_item("integer", range=[1, 10]), -3, 1, 1.0),
        (_item("integer"), "2", 2, 2.0),
        (_item("decimal", precision=1, range=[30, 200]), 61.2499, "61.2", 61.2),
        (_item("decimal", precision=2), 61, "61.00", 61.0),
        (_item("boolean"), 1.0, True, True),
        (_item("choice", codes={"m": "Male"}), "m", "m", "m"),
        (_item("choice", codes={"3": "Three"}), "3", "3", 3.0),
        (_item("text"), 5, "5", 5.0),
        (_item("date"), "2024-03-01", "2024-03-01", "2024-03-01"),
        (_item("integer"), None, None, 0.0),
        (_item("text"), None, None, 0.0),
    ],
)
def test_values_are_recorded_as_the_item_asks(
    item: Item, drawn: Drawn, recorded: Value, known: float | str | bool
) -> None:
    assert as_recorded(item, drawn) == recorded
    assert type(as_recorded(item, drawn)) is type(recorded)
    assert as_known(recorded) == known
    assert type(as_known(recorded)) is type(known)


@given(st.floats(-1e6, 1e6), st.integers(0, 5), st.integers(0, 3))
def test_what_is_recorded_lies_in_the_range(value: float, low: int, precision: int) -> None:
    bounds = [low, low + 3]
    whole = as_recorded(_item("integer", range=bounds), value)
    decimal = as_recorded(_item("decimal", precision=precision, range=bounds), value)
    assert isinstance(whole, int)
    assert low <= whole <= low + 3
    assert low <= Decimal(str(decimal)) <= low + 3
    assert -Decimal(str(decimal)).as_tuple().exponent == precision  # type: ignore[operator]
