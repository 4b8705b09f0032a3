"""What a text demands of a number: ``≥18 and ≤75 years``, ``III or IV``, ``2 to 3``, ``< 90``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from equipoise.registry.draft.lexing import ULN, Op, Token, Unit

_VALUES = frozenset({"number", "roman"})


@dataclass(frozen=True, slots=True)
class Bound:
    """Tests that a number passes: all of them (``and``) or one (``or``).

    ``bare``: a number without any comparison, which only means something for a grade or a score.
    ``symbol``: the first comparison is written in signs.
    """

    tests: tuple[tuple[Op, Decimal], ...]
    joined: Literal["and", "or"]
    unit: Unit | None
    start: int
    end: int
    bare: bool = False
    symbol: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What stands in brackets."""

    parts: tuple[Element, ...]
    start: int
    end: int


Element = Token | Bound | Group


def elements(tokens: Sequence[Token]) -> tuple[Element, ...]:
    """Return the tokens with brackets grouped and comparisons put together."""
    parts, _ = _grouped(tokens, 0, 0)
    return parts


_DEPTH_MAX = 8


def _grouped(tokens: Sequence[Token], at: int, depth: int) -> tuple[tuple[Element, ...], int]:
    found: list[Element] = []
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "close" and depth:
            break
        if token.kind == "open" and depth < _DEPTH_MAX:
            inner, after = _grouped(tokens, at + 1, depth + 1)
            end = tokens[after].end if after < len(tokens) else tokens[-1].end
            found.append(Group(inner, token.start, end))
            at = after + 1
            continue
        found.append(token)
        at += 1
    return tuple(_fused(found)), at


def _fused(parts: list[Element]) -> Iterator[Element]:
    at = 0
    while at < len(parts):
        flipped = _flipped(parts, at) or _spread(parts, at)
        if flipped is not None:
            named, bound, at = flipped
            yield from named
            yield bound
            continue
        found = _bound(parts, at)
        if found is None:
            yield parts[at]
            at += 1
            continue
        bound, at = found
        while (more := _further(parts, at, bound)) is not None:
            bound, at = more
        yield bound


def _kind(parts: Sequence[Element], at: int) -> str:
    part = parts[at] if 0 <= at < len(parts) else None
    return part.kind if isinstance(part, Token) else ""


def _value(parts: Sequence[Element], at: int) -> tuple[Token, Unit | None, int] | None:
    """Return a number with its unit, and where what follows begins."""
    part = parts[at] if at < len(parts) else None
    if not isinstance(part, Token):
        return None
    if part.kind == "unit" and part.unit == ULN:  # "above the upper limit": once that limit
        return Token("number", "1", part.start, part.end, value=Decimal(1)), ULN, at + 1
    if part.kind not in _VALUES:
        return None
    following = parts[at + 1] if at + 1 < len(parts) else None
    if isinstance(following, Token) and following.kind == "unit":
        return part, following.unit, at + 2
    return part, None, at + 1


def _bound(  # noqa: PLR0911 - one return per way of writing a bound
    parts: Sequence[Element], at: int
) -> tuple[Bound, int] | None:
    first = parts[at]
    if not isinstance(first, Token):
        return None
    if first.kind == "compare":
        return _compared(parts, at, first)
    if first.kind == "between":
        return _range(parts, at + 1, first.start, ("and", "dash", "or"))
    if first.kind not in _VALUES:
        return None
    spanned = _range(parts, at, first.start, ("dash",))
    if spanned is not None:
        return spanned
    value = _value(parts, at)
    if value is None:
        return None
    number, unit, after = value
    if _kind(parts, after) == "after":
        token = parts[after]
        assert isinstance(token, Token)
        after_unit = _value_unit(parts, after + 1)
        unit, following = (after_unit, after + 2) if after_unit and not unit else (unit, after + 1)
        end = parts[following - 1].end
        return Bound(((token.op, number.value),), "and", unit, first.start, end), following
    return _listed(parts, at, number, unit, after)


def _value_unit(parts: Sequence[Element], at: int) -> Unit | None:
    part = parts[at] if at < len(parts) else None
    return part.unit if isinstance(part, Token) and part.kind == "unit" else None


