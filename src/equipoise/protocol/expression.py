"""The one small expression language of protocols: rules, formulas, endpoints, assumptions.

::

    asthma or (fev1_percent < 60 and smokes)
    dose_mg / (height_m ** 2)
    grade in ["A", "B"]

Names, numbers, ``true``, ``false``, "text", lists after ``in``; ``and or not``;
``< <= > >= == != in``, chained if need be; ``+ - * / **``; the functions of
:data:`equipoise.protocol.arithmetic.ARITY`. :mod:`equipoise.protocol.grammar` says what can be
written, :mod:`equipoise.protocol.arithmetic` what it means.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from equipoise.errors import InputError
from equipoise.protocol import grammar
from equipoise.protocol.arithmetic import EXACT, FLOAT, Bounds, Exact, OneOf, Operation, exact

__all__ = ["Bounds", "Exact", "Expression", "Kind", "OneOf", "parse"]

Kind = Literal["boolean", "number", "text"]
Evaluator = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Expression:
    """A parsed expression, made by :func:`parse`; equal to another when the texts are equal."""

    text: str
    names: frozenset[str] = field(compare=False)
    """The names of the values it needs."""
    order: tuple[str, ...] = field(compare=False, repr=False)
    """The same in the order in which they first appear."""
    tree: ast.expr = field(compare=False, repr=False)
    """As it was read, for whoever writes it out in another form."""
    _exact: Evaluator = field(compare=False, repr=False)
    _float: Evaluator = field(compare=False, repr=False)

    def decide(self, values: Mapping[str, Any]) -> bool | None:
        """Return whether the expression holds, None when that cannot be known.

        ``values`` are true or false, integers, Decimals, text, :class:`Bounds`, :class:`OneOf`;
        None or absent is unknown.

        Raises:
            InputError: when the result is no truth value, or text meets numbers.
        """
        result = self._exact(values)
        if result is None or isinstance(result, bool):
            return result
        raise InputError(
            self.text,
            "the expression is not something that is true or false",
            "Compare it with something, as in `score >= 3`.",
        )

    def value(self, values: Mapping[str, Any]) -> Exact:
        """Return the exact value: true or false, a Decimal (28 digits), text, or None (unknown).

        :class:`Bounds` and :class:`OneOf` come out only where ``values`` hold some. Division by
        zero and the like are unknown.

        Raises:
            InputError: when text meets numbers.
        """
        return self._exact(values)  # type: ignore[no-any-return]

    def missing(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the unknown names that stand in the way of a result, in order of appearance.

        A name that cannot change what is decided already is not among them.
        """
        return tuple(dict.fromkeys(_missing(self.tree, values)))

    def number(self, values: Mapping[str, Any]) -> float:
        """Return the value in floats, true 1.0 and false 0.0; not-a-number for 0/0 and the like.

        ``values`` are floats, integers, true or false, and text to compare.

        Raises:
            InputError: when a name has no value, or text is used as a number.
        """
        try:
            return float(self._float(values))
        except KeyError as error:
            raise InputError(
                self.text, f"`{error.args[0]}` has no value", "Draw it before it is used."
            ) from None
        except (TypeError, ValueError):
            raise InputError(
                self.text,
                "text is used as a number",
                "Compare text with text in quotes, and calculate with numbers only.",
            ) from None

    def kind(self, kinds: Mapping[str, Kind]) -> Kind:
        """Return the kind of the result, given those of the names.

        Booleans may stand where numbers are wanted and count 0 or 1. A name that is not in
        ``kinds`` fits anywhere.

        Raises:
            InputError: with the column, when kinds do not fit.
        """
        return _kind(self.tree, kinds, self.text) or "number"


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read an expression; line breaks count as spaces.

    Raises:
        InputError: ``where`` is the column, ``what`` points at it.
    """
    line = " ".join(text.split("\n")).strip()
    tree = grammar.tree(line)
    return Expression(
        text=line,
        names=frozenset(grammar.names(tree)),
        order=tuple(dict.fromkeys(grammar.names(tree))),
        tree=tree,
        _exact=_EXACT.build(tree),
        _float=_FLOAT.build(tree),
    )


# --- evaluating -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Arithmetic:
    """How a tree becomes nested functions, each applying an operation of ``table`` to its parts."""

    table: Mapping[type[ast.AST] | str, Operation]
    constant: Callable[[Any], Any]
    look: Callable[[Mapping[str, Any], str], Any]

    def build(self, node: ast.expr) -> Evaluator:  # noqa: PLR0911 - one return per kind of node
        match node:
            case ast.Constant(value=value):
                return _always(self.constant(value))
            case ast.Name(id=name) if name in grammar.TRUTH:
                return _always(grammar.TRUTH[name])
            case ast.Name(id=name):
                return lambda values: self.look(values, name)
            case ast.Compare():
                comparisons = [self.compare(*pair) for pair in grammar.pairs(node)]
                return comparisons[0] if len(comparisons) == 1 else self.apply(ast.And, comparisons)
            case ast.BoolOp(op=op, values=operands):
                return self.apply(type(op), [self.build(each) for each in operands])
            case ast.UnaryOp(op=sign, operand=operand):
                return self.apply(type(sign), [self.build(operand)])
            case ast.BinOp(op=operator, left=left, right=right):
                return self.apply(type(operator), [self.build(left), self.build(right)])
            case ast.Call(func=ast.Name(id=function), args=args):
                return self.apply(function, [self.build(each) for each in args])
        raise AssertionError(ast.dump(node))  # the grammar let something through

    def apply(self, key: type[ast.AST] | str, parts: list[Evaluator]) -> Evaluator:
        operation = self.table[key]
        match parts:
            case [one]:
                return lambda values: operation(one(values))
            case [left, right]:
                return lambda values: operation(left(values), right(values))
        return lambda values: operation(*[part(values) for part in parts])

    def compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Evaluator:
        if isinstance(right, (ast.List, ast.Tuple)):
            return self.apply(type(op), [self.build(each) for each in (left, *right.elts)])
        return self.apply(type(op), [self.build(left), self.build(right)])


def _always(value: Any) -> Evaluator:
    return lambda _: value


_EXACT = _Arithmetic(
    EXACT,
    # repr is the shortest decimal that reads back as the float: what was written.
    lambda value: value if isinstance(value, (bool, str)) else Decimal(repr(value)),
    lambda values, name: exact(values.get(name)),
)
_FLOAT = _Arithmetic(
    FLOAT,
    lambda value: value if isinstance(value, (bool, str)) else float(value),
    lambda values, name: values[name],
)


def _missing(node: ast.expr, values: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over the names for want of which ``node`` has no value."""
    result = _EXACT.build(node)(values)
    if _settled(result):
        return
    match node:
        case ast.BoolOp(values=operands):
            for operand in operands:
                yield from _missing(operand, values)
        case ast.Compare(ops=[_, _, *_]):
            for left, op, right in grammar.pairs(node):
                yield from _missing(ast.Compare(left, [op], [right]), values)
        case _:
            for name in grammar.names(node):
                if not _settled(values.get(name)):
                    yield name


