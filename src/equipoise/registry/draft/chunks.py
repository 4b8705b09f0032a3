"""One stretch of a criterion, between two connectives, read as a test of a number or a question.

A number belongs to the quantity named before it, after it, or by its unit; a quantity that is not
known takes its name from the words before the comparison. What is no number is a question that
somebody answers with yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from equipoise.registry.draft import quantities as known
from equipoise.registry.draft.bounds import Bound, Element, Group
from equipoise.registry.draft.lexing import Token, Unit
from equipoise.registry.draft.quantities import GRADED, Quantity, plain
from equipoise.registry.draft.questions import FILLING, PEOPLE, STOPS, question
from equipoise.registry.draft.rules import Asked, Atom, Node, compared, digits, joint

_SEXES = {
    "male": "M", "males": "M", "man": "M", "men": "M", "boy": "M", "boys": "M",
    "female": "F", "females": "F", "woman": "F", "women": "F", "girl": "F", "girls": "F",
}  # fmt: skip
_ANY_SEX = re.compile(
    r"\b(?:both|either|any|all|regardless of|irrespective of)\s+(?:the\s+)?(?:sex|gender)|"
    r"\b(?:sex|gender)s?\b.{0,20}\b(?:not limited|unlimited|no limit|unrestricted)|"
    r"\bno (?:limit|restriction)\w* (?:on|of|in) (?:sex|gender)"
)
NAME_MAX = 5
LETTERS = re.compile(r"[A-D]")


@dataclass
class Told:
    """What came to light while reading: words that no test covers, and readings to doubt."""

    rest: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Letters:
    """Classes with letters, ``B or C``, of the quantity named before."""

    quantity: Quantity
    codes: tuple[str, ...]
    start: int
    end: int


Piece = Element | Letters


def start_of(chunk: Sequence[Piece]) -> int:
    """Return where a chunk begins."""
    return chunk[0].start


def words_of(chunk: Sequence[Piece]) -> str:
    """Return the words of a chunk as names are looked up."""
    return plain(" ".join(p.text for p in chunk if isinstance(p, Token) and p.kind != "other"))


def read(chunk: Sequence[Piece], text: str, told: Told) -> Node | None:
    """Return the test or the question of a chunk, None when it says nothing by itself."""
    chunk = tuple(chunk)
    while chunk and isinstance(chunk[0], Token) and chunk[0].kind in {
        "other", "colon", "dash", "slash", "comma", "and", "or"}:  # fmt: skip
        chunk = chunk[1:]
    if not chunk:
        return None
    lettered = next((p for p in chunk if isinstance(p, Letters)), None)
    if lettered is not None:
        return _class(lettered)
    tested = _tested(chunk, text, told)
    if tested is not None:
        return tested
    for group in (p for p in chunk if isinstance(p, Group)):
        inside = _bracketed(chunk, group, text, told)
        if inside is not None:
            return inside
    return _sexed(chunk, text, told) or question(text, chunk[0].start, chunk[-1].end)


def named_class(words: str) -> Quantity | None:
    """Return the class with letters that the words just before a letter name."""
    found = known.last_named(words)
    if found is None or set(found[2].split()) - set(GRADED) - {"of", "a", "an", "liver", "disease"}:
        return None
    quantity = found[0]
    return quantity if quantity.codes else known.lettered(quantity) if quantity.id else None


# --- numbers --------------------------------------------------------------------------------


def _tested(chunk: Sequence[Piece], text: str, told: Told) -> Node | None:
    places = [n for n, piece in enumerate(chunk) if isinstance(piece, Bound)]
    for place in places:
        found = _at(chunk, place, text, told)
        if found is not None:
            return found
    return None


def _at(chunk: Sequence[Piece], place: int, text: str, told: Told) -> Node | None:
    bound = chunk[place]
    assert isinstance(bound, Bound)
    before, after = words_of(chunk[:place]), words_of(chunk[place + 1 :])
    if _unfinished(chunk, place):
        return None
    pressures = _pressures(chunk, place, before, text)
    if pressures is not None:
        return pressures
    found = _quantity(chunk, place, bound, before, after)
    if found is None:
        return None
    quantity, ahead, behind = found
    earlier = [p for p in chunk[:place] if isinstance(p, Token) and p.kind == "compare"]
    if bound.bare and earlier:  # "more than class 2"
        bound = replace(bound, tests=((earlier[-1].op, bound.tests[-1][1]),), bare=False)
    node: Node = measured(quantity, bound, text)
    sexes = {_SEXES[word] for word in (*ahead.split(), *behind.split()) if word in _SEXES}
    if len(sexes) == 1:
        sexed = sex(sexes, bound.start, bound.end)
        node = joint("and", (sexed, node)) or node
    return _with_condition(chunk, place, node, ahead, behind, text, told)


def _with_condition(
    chunk: Sequence[Piece], place: int, node: Node, ahead: str, behind: str, text: str, told: Told
) -> Node:
    """Join what stands before ``with``; whatever else no test covers is told."""
    cut = next(
        (n for n in range(place - 1, 0, -1)
         if isinstance(p := chunk[n], Token) and p.kind == "word" and p.text.lower() in {"with", "having"}),
        None,
    )  # fmt: skip
    if cut is not None and set(words_of(chunk[:cut]).split()) - FILLING - set(_SEXES):
        condition = question(text, chunk[0].start, chunk[cut - 1].end)
        if condition is not None:
            return joint("and", (condition, node)) or node
    for words in (ahead, behind):
        if set(words.split()) - FILLING - set(_SEXES):
            told.rest.append(words)
    return node


def _unfinished(chunk: Sequence[Piece], place: int) -> bool:
    """Return whether a class with letters follows: ``II-IIIA`` is no range of numbers."""
    following = [p for p in chunk[place + 1 : place + 3] if isinstance(p, Token)]
    return len(following) == 2 and following[0].kind in {"dash", "slash", "or"} and \
        re.fullmatch(r"(?:IV|V?I{1,3}|\d)[A-Da-d]\d?", following[1].text) is not None  # fmt: skip


def _quantity(
    chunk: Sequence[Piece], place: int, bound: Bound, before: str, after: str
) -> tuple[Quantity, str, str] | None:
    of = bound.unit.of if bound.unit else ""
    if of == "age" and (not bound.bare):
        return known.quantities()["age"], _without(before, "age"), after
    if of == "age months" and not bound.bare:
        return Quantity("age", unit=bound.unit), before, after
    found = known.last_named(before)
    if found is not None and _near(found[2]) and _fits(found[0], bound):
        return _by_unit(found[0], of), found[1], f"{found[2]} {after}".strip()
    found = known.first_named(after)
    if found is not None and not set(found[1].split()) - FILLING and _fits(found[0], bound):
        return found[0], before, found[2]
    if of and of not in ("time", "age", "age months") and not bound.bare:
        return known.quantities()[plain(of)], before, after
    if of == "time" and bound.unit and bound.unit.slug == "y" and not bound.bare \
            and not set(before.split()) - PEOPLE - FILLING - set(_SEXES) - {"adult", "adults"} \
            and not set(after.split()) - FILLING:  # fmt: skip
        return known.quantities()["age"], before, after
    return _unknown(chunk, place, bound, after)


def _near(between: str) -> bool:
    """Return whether the words between a name and its number say nothing of another thing."""
    words = between.split()
    return len(words) <= 8 and not set(words) & {"within", "for", "since", "last", "past", "after"} \
        and len(set(words) - FILLING) <= 4  # fmt: skip


def _by_unit(quantity: Quantity, of: str) -> Quantity:
    """Return the quantity that only the unit can mean: kg/m2 is of no body weight."""
    if of in ("", "time", "age", "age months") or quantity.name == of:
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
    chunk: Sequence[Piece], place: int, bound: Bound, after: str
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


def _pressures(chunk: Sequence[Piece], place: int, before: str, text: str) -> Node | None:
    """Read ``blood pressure above 140/90`` as the two pressures, either of which decides."""
    bound = chunk[place]
    rest = chunk[place + 1 : place + 3]
    assert isinstance(bound, Bound)
    second = rest[1] if len(rest) == 2 else None
    slash = isinstance(rest[0], Token) and rest[0].kind == "slash" if rest else False
    if not slash or not isinstance(second, Bound) or bound.bare or \
            not re.search(r"blood pressure|\bbp\b|hypertens|hypotens", before):  # fmt: skip
        return None
    upper, lower = known.quantities()["systolic pressure"], known.quantities()["diastolic pressure"]
    low = replace(second, tests=((bound.tests[0][0], second.tests[0][1]),), bare=False)
    pair = measured(upper, bound, text), measured(lower, low, text)
    return joint("or", pair)


def measured(quantity: Quantity, bound: Bound, text: str) -> Atom:
    """Return the test of a quantity by a bound."""
    sure = plain(quantity.name) in known.quantities()
    unit: Unit | None = bound.unit or quantity.unit
    if quantity.kind == "grade":
        unit = None
    name = quantity.item(unit)
    whole = quantity.kind == "grade" and quantity.decimals == 0 or quantity.decimals == 0
    places = max(
        quantity.decimals,
        *(max(0, -int(v.normalize().as_tuple().exponent)) for _, v in bound.tests),
    )  # type: ignore[type-var]
    asked = Asked(
        name, _label(quantity.name), "integer" if whole and places == 0 else "decimal",
        unit.text if unit and unit.slug else None,
        *(_limits(quantity, unit)), places,
    )  # fmt: skip
    rule = compared(name, bound.tests, bound.joined)
    return Atom(rule, bound.start, bound.end, (asked,), computed=True, sure=sure)


def _limits(quantity: Quantity, unit: Unit | None) -> tuple[Decimal | None, Decimal | None]:
    own = quantity.unit is None or unit is None or unit.slug == quantity.unit.slug
    uln = unit is not None and unit.slug == "uln"
    return (quantity.low, quantity.high) if own and not uln else (None, None)


def _label(name: str) -> str:
    return name[:1].upper() + name[1:]


# --- classes, brackets, sex -----------------------------------------------------------------


def _class(letters: Letters) -> Atom:
    quantity = letters.quantity
    codes = [f'"{code}"' for code in letters.codes]
    test = f"== {codes[0]}" if len(codes) == 1 else f"in [{', '.join(codes)}]"
    asked = Asked(quantity.id, f"{quantity.name} class", "choice", codes=quantity.codes)
    return Atom(f"{quantity.id} {test}", letters.start, letters.end, (asked,), computed=True)


def _bracketed(chunk: Sequence[Piece], group: Group, text: str, told: Told) -> Node | None:
    """Read a bracket that defines what stands before it: ``fever (> 38 °C)``, ``(NYHA IV)``."""
    place = list(chunk).index(group)
    head = chunk[:place]
    quiet = Told()
    for inner in (group.parts, (*head, *group.parts)):
        letters = next((p for p in inner if isinstance(p, Letters)), None)
        if letters is not None:
            told.rest.append(words_of(head))
            return _class(letters)
        if any(
            isinstance(p, Token) and p.kind in {"and", "or", "comma", "semicolon"} for p in inner
        ):
            return None
        node = _tested(inner, text, quiet)
        if node is not None:
            told.rest.extend([words_of(head), *quiet.rest] if inner is group.parts else quiet.rest)
            return node
    return None


def sex(codes: set[str], start: int, end: int) -> Atom:
    """Return the test that the sex is one of ``codes``."""
    quoted = [f'"{code}"' for code in sorted(codes)]
    rule = f"sex == {quoted[0]}" if len(quoted) == 1 else f"sex in [{', '.join(quoted)}]"
    return Atom(rule, start, end, (Asked("sex", "Sex", "choice", codes=("F", "M")),), computed=True)


def sexes(word: str) -> set[str]:
    """Return the code of a word for a sex, nothing for any other word."""
    code = _SEXES.get(word.lower())
    return {code} if code else set()


def _sexed(chunk: Sequence[Piece], text: str, told: Told) -> Node | None:
    words = words_of(chunk)
    start, end = chunk[0].start, chunk[-1].end
    found = {_SEXES[word] for word in words.split() if word in _SEXES}
    others = set(words.split()) - FILLING - set(_SEXES)
    if found and not others and "not" not in words.split():
        return sex(found, start, end)
    if _ANY_SEX.search(words) and len(others) <= 1:
        return sex({"F", "M"}, start, end)
    if set(words.split()) & {"adult", "adults"} and not others - {"adult", "adults"}:
        told.doubts.append("adult is read as 18 years or more")
        age = known.quantities()["age"]
        bound = Bound(((">=", Decimal(18)),), "and", age.unit, start, end)
        return measured(age, bound, text)
    return None


__all__ = ["LETTERS", "Letters", "Piece", "Told", "digits", "named_class", "question", "read"]