def _compared(parts: Sequence[Element], at: int, first: Token) -> tuple[Bound, int] | None:
    value = _value(parts, at + 1)
    if value is None:
        return None
    number, unit, after = value
    tests: list[tuple[Op, Decimal]] = [(first.op, number.value)]
    end = parts[after - 1].end
    if first.op in (">", ">=") and _kind(parts, after) == "dash":  # "≥18 to 75", "≥18-75 years"
        upper = _value(parts, after + 1)
        if upper is not None and upper[0].value > number.value:
            tests.append(("<=", upper[0].value))
            unit, after = upper[1] or unit, upper[2]
            end = parts[after - 1].end
    if _kind(parts, after) == "after":  # "at least 18 years or older"
        end, after = parts[after].end, after + 1
    return Bound(tuple(tests), "and", unit, first.start, end, symbol=first.symbol), after


def _range(
    parts: Sequence[Element], at: int, start: int, between: tuple[str, ...]
) -> tuple[Bound, int] | None:
    low = _value(parts, at)
    if low is None or _kind(parts, low[2]) not in between:
        return None
    high = _value(parts, low[2] + 1)
    if high is None or high[0].value < low[0].value:
        return None
    unit, end = high[1] or low[1], parts[high[2] - 1].end
    tests: tuple[tuple[Op, Decimal], ...] = ((">=", low[0].value), ("<=", high[0].value))
    return Bound(tests, "and", unit, start, end), high[2]


def _listed(
    parts: Sequence[Element], at: int, number: Token, unit: Unit | None, after: int
) -> tuple[Bound, int]:
    """Read ``III`` or a list of neighbours, ``0, 1 or 2``, which is a range."""
    values, end = [number.value], parts[after - 1].end
    while True:
        here = after
        while _kind(parts, here) in {"comma", "or", "slash", "and"}:
            here += 1
        value = _value(parts, here) if here > after else None
        if value is None or value[0].value != values[-1] + 1:
            break
        values.append(value[0].value)
        unit, after = value[1] or unit, value[2]
        end = parts[after - 1].end
    low, high = values[0], values[-1]
    tests: tuple[tuple[Op, Decimal], ...] = ((">=", low), ("<=", high))
    return Bound(tests, "and", unit, parts[at].start, end, bare=True), after


def _further(parts: Sequence[Element], at: int, bound: Bound) -> tuple[Bound, int] | None:
    """Join what is said further of the same number: ``and ≤75``, ``or >140``, ``to <9.5``."""
    if bound.bare:
        return None
    here, joined = at, bound.joined
    while _kind(parts, here) in {"comma", "and", "or", "dash"}:
        joined = "or" if _kind(parts, here) == "or" else joined
        here += 1
    if here == at or _kind(parts, here) != "compare" or len(bound.tests) > 1:
        return None
    first = parts[here]
    assert isinstance(first, Token)
    found = _compared(parts, here, first)
    if found is None:
        return None
    second = found[0]
    units = {unit for unit in (bound.unit, second.unit) if unit is not None}
    if len({unit.slug for unit in units}) > 1 and not {u.of for u in units} <= {"time", "age"}:
        return None
    tests = (*bound.tests, *second.tests)
    unit = second.unit or bound.unit
    return Bound(tests, joined, unit, bound.start, second.end, symbol=bound.symbol), found[1]


_FLIP: dict[Op, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NAME_MAX = 4


def _flipped(parts: Sequence[Element], at: int) -> tuple[tuple[Element, ...], Bound, int] | None:
    """Read ``18 ≤ age ≤ 75`` as the name and what it must be."""
    low = _value(parts, at)
    if low is None or _kind(parts, low[2]) != "compare":
        return None
    sign = parts[low[2]]
    assert isinstance(sign, Token)
    here = low[2] + 1
    while _kind(parts, here) == "word" and here - low[2] <= _NAME_MAX:
        here += 1
    named = tuple(parts[low[2] + 1 : here])
    if not named or not sign.symbol or _kind(parts, here) != "compare":
        return None
    tests: tuple[tuple[Op, Decimal], ...] = ((_FLIP[sign.op], low[0].value),)
    unit, end, start = low[1], named[-1].end, parts[at].start
    second = parts[here]
    assert isinstance(second, Token)
    found = _compared(parts, here, second)
    if found is None:
        return None
    tests, here = (*tests, *found[0].tests), found[1]
    unit, end = found[0].unit or unit, found[0].end
    return named, Bound(tests, "and", unit, start, end, symbol=True), here


def _spread(parts: Sequence[Element], at: int) -> tuple[tuple[Element, ...], Bound, int] | None:
    """Read ``between the ages of 18 and 75`` as the name and its range."""
    if _kind(parts, at) != "between":
        return None
    here = at + 1
    while _kind(parts, here) == "word" and here - at <= _NAME_MAX:
        here += 1
    found = _range(parts, here, parts[at].start, ("and", "dash")) if here > at + 1 else None
    return (tuple(parts[at + 1 : here]), *found) if found else None
