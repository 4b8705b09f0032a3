"""Expressions over arrays: the meaning of :mod:`equipoise.protocol.arithmetic`, for many at once.

A name stands for a :class:`Numbers` or :class:`Codes` of any shape (participants, or trials by
participants). Logic has three values: NaN is unknown, ``false and unknown`` is false. Numbers are
float64, so exact decimal results are met by comparing and rounding with a relative tolerance of
1e-12, far below any declared precision.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError
from equipoise.protocol import grammar
from equipoise.protocol.expression import parse

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NEAR = 1e-12
_DECIMALS = 12


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers known to lie in [``low``, ``high``]; true is 1, false 0, unknown NaN in both.

    ``high`` is the same object as ``low`` where all are known exactly.
    """

    low: Floats
    high: Floats

    @property
    def exact(self) -> Floats:
        """The numbers, NaN where they are not known exactly."""
        if self.low is self.high:
            return self.low
        return np.where(self.low == self.high, self.low, np.nan)


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes known to be among the ``words`` for which ``possible`` (..., words) is true.

    Unknown is where none is possible.
    """

    words: tuple[str, ...]
    possible: Flags


Column = Numbers | Codes


def numbers(values: ArrayLike, high: ArrayLike | None = None) -> Numbers:
    """Return exact numbers, or with ``high`` bounds; NaN is unknown."""
    low = np.asarray(values, dtype=np.float64)
    return Numbers(low, low if high is None else np.asarray(high, dtype=np.float64))


def codes(words: tuple[str, ...], index: ArrayLike) -> Codes:
    """Return codes from places in ``words``; NaN is unknown."""
    places = np.asarray(index, dtype=np.float64)
    return Codes(words, places[..., None] == np.arange(len(words)))


def evaluate(text: str, columns: Mapping[str, Column]) -> Numbers:
    """Return the value of an expression; its result must be a number, or true or false.

    The shape is what the columns broadcast to; a name that is absent is unknown.

    Raises:
        InputError: when the text cannot be read, or text meets numbers.
    """
    read = parse(text)
    tree, needed = read.tree, read.names
    words = {
        word for name in needed if isinstance(c := columns.get(name), Codes) for word in c.words
    }
    words |= {str(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant)
              and isinstance(n.value, str)}  # fmt: skip
    universe = tuple(sorted(words))
    known = {name: _among_words(columns[name], universe) for name in needed if name in columns}
    result = _number(_Tree(known, universe).value(tree))
    if isinstance(tree, ast.Name | ast.Constant):
        return result
    return _each(result, lambda x: np.round(x, _DECIMALS))


def decide(text: str, columns: Mapping[str, Column]) -> Floats:
    """Return 1 where the expression holds, 0 where not, NaN where that cannot be known."""
    return evaluate(text, columns).exact


def conditions(text: str) -> Iterator[str]:
    """Iterate over the parts of a rule that ``and`` joins, each as it would be written."""
    tree = grammar.tree(" ".join(text.split("\n")).strip())
    joined = isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And)
    for part in tree.values if joined else [tree]:  # type: ignore[attr-defined]
        yield ast.unparse(part)


def _among_words(column: Column, universe: tuple[str, ...]) -> Column:
    if isinstance(column, Numbers) or column.words == universe:
        return column
    possible = np.zeros((*column.possible.shape[:-1], len(universe)), dtype=np.bool_)
    for place, word in enumerate(column.words):
        possible[..., universe.index(word)] |= column.possible[..., place]
    return Codes(universe, possible)


@dataclass(frozen=True)
class _Tree:
    """The values of a tree's nodes; ``universe`` are all words that occur."""

    columns: Mapping[str, Column]
    universe: tuple[str, ...]

    def value(self, node: ast.expr) -> Column:  # noqa: PLR0911 - one return per kind of node
        match node:
            case ast.Constant(value=str(word)):
                return codes(self.universe, self.universe.index(word))
            case ast.Constant(value=constant):
                return numbers(float(constant))  # type: ignore[arg-type]
            case ast.Name(id=name) if name in grammar.TRUTH:
                return numbers(float(grammar.TRUTH[name]))
            case ast.Name(id=name):
                return self.columns.get(name, numbers(np.nan))
            case ast.Compare():
                return _and([self.comparison(*pair) for pair in grammar.pairs(node)])
            case ast.BoolOp(op=op, values=operands):
                truths = [_number(self.value(each)) for each in operands]
                return _and(truths) if isinstance(op, ast.And) else _not(_and(map(_not, truths)))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _not(_number(self.value(operand)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _each(_number(self.value(operand)), np.negative)
            case ast.UnaryOp(operand=operand):
                return _number(self.value(operand))
            case ast.BinOp(op=op, left=left, right=right):
                return _arithmetic(op, _number(self.value(left)), _number(self.value(right)))
            case ast.Call(func=ast.Name(id=function), args=args):
                return _call(function, [_number(self.value(each)) for each in args])
        raise AssertionError(ast.dump(node))  # the grammar let something through

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Numbers:
        a = self.value(left)
        if isinstance(right, ast.List | ast.Tuple):
            among = _among(a, [self.value(each) for each in right.elts])
            return among if isinstance(op, ast.In) else _not(among)
        b = self.value(right)
        match op:
            case ast.Lt():
                found = _less(a, b)
            case ast.Gt():
                found = _less(b, a)
            case ast.LtE():
                found = _not(_less(b, a))
            case ast.GtE():
                found = _not(_less(a, b))
            case ast.Eq():
                found = _equal(a, b)
            case _:
                found = _not(_equal(a, b))
        return found


def _number(column: Column) -> Numbers:
    if isinstance(column, Numbers):
        return column
    raise InputError(
        "expression",
        "text is used as a number",
        "Compare text with text in quotes, and calculate with numbers only.",
    )


def _finite(low: Floats, high: Floats) -> Numbers:
    """Return the numbers, unknown where an end is not finite."""
    if low is high:
        low = np.where(np.isfinite(low), low, np.nan)
        return Numbers(low, low)
    known = np.isfinite(low) & np.isfinite(high)
    return Numbers(np.where(known, low, np.nan), np.where(known, high, np.nan))


def _each(a: Numbers, function: Callable[[Floats], Floats]) -> Numbers:
    """Apply a rising function, or a falling one, to both ends."""
    with np.errstate(all="ignore"):
        if a.low is a.high:
            return _finite(value := function(a.low), value)
        ends = function(a.low), function(a.high)
    return _finite(np.minimum(*ends), np.maximum(*ends))


# --- logic and comparison -------------------------------------------------------------------


def _truth(true: Flags, false: Flags) -> Numbers:
    with np.errstate(invalid="ignore"):
        return numbers(np.divide(true, true | false))  # 0 / 0 is unknown; choices take longer


def _not(a: Numbers) -> Numbers:
    return numbers(1.0 - a.exact)


def _and(operands: Iterator[Numbers] | list[Numbers] | map[Numbers]) -> Numbers:
    true: Flags = np.asarray(True)  # noqa: FBT003 - an array of one truth
    false: Flags = np.asarray(False)  # noqa: FBT003
    for operand in operands:
        true, false = true & (operand.exact == 1), false | (operand.exact == 0)
    return _truth(true, false)


def _below(a: Floats, b: Floats) -> Flags:
    """Return where a < b beyond the tolerance; false where one is unknown."""
    with np.errstate(invalid="ignore"):
        return np.asarray(b - a > _NEAR * np.maximum(np.abs(a), np.abs(b)))


def _less(a: Column, b: Column) -> Numbers:
    if isinstance(a, Codes) and isinstance(b, Codes):
        a, b = _ranks(a), _ranks(b)
        return _truth(a.high < b.low, a.low >= b.high)
    x, y = _pair(a, b)
    reached = ~_below(x.low, y.high) & ~np.isnan(x.low) & ~np.isnan(y.low)
    return _truth(_below(x.high, y.low), reached)


def _equal(a: Column, b: Column) -> Numbers:
    if isinstance(a, Codes) and isinstance(b, Codes):
        known = a.possible.any(-1) & b.possible.any(-1)
        apart = known & ~(a.possible & b.possible).any(-1)
        same = known & np.asarray((a.possible | b.possible).sum(-1) == 1)
        return _truth(np.asarray(same), np.asarray(apart))
    x, y = _pair(a, b)
    apart = _below(x.high, y.low) | _below(y.high, x.low)
    exact = (x.low == x.high) & (y.low == y.high)
    return _truth(np.asarray(exact & ~apart), np.asarray(apart))


def _among(a: Column, listed: list[Column]) -> Numbers:
    found = _not(_and(_not(_equal(a, each)) for each in listed))
    words = [each for each in listed if isinstance(each, Codes)]
    if not isinstance(a, Codes) or not words:
        return found
    all_listed = np.any([each.possible for each in words], axis=0)
    inside = a.possible.any(-1) & ~(a.possible & ~all_listed).any(-1)
    return numbers(np.where(inside, 1.0, found.exact))


def _pair(a: Column, b: Column) -> tuple[Numbers, Numbers]:
    """Return two numbers; a name without a column is unknown whatever it is compared with."""
    unknown = numbers(np.nan)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Codes):
            if isinstance(other, Numbers) and not np.isnan(other.low).all():
                _number(one)
            return unknown, numbers(np.full(one.possible.shape[:-1], np.nan))
    return _number(a), _number(b)


def _ranks(a: Codes) -> Numbers:
    """Return the lowest and highest place in the alphabet; NaN where unknown."""
    places = np.arange(len(a.words), dtype=np.float64)
    known = a.possible.any(-1)
    low = np.where(a.possible, places, np.inf).min(-1, initial=np.inf)
    high = np.where(a.possible, places, -np.inf).max(-1, initial=-np.inf)
    return Numbers(np.where(known, low, np.nan), np.where(known, high, np.nan))


# --- arithmetic -----------------------------------------------------------------------------


def _arithmetic(op: ast.operator, a: Numbers, b: Numbers) -> Numbers:
    match op:
        case ast.Add():
            return _corners(np.add, a, b)
        case ast.Sub():
            return _corners(np.subtract, a, b)
        case ast.Mult():
            return _corners(np.multiply, a, b)
        case ast.Div():
            through_zero = (b.low <= 0) & (b.high >= 0)
            return _unless(through_zero, _corners(np.divide, a, b))
    vague = ~((a.low == a.high) & (b.low == b.high))
    undefined = ((a.low < 0) & vague) | ((a.low == 0) & (b.low == 0))
    return _unless(undefined, _corners(np.power, a, b))


def _unless(where: Flags, a: Numbers) -> Numbers:
    low = np.where(where, np.nan, a.low)
    return Numbers(low, low if a.high is a.low else np.where(where, np.nan, a.high))


def _corners(combine: np.ufunc, a: Numbers, b: Numbers) -> Numbers:
    """Lift an operation, monotone in each argument, to intervals: its extremes are at corners."""
    with np.errstate(all="ignore"):
        if a.low is a.high and b.low is b.high:
            return _finite(value := combine(a.low, b.low), value)
        ends = [combine(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    # minimum and maximum hand on NaN, so one corner that is not finite makes all unknown
    return _finite(np.minimum.reduce(ends), np.maximum.reduce(ends))


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _log(x: Floats) -> Floats:
    return np.asarray(np.log(np.where(x > 0, x, np.nan)))


def _floor(x: Floats) -> Floats:
    return np.asarray(np.floor(x + _NEAR * np.maximum(1.0, np.abs(x))))


_RISING: dict[str, Callable[[Floats], Floats]] = {
    "exp": np.exp,
    "log": _log,
    "sqrt": np.sqrt,
    "expit": _expit,
    "floor": _floor,
}


def _call(function: str, args: list[Numbers]) -> Numbers:
    if function in _RISING:
        return _each(args[0], _RISING[function])
    if function in ("min", "max"):
        combine = np.minimum if function == "min" else np.maximum
        low = combine.reduce(np.broadcast_arrays(*(a.low for a in args)))
        high = combine.reduce(np.broadcast_arrays(*(a.high for a in args)))
        return Numbers(low, low if all(a.low is a.high for a in args) else high)
    if function == "abs":
        a = args[0]
        low, high = np.abs(a.low), np.abs(a.high)
        nearest = np.where((a.low < 0) & (a.high > 0), 0.0, np.minimum(low, high))
        return Numbers(low, low) if a.low is a.high else Numbers(nearest, np.maximum(low, high))
    return _rounded(args[0], args[1] if len(args) > 1 else numbers(0.0))


def _rounded(a: Numbers, places: Numbers) -> Numbers:
    """Round half to even; the tolerance is for halves that a float misses."""
    digits = np.trunc(places.exact)
    digits = np.where(np.abs(digits) <= 20, digits, np.nan)
    scale = 10.0**digits

    def step(x: Floats) -> Floats:
        scaled = x * scale
        near = np.round(2 * scaled) / 2  # the half that x stands for, if it is one
        same = np.abs(near - scaled) <= _NEAR * np.maximum(1.0, np.abs(scaled))
        return np.asarray(np.round(np.where(same, near, scaled)) / scale)

    return _each(a, step)
