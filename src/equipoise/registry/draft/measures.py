"""Which quantity a number in a criterion is of, and the test that it makes.

A number belongs to the quantity named before it, after it, or by its unit; a quantity that is not
known takes its name from the words before the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from equipoise.registry.draft import quantities as known
from equipoise.registry.draft.bounds import Bound, Group
from equipoise.registry.draft.lexing import Token, Unit
from equipoise.registry.draft.quantities import GRADED, Quantity, plain
from equipoise.registry.draft.questions import FILLING, PEOPLE, STOPS
from equipoise.registry.draft.rules import Asked, Atom, compared

SEXES = {
    "male": "M", "males": "M", "man": "M", "men": "M", "boy": "M", "boys": "M",
    "female": "F", "females": "F", "woman": "F", "women": "F", "girl": "F", "girls": "F",
}  # fmt: skip
NAME_MAX = 5
TEENS = 12
_TIMES = ("", "time", "age", "age months")


def quantity(  # noqa: PLR0911 - one return per way of naming it
    chunk: Sequence[object], place: int, bound: Bound, before: str, after: str
) -> tuple[Quantity, str, str] | None:
    """Return the quantity of a bound of a chunk, with the words before its name and after both."""
    of = bound.unit.of if bound.unit else ""
    if of == "age" and (not bound.bare):
        return known.quantities()["age"], _without(before, "age"), after
    if of == "age months" and not bound.bare:
        return Quantity("age", unit=bound.unit), before, after
    found = known.last_named(before)
    vague = found is not None and _STATE.search(found.name) is not None and bound.unit is None
    if found is not None and not vague and _near(found.after) and _fits(found.quantity, bound):
        return _by_unit(found.quantity, of), found.before, f"{found.after} {after}".strip()
    found = known.first_named(after)
    if (
        found is not None
        and not set(found.before.split()) - FILLING
        and _fits(found.quantity, bound)
    ):
        return found.quantity, before, found.after
    if of not in _TIMES and not bound.bare:
        return known.quantities()[plain(of)], before, after
    if of == "time" and _of_age(bound, before, after):
        return known.quantities()["age"], before, after
    return None if vague else _unknown(chunk, place, bound, after)


def _of_age(bound: Bound, before: str, after: str) -> bool:
    """Return whether years are an age: nothing else is named, ``over 18 years with gout``."""
    years = bound.unit is not None and bound.unit.slug == "y" and not bound.bare
    if not years or set(before.split()) - PEOPLE - FILLING - set(SEXES):
        return False
    first = after.split()[:1]
    adult = bound.tests[0][1] >= TEENS and first != [] and first[0] in _WITH
    return adult or not set(after.split()) - FILLING


_WITH = frozenset(
    ("with", "who", "having", "undergoing", "scheduled", "presenting", "diagnosed", "admitted")
)
_STATE = re.compile(r"(?:emia|penia|cardia|fever)$")


def _near(between: str) -> bool:
    """Return whether the words between a name and its number say nothing of another thing."""
    words = between.split()
    apart = set(words) & {"within", "for", "since", "last", "past", "after"}
    return len(words) <= 8 and not apart and len(set(words) - FILLING) <= 4


def _by_unit(quantity: Quantity, of: str) -> Quantity:
    """Return the quantity that only the unit can mean: kg/m2 is of no body weight."""
    if of in _TIMES or quantity.name == of:
        return quantity
    return known.quantities()[plain(of)]


def _fits(quantity: Quantity, bound: Bound) -> bool:
    of = bound.unit.of if bound.unit else ""
    if bound.bare and quantity.kind != "grade":
        return False
    if of in ("time", "age"):
        return quantity.kind == "time" or quantity.name == "age"
    if quantity.kind == "time" or quantity.name == "age":
        return bound.unit is None
    if quantity.kind == "grade" and quantity.high is not None:
        return all(value <= quantity.high for _, value in bound.tests)
    return not quantity.codes


def _unknown(
    chunk: Sequence[object], place: int, bound: Bound, after: str
) -> tuple[Quantity, str, str] | None:
    """Take the name of a quantity that is not known from the words before the comparison."""
    timed = bound.unit is not None and bound.unit.of in ("time", "age", "age months")
    words = [p for p in chunk[:place] if isinstance(p, Token) and p.kind == "word"]
    beside = [p for p in chunk[:place] if not isinstance(p, Group)]
    adjoins = bool(words) and beside[-1] is words[-1]
    graded = adjoins and words[-1].text.lower() in GRADED
    if timed or (bound.bare and not graded):
        return None
    if graded:
        name = _name(words[:-1], over={"of", "a", "an", "the"})
        grade = Quantity(f"{name} {words[-1].text.lower()}", "grade", decimals=0)
        return (grade, "", after) if name else None
    follows = after.split()
    wordy = not bound.symbol and (
        bound.unit is None or follows[:1] not in ([], ["at"], ["in"], ["on"])
    )
    name = _name(words)
    if wordy or not name or not adjoins:
        return None
    decimals = max(-int(value.as_tuple().exponent) for _, value in bound.tests)
    ahead = plain(" ".join(w.text for w in words[: max(0, len(words) - len(name.split()))]))
    return Quantity(name, unit=bound.unit, decimals=max(0, decimals)), ahead, after


def _name(words: Sequence[Token], over: set[str] | None = None) -> str:
    kept: list[str] = []
    for word in reversed(words):
        lower = word.text.lower()
        if over and lower in over:
            continue
        if lower in STOPS or len(kept) == NAME_MAX:
            break
        kept.insert(0, word.text)
    return " ".join(kept) if any(len(word) > 1 for word in kept) else ""


def _without(words: str, word: str) -> str:
    return " ".join(each for each in words.split() if each != word)


def measured(of: Quantity, bound: Bound) -> Atom:
    """Return the test of a quantity by a bound."""
    sure = plain(of.name) in known.quantities()
    unit: Unit | None = bound.unit or of.unit
    if of.kind == "grade":
        unit = None
    elif bound.unit is None and of.low is not None and not _possible(of, bound):
        of, unit = replace(of, unit=None, low=None, high=None), None
    name = of.item(unit)
    whole = (of.kind == "grade" and of.decimals == 0) or of.decimals == 0
    places = max(
        of.decimals,
        *(max(0, -int(v.normalize().as_tuple().exponent)) for _, v in bound.tests),
    )
    asked = Asked(
        name, _label(of.name), "integer" if whole and places == 0 else "decimal",
        unit.text if unit and unit.slug else None,
        *(_limits(of, unit)), places,
    )  # fmt: skip
    rule = compared(name, bound.tests, bound.joined)
    return Atom(rule, bound.start, bound.end, (asked,), computed=True, sure=sure)


def _possible(of: Quantity, bound: Bound) -> bool:
    """Return whether the numbers can be in the usual unit: 0.5 is no ejection fraction in %."""
    low, high = of.low or 0, of.high
    return all(low <= value and (high is None or value <= high) for _, value in bound.tests)


def _limits(quantity: Quantity, unit: Unit | None) -> tuple[Decimal | None, Decimal | None]:
    own = quantity.unit is None or unit is None or unit.slug == quantity.unit.slug
    uln = unit is not None and unit.slug == "uln"
    return (quantity.low, quantity.high) if own and not uln else (None, None)


def _label(name: str) -> str:
    return name[:1].upper() + name[1:]


def sex(codes: set[str], start: int, end: int) -> Atom:
    """Return the test that the sex is one of ``codes``."""
    quoted = [f'"{code}"' for code in sorted(codes)]
    rule = f"sex == {quoted[0]}" if len(quoted) == 1 else f"sex in [{', '.join(quoted)}]"
    return Atom(rule, start, end, (Asked("sex", "Sex", "choice", codes=("F", "M")),), computed=True)


def sexes(word: str) -> set[str]:
    """Return the code of a word for a sex, nothing for any other word."""
    code = SEXES.get(word.lower())
    return {code} if code else set()
