"""What the operators of the expression language mean: exactly and for what is known, or in floats.

Two tables map each operator to a function. ``EXACT`` computes in :class:`decimal.Decimal` under
Kleene's three-valued logic: unknown (None) goes through arithmetic and comparison, ``false and
unknown`` is false, ``true or unknown`` is true. A number of which only :class:`Bounds` are known
goes through by interval arithmetic; a code may be known to be :class:`OneOf` several. ``FLOAT``
computes in floats, booleans counting 0 or 1, and knows no unknown; its functions are the kernels',
so that it gives the same bits on every machine, and compiled loops give them too.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from equipoise.errors import InputError
from equipoise.kernels.elementary import exp, log
from equipoise.kernels.powers import power


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number known to lie in [``low``, ``high``], such as a score with parts unanswered."""

    low: Decimal
    high: Decimal

    def __init__(self, low: Decimal | int, high: Decimal | int) -> None:
        """Take the ends; raise ValueError when they run backwards."""
        if low > high:
            raise ValueError(f"bounds run backwards: {low} to {high}")
        object.__setattr__(self, "low", Decimal(low))
        object.__setattr__(self, "high", Decimal(high))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A code known to be one of ``codes``, such as a class with parts of its score unanswered."""

    codes: frozenset[str]


Exact = bool | Decimal | str | Bounds | OneOf | None
Operation = Callable[..., Any]

# 28 digits and no traps: what cannot be computed (1/0, log of 0) comes out non-finite, that is
# unknown, instead of stopping the trial.
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999, traps=[])


# --- exact ----------------------------------------------------------------------------------


def exact(value: Any) -> Exact:
    """Return ``value`` as the exact arithmetic takes it: integers as Decimal.

    Raises:
        InputError: for a float, whose decimals were not declared, or any other type.
    """
    if value is None or isinstance(value, (bool, str, Bounds, OneOf)):
        return value
    if isinstance(value, (int, Decimal)) and Decimal(value).is_finite():
        return Decimal(value)
    raise InputError(
        "expression",
        f"{value!r} is not an exact value",
        "Give true or false, an integer, a Decimal, text, Bounds, OneOf or None.",
    )


def _interval(value: Exact, doing: str) -> Bounds | None:
    """Return a number as an interval; raise InputError for text."""
    if value is None or isinstance(value, Bounds):
        return value
    if isinstance(value, (str, OneOf)):
        text = value if isinstance(value, str) else ", ".join(sorted(value.codes))
        raise InputError(
            "expression",
            f'{doing} of the text "{text}"',
            "Compare text with text in quotes, and calculate with numbers only.",
        )
    return Bounds(Decimal(value), Decimal(value))


def _between(*ends: Decimal) -> Exact:
    """Return the number or interval spanned by ``ends``, unknown when one is not finite."""
    if not all(end.is_finite() for end in ends):
        return None
    low, high = min(ends), max(ends)
    return low if low == high else Bounds(low, high)


def _corners(combine: Callable[[Decimal, Decimal], Decimal]) -> Operation:
    """Lift an operation, monotone in each argument, to intervals: its extremes are at corners."""

    def apply(a: Exact, b: Exact) -> Exact:
        x, y = _interval(a, "arithmetic"), _interval(b, "arithmetic")
        if x is None or y is None:
            return None
        return _between(*(combine(p, q) for p in (x.low, x.high) for q in (y.low, y.high)))

    return apply


def _monotone(function: Callable[[Decimal], Decimal]) -> Operation:
    """Lift a monotone function of one number to intervals."""

    def apply(a: Exact) -> Exact:
        x = _interval(a, "a function")
        return None if x is None else _between(function(x.low), function(x.high))

    return apply


def _divide(a: Exact, b: Exact) -> Exact:
    y = _interval(b, "division")
    if y is not None and y.low <= 0 <= y.high:
        return None
    return _quotient(a, b)  # type: ignore[no-any-return]


def _power(a: Exact, b: Exact) -> Exact:
    x, y = _interval(a, "a power"), _interval(b, "a power")
    if x is not None and y is not None and x.low < 0 and (x.low, y.low) != (x.high, y.high):
        return None  # not monotone for negative numbers
    return _raise(a, b)  # type: ignore[no-any-return]


def _absolute(a: Exact) -> Exact:
    x = _interval(a, "a function")
    if x is None:
        return None
    nearest = [Decimal(0)] if x.low < 0 < x.high else []
    return _between(abs(x.low), abs(x.high), *nearest)


def _expit(x: Decimal) -> Decimal:
    return _CONTEXT.divide(Decimal(1), _CONTEXT.add(Decimal(1), _CONTEXT.exp(-x)))


def _rounded(a: Exact, places: Exact = Decimal(0)) -> Exact:
    """Round half to even, as IEEE 754 does and the float table too."""
    if not isinstance(places, Decimal) or abs(places) > 20:
        return None
    step = Decimal(1).scaleb(-int(places))
    return _monotone(lambda x: x.quantize(step, context=_CONTEXT))(a)  # type: ignore[no-any-return]


def _least(*numbers: Exact) -> Exact:
    intervals = [_interval(n, "min") for n in numbers]
    known = [x for x in intervals if x is not None]
    if len(known) < len(intervals):
        return None
    return _between(min(x.low for x in known), min(x.high for x in known))


def _greatest(*numbers: Exact) -> Exact:
    intervals = [_interval(n, "max") for n in numbers]
    known = [x for x in intervals if x is not None]
    if len(known) < len(intervals):
        return None
    return _between(max(x.low for x in known), max(x.high for x in known))


def _codes(value: Exact) -> frozenset[str] | None:
    if isinstance(value, OneOf):
        return value.codes
    return frozenset({value}) if isinstance(value, str) else None


def _less(a: Exact, b: Exact) -> bool | None:
    codes, others = _codes(a), _codes(b)
    if codes and others:
        found = {code < other for code in codes for other in others}
        return found.pop() if len(found) == 1 else None
    if a is None or b is None:
        return None
    x, y = _interval(a, "comparison"), _interval(b, "comparison")
    assert x is not None  # a and b are known
    assert y is not None
    return True if x.high < y.low else False if x.low >= y.high else None


def _equal(a: Exact, b: Exact) -> bool | None:
    codes, others = _codes(a), _codes(b)
    if codes and others:
        same = codes & others
        return False if not same else True if len(codes | others) == 1 else None
    if a is None or b is None:
        return None
    x, y = _interval(a, "comparison"), _interval(b, "comparison")
    if x == y and x is not None and x.low == x.high:
        return True
    return False if _less(a, b) or _less(b, a) else None


def _among(a: Exact, *listed: Exact) -> bool | None:
    codes = _codes(a)
    if codes and codes <= {each for each in listed if isinstance(each, str)}:
        return True
    return _or(*[_equal(a, each) for each in listed])


def _truth(value: Exact) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise InputError(
        "expression",
        f"{value} is used as if it were true or false",
        "Compare it with something, as in `score >= 3`.",
    )


def _not(a: Exact) -> bool | None:
    truth = _truth(a)
    return None if truth is None else not truth


def _and(*operands: Exact) -> bool | None:
    truths = [_truth(o) for o in operands]
    return False if False in truths else None if None in truths else True


def _or(*operands: Exact) -> bool | None:
    truths = [_truth(o) for o in operands]
    return True if True in truths else None if None in truths else False


_quotient = _corners(_CONTEXT.divide)
_raise = _corners(_CONTEXT.power)

EXACT: dict[type[ast.AST] | str, Operation] = {
    ast.Add: _corners(_CONTEXT.add),
    ast.Sub: _corners(_CONTEXT.subtract),
    ast.Mult: _corners(_CONTEXT.multiply),
    ast.Div: _divide,
    ast.Pow: _power,
    ast.USub: _monotone(_CONTEXT.minus),
    ast.UAdd: _monotone(_CONTEXT.plus),
    ast.Lt: _less,
    ast.Gt: lambda a, b: _less(b, a),
    ast.LtE: lambda a, b: _not(_less(b, a)),
    ast.GtE: lambda a, b: _not(_less(a, b)),
    ast.Eq: _equal,
    ast.NotEq: lambda a, b: _not(_equal(a, b)),
    ast.In: _among,
    ast.NotIn: lambda a, *listed: _not(_among(a, *listed)),
    ast.And: _and,
    ast.Or: _or,
    ast.Not: _not,
    "exp": _monotone(_CONTEXT.exp),
    "log": _monotone(lambda x: _CONTEXT.ln(x) if x > 0 else Decimal("NaN")),
    "sqrt": _monotone(_CONTEXT.sqrt),
    "expit": _monotone(_expit),
    "floor": _monotone(lambda x: x.to_integral_value(ROUND_FLOOR)),
    "abs": _absolute,
    "round": _rounded,
    "min": _least,
    "max": _greatest,
}


# --- floats ---------------------------------------------------------------------------------


def _or_nan(function: Callable[..., float]) -> Callable[..., float]:
    """Return ``function`` giving infinity or not-a-number where Python would raise."""

    def apply(*numbers: float) -> float:
        try:
            value = function(*numbers)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan
        return math.nan if isinstance(value, complex) else value

    return apply


def _on_floats(kernel: Callable[..., float]) -> Callable[..., float]:
    """Return ``kernel`` for any numbers; text raises ValueError, as in :class:`float`."""
    return lambda *numbers: kernel(*map(float, numbers))


def _float_expit(x: float) -> float:
    small = exp(-abs(float(x)))
    return 1 / (1 + small) if x >= 0 else small / (1 + small)


def _float_log(x: float) -> float:
    return log(float(x)) if x > 0 else math.nan


def _float_round(x: float, places: float = 0) -> float:
    scale = 10.0 ** int(places)
    return round(x * scale) / scale


FLOAT: dict[type[ast.AST] | str, Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _or_nan(operator.truediv),
    ast.Pow: _on_floats(power),
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda x, *listed: x in listed,
    ast.NotIn: lambda x, *listed: x not in listed,
    ast.And: lambda *operands: all(operands),
    ast.Or: lambda *operands: any(operands),
    ast.Not: operator.not_,
    "exp": _on_floats(exp),
    "log": _float_log,
    "sqrt": _or_nan(math.sqrt),
    "expit": _float_expit,
    "floor": _or_nan(math.floor),
    "abs": abs,
    "round": _or_nan(_float_round),
    "min": min,
    "max": max,
}

ARITY: dict[str, tuple[int, int]] = {
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "expit": (1, 1),
    "floor": (1, 1),
    "abs": (1, 1),
    "round": (1, 2),
    "min": (2, 20),
    "max": (2, 20),
}
"""How many arguments each function takes: at least, at most."""
