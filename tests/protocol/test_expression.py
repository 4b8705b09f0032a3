from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.protocol.expression import Bounds, Kind, parse

YES, NO, UNKNOWN = True, False, None


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("age_y >= 18", {"age_y": 18}, YES),
        ("age_y >= 18", {"age_y": 17}, NO),
        ("age_y >= 18", {"age_y": None}, UNKNOWN),
        ("age_y >= 18", {}, UNKNOWN),
        ("18 <= age_y < 65", {"age_y": 65}, NO),
        ("18 <= age_y < 65", {"age_y": 64}, YES),
        ("not diabetes", {"diabetes": NO}, YES),
        ("not diabetes", {}, UNKNOWN),
        ("diabetes == true", {"diabetes": YES}, YES),
        ('grade in ["B", "C"]', {"grade": "C"}, YES),
        ('grade in ["B", "C"]', {"grade": "A"}, NO),
        ('grade in ("B", "C")', {}, UNKNOWN),
        ('grade not in ["C"]', {"grade": "A"}, YES),
        ("score in [1, 2]", {"score": 2}, YES),
        ('born < "2001-02-03"', {"born": "2001-02-02"}, YES),
        ("x > -1", {"x": 0}, YES),
        ("True", {}, YES),
        ("False or false", {}, NO),
        ("x != 0.30", {"x": Decimal("0.3")}, NO),
        ("0.1 + 0.2 == 0.3", {}, YES),
        ("2 + 3 * 2 ** 2 == 14", {}, YES),
        ("(2 + 3) * 2 == 10", {}, YES),
        ("min(a, 3, b) == 1 and max(a, b) == 2", {"a": 1, "b": 2}, YES),
        ("abs(-a) == 2 and round(2.5) == 2 and floor(-0.5) == -1", {"a": 2}, YES),
        ("round(1.2345, 2) == 1.23", {}, YES),
        ("1 / x > 1", {"x": 0}, UNKNOWN),
        ("log(x) > 0", {"x": 0}, UNKNOWN),
        ("exp(x) > 0", {"x": 99999999}, UNKNOWN),
        ("a + b >= 1", {"a": YES, "b": NO}, YES),
    ],
)
def test_decides(text: str, values: dict[str, Any], expected: bool | None) -> None:
    assert parse(text).decide(values) is expected


RULE = "osa or (stop_bang >= 3 and bicarbonate >= 28)"


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"osa": YES}, ()),
        ({"osa": NO, "stop_bang": 2}, ()),
        ({"osa": NO, "bicarbonate": 27}, ()),
        ({"osa": NO, "stop_bang": 3}, ("bicarbonate",)),
        ({"osa": NO, "stop_bang": Bounds(2, 5), "bicarbonate": 28}, ("stop_bang",)),
        ({"osa": NO, "stop_bang": Bounds(3, 5), "bicarbonate": None}, ("bicarbonate",)),
        ({"stop_bang": 2}, ("osa",)),
        ({}, ("osa", "stop_bang", "bicarbonate")),
    ],
)
def test_only_what_matters_is_missing(values: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert parse(RULE).missing(values) == missing


def test_missing_in_a_chain_and_in_sums() -> None:
    assert parse("0 < a < b").missing({"a": 1}) == ("b",)
    assert parse("0 < a < b").missing({"a": -1}) == ()
    assert parse("a + b + a > 3").missing({"b": 1}) == ("a",)


VALUES = st.one_of(st.none(), st.booleans())
RULES = st.recursive(
    st.sampled_from(["a", "b", "c", "d", "true", "false"]),
    lambda r: st.one_of(
        r.map("not ({})".format),
        st.lists(r, min_size=2, max_size=3).map(lambda rs: "(" + " and ".join(rs) + ")"),
        st.lists(r, min_size=2, max_size=3).map(lambda rs: "(" + " or ".join(rs) + ")"),
    ),
    max_leaves=8,
)


@given(RULES, st.fixed_dictionaries(dict.fromkeys("abcd", VALUES)), st.data())
@settings(deadline=None, max_examples=200)
def test_what_is_decided_stays_decided_and_missing_names_suffice(
    text: str, values: dict[str, bool | None], data: st.DataObject
) -> None:
    rule = parse(text)
    unknown = [name for name, value in values.items() if value is None]
    full = values | {name: data.draw(st.booleans()) for name in unknown}
    decided = rule.decide(values)
    assert rule.decide(full) is not None
    if decided is not None:
        assert rule.decide(full) is decided
    missing = rule.missing(values)
    assert bool(missing) is (decided is None)
    assert set(missing) <= set(unknown)
    told = values | {name: full[name] for name in missing}
    assert rule.decide(told) is rule.decide(full)


def test_numbers_need_values_and_not_text() -> None:
    with pytest.raises(InputError, match="`bmi` has no value"):
        parse("bmi > 30").number({})
    for text in ["grade", "grade + 1", "grade > 3"]:
        with pytest.raises(InputError, match="text"):
            parse(text).number({"grade": "B"})


def test_line_breaks_are_spaces() -> None:
    assert parse("a\n  or b\n").decide({"b": True}) is True


KINDS: dict[str, Kind] = {"age": "number", "osa": "boolean", "grade": "text"}


def test_kinds_of_results() -> None:
    assert parse("age + osa").kind(KINDS) == "number"
    assert parse("osa or age > 3").kind(KINDS) == "boolean"
    assert parse("grade").kind(KINDS) == "text"
    assert parse('grade in ["A"] and unheard_of').kind(KINDS) == "boolean"
    assert parse("osa == true").kind(KINDS) == "boolean"
    assert parse("grade == unheard_of").kind(KINDS) == "boolean"
    assert parse("grade < 'B'").kind(KINDS) == "boolean"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("osa and age", 9),
        ("not grade", 5),
        ("grade >= 3", 10),
        ("age in [1, '2']", 12),
        ("1 + grade", 5),
        ("exp(grade)", 5),
        ("-grade", 2),
        ("osa == 'yes'", 8),
    ],
)
def test_kinds_that_do_not_fit(text: str, column: int) -> None:
    with pytest.raises(InputError) as caught:
        parse(text).kind(KINDS)
    assert caught.value.problem.where == f"column {column}"


def test_parsing_is_cached() -> None:
    assert parse("a > 1") is parse("a > 1")
