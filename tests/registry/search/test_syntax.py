from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError, Problem
from equipoise.registry.search.syntax import (
    DEEPEST,
    LONGEST,
    All,
    And,
    Context,
    Missing,
    Node,
    Not,
    Or,
    Range,
    Term,
    parse,
)
from tests.refusal import refusal


def _shape(node: Node) -> object:
    match node:
        case Term():
            return f'"{node.text}"' if node.quoted else node.text
        case Range():
            return (node.low, node.high)
        case Missing():
            return "missing"
        case All():
            return "all"
        case Not():
            return ["not", _shape(node.of)]
        case Context():
            return [f"{node.operator} {node.parameter}", _shape(node.of)]
        case And():
            return ["and", *map(_shape, node.parts)]
        case Or():
            return ["or", *map(_shape, node.parts)]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("heart attack", "heart attack"),
        ("heart attack AND aspirin", ["and", "heart attack", "aspirin"]),
        ("a OR b AND c", ["or", "a", ["and", "b", "c"]]),
        ("a AND b OR c", ["or", ["and", "a", "b"], "c"]),
        ("(a OR b) AND c", ["and", ["or", "a", "b"], "c"]),
        ("NOT a AND b", ["and", ["not", "a"], "b"]),
        ("bethesda NOT maryland", ["and", "bethesda", ["not", "maryland"]]),
        ('a "back pain" b', ["and", "a", '"back pain"', "b"]),
        ("AREA[Phase]x AND y", ["and", ["AREA Phase", "x"], "y"]),
        ("AREA[LocationCountry] United States OR y",
         ["or", ["AREA LocationCountry", "United States"], "y"]),
        ("EXPANSION[Concept] NOT (a OR b)", ["EXPANSION Concept", ["not", ["or", "a", "b"]]]),
        ("NOT AREA[A]COVERAGE[FullMatch]x", ["not", ["AREA A", ["COVERAGE FullMatch", "x"]]]),
        ("AREA[D]RANGE[ 1 , MAX ]", ["AREA D", ("1", "MAX")]),
        ("AREA[D]MISSING OR ALL", ["or", ["AREA D", "missing"], "all"]),
        (r"\AND \"x\" \MISSING a\(b", 'AND "x" MISSING a(b'),
        (r'"a \"b\" c"', '"a "b" c"'),
        ("and or not", "and or not"),  # only capitals are operators
        ("interleukin [IL-2]", "interleukin [IL-2]"),
        ("ALLERGY ORAL NOTE", "ALLERGY ORAL NOTE"),
    ],
)  # fmt: skip
def test_what_binds_to_what(text: str, shape: object) -> None:
    assert _shape(parse(text)) == shape


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "ends where a term should stand"),
        ("heart AND", 9, "ends where a term should stand"),
        ("AND heart", 0, "before 'AND'"),
        ("a OR OR b", 5, "before 'OR'"),
        ("a AND (b", 6, "never closed"),
        ("a) b", 1, "never opened"),
        ("()", 1, "before ')'"),
        ('a "b', 2, "quotation is never closed"),
        ("AREA[Phase", 4, "bracket of AREA is never closed"),
        ("AREA[Phase]", 11, "ends where a term should stand"),
        ("a AREA [x] b", 2, "AREA needs what it applies to"),
        ("RANGE[1]", 6, "two ends"),
        ("RANGE[1,2,3]", 6, "two ends"),
        ("RANGE[,2]", 6, "two ends"),
        ("x" * (LONGEST + 1), LONGEST, "at most"),
    ],
)
def test_a_fault_is_pointed_at(text: str, at: int, said: str) -> None:
    problem = refusal(parse, text)
    assert problem.where == f"query, character {at + 1}"
    what, shown, caret = problem.what.split("\n")
    assert said in what
    place = caret.index("^")
    assert shown[place:].strip()[:1] == text[at : at + 1].strip()


def test_the_caret_counts_wide_characters_twice() -> None:
    _, shown, caret = refusal(parse, "心脏 OR )").what.split("\n")
    assert shown == "   心脏 OR )"
    assert caret.index("^") == 3 + 2 * 2 + len(" OR ")


def test_depth_ends_before_the_machine_does() -> None:
    assert parse("(" * DEEPEST + "a" + ")" * DEEPEST) == Term("a", quoted=False, at=DEEPEST)
    assert "deeper" in refusal(parse, "(" * 5000 + "a" + ")" * 5000).what
    assert "deeper" in refusal(parse, "NOT " * 3000 + "a").what


def _problem(text: str) -> Problem | None:
    try:
        parse(text)
    except InputError as error:
        return error.problem
    return None


_PIECES = st.sampled_from(
    ["AND", "OR", "NOT", "(", ")", '"', "\\", "[", "]", ",", "AREA[", "RANGE[", "SEARCH[Location]",
     "MISSING", "ALL", "TILT[StartDate]", "COVERAGE[FullMatch]", "EXPANSION[None]", "heart", " ",
     "AREA[Phase]", "RANGE[1,2]", "心", "\n", "\x00"]
)  # fmt: skip


@given(st.text(max_size=80) | st.lists(_PIECES, max_size=25).map(" ".join)
       | st.lists(_PIECES, max_size=25).map("".join))  # fmt: skip
@settings(deadline=None, max_examples=600)
def test_any_text_is_read_or_refused_at_a_character(text: str) -> None:
    problem = _problem(text)
    if problem is not None:
        at = int(problem.where.rpartition(" ")[2])
        assert 1 <= at <= len(text) + 1
        assert problem.what.endswith("^")


@given(st.lists(_PIECES.filter(lambda piece: piece != "\\"), max_size=15).map(" ".join))
@settings(deadline=None, max_examples=300)
def test_parentheses_around_a_whole_query_change_nothing(text: str) -> None:
    try:
        plain = _shape(parse(text))
    except InputError:
        return
    assert _shape(parse(f"({text} )")) == plain
