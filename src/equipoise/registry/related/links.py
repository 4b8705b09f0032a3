"""Why two records are related: links that are facts, and what they have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from equipoise.registry.related.facts import Facts, person
from equipoise.registry.related.words import words

_FEWEST_SIGNS = 5
_FEWEST_DIGITS = 3
_MOST_LISTED = 4
_SAME_SIZE = 0.02
_NEAR = 100
_ALIKE = 0.5
_WEAK = {"sponsor", "sites", "condition"}
_LATER = re.compile(
    r"\b(?:long[- ]?term|follow[- ]?up|extension|roll[- ]?over|continu(?:ation|ed)|"
    r"\d+[- ]year|(?:one|two|three|five|ten)[- ]year|survival|late (?:effects|outcomes))\b",
    re.IGNORECASE,
)
_PARENT = re.compile(
    r"\b(?:parent|original|initial|previous(?:ly)?|preceding|feeder|lead-in|core|completed|"
    r"extension|roll[- ]?over|follow[- ]?up|enrolled in|participated in)\b",
    re.IGNORECASE,
)
_DOSE = re.compile(
    r"\bdos(?:e|es|ing|age)\b|\bphase\b|\b\d+(?:\.\d+)?\s?(?:mg|mcg|ug|µg)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of :data:`KINDS` and the words that show it."""

    kind: str
    parts: tuple[str, ...] = ()


KINDS = {
    "parent": "follows the participants of the other: {parts}",
    "cohort": "same participants, by wording, drugs and number: {parts}",
    "named": "one names the other: {parts}",
    "publication": "results in the same publication: PubMed {parts}",
    "number": "same protocol or grant number: {parts}",
    "sister": "sister trial of the same sponsor: {parts}",
    "condition and drugs": "same condition and drugs: {parts}",
    "drugs": "same drugs: {parts}",
    "condition": "same condition: {parts}",
    "people": "same investigators: {parts}",
    "sponsor": "same sponsor: {parts}",
    "sites": "same sites: {parts}",
    "words": "words in common: {parts}",
}
"""The kind of a reason -> its sentence, the surest first."""


def explicit(one: Facts, other: Facts) -> bool:
    """Return whether a fact links two records: a number named or shared, a publication shared."""
    return bool(
        _mention(one, other)
        or set(one.publications) & set(other.publications)
        or set(_telling(one.numbers)) & set(_telling(other.numbers))
    )


def ties(one: Facts) -> list[str]:
    """Return keys of which two records share one wherever :func:`explicit` links them."""
    return [
        *(f"publication {each}" for each in one.publications),
        *(f"number {each}" for each in _telling(one.numbers)),
        *(f"trial {each}" for each in (one.nct_id, *(number for number, _ in one.named))),
    ]


def reasons(one: Facts, other: Facts, shared_words: Sequence[str] = ()) -> tuple[Reason, ...]:
    """Return why ``one`` and ``other`` are related, the surest first; never nothing but words.

    ``shared_words`` are those that made them alike, told where there is no better reason.
    """
    found = [r for r in (*_links(one, other), *_common(one, other)) if r.parts]
    if shared_words and {r.kind for r in found} <= _WEAK:
        found.append(_reason("words", shared_words))
    order = list(KINDS)
    return tuple(sorted(found, key=lambda r: order.index(r.kind)))


def _links(one: Facts, other: Facts) -> Iterable[Reason]:
    mention = _mention(one, other)
    if mention:
        kind = "parent" if _PARENT.search(mention) else "named"
        yield Reason(kind, (mention,))
    yield _reason("publication", _both(one.publications, other.publications))
    yield _reason("number", _both(_telling(one.numbers), _telling(other.numbers)))
    if not mention and _same_participants(one, other):
        told = [str(n) for n in (one.participants, other.participants) if n is not None]
        shared = _both(one.drugs, other.drugs)
        yield _reason("cohort", [" / ".join(told), *shared] if told else shared)
    elif _sisters(one, other):
        yield _reason("sister", [one.sponsor if one.sponsor == other.sponsor else other.nct_id])


def _common(one: Facts, other: Facts) -> Iterable[Reason]:
    drugs, conditions = _both(one.drugs, other.drugs), _same_words(one.conditions, other.conditions)
    if drugs and conditions:
        yield _reason("condition and drugs", [*conditions[:2], *drugs])
    else:
        yield _reason("drugs", drugs)
        yield _reason("condition", conditions)
    yield _reason("people", _same_people(one, other))
    yield _reason("sponsor", [one.sponsor] if one.sponsor == other.sponsor else [])
    yield _reason("sites", _both(one.sites, other.sites))


def _mention(one: Facts, other: Facts) -> str:
    return dict(one.named).get(other.nct_id) or dict(other.named).get(one.nct_id, "")


def _same_participants(one: Facts, other: Facts) -> bool:
    """Whether wording, drugs and size say that one follows the other's participants later."""
    later = [bool(_LATER.search(each.title)) for each in (one, other)]
    if later[0] == later[1] or not _both(one.drugs, other.drugs):
        return False
    if one.participants is not None and other.participants is not None:
        larger = max(one.participants, other.participants)
        same_size = abs(one.participants - other.participants) <= _SAME_SIZE * larger
        return same_size and _same_team(one, other)
    return _same_team(one, other) and _alike(one, other) >= _ALIKE / 2


def _sisters(one: Facts, other: Facts) -> bool:
    """Whether two trials of one team differ in little but dose, phase or population."""
    if not _same_team(one, other) or not _both(one.drugs, other.drugs):
        return False
    dosed = _DOSE.search(one.title) or _DOSE.search(other.title) or one.phase != other.phase
    return _alike(one, other) >= _ALIKE or bool(dosed and _near(one, other))


def _same_team(one: Facts, other: Facts) -> bool:
    """Whether sponsor or people are the same; where not told, registered side by side."""
    if one.sponsor and other.sponsor:
        return one.sponsor == other.sponsor or bool(_same_people(one, other))
    return _near(one, other)


def _near(one: Facts, other: Facts) -> bool:
    digits = [each.nct_id[3:] for each in (one, other)]
    return all(d.isdigit() for d in digits) and abs(int(digits[0]) - int(digits[1])) <= _NEAR


def _alike(one: Facts, other: Facts) -> float:
    """The words of both titles as a share of the words of either (Jaccard)."""
    a, b = set(words(one.title)), set(words(other.title))
    return len(a & b) / max(len(a | b), 1)


def _telling(numbers: Sequence[str]) -> list[str]:
    """Numbers long enough, and with digits enough, to be nobody else's by chance."""
    return [
        n for n in numbers if len(n) >= _FEWEST_SIGNS and sum(map(str.isdigit, n)) >= _FEWEST_DIGITS
    ]


def _both(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [each for each in one if each in set(other)]


def _same_people(one: Facts, other: Facts) -> list[str]:
    theirs = {person(each) for each in other.people} - {""}
    return [each for each in one.people if person(each) in theirs]


def _same_words(one: Sequence[str], other: Sequence[str]) -> list[str]:
    theirs = {" ".join(sorted(words(each))) for each in other}
    return [each for each in one if " ".join(sorted(words(each))) in theirs]


def _reason(kind: str, parts: Sequence[str]) -> Reason:
    return Reason(kind, tuple(parts[:_MOST_LISTED]))
