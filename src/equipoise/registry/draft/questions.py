"""A stretch of a criterion that is no number: a question that is answered with yes or no."""

from __future__ import annotations

import re

from equipoise.registry.draft.quantities import plain, slug
from equipoise.registry.draft.rules import Asked, Atom, Node, Not

_PEOPLE_WORDS = (
    "patient patients subject subjects participant participants person persons people "
    "individual individuals volunteer volunteers adult adults child children those candidate "
    "candidates"
)
PEOPLE = frozenset(_PEOPLE_WORDS.split())
_FILLING_WORDS = (
    "a an the of in at is are be was were must should shall will have has having who that "
    "whose with aged age years year old any all each both either this these their his her by "
    "for to on and or as whom which been being inclusive included including from between "
    "within range ranging defined value values level levels score scores measured known "
    "documented confirmed evidence history presence diagnosis diagnosed current currently "
    "other another screening baseline time enrollment enrolment entry study visit consent day "
    "prior before i e g ie eg than equal limits both-ends sex sexes gender genders regardless "
    "eligible suffering serum recipients presenting inpatients outpatients ward status grade "
    "class classification physical performance scale stage functional resting total absolute "
    "count rate only be been to mentioned following"
)
FILLING = PEOPLE | frozenset(_FILLING_WORDS.split())
_LEADING = re.compile(
    r"^(?:(?:must|should|be|been|to|only|both|either|any|known|a|an|the|other|another|patients?"
    r"|subjects?|participants?|people|persons|"
    r"individuals|those|who|have|has|had|having|with|are|is|and|suffering from|presence of|"
    r"presenting with|evidence of|diagnosis of|diagnosed with|a history of|history of|"
    r"documented|current|currently|previous|the presence of|comorbid|known to have|if)\b\s*)+",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"^(?:no|not|never|absence of|free of)\b\s*", re.IGNORECASE)
_STOPS_WORDS = (
    "with of a an the is are be was were has have had having by for to on at in as who that "
    "than if when or and but any all each other including such must should patients patient "
    "subjects subject participants participant value values their his her who whose defined "
    "within after before during since per more both either"
)
STOPS = frozenset(_STOPS_WORDS.split())


_END = re.compile(r"(?:_(?:of|with|to|the|a|an|in|for|by|or|and|at|on|is|are|as|any|from))+$")


def question(text: str, start: int, end: int) -> Node | None:
    """Return what somebody answers with yes or no; ``no …`` turns it round."""
    label = " ".join(text[start:end].replace("\\", "").split()).strip(" .,;:-*")
    words = _LEADING.sub("", label)
    negated = _NEGATION.match(words)
    words = _LEADING.sub("", words[negated.end() :]) if negated else words
    if not re.search(r"[^\W\d_]", words):
        return None
    if set(plain(words).split()) <= FILLING:
        if not set(plain(label).split()) - FILLING:
            return None
        words, negated = label, None
    name = _END.sub("", slug(_short(words), 50)) or "item"
    if name == "item":
        return None
    shown = words[:1].upper() + words[1:]
    atom = Atom(name, start, end, (Asked(name, shown[:300]),), computed=False)
    return Not(atom) if negated else atom


def _short(words: str) -> str:
    """Return the first words of a question, without brackets and asides."""
    words = re.sub(r"\([^()]*\)", " ", words)
    words = re.sub(r"\b(?:in the history|as an? comorbidity|before the operation)\b", " ", words)
    kept = [word for word in words.split() if word.lower().strip(".,;:") not in {"a", "an", "the"}]
    kept = kept[:7]
    while len(kept) > 1 and kept[-1].lower() in STOPS | {"is", "are", "as", "not"}:
        kept.pop()
    return " ".join(kept)
