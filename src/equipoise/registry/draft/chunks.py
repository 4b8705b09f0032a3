"""One stretch of a criterion, between two connectives, read as a test of a number or a question.

A number belongs to the quantity named before it, after it, or by its unit; a quantity that is not
known takes its name from the words before the comparison. What is no number is a question that
somebody answers with yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from equipoise.registry.draft import quantities as known
from equipoise.registry.draft.bounds import Bound, Element, Group
from equipoise.registry.draft.lexing import Token
from equipoise.registry.draft.measures import SEXES, measured, quantity, sex
from equipoise.registry.draft.quantities import GRADED, Quantity, plain
from equipoise.registry.draft.questions import FILLING, question
from equipoise.registry.draft.rules import Asked, Atom, Node, atoms, joint

_ANY_SEX = re.compile(
    r"\b(?:both|either|any|all|regardless of|irrespective of)\s+(?:the\s+)?(?:sex|gender)|"
    r"\b(?:sex|gender)s?\b.{0,20}\b(?:not limited|unlimited|no limit|unrestricted)|"
    r"\bno (?:limit|restriction)\w* (?:on|of|in) (?:sex|gender)"
)
LETTERS = re.compile(r"[A-D]")


@dataclass
class Told:
    """What came to light while reading: words that no test covers, and readings to doubt."""

    rest: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    last: Quantity | None = None
    """The quantity of the number before, which the next one may be of."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Classes with letters, ``B or C``, of the quantity named before."""

    quantity: Quantity
    codes: tuple[str, ...]
    start: int
    end: int


Piece = Element | Letters
Listed = Callable[[Sequence[Piece], Told], Node | None]


def words_of(chunk: Sequence[Piece]) -> str:
    """Return the words of a chunk as names are looked up."""
    silent = {"other", "compare", "after", "between"}
    return plain(" ".join(p.text for p in chunk if isinstance(p, Token) and p.kind not in silent))


def read(chunk: Sequence[Piece], text: str, told: Told, listed: Listed) -> Node | None:
    """Return the test or the question of a chunk, None when it says nothing by itself.

    ``listed`` reads a list, for what stands in brackets.
    """
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
        inside = _bracketed(chunk, group, text, told, listed)
        if inside is not None:
            return inside
    return _sexed(chunk, told) or question(text, chunk[0].start, chunk[-1].end)


def named_class(words: str) -> Quantity | None:
    """Return the class with letters that the words just before a letter name."""
    found = known.last_named(words)
    if found is None or set(found.after.split()) - set(GRADED) - {
        "of",
        "a",
        "an",
        "liver",
        "disease",
    }:
        return None
    quantity = found.quantity
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
    pressures = _pressures(chunk, place, before)
    if pressures is not None:
        return pressures
    if bound.bare and plain(f"{before} {text[bound.start : bound.end]}").endswith(_NUMBERED):
        return None  # "APACHE II": the number belongs to the name
    earlier = [p for p in chunk[:place] if isinstance(p, Token) and p.kind == "compare"]
    if bound.bare and earlier:  # "more than class 2", "above the age of 18"
        bound = replace(bound, tests=((earlier[-1].op, bound.tests[-1][1]),), bare=False)
    found = quantity(chunk, place, bound, before, after) or _carried(bound, before, after, told)
    if found is None:
        return None
    of, ahead, behind = found
    told.last = of
    node: Node = measured(of, bound)
    asides = [words_of(p.parts) for p in chunk if isinstance(p, Group)]
    codes = {SEXES[word] for words in (ahead, behind, *asides) for word in words.split()
             if word in SEXES}  # fmt: skip
    if codes:
        node = joint("and", (sex(codes, bound.start, bound.end), node)) or node
    return _with_condition(chunk, place, node, of.name, ahead, behind, text, told)


_NUMBERED = tuple(name for name in known.quantities() if name.endswith(("ii", "iii")))


def _carried(bound: Bound, before: str, after: str, told: Told) -> tuple[Quantity, str, str] | None:
    """Return the quantity of the number before: ``> 1.5 in men, > 1.4 in women``."""
    timed = bound.unit is not None and bound.unit.of == "time"
    if told.last is None or bound.bare or timed:
        return None
    if set(f"{before} {after}".split()) - FILLING - set(SEXES):
        return None
    return told.last, before, after


_END_OF_AGE = re.compile(
    r"(?:\b(?:aged?|ages|age\s+(?:range|group)?|between|from|who|that|are|is|be|must|with|an|of"
    r"|and|at|in|the|"
    r"over|any|years?)\b|[\s,:;.(-])+$",
    re.IGNORECASE,
)


