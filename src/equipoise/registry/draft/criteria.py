"""A criterion in words, read as a rule in the protocol's own language.

The rule is three-valued as every rule of a protocol is: what is not known decides nothing. Each
test keeps its place in the text; words that no test covers, and readings that could be meant
otherwise, are told. What cannot be taken apart becomes one question with the words of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from equipoise.registry.draft import lists
from equipoise.registry.draft.bounds import Bound, elements
from equipoise.registry.draft.chunks import Piece, Told
from equipoise.registry.draft.grouping import is_kind, prepared
from equipoise.registry.draft.lexing import Token, lex
from equipoise.registry.draft.quantities import plain, slug
from equipoise.registry.draft.rules import Asked, Atom, Joined, Joint, Node, atoms, joint, text
from equipoise.registry.draft.splitting import Side

How = Literal["computed", "mixed", "conditions", "question", "judgement", "not a criterion"]
WORDS_MAX = 14
CHUNKS_MAX = 14
LENGTH_MAX = 3000
REST_FROM = 160

_AFTERWARDS = re.compile(
    r"\b(?:lo(?:ss|st)\s+(?:to|of|in)\s+follow[- ]?up|dropp?(?:ed)?[- ]?outs?\b|"
    r"withdr\w+\s+(?:of\s+(?:informed\s+)?consent|from\s+the\s+(?:study|trial)|consent)|"
    r"(?:incomplete|missing)\s+(?:follow[- ]?up|(?:study\s+|clinical\s+)?data)|"
    r"protocol\s+(?:violation|deviation)s?\b|"
    r"(?:death|died|change\w*\s+\w+\s+surg\w+|conversion)\s+(?:during|after)\s+(?:the\s+)?"
    r"(?:randomi[sz]ation|enrol\w+|study|trial))",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    (
        r"\b(?:un)?(?:likely|able|willing\w*|ability|inability|expected|anticipated|risk|comply"
        r"|prior|previous\w*)\b"
    ),
    re.IGNORECASE,
)
_WHO = (
    r"(?:investigator|physician|surgeon|clinician|doctor|an?a?esthesi\w+|researcher|oncologist"
    r"|cardiologist|sponsor|study\s+team|pi)"
)
_JUDGEMENT = re.compile(
    rf"\b(?:in\s+the\s+(?:opinion|judge?ment|view|discretion)|(?:opinion|discretion|judge?ment"
    rf"|assessment|view)\s+of\s+the|"
    rf"{_WHO}(?:\(s\)|s)?(?:['’]s?)?\s+(?:\w+\s+){{0,3}}?(?:opinion|judge?(?:ment)?s?|discretion"
    rf"|consider\w*|"
    rf"deem\w*|think\w*|feels?|believ\w*|determin\w*|decision)|"
    rf"(?:judged|deemed|considered|determined|thought|assessed|regarded|felt)\s+"
    rf"(?:\w+\s+){{0,4}}?(?:by\s+(?:the\s+)?(?:\w+\s+)?{_WHO}|"
    rf"(?:un|in)(?:suitable|appropriate|fit|eligible)|as\s+(?:un|in|making)\w*|not\s+(?:suitable"
    rf"|appropriate|fit|eligible))|"
    rf"(?:any\s+)?other\s+(?:conditions?|reasons?|circumstances?|situations?)\b.{{0,60}}\b"
    rf"(?:unsuitable|inappropriate|not\s+suitable|unfit))",
    re.IGNORECASE,
)  # fmt: skip
_EXCEPTION = re.compile(
    (
        r"\b(?:unless|except\w*|other\s+than|excluding|apart\s+from|with\s+the\s+exception|if\s+"
        r"(?!any|present)\w+)\b"
    ),
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b(?:(?:are|is|be|remain)\s+(?:still\s+|also\s+)?(?:eligible|allowed|permitted|acceptable"
    r"|included|enrolled)"
    r"|allowed|permitted|acceptable|may\s+(?:participate|enrol\w*|enter))\b",
    re.IGNORECASE,
)
_ANY = re.compile(
    (
        r"\b(?:any(?:\s+one)?|either|one|at\s+least\s+(?:one|1)|one\s+or\s+more|1\s+or\s+more"
        r"|\d?\s*of\s+either)\s+(?:\w+\s+){0,2}?of\b|\bone\s+or\s+more\b|\b(?:≥|>=)\s*1\s+of\b"
    ),
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:all|both|each)\b(?:\s+of)?", re.IGNORECASE)
_COUNT = re.compile(
    (
        r"(?:at\s+least\s+|≥\s*|>=\s*)?\b(two|three|four|2|3|4)\b(?:\s+or\s+more)?\s+(?:of"
        r"|criteria|signs|symptoms)\b"
    ),
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_CLAUSE = re.compile(
    r"\b(?:who|which|that|must|will|should|shall|may|can|cannot|would|if|because|when|whether)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A criterion as it was read; ``rule`` is None for what is no criterion.

    ``how``: whether measurements decide (``computed``), questions (``conditions``), both
    (``mixed``), one question with the words of the text, or somebody's judgement. ``rest`` are
    words that no test covers, ``doubts`` readings that could be meant otherwise.
    """

    how: How
    rule: str | None
    atoms: tuple[Atom, ...]
    rest: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Asked, ...]:
        """What must be asked at screening."""
        return tuple({item.id: item for atom in self.atoms for item in atom.items}.values())


