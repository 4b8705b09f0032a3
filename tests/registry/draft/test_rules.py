from __future__ import annotations

from decimal import Decimal

import pytest

from equipoise.protocol.expression import parse
from equipoise.registry.draft.rules import (
    Atom,
    Joint,
    Node,
    Not,
    atoms,
    compared,
    digits,
    joint,
    moved,
    text,
)


def _atom(rule: str) -> Atom:
    return Atom(rule, 3, 5, (), computed=False)


A, B, C = _atom("a"), _atom("b < 3"), _atom('c in ["X", "Y"]')


@pytest.mark.parametrize(
    ("node", "rule"),
    [
        (joint("or", [A, joint("and", [B, C]) or A]), 'a or (b < 3 and c in ["X", "Y"])'),
        (joint("and", [A, joint("or", [B, C]) or A]), 'a and (b < 3 or c in ["X", "Y"])'),
        (Not(joint("or", [A, B]) or A), "not (a or b < 3)"),
        (joint("and", [B, Not(A)]), "b < 3 and not a"),
        (Joint("or", (A, B, _atom("d")), 2), "a + (b < 3) + d >= 2"),
        (joint("or", [A, A]), "a"),
    ],
)
def test_rules_are_written_in_the_language_of_protocols(node: Node, rule: str) -> None:
    assert text(node) == rule
    parse(rule)


def test_at_least_two_of_three_counts() -> None:
    rule = parse(text(Joint("or", (A, B, _atom("d")), 2)))
    assert rule.decide({"a": True, "b": Decimal(2), "d": False}) is True
    assert rule.decide({"a": True, "b": Decimal(4), "d": False}) is False


def test_bounds_are_written_as_people_write_them() -> None:
    low, high = Decimal("18.50"), Decimal(100000)
    assert compared("x", [(">=", low), ("<", high)], "and") == "18.5 <= x < 100000"
    assert compared("x", [("<", low), (">", high)], "or") == "x < 18.5 or x > 100000"
    assert compared("x", [(">=", low), ("<=", low)], "and") == "x == 18.5"
    assert digits(Decimal(0)) == "0"


def test_places_move_with_the_text() -> None:
    node = joint("or", [A, Not(B)])
    assert node is not None
    assert [(a.start, a.end) for a in atoms(moved(node, 10))] == [(13, 15), (13, 15)]
    assert joint("and", []) is None
