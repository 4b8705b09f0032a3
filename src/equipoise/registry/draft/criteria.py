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

from equipoise.registry.draft import chunks
from equipoise.registry.draft.bounds import Bound, Group, elements
from equipoise.registry.draft.chunks import Letters, Piece, Told
from equipoise.registry.draft.lexing import Token, lex
from equipoise.registry.draft.rules import Asked, Atom, Joined, Joint, Node, Not, atoms, joint, text
from equipoise.registry.draft.splitting import Side

How = Literal["computed", "mixed", "conditions", "question", "judgement", "not a criterion"]
WORDS_MAX = 14
CHUNKS_MAX = 14
LENGTH_MAX = 3000

_AFTERWARDS = re.compile(
    r"\b(?:lo(?:ss|st)\s+(?:to|of|in)\s+follow[- ]?up|dropp?(?:ed)?[- ]?outs?\b|"
    r"withdr\w+\s+(?:of\s+(?:informed\s+)?consent|from\s+the\s+(?:study|trial)|consent)|"
    r"(?:incomplete|missing)\s+(?:follow[- ]?up|(?:study\s+|clinical\s+)?data)|"
    r"protocol\s+(?:violation|deviation)s?\b|"
    r"(?:death|died|change\w*\s+\w+\s+surg\w+|conversion)\s+(?:during|after)\s+(?:the\s+)?(?:randomi[sz]ation|enrol\w+|study|trial))",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"\b(?:un)?(?:likely|able|willing\w*|ability|inability|expected|anticipated|risk|comply|prior|previous\w*)\b",
    re.I,
)
_WHO = r"(?:investigator|physician|surgeon|clinician|doctor|an?a?esthesi\w+|researcher|oncologist|cardiologist|sponsor|study\s+team|pi)"
_JUDGEMENT = re.compile(
    rf"\b(?:in\s+the\s+(?:opinion|judge?ment|view|discretion)|(?:opinion|discretion|judge?ment|assessment|view)\s+of\s+the|"
    rf"{_WHO}(?:\(s\)|s)?(?:['’]s?)?\s+(?:\w+\s+){{0,3}}?(?:opinion|judge?(?:ment)?s?|discretion|consider\w*|"
    rf"deem\w*|think\w*|feels?|believ\w*|determin\w*|decision)|"
    rf"(?:judged|deemed|considered|determined|thought|assessed|regarded|felt)\s+(?:\w+\s+){{0,4}}?(?:by\s+(?:the\s+)?(?:\w+\s+)?{_WHO}|"
    rf"(?:un|in)(?:suitable|appropriate|fit|eligible)|as\s+(?:un|in|making)\w*|not\s+(?:suitable|appropriate|fit|eligible))|"
    rf"(?:any\s+)?other\s+(?:conditions?|reasons?|circumstances?|situations?)\b.{{0,60}}\b(?:unsuitable|inappropriate|not\s+suitable|unfit))",
    re.IGNORECASE,
)  # fmt: skip
_EXCEPTION = re.compile(
    r"\b(?:unless|except\w*|other\s+than|excluding|apart\s+from|with\s+the\s+exception|if\s+(?!any|present)\w+)\b",
    re.I,
)
_ANY = re.compile(
    r"\b(?:any(?:\s+one)?|either|one|at\s+least\s+(?:one|1)|one\s+or\s+more|1\s+or\s+more|\d?\s*of\s+either)\s+(?:\w+\s+){0,2}?of\b|\bone\s+or\s+more\b|\b(?:≥|>=)\s*1\s+of\b",
    re.I,
)
_EVERY = re.compile(r"\b(?:all|both|each)\b(?:\s+of)?", re.I)
_COUNT = re.compile(
    r"(?:at\s+least\s+|≥\s*|>=\s*)?\b(two|three|four|2|3|4)\b(?:\s+or\s+more)?\s+(?:of|criteria|signs|symptoms)\b",
    re.I,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_ADJECTIVE = re.compile(
    r"\w+(?:al|ic|ous|ive|ary|ed|ant|ent|able|ible|ar|ory|less|ful|re|ing|ble|tic|ute|low|high|mild|old|own)$|(?:non|pre|post|mild|acute|type|known|new|low|high)$",
    re.I,
)
_CLAUSE = re.compile(
    r"\b(?:who|which|that|must|will|should|shall|may|can|cannot|would|if|because|when|whether)\b",
    re.I,
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
    exception = _EXCEPTION.search(everything)
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
    return Reading(how, text(node), found, rest, tuple(dict.fromkeys(told.doubts)))


def _asked(
    everything: str, length: int, how: How, prefix: str = "", doubts: tuple[str, ...] = ()
) -> Reading:
    label = " ".join(everything.replace("\\", "").split()).strip(" .,;:-*")
    name = chunks.slug(prefix + " ".join(label.split()[:6]), 50)
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
    lead = chunks.plain(words)
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
    return default, None, bool(re.search(r"\bfollowing\b", words, re.I))


def _node(words: str, side: Side | None, told: Told) -> Node | None:
    """Read words without bullets: sentences, then what semicolons part, then one list."""
    pieces = _prepared(elements(lex(words)))
    colon = next((n for n, p in enumerate(pieces) if _is(p, "colon")), None)
    default: Joined = _default(side)
    count = None
    if colon is not None and not any(isinstance(p, Bound) for p in pieces[: max(0, colon - 1)]):
        lead = words[: pieces[colon].start]
        joined, count, said = _joining(lead, default)
        if said:
            default = joined
            told.rest.append(chunks.plain(lead))
            pieces = pieces[colon + 1 :]
    sentences = _cut(pieces, words)
    listed = [
        _semicolons(sentence, words, default, told, listing=bool(colon)) for sentence in sentences
    ]
    nodes = [node for node in listed if node is not None]
    if (
        count is not None
        and len(nodes) == 1
        and isinstance(nodes[0], Joint)
        and len(nodes[0].nodes) >= count
    ):
        return Joint("or", nodes[0].nodes, count)
    if len(nodes) < 2 or all(atom.computed for node in nodes for atom in atoms(node)):
        return joint(_default(side), nodes)
    told.rest.extend(chunks.plain(words[s[0].start : s[-1].end]) for s in sentences[1:] if s)
    return nodes[0]


def _cut(pieces: Sequence[Piece], words: str) -> list[Sequence[Piece]]:
    """Cut where a sentence ends: a full stop before a space and a capital letter or number."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        stop = isinstance(piece, Token) and piece.text == "." and \
            re.match(r"\.\s+[A-Z\d≥≤<>]", words[piece.start : piece.start + 6]) is not None  # fmt: skip
        if stop and found[-1]:
            found.append([])
        elif not stop:
            found[-1].append(piece)
    return [each for each in found if each]


def _semicolons(
    pieces: Sequence[Piece], words: str, default: Joined, told: Told, *, listing: bool
) -> Node | None:
    stretches: list[list[Piece]] = [[]]
    for piece in pieces:
        if _is(piece, "semicolon"):
            stretches.append([])
        else:
            stretches[-1].append(piece)
    full = [stretch for stretch in stretches if stretch]
    if len(full) == 1:
        return _list(full[0], words, default, told)
    joined: Joined = default
    for stretch in full[1:]:
        if _is(stretch[0], "or") or _is(stretch[0], "and"):
            joined = "or" if _is(stretch[0], "or") else "and" if default == "and" else joined
    nodes = [_list(stretch, words, default, told) for stretch in full]
    return joint(joined, [node for node in nodes if node is not None])


def _list(pieces: Sequence[Piece], words: str, default: Joined, told: Told) -> Node | None:
    """Read what commas, ``and`` and ``or`` join; ``and`` binds more closely."""
    stretches, seps = _stretches(pieces)
    stretches, seps = _together(stretches, seps, words)
    both = re.search(r"\bboth\b", words, re.I) is not None
    nodes: list[tuple[str, Node]] = []
    pending: list[Sequence[Piece]] = []
    for stretch, sep in zip(stretches, ["", *_resolved(seps, default)], strict=True):
        if _only_name(stretch) and _has_bound_after(stretch, stretches):
            pending.append(stretch)
            continue
        node = chunks.read(stretch, words, told)
        if node is None:
            continue
        shared = [_shared(names, node) for names in pending]
        first = sep
        for each in (*(s for s in shared if s is not None), node):
            nodes.append((first if nodes else "", each))
            first = default
        pending = []
    return _joined(nodes, default, both, told)


def _joined(nodes: list[tuple[str, Node]], default: Joined, both: bool, told: Told) -> Node | None:
    groups: list[list[Node]] = []
    for sep, node in nodes:
        signed = Not(node) if sep == "and not" else node
        asked = groups and not any(a.computed for a in (*atoms(groups[-1][-1]), *atoms(node)))
        loose = sep == "and" and default == "or" and asked and not both and len(nodes) > 1
        if loose:
            told.doubts.append("`and` between conditions is read as or")
        if groups and sep in {"and", "and not"} and not loose:
            groups[-1].append(signed)
        else:
            groups.append([signed])
    sexes = {
        a.rule for group in groups for n in group for a in atoms(n) if a.rule.startswith("sex ==")
    }
    if len(sexes) == 2 and all(isinstance(n, Atom) and n.rule in sexes for g in groups for n in g):
        atom = groups[0][0]
        assert isinstance(atom, Atom)
        return chunks.sex({"F", "M"}, atom.start, atom.end)
    return joint("or", [node for group in groups if (node := joint("and", group)) is not None])


def _stretches(pieces: Sequence[Piece]) -> tuple[list[list[Piece]], list[str]]:
    stretches: list[list[Piece]] = [[]]
    seps: list[str] = []
    for piece in pieces:
        sep = piece.kind if isinstance(piece, Token) else ""
        if sep in {"comma", "and", "or", "and not"}:
            if stretches[-1]:
                stretches.append([])
                seps.append(sep)
            elif seps and sep != "comma":
                seps[-1] = sep
            elif not seps and sep == "and not":  # "without …" stands first
                stretches[-1].append(piece)
        else:
            stretches[-1].append(piece)
    if not stretches[-1] and seps:
        stretches.pop()
        seps.pop()
    return stretches, seps


def _resolved(seps: Sequence[str], default: Joined) -> list[str]:
    """Give each comma the word of its list: the next one said, or else the usual one."""
    found: list[str] = []
    following = default
    for sep in reversed(seps):
        if sep in {"and", "or"}:
            following = "or" if sep == "or" else "and"
        found.insert(0, following if sep == "comma" else sep)
    return found


def _together(
    stretches: list[list[Piece]], seps: list[str], words: str
) -> tuple[list[list[Piece]], list[str]]:
    """Put back together what one noun or verb shares: ``severe or complicated malaria``."""
    kept, between = [stretches[0]], list[str]()
    for sep, stretch in zip(seps, stretches[1:], strict=True):
        if sep != "and not" and _needs_more(kept[-1]) and _plain_words(stretch):
            gap = Token("other", sep, kept[-1][-1].end, stretch[0].start)
            kept[-1] = [*kept[-1], gap, *stretch]
        else:
            kept.append(stretch)
            between.append(sep)
    return kept, between


def _plain_words(stretch: Sequence[Piece]) -> bool:
    return all(isinstance(p, (Token, Group)) for p in stretch)


def _needs_more(stretch: Sequence[Piece]) -> bool:
    words = [
        p.text
        for p in stretch
        if isinstance(p, Token) and p.kind in {"word", "other"} and p.text.isalpha()
    ]
    if any(isinstance(p, (Bound, Letters)) for p in stretch) or not words:
        return False
    last = words[-1].lower()
    if chunks.sexes(last) or len(words) > 4:
        return last in {"of", "to", "for", "with", "than", "the", "a", "any", "other"}
    alone = len([w for w in words if w.lower() not in chunks.FILLING]) <= 1
    return (alone and (_ADJECTIVE.match(last) is not None or last in {"inability", "unwillingness", "ability", "willingness", "refusal"})
            and chunks.known.last_named(chunks.plain(" ".join(words))) is None) or \
        last in {"of", "to", "for", "than", "the", "a"}  # fmt: skip


def _only_name(stretch: Sequence[Piece]) -> bool:
    found = chunks.known.last_named(chunks.words_of(stretch))
    return found is not None and not any(isinstance(p, (Bound, Group, Letters)) for p in stretch) and \
        not (set(found[1].split()) | set(found[2].split())) - chunks.FILLING  # fmt: skip


def _has_bound_after(stretch: Sequence[Piece], stretches: Sequence[Sequence[Piece]]) -> bool:
    place = list(stretches).index(stretch)
    return any(isinstance(p, Bound) for later in stretches[place + 1 : place + 4] for p in later)


def _shared(names: Sequence[Piece], node: Node) -> Node | None:
    """Give a quantity named alone the test of the next one: ``ALT and AST ≤ 2.5 × …``."""
    found = chunks.known.last_named(chunks.words_of(names))
    last = next((atom for atom in atoms(node) if atom.computed), None)
    if found is None or last is None or len(last.items) != 1:
        return chunks.question("", 0, 0)
    other, quantity = last.items[0], found[0]
    unit = other.id.rsplit("_uln", 1)[-1] == "" and "uln"
    tail = "_uln" if unit else _tail(other)
    name = chunks.slug(quantity.name) + tail
    asked = Asked(name, quantity.name, other.type, other.unit, decimals=other.decimals)
    rule = re.sub(rf"\b{re.escape(other.id)}\b", name, last.rule)
    return Atom(rule, names[0].start, last.end, (asked,), computed=True)


def _tail(item: Asked) -> str:
    named = chunks.slug(item.label)
    return item.id[len(named) :] if item.id.startswith(named) else ""


# --- letters, sexes, slashes ----------------------------------------------------------------


def _is(piece: Piece, kind: str) -> bool:
    return isinstance(piece, Token) and piece.kind == kind


def _prepared(parts: Sequence[Piece]) -> list[Piece]:
    """Put letters of a class together, and names that a slash joins apart."""
    found: list[Piece] = []
    at = 0
    while at < len(parts):
        piece = parts[at]
        if isinstance(piece, Group):
            piece = Group(tuple(_prepared(piece.parts)), piece.start, piece.end)  # type: ignore[arg-type]
        letter = _letters(parts, at, found)
        if letter is not None:
            found.append(letter[0])
            at = letter[1]
            continue
        if _is(piece, "slash") and found and at + 1 < len(parts):
            around = chunks.words_of(found[-1:]), chunks.words_of(parts[at + 1 : at + 2])
            names = chunks.known.quantities()
            if " ".join(around) not in names and (all(w in names for w in around) or
                    all(chunks.sexes(w) for w in around)):  # fmt: skip
                piece = Token("or", "/", piece.start, piece.end)
        found.append(piece)
        at += 1
    return found


def _letters(
    parts: Sequence[Piece], at: int, before: Sequence[Piece]
) -> tuple[Letters, int] | None:
    piece = parts[at]
    if not (
        _is(piece, "word") and isinstance(piece, Token) and chunks.LETTERS.fullmatch(piece.text)
    ):
        return None
    quantity = chunks.named_class(chunks.words_of(before[-6:]))
    if quantity is None or piece.text not in quantity.codes:
        return None
    codes, end, at = [piece.text], piece.end, at + 1
    while at + 1 < len(parts) and any(
        _is(parts[at], k) for k in ("or", "slash", "comma", "dash", "and")
    ):
        following = parts[at + 1]
        if not isinstance(following, Token) or following.text not in quantity.codes:
            break
        codes.append(following.text)
        end, at = following.end, at + 2
    return Letters(quantity, tuple(codes), piece.start, end), at
