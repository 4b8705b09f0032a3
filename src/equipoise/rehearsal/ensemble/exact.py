"""Exact three-valued decisions, written out as source for compiled loops.

A rule is judged in decimals, with unknowns and bounds (:mod:`equipoise.protocol.arithmetic`). A
loop has only floats, and so is a filter: it decides what rounding cannot turn around, and lists
the rest as *doubts*, which are judged again in decimals, person by person. Entered numbers and
rounded scores are the floats nearest to their decimals, so comparing them is never in doubt.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from equipoise.errors import InputError
from equipoise.protocol import grammar
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Item

_SIMPLE = re.compile(r"c\[\d+ \+ i\]|-?[\d.e+-]+")
NEVER, ALWAYS = "False", "True"


@dataclass(frozen=True)
class Fact:
    """What is known of a value: it lies between ``low`` and ``high`` where ``known`` holds.

    All are source. A boolean is 0 or 1, a text the place in ``codes``. ``sure``: the ends are the
    floats nearest to the decimals they stand for; ``whole``: they are whole numbers as well.
    """

    kind: Literal["number", "boolean", "text"]
    low: str
    high: str
    known: str = ALWAYS
    codes: tuple[str, ...] = ()
    sure: bool = True
    whole: bool = False

    @property
    def true(self) -> str:
        """Whether a boolean is true."""
        return _both(self.known, f"({self.low} == 1.0)")

    @property
    def false(self) -> str:
        """Whether a boolean is false."""
        return _both(self.known, f"({self.high} == 0.0)")

    @property
    def settled(self) -> str:
        """Whether the value is known to be one."""
        return (
            self.known
            if self.low == self.high
            else _both(self.known, f"({self.low} == {self.high})")
        )


UNKNOWN = Fact("boolean", "0.0", "1.0", NEVER, whole=True)
Facts = Mapping[str, Fact]


def entered(item: Item, row: str, *, may_miss: bool) -> Fact:
    """Return the fact of an entered item whose values, or not-a-number, are in ``row``."""
    kinds: dict[str, Literal["number", "boolean", "text"]] = {
        "boolean": "boolean",
        "choice": "text",
    }
    return Fact(
        kinds.get(item.type, "number"), row, row, f"({row} == {row})" if may_miss else ALWAYS,
        tuple(item.codes or ()) if item.type == "choice" else (), whole=item.type != "decimal",
    )  # fmt: skip


class Judge:
    """Facts from expressions; what they leave in doubt is in ``doubts``."""

    def __init__(self, keep: Callable[[str], str]) -> None:
        """Keep what is used more than once by ``keep``: source of a number in, a row out."""
        self.doubts: list[str] = []
        self._keep = keep

    def keep(self, source: str) -> str:
        """Keep a number that is used more than once, unless it is a row or a constant already."""
        return source if _SIMPLE.fullmatch(source) else self._keep(source)

    def fact(self, text: str, facts: Facts) -> Fact:
        """Return what ``facts`` tell of the expression ``text``."""
        return self._of(parse(text).tree, facts, text)

    def _of(  # noqa: C901, PLR0911 - one return per kind of node
        self, node: ast.expr, facts: Facts, text: str
    ) -> Fact:
        match node:
            case ast.Constant(value=bool() as truth):
                return _number(str(float(truth)), kind="boolean", whole=True)
            case ast.Constant(value=str() as code):
                return Fact("text", "0.0", "0.0", codes=(code,))
            case ast.Constant(value=int() | float() as value):
                return _number(repr(float(value)), whole=float(value).is_integer())
            case ast.Name(id=name) if name in grammar.TRUTH:
                return _number(str(float(grammar.TRUTH[name])), kind="boolean", whole=True)
            case ast.Name(id=name):
                return facts.get(name, UNKNOWN)
            case ast.Compare():
                return self._all([self._compared(*p, facts, text) for p in grammar.pairs(node)])
            case ast.BoolOp(op=op, values=operands):
                parts = [_truth(self._of(each, facts, text), text) for each in operands]
                return self._all(parts) if isinstance(op, ast.And) else self._any(parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negated(_truth(self._of(operand, facts, text), text))
            case ast.UnaryOp(op=sign, operand=operand):
                fact = _calculable(self._of(operand, facts, text), text)
                if isinstance(sign, ast.UAdd):
                    return fact
                return replace(fact, low=f"(-{fact.high})", high=f"(-{fact.low})")
            case ast.BinOp(op=operator, left=left, right=right):
                one, other = (_calculable(self._of(e, facts, text), text) for e in (left, right))
                return self._calculated(operator, one, other)
            case ast.Call(func=ast.Name(id=function), args=args):
                return self._called(
                    function, [_calculable(self._of(e, facts, text), text) for e in args]
                )
        raise AssertionError(ast.dump(node))  # the grammar let something through

    # --- logic ------------------------------------------------------------------------------

    def _kept(self, true: str, false: str) -> Fact:
        """Return the boolean of two sources."""
        return Fact(
            "boolean", f"(1.0 if {true} else 0.0)", f"(0.0 if {false} else 1.0)", whole=True
        )

    def _all(self, parts: list[Fact]) -> Fact:
        if len(parts) == 1:
            return parts[0]
        return self._kept(
            _joined("&", [p.true for p in parts]), _joined("|", [p.false for p in parts])
        )

    def _any(self, parts: list[Fact]) -> Fact:
        return self._kept(
            _joined("|", [p.true for p in parts]), _joined("&", [p.false for p in parts])
        )

    # --- arithmetic -------------------------------------------------------------------------

    def _calculated(  # noqa: PLR0911 - one return per operator
        self, operator: ast.operator, a: Fact, b: Fact
    ) -> Fact:
        known, whole = _both(a.known, b.known), a.whole and b.whole
        point = a.low == a.high and b.low == b.high
        match operator:
            case ast.Add():
                return self._between(
                    f"({a.low} + {b.low})",
                    f"({a.high} + {b.high})",
                    known,
                    whole=whole,
                    point=point,
                )
            case ast.Sub():
                return self._between(
                    f"({a.low} - {b.high})",
                    f"({a.high} - {b.low})",
                    known,
                    whole=whole,
                    point=point,
                )
            case ast.Mult():
                if point:
                    product = f"({a.low} * {b.low})"
                    return self._between(product, product, known, whole=whole, point=point)
                return self._corners("({} * {})", a, b, known, whole=whole)
            case ast.Div():
                known = _both(known, f"(not (({b.low} <= 0.0) & ({b.high} >= 0.0)))")
                if point:
                    ratio = f"quotient({a.low}, {b.low})"
                    return self._between(ratio, ratio, known, whole=False, point=point)
                return self._corners("quotient({}, {})", a, b, known, whole=False)
        self._point(a)
        self._point(b)
        value = f"power({a.low}, {b.low})"
        return self._between(
            value, value, _both(known, f"({value} - {value} == 0.0)"), whole=False, point=True
        )

    def _between(self, low: str, high: str, known: str, *, whole: bool, point: bool) -> Fact:
        low = self.keep(low)
        high = low if point else self.keep(high)
        return Fact("number", low, high, known, sure=whole, whole=whole)

    def _corners(self, pattern: str, a: Fact, b: Fact, known: str, *, whole: bool) -> Fact:
        ends = [self.keep(pattern.format(p, q)) for p in (a.low, a.high) for q in (b.low, b.high)]
        low, high = ends[0], ends[0]
        for end in ends[1:]:
            low, high = f"least({low}, {end})", f"greatest({high}, {end})"
        return self._between(low, high, known, whole=whole, point=False)

    def _point(self, fact: Fact) -> None:
        """Doubt where ``fact`` is an interval."""
        if fact.low != fact.high:
            self.doubts.append(_both(fact.known, f"({fact.low} != {fact.high})"))

    def _called(self, function: str, parts: list[Fact]) -> Fact:
        known = _all_known(parts)
        if function in ("min", "max"):
            name = "least" if function == "min" else "greatest"
            low, high = parts[0].low, parts[0].high
            for part in parts[1:]:
                low, high = f"{name}({low}, {part.low})", f"{name}({high}, {part.high})"
            point = all(part.low == part.high for part in parts)
            fact = self._between(low, high, known, whole=all(p.whole for p in parts), point=point)
            return replace(fact, sure=all(p.sure for p in parts))
        one = parts[0]
        point = one.low == one.high
        if function == "abs":
            self._point(one)
            return replace(one, low=f"abs({one.low})", high=f"abs({one.low})")
        if function == "floor" or (function == "round" and len(parts) == 1):
            return self.rounded(one, 0, halves=function == "round")
        if function == "round":
            self.doubts.append(known)  # seldom, and left to decimals
            return self._between(one.low, one.high, known, whole=False, point=point)
        low = self.keep(f"{function}({one.low})")
        high = low if point else self.keep(f"{function}({one.high})")
        return Fact("number", low, high, _both(known, f"({low} - {low} == 0.0)"), sure=False)

    def rounded(self, fact: Fact, decimals: int, *, halves: bool = True) -> Fact:
        """Return a number rounded to so many decimals, half to even, or down without ``halves``."""
        if fact.whole:
            return fact
        scale = repr(10.0**decimals)
        ends = [fact.low] if fact.low == fact.high else [fact.low, fact.high]
        kept = []
        for end in ends:
            scaled = self.keep(f"({end} * {scale})")
            near = (
                f"abs({scaled} - floor({scaled}) - 0.5)"
                if halves
                else f"abs({scaled} - rint({scaled}))"
            )
            self.doubts.append(_both(fact.known, f"({near} < 1e-6 + 1e-9 * abs({scaled}))"))
            kept.append(self.keep(f"({'rint' if halves else 'floor'}({scaled}) / {scale})"))
        return replace(fact, low=kept[0], high=kept[-1], sure=True, whole=decimals == 0)

    # --- comparisons ------------------------------------------------------------------------

    def _compared(  # noqa: PLR0911 - one return per operator
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, facts: Facts, text: str
    ) -> Fact:
        a = self._of(left, facts, text)
        if isinstance(op, ast.In | ast.NotIn):
            assert isinstance(right, ast.List | ast.Tuple)  # the grammar sees to it
            listed = [self._of(each, facts, text) for each in right.elts]
            found = self._among(a, listed, text)
            return found if isinstance(op, ast.In) else _negated(found)
        b = self._of(right, facts, text)
        match op:
            case ast.Lt():
                return self._less(a, b, text)
            case ast.Gt():
                return self._less(b, a, text)
            case ast.LtE():
                return _negated(self._less(b, a, text))
            case ast.GtE():
                return _negated(self._less(a, b, text))
            case ast.Eq():
                return self._equal(a, b, text)
        return _negated(self._equal(a, b, text))

    def _less(self, a: Fact, b: Fact, text: str) -> Fact:
        if "text" in (a.kind, b.kind):
            return self._texts(a, b, str.__lt__, text)
        known = _both(a.known, b.known)
        if not (a.sure and b.sure):
            near = [_near(a.high, b.low), _near(a.low, b.high)]
            self.doubts.append(_both(known, f"({near[0]} | {near[1]})"))
        return self._kept(
            _both(known, f"({a.high} < {b.low})"), _both(known, f"({a.low} >= {b.high})")
        )

    def _equal(self, a: Fact, b: Fact, text: str) -> Fact:
        if "text" in (a.kind, b.kind):
            return self._texts(a, b, str.__eq__, text)
        known = _both(a.known, b.known)
        if not (a.sure and b.sure):
            near = [_near(a.high, b.low), _near(a.low, b.high)]
            self.doubts.append(_both(known, f"({near[0]} | {near[1]})"))
        same = f"(({a.low} == {a.high}) & ({b.low} == {b.high}) & ({a.low} == {b.low}))"
        apart = f"(({a.high} < {b.low}) | ({b.high} < {a.low}))"
        return self._kept(_both(known, same), _both(known, apart))

    def _among(self, a: Fact, listed: list[Fact], text: str) -> Fact:
        if a.kind != "text" or any(each.kind != "text" or len(each.codes) > 1 for each in listed):
            return self._any([self._equal(a, each, text) for each in listed])
        codes = {each.codes[0] for each in listed}
        places = range(len(a.codes))
        inside = [_reaches(a, k) for k in places if a.codes[k] in codes]
        outside = [_reaches(a, k) for k in places if a.codes[k] not in codes]
        return self._kept(
            _both(a.known, f"(not {_joined('|', outside)})"),
            _both(a.known, f"(not {_joined('|', inside)})"),
        )

    def _texts(self, a: Fact, b: Fact, holds: Callable[[str, str], bool], text: str) -> Fact:
        """Compare texts by the pairs of codes that each may be."""
        for fact in (a, b):
            if fact.kind != "text" and fact is not UNKNOWN:
                raise InputError(
                    text, "text is compared with a number", "Compare text with text in quotes."
                )
        pairs = [(i, j, holds(x, y)) for i, x in enumerate(a.codes) for j, y in enumerate(b.codes)]
        may = {
            truth: _joined(
                "|", [_both(_reaches(a, i), _reaches(b, j)) for i, j, t in pairs if t == truth]
            )
            for truth in (True, False)
        }
        known = _both(a.known, b.known)
        return self._kept(_both(known, f"(not {may[False]})"), _both(known, f"(not {may[True]})"))


def _reaches(fact: Fact, place: int) -> str:
    if fact.low == fact.high:
        return f"({fact.low} == {float(place)})"
    return f"(({fact.low} <= {float(place)}) & ({fact.high} >= {float(place)}))"


def _number(value: str, kind: Literal["number", "boolean"] = "number", *, whole: bool) -> Fact:
    return Fact(kind, value, value, whole=whole)


def _negated(fact: Fact) -> Fact:
    if fact.low == fact.high:
        return replace(fact, low=f"(1.0 - {fact.low})", high=f"(1.0 - {fact.low})")
    return replace(fact, low=f"(1.0 - {fact.high})", high=f"(1.0 - {fact.low})")


def _truth(fact: Fact, text: str) -> Fact:
    if fact.kind == "boolean":
        return fact
    raise InputError(
        text, "a value is used as if it were true or false", "Compare it, as in `score >= 3`."
    )


def _calculable(fact: Fact, text: str) -> Fact:
    if fact.kind == "text":
        raise InputError(text, "text is used as a number", "Calculate with numbers only.")
    if fact.kind == "number":
        return fact
    # A boolean of which nothing is known has no value at all, here.
    return replace(fact, kind="number", known=fact.settled)


def _near(x: str, y: str) -> str:
    return f"(abs({x} - {y}) <= 1e-9 * (1.0 + abs({x}) + abs({y})))"


def _both(one: str, other: str) -> str:
    if NEVER in (one, other):
        return NEVER
    if one == ALWAYS:
        return other
    return one if other == ALWAYS else f"({one} & {other})"


def _all_known(parts: list[Fact]) -> str:
    known = ALWAYS
    for part in parts:
        known = _both(known, part.known)
    return known


def _joined(sign: str, parts: list[str]) -> str:
    """Return the parts joined by ``|`` or ``&``; nothing joined is false, or true."""
    neutral, absorbing = (NEVER, ALWAYS) if sign == "|" else (ALWAYS, NEVER)
    if absorbing in parts:
        return absorbing
    kept = [part for part in parts if part != neutral]
    return f"({f' {sign} '.join(kept)})" if kept else neutral