def read(words: str, side: Side | None, parts: Sequence[str] = ()) -> Reading:
    """Read a criterion; ``parts`` are the bullets below it. Places count from its beginning."""
    everything = " ".join((words, *parts))
    if _AFTERWARDS.search(everything) and not _LIKELY.search(everything):
        return Reading("not a criterion", None, ())
    if _JUDGEMENT.search(everything):
        return _asked(everything, len(words), "judgement", "judgement ")
    told = Told()
    exception = _EXCEPTION.search(everything) or (
        _ALLOWED.search(everything) if re.search(r"[.;]\s+\S", everything) else None
    )
    if len(everything) > LENGTH_MAX or exception:
        doubts = ("an exception is in the text",) if exception else ()
        return _asked(everything, len(words), "question", doubts=doubts)
    node = _list_of(words, parts, side, told) if parts else _node(words, side, told)
    return _reading(node, everything, len(words), told)


def _reading(node: Node | None, everything: str, length: int, told: Told) -> Reading:
    found = tuple(atoms(node))
    clumsy = [a for a in found if not a.computed and len(a.items[0].label.split()) > WORDS_MAX]
    if node is None or len(found) > CHUNKS_MAX or (clumsy and not any(a.computed for a in found)):
        return _asked(everything, length, "question")
    kinds = {atom.computed for atom in found}
    how: How = "mixed" if len(kinds) == 2 else "computed" if True in kinds else "conditions"
    if how == "conditions" and len(found) == 1 and _CLAUSE.search(found[0].items[0].label):
        how = "question"
    if len(text(node)) > 1900:  # the language reads 2000 characters
        return _asked(everything, length, "question")
    rest = tuple(dict.fromkeys(each for each in told.rest if each))
    sure = all(atom.computed and atom.sure for atom in found)
    if not sure and len(everything) > REST_FROM and sum(map(len, rest)) > len(everything) / 2:
        return _asked(everything, length, "question")
    return Reading(how, text(node), found, rest, tuple(dict.fromkeys(told.doubts)))


def _asked(
    everything: str, length: int, how: How, prefix: str = "", doubts: tuple[str, ...] = ()
) -> Reading:
    label = " ".join(everything.replace("\\", "").split()).strip(" .,;:-*")
    name = slug(prefix + " ".join(label.split()[:6]), 50)
    atom = Atom(name, 0, length, (Asked(name, label[:300] or "?"),), computed=False)
    return Reading(how, name, (atom,), doubts=doubts)


