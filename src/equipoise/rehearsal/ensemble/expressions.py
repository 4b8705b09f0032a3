"""Expressions over what is known of a person, written out as source for compiled loops.

The meaning is that of the float table of :mod:`equipoise.protocol.arithmetic`, operation by
operation, so that a compiled loop gives the bits that :meth:`Expression.number` gives.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from equipoise.errors import InputError
from equipoise.protocol import grammar
from equipoise.protocol.expression import parse


@dataclass(frozen=True)
class Column:
    """A value of every person in a loop: its source, and what it is.

    A ``text`` is the place of its value in ``codes``, of which None is no text (an unanswered
    choice, which counts as 0).
    """

    source: str
    kind: Literal["number", "boolean", "text"]
    codes: tuple[str | None, ...] = ()


Names = Mapping[str, Column]


def number_source(expression: float | str, names: Names) -> Column:
    """Return the source of a number or an expression over ``names``, as a number."""
    if isinstance(expression, int | float):
        return constant(float(expression))
    column = _Source(expression, names).of(parse(expression).tree)
    return Column(as_number(column, expression), "number")


def constant(value: float) -> Column:
    """Return the source of a number that is the same for everybody."""
    return Column(repr(float(value)), "number")


def as_number(column: Column, where: str) -> str:
    """Return the source of ``column`` as a number: true 1, false 0."""
    if column.kind == "text":
        raise InputError(
            where,
            "text is used as a number",
            "Compare text with text in quotes, and calculate with numbers only.",
        )
    return f"(1.0 if {column.source} else 0.0)" if column.kind == "boolean" else column.source


def as_truth(column: Column) -> str:
    """Return the source of whether ``column`` counts as true: numbers but 0, text but empty."""
    if column.kind == "boolean":
        return column.source
    if column.kind == "number":
        return f"({column.source} != 0.0)"
    return _any_code(column, bool)


def _any_code(column: Column, holds: Callable[[str | None], bool]) -> str:
    places = [i for i, code in enumerate(column.codes) if holds(code)]
    tests = [f"({column.source} == {float(place)})" for place in places]
    return f"({' | '.join(tests)})" if tests else "False"


_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_ORDER = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">="}


class _Source:
    """The source of one expression."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._names = names

    def of(self, node: ast.expr) -> Column:  # noqa: PLR0911 - one return per kind of node
        """Return the source of ``node``."""
        match node:
            case ast.Constant(value=bool() as truth):
                return Column(str(truth), "boolean")
            case ast.Constant(value=str() as text):
                return Column("0.0", "text", (text,))
            case ast.Constant(value=int() | float() as value):
                return constant(value)
            case ast.Name(id=name) if name in grammar.TRUTH:
                return Column(str(grammar.TRUTH[name]), "boolean")
            case ast.Name(id=name):
                return self._named(name)
            case ast.Compare():
                tests = [self._compared(*pair) for pair in grammar.pairs(node)]
                return _joined("&", tests)
            case ast.BoolOp(op=op, values=operands):
                parts = [self.of(each) for each in operands]
                truths = [Column(as_truth(p), "boolean") for p in parts]
                return _joined("&" if isinstance(op, ast.And) else "|", truths)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                part = self.of(operand)
                return Column(f"(not {as_truth(part)})", "boolean")
            case ast.UnaryOp(op=sign, operand=operand):
                part = self.of(operand)
                mark = "-" if isinstance(sign, ast.USub) else "+"
                return self._number(f"({mark}{{}})", part)
            case ast.BinOp(op=operator, left=left, right=right):
                return self._calculated(operator, left, right)
            case ast.Call(func=ast.Name(id=function), args=args):
                return self._called(function, [self.of(each) for each in args])
        raise AssertionError(ast.dump(node))  # the grammar let something through

    def _named(self, name: str) -> Column:
        if name not in self._names:
            raise InputError(self._text, f"`{name}` has no value", "Draw it before it is used.")
        return self._names[name]

    def _number(self, pattern: str, *parts: Column) -> Column:
        sources = [as_number(part, self._text) for part in parts]
        return Column(pattern.format(*sources), "number")

    def _calculated(self, operator: ast.operator, left: ast.expr, right: ast.expr) -> Column:
        parts = self.of(left), self.of(right)
        if type(operator) in _BINARY:
            return self._number(f"({{}} {_BINARY[type(operator)]} {{}})", *parts)
        if isinstance(operator, ast.Div):
            return self._number("quotient({}, {})", *parts)
        return self._number("power({}, {})", *parts)

    def _called(self, function: str, parts: list[Column]) -> Column:
        if function in ("min", "max"):
            name = "least" if function == "min" else "greatest"
            found = parts[0]
            for part in parts[1:]:
                found = self._number(f"{name}({{}}, {{}})", found, part)
            return self._number("{}", found)
        if function == "round" and len(parts) == 1:
            return self._number("round_to({}, 0.0)", *parts)
        names = {"round": "round_to", "abs": "abs", "floor": "floor"}
        pattern = f"{names.get(function, function)}({', '.join(['{}'] * len(parts))})"
        return self._number(pattern, *parts)

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Column:
        first = self.of(left)
        if isinstance(op, ast.In | ast.NotIn):
            assert isinstance(right, ast.List | ast.Tuple)  # the grammar sees to it
            equal = [self._equal(first, self.of(each)) for each in right.elts]
            among = _joined("|", equal)
            return among if isinstance(op, ast.In) else _not(among)
        second = self.of(right)
        if isinstance(op, ast.Eq):
            return self._equal(first, second)
        if isinstance(op, ast.NotEq):
            return _not(self._equal(first, second))
        sign = _ORDER[type(op)]
        if "text" not in (first.kind, second.kind):
            found = self._number(f"({{}} {sign} {{}})", first, second)
            return Column(found.source, "boolean")
        return self._texts(first, second, sign)

    def _equal(self, first: Column, second: Column) -> Column:
        if (first.kind == "text") != (second.kind == "text"):
            return Column("False", "boolean")
        if first.kind == "text":
            return self._texts(first, second, "==")
        found = self._number("({} == {})", first, second)
        return Column(found.source, "boolean")

    def _texts(self, first: Column, second: Column, sign: str) -> Column:
        """Compare two texts by the pairs of codes for which the comparison holds."""
        if first.kind != "text" or second.kind != "text":
            raise InputError(
                self._text,
                "text is compared with a number",
                "Compare text with text in quotes, and numbers with numbers.",
            )
        holds = {
            "==": str.__eq__, "<": str.__lt__, ">": str.__gt__, "<=": str.__le__, ">=": str.__ge__,
        }[sign]  # fmt: skip
        tests = [
            f"(({first.source} == {float(i)}) & ({second.source} == {float(j)}))"
            for i, one in enumerate(first.codes)
            for j, other in enumerate(second.codes)
            if one is not None and other is not None and holds(one, other)
        ]
        source = f"({' | '.join(tests)})" if tests else "False"
        return Column(source, "boolean")


def _joined(sign: str, parts: list[Column]) -> Column:
    joined = f" {sign} ".join(part.source for part in parts)
    return Column(f"({joined})" if len(parts) > 1 else joined, "boolean")


def _not(column: Column) -> Column:
    return Column(f"(not {column.source})", "boolean")