def _settled(value: Any) -> bool:
    return value is not None and not isinstance(value, (Bounds, OneOf))


# --- kinds ----------------------------------------------------------------------------------


def _kind(  # noqa: PLR0911 - one return per kind of node
    node: ast.expr, kinds: Mapping[str, Kind], text: str
) -> Kind | None:
    """Return the kind of ``node``, None where it hangs on a name of unknown kind."""
    match node:
        case ast.Constant(value=bool()):
            return "boolean"
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant():
            return "number"
        case ast.Name(id=name):
            return "boolean" if name in grammar.TRUTH else kinds.get(name)
        case ast.BoolOp(values=operands):
            return _all(operands, "boolean", kinds, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _all([operand], "boolean", kinds, text)
        case ast.UnaryOp(operand=operand):
            return _all([operand], "number", kinds, text)
        case ast.BinOp(left=left, right=right):
            return _all([left, right], "number", kinds, text)
        case ast.Call(args=args):
            return _all(args, "number", kinds, text)
        case ast.Compare():
            for left, _, right in grammar.pairs(node):
                _comparable(left, right, kinds, text)
            return "boolean"
    raise AssertionError(ast.dump(node))


def _all(operands: list[ast.expr], wanted: Kind, kinds: Mapping[str, Kind], text: str) -> Kind:
    """Return ``wanted`` when every operand can stand for it."""
    for operand in operands:
        kind = _kind(operand, kinds, text)
        if kind not in (wanted, None) and not (wanted == "number" and kind == "boolean"):
            todo = (
                "Compare it with something, as in `score >= 3`."
                if wanted == "boolean"
                else "Calculate with numbers only."
            )
            what = f"this is {_WORDS[kind]}, where {_WORDS[wanted]} is wanted"
            raise grammar.mistake(text, grammar.column(operand, text), what, todo)
    return wanted


def _comparable(left: ast.expr, right: ast.expr, kinds: Mapping[str, Kind], text: str) -> None:
    rights = right.elts if isinstance(right, (ast.List, ast.Tuple)) else [right]
    for each in rights:
        pair = {_kind(left, kinds, text), _kind(each, kinds, text)}
        if "text" in pair and not pair <= {"text", None}:
            raise grammar.mistake(
                text,
                grammar.column(each, text),
                "text is compared with a number",
                'Put the code of a choice in quotes, as in `grade == "3"`; write numbers without.',
            )


_WORDS: dict[Kind | None, str] = {
    "boolean": "a yes or no",
    "number": "a number",
    "text": "text",
    None: "unknown",
}
