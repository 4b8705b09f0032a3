"""What can be written in the expression language: text in, an admitted syntax tree out.

The syntax is a subset of Python's, read with :mod:`ast` and never evaluated by Python. Lengths
and depths are bounded. Whatever is not of the language is refused with its column and a hint.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
import warnings
from collections.abc import Iterator

from equipoise.errors import InputError
from equipoise.protocol.arithmetic import ARITY

LENGTH_MAX = 2000
DEPTH_MAX = 40

TRUTH = {"true": True, "false": False, "True": True, "False": False}
"""The names that are values."""

_NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_HABITS = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "&": "and",
    "|": "or",
    "=": "==",
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",
    "^": "**",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
}
_HABIT = re.compile(
    r"&&|\|\||=>|=<|<>|!(?!=)|[&|≥≤≠×^]|(?<![=<>!])=(?!=)|\b(?:AND|OR|NOT)\b",
)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)


def tree(text: str) -> ast.expr:
    """Read ``text``, one line.

    Raises:
        InputError: ``where`` is the column, ``what`` points at it.
    """
    if not text:
        raise InputError("column 1", "the expression is empty", "Write one, or leave it out.")
    if len(text) > LENGTH_MAX:
        raise mistake(text, LENGTH_MAX, f"longer than {LENGTH_MAX} characters", "Split it.")
    node = _read(text)
    _admit(node, text, DEPTH_MAX)
    return node


def mistake(text: str, column: int, what: str, todo: str) -> InputError:
    """Make the error that points at ``column`` (from 0) of ``text``."""
    start = max(0, column - 60)
    shown = text[start : column + 40]
    return InputError(
        f"column {column + 1}", f"{what}\n     {shown}\n     {' ' * (column - start)}^", todo
    )


def column(node: ast.expr, text: str) -> int:
    """Return where the node begins, in characters from 0 (ast counts UTF-8 bytes)."""
    return len(text.encode()[: node.col_offset].decode())


def names(node: ast.expr) -> Iterator[str]:
    """Iterate over the names of values, from left to right."""
    if isinstance(node, ast.Name):
        if node.id not in TRUTH:
            yield node.id
        return
    parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for part in parts:
        if isinstance(part, ast.expr):
            yield from names(part)


def pairs(node: ast.Compare) -> list[tuple[ast.expr, ast.cmpop, ast.expr]]:
    """Return ``a < b < c`` as its two comparisons."""
    lefts = [node.left, *node.comparators[:-1]]
    return list(zip(lefts, node.ops, node.comparators, strict=True))


def _read(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "1or 2" and "\d" are mistakes here
            return ast.parse(text, mode="eval").body
    except (RecursionError, MemoryError):
        raise mistake(text, 0, "nested too deeply", "Split the expression.") from None
    except (SyntaxError, ValueError, Warning) as error:
        offset = getattr(error, "offset", None) or len(text) + 1  # 0: at the end of the text
        habit = _HABIT.search(_QUOTED.sub(lambda m: " " * len(m[0]), text))
        if habit:
            todo = f"For `{habit[0]}` write `{_HABITS[habit[0]]}`."
            raise mistake(text, habit.start(), "cannot be read", todo) from None
        todo = "Write it as in `score >= 3 and not diabetes`; check brackets and quotes."
        raise mistake(text, min(offset - 1, len(text)), "cannot be read", todo) from None


def _admit(node: ast.expr, text: str, depth: int) -> None:
    """Refuse whatever is not of the language."""
    if depth == 0:
        raise mistake(text, column(node, text), "nested too deeply", "Split the expression.")
    for part in _parts(node, text):
        _admit(part, text, depth - 1)


def _parts(  # noqa: PLR0911 - one return per kind of node
    node: ast.expr, text: str
) -> list[ast.expr]:
    """Return the operands of an admitted node; raise InputError for any other."""
    match node:
        case ast.Constant(value=bool() | str()) | ast.Name():
            return []
        case ast.Constant(value=int() | float()) if _is_decimal(node, text):
            return []
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            return [operand]
        case ast.BinOp(op=op, left=left, right=right) if isinstance(op, _OPERATORS):
            return [left, right]
        case ast.Compare(ops=ops) if not any(isinstance(op, (ast.Is, ast.IsNot)) for op in ops):
            return _compared(node, text)
        case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
            _check_call(node, function, text)
            return args
    raise _refusal(node, text)


def _is_decimal(node: ast.Constant, text: str) -> bool:
    """Return whether a number is written as people write it: no 0x10, 1_000 or 1e999."""
    written = _NUMBER.fullmatch(ast.get_source_segment(text, node) or "")
    return written is not None and math.isfinite(float(written[0]))


def _compared(node: ast.Compare, text: str) -> list[ast.expr]:
    """Return what is compared; what stands after ``in`` must be a list, and is taken apart."""
    parts = [node.left]
    for op, right in zip(node.ops, node.comparators, strict=True):
        if not isinstance(op, (ast.In, ast.NotIn)):
            parts.append(right)
        elif isinstance(right, (ast.List, ast.Tuple)) and right.elts and len(node.ops) == 1:
            parts.extend(right.elts)
        else:
            todo = 'After `in` write a list and nothing more, as in `grade in ["A", "B"]`.'
            raise mistake(text, column(right, text), "cannot be read", todo)
    return parts


def _check_call(node: ast.Call, function: str, text: str) -> None:
    at = column(node, text)
    if function not in ARITY:
        near = difflib.get_close_matches(function, ARITY, 1)
        todo = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(ARITY)}."
        raise mistake(text, at, f"there is no function `{function}`", todo)
    least, most = ARITY[function]
    if not least <= len(node.args) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        what = f"`{function}` is given {len(node.args)} values"
        raise mistake(text, at, what, f"Give it {count}.")


def _refusal(node: ast.expr, text: str) -> InputError:
    todo = "Use names, numbers, comparisons, and/or/not, arithmetic and functions only."
    match node:
        case ast.Attribute():
            todo = "Items are named by their id alone, without a dot."
        case ast.List() | ast.Tuple():
            todo = "A list stands only after `in`."
        case ast.BinOp(op=ast.BitAnd()):
            todo = "For `&` write `and`."
        case ast.BinOp(op=ast.BitOr()):
            todo = "For `|` write `or`."
        case ast.BinOp(op=ast.BitXor()):
            todo = "For `^` write `**`."
        case ast.IfExp():
            todo = "There is no if. Multiply by a condition, which counts 0 or 1."
        case ast.Constant():
            todo = "Write numbers as 12, 0.5 or 1e-3."
    return mistake(text, column(node, text), "this is not part of the language", todo)
