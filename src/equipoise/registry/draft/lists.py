"""What commas, ``and`` and ``or`` join in a criterion, and what they only seem to part.

A list is taken apart where every part can stand by itself. Where one cannot (``treated with oral
or intravenous drugs``), the whole stretch stays one question, and what could have been computed of
it is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from equipoise.registry.draft import chunks
from equipoise.registry.draft.bounds import Bound, Group
from equipoise.registry.draft.chunks import Letters, Piece, Told
from equipoise.registry.draft.lexing import Token
from equipoise.registry.draft.measures import sexes
from equipoise.registry.draft.quantities import last_named, plain, slug
from equipoise.registry.draft.questions import FILLING, question
from equipoise.registry.draft.rules import Asked, Atom, Joined, Node, Not, atoms, joint, text

_ADJECTIVE = re.compile(
    r"\w+(?:al|ic|ous|ive|ary|ed|ant|ent|able|ible|ar|ory|less|ful|re|ing|ble|tic|ac|ute|low|high"
    r"|mild|old|own|ly)$"
    r"|(?:non|pre|post|mild|acute|type|known|new|low|high|good|poor|major|minor|prior)$",
    re.IGNORECASE,
)
_BELONGS_WORDS = (
    "liver kidney heart lung brain bone skin blood breast bowel stomach alcohol drug "
    "substance thyroid muscle head neck hand spine disc valve grass tobacco medication "
    "inability ability unwillingness willingness refusal diagnosis treatment use history "
    "presence evidence signs symptoms therapy allergy allergies "
    "hypersensitivity contraindications intolerance"
)
_BELONGS = frozenset(_BELONGS_WORDS.split())
"""Words that, alone before ``or``, share what stands after it."""
_QUALIFIES = re.compile(
    r"(?:at|during|on|within|in|prior|before|after|by|since|for|indicating|defined|including"
    r"|inclusive|"
    r"confirmed|assessed|measured|determined|documented|despite|regardless|whichever|e|i|eg|ie"
    r"|as)\b"
)
_UNCLEAN = re.compile(
    r"^(?:at|during|on|within|in|prior|before|after|by|since|for|based|indicating|defined"
    r"|including|"
    r"such|as|this|these|greater|less|more|eg|e\.g|i\.e|due|because|kept|only|also|then|there"
    r"|they|it|not|than|of|to|from|require\w*|"
    r"requiring|used?|using|received|been|be|is|are|was|were|has|have|had)\b|"
    r"\b(?:of|to|for|with|the|a|an|in|on|by|at|is|are|was|were|has|have|be|as|than|or|and|from"
    r"|their|"
    r"any|other|either|histologically|oral|following|including|like|namely|limited)$|"
    r"\b(?:who|which|that|must|will|should|shall|may|can|cannot|would|because|when|whether|is|are"
    r"|was|"
    r"were|has|have|had|does|do|did|they|following)\b",
    re.IGNORECASE,
)
_IS = re.compile(
    r"\b(?:that|which|who)\s+(?:is|are)\s+\w+|\bis\s+(?:planned|needed|required|refused)$",
    re.IGNORECASE,
)
CLEAN_MAX = 14
_HALF = re.compile(r"\w{2}(?:ic|al|ly|ous|ive|ary|ible)$")
_NOUN = re.compile(
    r"(?:trial|withdrawal|refusal|hospital|approval|removal|survival|interval|denial|animal|"
    r"individual|carditis|clinic|arsenic|topic|critic|relative|preservative|sedative|laxative|"
    r"positive|negative|derivative|summary|library|ovary|capillary|anaphylactic)$"
)


def read(pieces: Sequence[Piece], words: str, default: Joined, told: Told) -> Node | None:
    """Read what commas, ``and`` and ``or`` join; ``and`` binds more closely."""
    if not pieces:
        return None
    stretches, raw = _stretches(pieces)
    stretches, raw = _together(stretches, raw)
    own = Told(last=told.last)
    nodes = _by_sex(_parts(stretches, raw, words, default, own))
    if len(nodes) > 1 and (
        any(_unclean(node) for _, node in nodes) or _contradicts(nodes) or _headed(nodes)
    ):
        whole = question(words, pieces[0].start, pieces[-1].end)
        computed = [text(node) for _, node in nodes if all(a.computed for a in atoms(node))]
        told.doubts += [
            f"asked as a whole, though this could be computed: {rule}" for rule in computed
        ]
        return whole
    told.last = own.last
    told.rest += own.rest
    told.doubts += own.doubts
    both = (
        re.search(r"\bboth\b", words[pieces[0].start : pieces[-1].end], re.IGNORECASE) is not None
    )
    return _joined(nodes, raw, default, told, both=both)


def _parts(
    stretches: Sequence[Sequence[Piece]],
    raw: Sequence[str],
    words: str,
    default: Joined,
    told: Told,
) -> list[tuple[str, Node]]:
    """Return the parts of a list, each with the word that joins it to the one before."""
    nodes: list[tuple[str, Node]] = []
    pending: list[Sequence[Piece]] = []
    for place, (stretch, sep) in enumerate(
        zip(stretches, ["", *_resolved(raw, default)], strict=True)
    ):
        if _only_name(stretch) and _has_bound(stretches[place + 1 : place + 4]):
            pending.append(stretch)
            continue
        said = chunks.words_of(stretch)
        computed = bool(nodes) and all(a.computed for a in atoms(nodes[-1][1]))
        if computed and _QUALIFIES.match(said) and not _has_bound([stretch]):
            told.rest.append(said)
            continue
        node = chunks.read(
            stretch, words, told, lambda parts, quiet: read(parts, words, "or", quiet)
        )
        if node is None:
            continue
        first = sep
        if nodes and raw[place - 1] == "comma" and text(nodes[-1][1]).startswith("sex in"):
            first = "and"  # "male or female, 18 to 65 years"
        for each in (*(_shared(names, node) for names in pending), node):
            if each is not None:
                nodes.append((first if nodes else "", each))
                first = _resolved(raw, default)[place - 1] if place else default
        pending = []
    return nodes


def _by_sex(nodes: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
    """Join limits of each sex by ``or``: ``≥ 12 in women and ≥ 13 in men`` is one of the two."""
    found: list[tuple[str, Node]] = []
    for sep, node in nodes:
        limits = [_limited(each) for each in (found[-1][1] if found else node, node)]
        either = sep == "and" and None not in limits and limits[0] != limits[1]
        found.append(("or" if either else sep, node))
    return found


def _limited(node: Node) -> str | None:
    """Return the one sex for which a node says something that can be computed."""
    every = list(atoms(node))
    wanted = {atom.rule for atom in every if atom.rule.startswith("sex ==")}
    more = len(every) > len(wanted) and all(atom.computed for atom in every)
    return wanted.pop() if more and len(wanted) == 1 else None


_HEAD = re.compile(
    r"^(?:contra-?\s?indicat\w*|allerg\w*|hypersensitiv\w*|intoleran\w*|sensitiv\w*|use|treat\w*|therapy|"
    r"need|requir\w*|indication|planned|undergo\w*|underwent|receiv\w*|taking|exposure|abuse|"
    r"employee|donat\w*|likelihood|symptoms|signs|risk|unable|able|ability|reaction|response|"
    r"participat\w*|enrol\w*|candidate|failure|recover\w*|lack|absence|presence)\b"
    r".*\b(?:to|of|for|with|by|in|from)\b",
    re.IGNORECASE,
)


def _headed(nodes: Sequence[tuple[str, Node]]) -> bool:
    """Return whether the first words may rule all that follow: ``allergy to A, B or C``."""
    first, second = (list(atoms(node)) for _, node in nodes[:2])
    asked = not any(atom.computed for atom in (*first, *second))
    return asked and _HEAD.match(first[0].items[0].label) is not None


def _contradicts(nodes: Sequence[tuple[str, Node]]) -> bool:
    """Return whether both sexes are wanted at once: ``men and non-pregnant women``."""
    every = [atom for _, node in nodes for atom in atoms(node)]
    wanted = {atom.rule[-2] for atom in every if atom.rule.startswith("sex ==")}
    told = {code for atom in every if not atom.computed for word in atom.items[0].label.split()
            for code in sexes(word)}  # fmt: skip
    pair = len(wanted) == 2 and all(sep != "or" for sep, _ in nodes)
    return pair or (bool(wanted) and bool(told - wanted))


def _unclean(node: Node) -> bool:
    """Return whether a question of a list is no thing by itself."""
    for atom in atoms(node):
        if atom.computed:
            continue
        label = _IS.sub("", re.sub(r"\([^()]*\)", " ", atom.items[0].label)).strip(" .,;:-")
        if _UNCLEAN.search(label) or len(label.split()) > CLEAN_MAX or not label:
            return True
        last = label.split()[-1].lower()
        if _HALF.search(last) and not _NOUN.search(last):
            return True
    return False


def _joined(
    nodes: list[tuple[str, Node]], raw: Sequence[str], default: Joined, told: Told, *, both: bool
) -> Node | None:
    computed = any(a.computed for _, node in nodes for a in atoms(node))
    if len(nodes) > 1 and isinstance(nodes[0][1], Not) and not computed:  # "no A, B or C": none
        inner = [node.node if isinstance(node, Not) else node for _, node in nodes]
        every = joint("or", inner)
        return Not(every) if every is not None else None
    groups: list[list[Node]] = []
    without = False
    for sep, node in nodes:
        if without and sep == "or" and "comma" not in raw:  # "without A or B": neither
            last = groups[-1].pop()
            assert isinstance(last, Not)
            groups[-1].append(Not(joint("or", (last.node, node)) or node))
            continue
        signed = Not(node) if sep == "and not" else node
        without = sep == "and not"
        asked = bool(groups) and not any(a.computed for a in (*atoms(groups[-1][-1]), *atoms(node)))
        loose = sep == "and" and default == "or" and asked and not both
        if loose:
            told.doubts.append("`and` between conditions is read as or")
        if groups and sep in {"and", "and not"} and not loose:
            groups[-1].append(signed)
        else:
            groups.append([signed])
    both_ways = [each for group in groups if (each := joint("and", group)) is not None]
    return joint("or", both_ways)


def _stretches(pieces: Sequence[Piece]) -> tuple[list[list[Piece]], list[str]]:
    stretches: list[list[Piece]] = [[]]
    seps: list[str] = []
    for place, piece in enumerate(pieces):
        sep = piece.kind if isinstance(piece, Token) else ""
        if sep in {"comma", "and", "or", "and not"}:
            if stretches[-1]:
                stretches.append([])
                seps.append(sep)
            elif seps and sep != "comma":
                seps[-1] = sep
            elif not seps and sep == "and not":  # "without …" stands first
                stretches[-1].append(piece)
            continue
        stretches[-1].append(piece)
        if isinstance(piece, Bound) and _next_named(pieces[place + 1 :]):
            stretches.append([])
            seps.append("comma")
    if not stretches[-1] and seps:
        stretches.pop()
        seps.pop()
    return stretches, seps


def _next_named(following: Sequence[Piece]) -> bool:
    """Return whether a known quantity and its number follow without a comma between."""
    words: list[Piece] = []
    for piece in following:
        if isinstance(piece, Bound):
            found = last_named(chunks.words_of(words))
            return found is not None and not set(found.before.split()) - FILLING and not piece.bare
        if isinstance(piece, Token) and piece.kind not in {"word", "other", "colon"}:
            return False
        words.append(piece)
    return False


def _resolved(seps: Sequence[str], default: Joined) -> list[str]:
    """Give each comma the word of its list: the next one said, or else the usual one."""
    found: list[str] = []
    following = default
    for sep in reversed(seps):
        if sep in {"and", "or"}:
            following = "or" if sep == "or" else "and"
        found.insert(0, following if sep == "comma" else sep)
    return found


def _together(stretches: list[list[Piece]], seps: list[str]) -> tuple[list[list[Piece]], list[str]]:
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
    return all(isinstance(p, (Token, Group)) or getattr(p, "bare", False) for p in stretch)


def _needs_more(stretch: Sequence[Piece]) -> bool:
    """Return whether a stretch wants the noun of the next one."""
    words = [p.text for p in stretch if isinstance(p, Token) and p.kind in {"word", "other"}
             and p.text.replace("-", "").isalpha()]  # fmt: skip
    if any(isinstance(p, (Bound, Letters)) for p in stretch) or not words:
        return False
    last = words[-1].lower()
    dangling = last in {"of", "to", "for", "than", "the", "a", "an", "with", "any", "other", "in"}
    if dangling or sexes(last):
        return dangling
    alone = len([w for w in words if w.lower() not in FILLING | {"no", "not"}]) <= 1
    shares = _ADJECTIVE.match(last) is not None or last in _BELONGS
    return alone and shares and last_named(plain(" ".join(words))) is None


def _only_name(stretch: Sequence[Piece]) -> bool:
    said = chunks.words_of(stretch)
    found = last_named(said)
    if (
        found is None
        or _STATE.search(said)
        or _has_bound([stretch])
        or any(isinstance(p, Letters) for p in stretch)
    ):
        return False
    return not (set(found.before.split()) | set(found.after.split())) - FILLING


_STATE = re.compile(r"\w(?:emia|penia|cardia)\b|\bfever\b")


def _has_bound(stretches: Sequence[Sequence[Piece]]) -> bool:
    """Return whether a number is compared in one of the stretches, in brackets or not."""
    return any(
        isinstance(p, Bound) or (isinstance(p, Group) and _has_bound([p.parts]))
        for stretch in stretches
        for p in stretch
    )


def _shared(names: Sequence[Piece], node: Node) -> Node | None:
    """Give a quantity named alone the test of the next one: ``ALT and AST ≤ 2.5 × …``."""
    found = last_named(chunks.words_of(names))
    measured = (atom for atom in atoms(node) if atom.computed and not atom.items[0].codes)
    last = next(measured, None)
    if found is None or last is None or found.quantity.name == "age":
        return None
    other, quantity = last.items[0], found.quantity
    name = slug(quantity.name) + _tail(other)
    asked = Asked(name, quantity.name, other.type, other.unit, decimals=other.decimals)
    rule = re.sub(rf"\b{re.escape(other.id)}\b", name, last.rule)
    return Atom(rule, names[0].start, last.end, (asked,), computed=True)


def _tail(item: Asked) -> str:
    named = slug(item.label)
    return item.id[len(named) :] if item.id.startswith(named) else ""
