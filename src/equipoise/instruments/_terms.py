"""Scoring rules for many people at once: terms that are written down instead of computed.

A rule that also comes in terms can be compiled into a loop over people. It takes every part as a
value and whether it was given, and says the bounds of each score, as the rule itself does; tests
hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

YES, NO = "True", "False"


@dataclass(frozen=True, eq=False)
class Term:
    """A number, or whether something holds, as source: ``+ - * /``, comparisons, ``& | ~``."""

    source: str

    def __add__(self, other: Operand) -> Term:
        """Return the sum."""
        return self._with("+", other)

    def __sub__(self, other: Operand) -> Term:
        """Return the difference."""
        return self._with("-", other)

    def __mul__(self, other: Operand) -> Term:
        """Return the product."""
        return self._with("*", other)

    def __truediv__(self, other: Operand) -> Term:
        """Return the quotient, not-a-number by zero."""
        return Term(f"quotient({self.source}, {term(other).source})")

    def __lt__(self, other: Operand) -> Term:
        """Return whether it is less."""
        return self._with("<", other)

    def __le__(self, other: Operand) -> Term:
        """Return whether it is not more."""
        return self._with("<=", other)

    def __gt__(self, other: Operand) -> Term:
        """Return whether it is more."""
        return self._with(">", other)

    def __ge__(self, other: Operand) -> Term:
        """Return whether it is not less."""
        return self._with(">=", other)

    def equals(self, other: Operand) -> Term:
        """Return whether it is the same number."""
        return self._with("==", other)

    def __and__(self, other: Term) -> Term:
        """Return whether both hold."""
        if NO in (self.source, other.source):
            return Term(NO)
        if self.source == YES:
            return other
        return self if other.source == YES else self._with("&", other)

    def __or__(self, other: Term) -> Term:
        """Return whether either holds."""
        if YES in (self.source, other.source):
            return Term(YES)
        if self.source == NO:
            return other
        return self if other.source == NO else self._with("|", other)

    def __invert__(self) -> Term:
        """Return whether it does not hold."""
        return Term({YES: NO, NO: YES}.get(self.source, f"(not {self.source})"))

    def _with(self, sign: str, other: Operand) -> Term:
        return Term(f"({self.source} {sign} {term(other).source})")


Operand = Term | float
Pair = tuple[Term, Term]
"""The lowest and the highest value that something can have."""


@dataclass(frozen=True)
class Given:
    """A part's answer, and whether there is one."""

    value: Term
    there: Term


Parts = Mapping[str, Given]
Keep = Callable[[Term], Term]
"""Keeps a term that is used several times, so that it is computed once."""


def term(value: Operand) -> Term:
    """Return a number as a term."""
    return value if isinstance(value, Term) else Term(repr(float(value)))


def choose(condition: Term, yes: Operand, no: Operand) -> Term:
    """Return ``yes`` where the condition holds, else ``no``."""
    one, other = term(yes), term(no)
    if condition.source in (YES, NO) or one.source == other.source:
        return one if condition.source == YES else other
    return Term(f"({one.source} if {condition.source} else {other.source})")


def count(*conditions: Term) -> Term:
    """Return how many of the conditions hold."""
    return add(choose(condition, 1, 0) for condition in conditions)


def add(terms: Iterable[Term]) -> Term:
    """Return the sum of one or more terms."""
    return reduce(Term.__add__, terms)


def either(terms: Iterable[Term]) -> Term:
    """Return whether one at least of one or more conditions holds."""
    return reduce(Term.__or__, terms)


def each_of(terms: Iterable[Term]) -> Term:
    """Return whether all of one or more conditions hold."""
    return reduce(Term.__and__, terms)


def lesser(one: Term, other: Term) -> Term:
    """Return the lesser of two."""
    return choose(other < one, other, one)


def larger(one: Term, other: Term) -> Term:
    """Return the larger of two."""
    return choose(other > one, other, one)


def ends(part: Given, low: float, high: float) -> Pair:
    """Return a part's answer twice, or ``low`` and ``high`` without one."""
    return choose(part.there, part.value, low), choose(part.there, part.value, high)


def agreement(given: Given, computed: Given, low: float, high: float) -> Pair:
    """Return what an answer and a measurement say together; contradicting, they say nothing."""
    both = given.there & computed.there
    same = given.value.equals(computed.value)

    def end(unknown: float) -> Term:
        one = choose(given.there, given.value, choose(computed.there, computed.value, unknown))
        return choose(both & ~same, unknown, one)

    return end(low), end(high)