def _with_condition(
    chunk: Sequence[Piece], place: int, node: Node, name: str, ahead: str, behind: str, text: str,
    told: Told,
) -> Node:  # fmt: skip
    """Join what stands before ``with``; whatever else no test covers is told.

    Beside an age stand further conditions (``aged 18 to 75 years scheduled for surgery``); they
    are joined as well.
    """
    cut = next(
        (n for n in range(place - 1, 0, -1)
         if isinstance(p := chunk[n], Token) and p.text.lower() in {"with", "having"}),
        None,
    )  # fmt: skip
    if cut is not None and set(words_of(chunk[:cut]).split()) - FILLING - set(SEXES):
        condition = question(text, chunk[0].start, chunk[cut - 1].end)
        if condition is not None:
            return joint("and", (condition, node)) or node
    bound = chunk[place]
    for words, start, end in (
        (ahead, chunk[0].start, bound.start),
        (behind, bound.end, chunk[-1].end),
    ):
        content = set(words.split()) - FILLING - set(SEXES)
        if not content:
            continue
        span = text[start:end]
        trimmed = end - len(span) + len(_END_OF_AGE.sub("", span)) if words is ahead else end
        beside = name == "age" and not _ASIDE.match(words) and trimmed > start
        more = question(text, start, trimmed) if beside else None
        if more is None:
            told.rest.append(words)
        else:
            node = joint("and", (more, node) if words is ahead else (node, more)) or node
    return node


_ASIDE = re.compile(
    r"(?:at|on|during|inclusive|when|by|as|as of|prior|before|upon|in the|for the|whichever|or"
    r"|and|of any|regardless)\b"
)


def _unfinished(chunk: Sequence[Piece], place: int) -> bool:
    """Return whether a class with letters follows: ``II-IIIA`` is no range of numbers."""
    following = [p for p in chunk[place + 1 : place + 3] if isinstance(p, Token)]
    return len(following) == 2 and following[0].kind in {"dash", "slash", "or"} and \
        re.fullmatch(r"(?:IV|V?I{1,3}|\d)[A-Da-d]\d?", following[1].text) is not None  # fmt: skip


def _pressures(chunk: Sequence[Piece], place: int, before: str) -> Node | None:
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
    pair = measured(upper, bound), measured(lower, low)
    return joint("or", pair)


# --- classes, brackets, sex -----------------------------------------------------------------


def _class(letters: Letters) -> Atom:
    quantity = letters.quantity
    codes = [f'"{code}"' for code in letters.codes]
    test = f"== {codes[0]}" if len(codes) == 1 else f"in [{', '.join(codes)}]"
    asked = Asked(quantity.id, f"{quantity.name} class", "choice", codes=quantity.codes)
    return Atom(f"{quantity.id} {test}", letters.start, letters.end, (asked,), computed=True)


def _bracketed(
    chunk: Sequence[Piece], group: Group, text: str, told: Told, listed: Listed
) -> Node | None:
    """Read a bracket that defines what stands before it: ``fever (> 38 °C)``, ``(NYHA IV)``."""
    head = chunk[: list(chunk).index(group)]
    quiet = Told()
    node = listed(group.parts, quiet)
    found = list(atoms(node))
    if all(atom.computed for atom in found) and not all(_of_sex(atom) for atom in found):
        told.rest.extend([words_of(head), *quiet.rest])
        return node
    if any(isinstance(p, Token) and p.kind in {"and", "or", "comma"} for p in group.parts):
        return None
    quiet = Told()
    node = _tested((*head, *group.parts), text, quiet)
    if node is not None:
        told.rest.extend(quiet.rest)
    return node


def _of_sex(atom: Atom) -> bool:
    return atom.items[0].id == "sex"


def _sexed(chunk: Sequence[Piece], told: Told) -> Node | None:
    words = words_of(chunk)
    start, end = chunk[0].start, chunk[-1].end
    if any(isinstance(p, Bound) for p in chunk):
        return None
    found = {SEXES[word] for word in words.split() if word in SEXES}
    others = set(words.split()) - FILLING - set(SEXES)
    if found and not others and "not" not in words.split():
        return sex(found, start, end)
    if _ANY_SEX.search(words) and len(others) <= 1:
        return sex({"F", "M"}, start, end)
    if set(words.split()) & {"adult", "adults"} and not others - {"adult", "adults"}:
        told.doubts.append("adult is read as 18 years or more")
        age = known.quantities()["age"]
        bound = Bound(((">=", Decimal(18)),), "and", age.unit, start, end)
        return measured(age, bound)
    return None
