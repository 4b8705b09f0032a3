from __future__ import annotations

import pytest

from equipoise.errors import InputError
from equipoise.protocol.arithmetic import ARITY
from equipoise.protocol.expression import parse


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
        ("a or", 5, "brackets"),
        ("a b", 3, "brackets"),
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
        ('"a = b" = x', 9, "`==`"),
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


@pytest.mark.parametrize(("function", "least", "most"), [(f, *n) for f, n in ARITY.items()])
def test_functions_take_so_many_values(function: str, least: int, most: int) -> None:
    for count in (least, most):
        assert parse(f"{function}({', '.join(['x'] * count)})").names == {"x"}
    for count in (least - 1, most + 1):
        with pytest.raises(InputError, match=rf"`{function}` is given {count} values"):
            parse(f"{function}({', '.join(['x'] * count)})")


def test_functions_are_as_documented() -> None:
    one, two = {"exp", "log", "sqrt", "expit", "floor", "abs"}, {"min", "max"}
    assert {f for f, arity in ARITY.items() if arity == (1, 1)} == one
    assert {f for f, arity in ARITY.items() if arity[0] == 2} == two
    assert ARITY["round"] == (1, 2)


def test_the_mistake_in_a_long_expression_is_shown_with_its_surroundings() -> None:
    with pytest.raises(InputError) as caught:
        parse("a and " * 20 + "b.c" + " and d" * 20)
    problem = caught.value.problem
    shown, pointer = (line.removeprefix("     ") for line in problem.what.split("\n")[1:])
    assert problem.where == "column 121"
    assert len(shown) == 100
    assert shown[pointer.index("^") :].startswith("b.c")
    assert shown.startswith("a and")