# --- lists ----------------------------------------------------------------------------------


def _default(side: Side | None) -> Joined:
    return "and" if side == "inclusion" else "or"


def _list_of(words: str, parts: Sequence[str], side: Side | None, told: Told) -> Node | None:
    """Read a criterion with bullets below it: they are joined as its words say."""
    joined, count, said = _joining(words, _default(side))
    if not words.rstrip(" *_").endswith((":", "：")) and not said:
        told.rest.append(f"{len(parts)} further lines")
        return _node(words, side, told)
    lead = plain(words)
    if lead:
        told.rest.append(lead)
    nodes = [_node(part, side, told) for part in parts]
    kept = [node for node in nodes if node is not None]
    if count is not None and len(kept) >= count:
        return Joint("or", tuple(kept), count)
    return joint(joined, kept)


def _joining(words: str, default: Joined) -> tuple[Joined, int | None, bool]:
    """Return how a list is joined, of how many at least, and whether the words say so."""
    count = _COUNT.search(words)
    if count is not None:
        return "or", _COUNTS[count[1].lower()], True
    if _ANY.search(words):
        return "or", None, True
    if _EVERY.search(words):
        return "and", None, True
    return default, None, bool(re.search(r"\bfollowing\b", words, re.IGNORECASE))


def _node(words: str, side: Side | None, told: Told) -> Node | None:
    """Read words without bullets: sentences, then what semicolons part, then one list."""
    pieces = prepared(elements(lex(words)))
    colon = next((n for n, p in enumerate(pieces) if is_kind(p, "colon")), None)
    default: Joined = _default(side)
    count = None
    if colon is not None and not any(isinstance(p, Bound) for p in pieces[: max(0, colon - 1)]):
        lead = words[: pieces[colon].start]
        joined, count, said = _joining(lead, default)
        if said:
            default = joined
            told.rest.append(plain(lead))
            pieces = pieces[colon + 1 :]
    sentences = _cut(pieces, words)
    listed = [_semicolons(sentence, words, default, told) for sentence in sentences]
    nodes = [node for node in listed if node is not None]
    if (
        count is not None
        and len(nodes) == 1
        and isinstance(nodes[0], Joint)
        and len(nodes[0].nodes) >= count
    ):
        return Joint("or", nodes[0].nodes, count)
    if len(nodes) < 2 or all(a.computed and a.sure for node in nodes for a in atoms(node)):
        return joint(_default(side), nodes)
    told.rest.extend(plain(words[s[0].start : s[-1].end]) for s in sentences[1:] if s)
    return nodes[0]


def _cut(pieces: Sequence[Piece], words: str) -> list[Sequence[Piece]]:
    """Cut where a sentence ends: a full stop before a space and a capital letter or number."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        ends = re.match(r"\.\s+[A-Z\d≥≤<>]", words[piece.start : piece.start + 6]) is not None
        stop = isinstance(piece, Token) and piece.text == "." and ends
        if stop and found[-1]:
            found.append([])
        elif not stop:
            found[-1].append(piece)
    return [each for each in found if each]


def _semicolons(pieces: Sequence[Piece], words: str, default: Joined, told: Told) -> Node | None:
    stretches: list[list[Piece]] = [[]]
    for piece in pieces:
        if is_kind(piece, "semicolon"):
            stretches.append([])
        else:
            stretches[-1].append(piece)
    full = [stretch for stretch in stretches if stretch]
    if len(full) == 1:
        return lists.read(full[0], words, default, told)
    joined: Joined = default
    for stretch in full[1:]:
        if is_kind(stretch[0], "or") or is_kind(stretch[0], "and"):
            joined = "or" if is_kind(stretch[0], "or") else "and" if default == "and" else joined
    nodes = [lists.read(stretch, words, default, told) for stretch in full]
    return joint(joined, [node for node in nodes if node is not None])
