from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.protocol.expression import Bounds, Kind, OneOf, parse

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


@pytest.mark.parametrize("a", [YES, NO, UNKNOWN])
@pytest.mark.parametrize("b", [YES, NO, UNKNOWN])
def test_kleene(a: bool | None, b: bool | None) -> None:
    def order(x: bool | None) -> float:
        return 0.5 if x is None else float(x)

    values = {"a": a, "b": b}
    for text, expected in [
        ("a and b", min(order(a), order(b))),
        ("a or b", max(order(a), order(b))),
        ("not a", 1 - order(a)),
    ]:
        assert order(parse(text).decide(values)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(3, 5, YES), (0, 2, NO), (2, 3, UNKNOWN), (3, 3, YES)],
)
def test_bounds_decide_when_they_can(low: int, high: int, expected: bool | None) -> None:
    score = {"score": Bounds(low, high)}
    assert parse("score >= 3").decide(score) is expected
    assert parse("3 <= score").decide(score) is expected
    assert parse("not score < 3").decide(score) is expected


def test_bounds_go_through_arithmetic() -> None:
    values = {"s": Bounds(1, 3), "t": 2}
    assert parse("2 * s + t").value(values) == Bounds(4, 8)
    assert parse("t - s").value(values) == Bounds(-1, 1)
    assert parse("abs(s - 2)").value(values) == Bounds(0, 1)
    assert parse("(s - 2) * (s - 2) >= -1").decide(values) is YES
    assert parse("1 / (s - 2) > 0").decide(values) is UNKNOWN
    assert parse("min(s, t) <= 2").decide(values) is YES
    assert parse("s in [4, 5]").decide(values) is NO
    assert parse("s in [3, 5]").decide(values) is UNKNOWN
    assert parse("s == 2").decide({"s": Bounds(2, 2)}) is YES


@pytest.mark.parametrize(
    ("text", "codes", "expected"),
    [
        ('grade == "C"', "AB", NO),
        ('grade == "C"', "BC", UNKNOWN),
        ('grade == "C"', "C", YES),
        ('grade != "C"', "AB", YES),
        ('grade in ["B", "C"]', "BC", YES),
        ('grade not in ["B", "C"]', "BC", NO),
        ('grade in ["B", "C"]', "AB", UNKNOWN),
        ('grade < "C"', "AB", YES),
        ('grade < "B"', "AB", UNKNOWN),
        ('grade in ["D"] or grade == "E"', "AB", NO),
    ],
)
def test_a_code_that_is_one_of_several(text: str, codes: str, expected: bool | None) -> None:
    grade = {"grade": OneOf(frozenset(codes))}
    assert parse(text).decide(grade) is expected
    assert parse(text).missing(grade) == (() if expected is not None else ("grade",))


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


NUMBERS = st.decimals(-50, 50, places=1)
INTERVALS = st.tuples(NUMBERS, NUMBERS, st.integers(0, 10)).map(
    lambda t: (min(t[:2]), max(t[:2]), t[2])
)
SUMS = st.recursive(
    st.sampled_from(["a", "b", "0.5", "2", "3"]),
    lambda r: st.one_of(
        st.tuples(r, st.sampled_from(["+", "-", "*", "/"]), r).map(
            lambda t: "({} {} {})".format(*t)
        ),
        st.tuples(st.sampled_from(["-", "abs", "floor", "expit", "round"]), r).map(
            lambda t: "{}({})".format(*t)
        ),
        st.tuples(st.sampled_from(["min", "max"]), r, r).map(lambda t: "{}({}, {})".format(*t)),
    ),
    max_leaves=6,
)


@given(SUMS, INTERVALS, INTERVALS)
@settings(deadline=None, max_examples=200)
def test_bounds_hold_what_lies_within(
    text: str, a: tuple[Decimal, Decimal, int], b: tuple[Decimal, Decimal, int]
) -> None:
    def inside(interval: tuple[Decimal, Decimal, int]) -> Decimal:
        low, high, tenth = interval
        return low + (high - low) * tenth / 10

    expression = parse(text)
    within = expression.value({"a": Bounds(a[0], a[1]), "b": Bounds(b[0], b[1])})
    point = expression.value({"a": inside(a), "b": inside(b)})
    assert not isinstance(point, Bounds)
    if isinstance(within, (Bounds, Decimal)):
        low, high = (within.low, within.high) if isinstance(within, Bounds) else (within, within)
        assert isinstance(point, Decimal)
        tolerance = Decimal("1e-20") * (1 + abs(point))
        assert low - tolerance <= point <= high + tolerance


@given(SUMS, NUMBERS, NUMBERS)
@settings(deadline=None, max_examples=200)
def test_floats_agree_with_exact_values(text: str, a: Decimal, b: Decimal) -> None:
    if "floor" in text or "round" in text:
        return  # a rounding error on either side of a step is no mistake
    expression = parse(text)
    exactly = expression.value({"a": a, "b": b})
    nearly = expression.number({"a": float(a), "b": float(b)})
    if isinstance(exactly, Decimal):
        assert nearly == pytest.approx(float(exactly), rel=1e-9, abs=1e-9) or abs(nearly) > 1e9
    else:
        assert not math.isfinite(nearly) or abs(nearly) > 1e9


