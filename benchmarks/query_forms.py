"""Rules and queries without their names: which comparisons they make, and how these are joined."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any


def shape(node: ast.expr) -> Any:
    """Return the form of a rule or query without its names: how tests are joined, and which."""
    match node:
        case ast.BoolOp(op=op, values=parts):
            return _joined(type(op).__name__, [shape(part) for part in parts])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = shape(operand)
            return ("asked", not inner[1]) if inner[0] == "asked" else ("not", inner)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            lefts = [left, *rights[:-1]]
            tests = [_test(a, op, b) for a, op, b in zip(lefts, ops, rights, strict=True)]
            return tests[0] if len(tests) == 1 else _joined("And", tests)
        case ast.Name():
            return ("asked", True)
    return ("other", ast.dump(node))


_OPS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "=", "NotEq": "!="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def _test(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Any:
    if isinstance(op, ast.In) and isinstance(right, ast.List):
        return _joined("Or", [("code", "=", str(ast.literal_eval(e)).lower()) for e in right.elts])
    sign = _OPS.get(type(op).__name__, "?")
    if isinstance(left, ast.Constant):
        left, right, sign = right, left, _TURNED.get(sign, "?")
    if not isinstance(left, ast.Name) or not isinstance(right, (ast.Constant, ast.UnaryOp)):
        return ("other", ast.dump(left))
    value = ast.literal_eval(right)
    if isinstance(value, str):
        sex = {"female": "f", "male": "m"}
        return ("code", sign, sex.get(value.lower(), value.lower()))
    if sign == "=" and value in (0, 1):
        return ("asked", bool(value))
    return ("number", sign, float(value))


def _joined(how: str, parts: list[Any]) -> Any:
    flat: list[Any] = []
    for part in parts:
        flat += part[1] if part[0] == how else [part]
    return (how, sorted(flat, key=repr))


def leaves(form: Any) -> Iterator[Any]:
    """Yield the tests of a form."""
    if form[0] in ("And", "Or"):
        for part in form[1]:
            yield from leaves(part)
    elif form[0] == "not":
        yield from leaves(form[1])
    else:
        yield form


def wanted(query: str) -> Any:
    """Return the form of a query, None for one that counts or cannot be read."""
    where = query.partition("where")[2].strip()
    if "case when" in where:
        return None
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", where).replace("<>", "!=")
    try:
        return shape(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return None