def test_numbers_for_rehearsal() -> None:
    values = {"age": 50.0, "female": 1.0, "grade": "B"}
    assert parse("0.1 + 0.2 * female").number(values) == pytest.approx(0.3)
    assert parse('2 * (grade == "B") + (age > 60)').number(values) == 2.0
    assert parse('(grade in ["A", "B"]) + 2 * (age not in [50])').number(values) == 1.0
    assert parse("expit(log(3))").number({}) == pytest.approx(0.75)
    assert parse("expit(-800)").number({}) == 0.0
    assert parse("expit(800)").number({}) == 1.0
    assert parse("sqrt(exp(2))").number({}) == pytest.approx(math.e)
    assert math.isnan(parse("log(-1)").number({}))
    assert math.isnan(parse("1 / 0").number({}))
    assert math.isnan(parse("(-1) ** 0.5").number({}))
    assert parse("exp(1000)").number({}) == math.inf
    assert parse("round(2.345, 1)").number({}) == pytest.approx(2.3)
    assert parse("not (age > 60) and female == 1").number(values) == 1.0


def test_numbers_need_values_and_not_text() -> None:
    with pytest.raises(InputError, match="`bmi` has no value"):
        parse("bmi > 30").number({})
    for text in ["grade", "grade + 1", "grade > 3"]:
        with pytest.raises(InputError, match="text"):
            parse(text).number({"grade": "B"})


def test_exact_values() -> None:
    bmi = parse("weight_kg / (height_cm / 100) ** 2")
    assert bmi.value({"weight_kg": Decimal("55.5"), "height_cm": 160}) == Decimal("21.6796875")
    assert bmi.value({"weight_kg": 55}) is None
    assert bmi.names == {"weight_kg", "height_cm"}
    assert parse("b + a + b").order == ("b", "a")
    assert parse("exp(1)").value({}) == Decimal("2.718281828459045235360287471")
    assert parse('grade == "B"').value({"grade": "B"}) is True
    assert parse("expit(0)").value({}) == Decimal("0.5")


def test_values_are_exact_or_refused() -> None:
    with pytest.raises(InputError, match="not an exact value"):
        parse("x > 1").decide({"x": 1.5})
    with pytest.raises(InputError, match="not an exact value"):
        parse("x > 1").decide({"x": Decimal("NaN")})
    with pytest.raises(InputError, match="true or false"):
        parse("x + 1").decide({"x": 1})
    with pytest.raises(InputError, match="as if it were true or false"):
        parse("x and y").decide({"x": 1, "y": True})
    for grade in ["B", OneOf(frozenset("B"))]:
        with pytest.raises(InputError, match='comparison of the text "B"'):
            parse("grade >= 3").decide({"grade": grade})


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("", 1, "leave it out"),
        ("a = 3", 3, "`==`"),
        ("a && b", 3, "`and`"),
        ("a & b", 1, "`and`"),
        ("a => 3", 3, "`>=`"),
        ("a ≥ 3", 3, "`>=`"),
        ("(a or b", 1, "brackets"),
        ("pain.nrs >= 4", 1, "without a dot"),
        ("a if b else c", 1, "no if"),
        ("a or lgo(b) > 1", 6, "`log`"),
        ("exp(1, 2)", 1, "Give it 1"),
        ("min(1)", 1, "2 to 20"),
        ("a + 0x10", 5, "Write numbers"),
        ("a + 1j", 5, "Write numbers"),
        ("1_000 > a", 1, "Write numbers"),
        ("a + 1e999", 5, "Write numbers"),
        ("a in b", 6, "list"),
        ("a in []", 6, "list"),
        ("[1, 2] == a", 1, "after `in`"),
        ("a is b", 1, "only"),
        ("(lambda: 1)()", 1, "only"),
        ("__import__('os')", 1, "There are exp"),
        ("exp(x=1)", 1, "only"),
        ("f'{a}'", 1, "only"),
        ("a[0]", 1, "only"),
        ("[x for x in y]", 1, "only"),
        ("a // b", 1, "only"),
        ("None", 1, "numbers"),
        ("术 = 3", 3, "`==`"),
        ('"术" + a.b', 7, "without a dot"),
    ],
)
def test_mistakes_are_pointed_at(text: str, column: int, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    problem = caught.value.problem
    assert problem.where == f"column {column}"
    assert hint in problem.todo
    if text:
        shown, pointer = problem.what.split("\n")[1:]
        assert shown.strip() == text
        assert pointer.index("^") - 5 == column - 1


@pytest.mark.parametrize(
    "text",
    ["x > " + "9" * 3000, "(" * 150 + "x" + ")" * 150, "-" * 1000 + "x", "not " * 60 + "x",
     "(" * 900 + "x" + ")" * 900],
)  # fmt: skip
def test_what_is_too_long_or_deep_is_refused(text: str) -> None:
    if text.startswith("(" * 150 + "x"):
        assert parse(text).names == {"x"}  # brackets alone do not nest
        return
    with pytest.raises(InputError, match=r"nested too deeply|longer than|cannot be read"):
        parse(text)


def test_line_breaks_are_spaces() -> None:
    assert parse("a\n  or b\n").decide({"b": True}) is True


KINDS: dict[str, Kind] = {"age": "number", "osa": "boolean", "grade": "text"}


def test_kinds_of_results() -> None:
    assert parse("age + osa").kind(KINDS) == "number"
    assert parse("osa or age > 3").kind(KINDS) == "boolean"
    assert parse("grade").kind(KINDS) == "text"
    assert parse('grade in ["A"] and unheard_of').kind(KINDS) == "boolean"
    assert parse("osa == true").kind(KINDS) == "boolean"


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
