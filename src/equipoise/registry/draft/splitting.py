"""The text of the eligibility criteria taken apart: which criteria there are, and where.

Registered as one text with headings, bullets, numbers and nested lists. A bullet that ends in a
colon keeps the bullets below it; bullets below one that is a sentence of its own stay with it as
well, since they explain it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Side = Literal["inclusion", "exclusion"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One criterion as it is registered, from ``start`` to ``end`` of the text.

    ``side`` is None where no heading says on which side it stands. ``parts`` are the bullets below
    it, each with where it begins, where it ends and how far it is set in.
    """

    side: Side | None
    start: int
    end: int
    parts: tuple[tuple[int, int, int], ...] = ()

    def head(self, whole: str) -> str:
        """Return the words before the bullets below, as they stand."""
        return whole[self.start : _head_end(whole, self)]

    def below(self, whole: str) -> tuple[str, ...]:
        """Return the bullets below, as they stand."""
        return tuple(whole[start:end] for start, end, _ in self.parts)

    def text(self, whole: str) -> str:
        """Return the words, without marks of lists and escapes, in one line."""
        return shown(whole[self.start : self.end])


@dataclass(frozen=True, slots=True)
class Split:
    """The criteria of a text, whether it has both headings, and how many bullets it has."""

    clauses: tuple[Clause, ...]
    inclusion_heading: bool
    exclusion_heading: bool
    bullets: int


_MARK = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>[*•·▪◦‣○●■□\-–—→➢✓]\s+|\\?[*•·▪●]\s*(?=\S)|"
    r"\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})\\?[.)、]\s+|\(?\d{1,2}(?:\.\d{1,2})+[.)]?\s+"
    r"|\(\d{1,2}\)\s*|"
    r"\d{1,2}\\?[.)、](?=[^\W\d])|[IE]\d{1,2}[.:)]\s+|#\d{1,2}\s+)"
)
_HEADING = re.compile(
    r"[ \t#*_>\-•\d.)]*"
    r"(?:(?:key|main|major|general|principal|subject|patient|participant|study|the|additional|"
    r"cohort|group|arm|part|phase|for|all|donor|control|healthy|other|specific"
    r"|primary)\b[\s\w,&/]{0,30}?\s*)?"
    r"(?P<word>inclusion|exclusion|exclusionary|eligib\w*|not\s+eligible|ineligib\w*|included"
    r"|excluded)"
    r"(?:\s*/\s*(?:inclusion|exclusion))?"
    r"(?:[ \t]+(?:criteri(?:a|on)s?|requirements?))?"
    r"(?P<rest>[^:\n]{0,80}?)(?P<stop>[:：]|[*_ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = re.compile(
    r"(?<=[.;:,)\s])(?:(?P<number>\(?\d{1,2}[).])|(?P<letter>\(?[a-z]\))|"
    r"(?P<roman>\(?[ivx]{1,4}\)))\s+(?=\S)"
)
_LIST_MIN = 2
_ONE = re.compile(r"(?<!\d)1\s*[.)]\s*$")


def split(text: str) -> Split:
    """Take the eligibility criteria apart. Any text can be: one without marks has lines."""
    side: Side | None = None
    seen: set[Side] = set()
    clauses: list[Clause] = []
    bullets = 0
    base = -1
    marked = False
    for begin, end in _lines(text):
        start, line = begin, text[begin:end]
        heading, after = _heading(line)
        if heading is not None:
            side = heading
            seen.add(heading)
            base, marked = -1, False
            if not line[after:].strip(" *_\\:"):
                continue
            start += after
            line = text[start:end]
        mark = _MARK.match(line)
        bullets += mark is not None
        inner = start + (mark.end() if mark else len(line) - len(line.lstrip()))
        second = _MARK.match(line, mark.end()) if mark else None
        if second and second["mark"][0].isdigit():  # "* 1) …"
            inner = start + second.end()
        indent = inner - start if not mark else len(mark["indent"].expandtabs(2))
        if inner >= end:
            continue
        below = bool(clauses) and clauses[-1].side == side and (
            (mark is not None and base >= 0 and indent > base) or (mark is None and marked)
        )  # fmt: skip
        if below:
            last = clauses[-1]
            clauses[-1] = Clause(last.side, last.start, end, (*last.parts, (inner, end, indent)))
            continue
        if mark is not None:
            base, marked = indent, True
        clauses.append(Clause(side, inner, end))
    clauses = [each for clause in clauses for each in _sentences(text, clause, clauses)]
    clauses = [each for clause in clauses for each in _siblings(text, clause, clauses)]
    lifted = [each for clause in clauses for each in _lifted(text, clause)]
    whole = tuple(part for clause in lifted for part in _inline(text, clause))
    kept = tuple(clause for clause in whole if _substance(clause, text))
    return Split(kept, "inclusion" in seen, "exclusion" in seen, bullets)


def _lines(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        end = at + len(line.rstrip())
        if line.strip():
            found.append((at, end))
        at += len(line)
    return found


def _heading(line: str) -> tuple[Side | None, int]:
    """Return the side that a line opens, and where what it says further begins."""
    match = _HEADING.match(line)
    if match is None:
        return None, 0
    word = match["word"].lower()
    rest = match["rest"].strip(" *_\\")
    closed = match["stop"].startswith((":", "："))
    named = re.search(r"criteri|requirement", line[: match.end()], re.IGNORECASE) is not None
    if not named and not (closed and len(rest.split()) <= 3) and (rest or not closed):
        return None, 0
    if not closed and rest and not rest.startswith("("):
        return None, 0
    negative = word.startswith(("exclu", "not", "inelig"))
    if "non-inclusion" in line[: match.end()].lower() or "non inclusion" in line.lower():
        negative = True
    return ("exclusion" if negative else "inclusion"), match.end()


_END = re.compile(r"(?<=[a-z\d%)])[.;]\s+(?=[A-Z≥≤<>])")
SENTENCES_MIN = 3


def _sentences(text: str, clause: Clause, clauses: list[Clause]) -> list[Clause]:
    """Split the one paragraph of a side without any mark: each sentence is a criterion."""
    alone = sum(each.side == clause.side for each in clauses) == 1
    words = text[clause.start : clause.end]
    ends = [match.start() + 1 for match in _END.finditer(words)]
    if not alone or clause.parts or len(ends) + 1 < SENTENCES_MIN:
        return [clause]
    found, start = [], 0
    for end in (*ends, len(words)):
        begin = start + len(words[start:end]) - len(words[start:end].lstrip())
        found.append(Clause(clause.side, clause.start + begin, clause.start + end))
        start = end
    return found


_OPEN = re.compile(
    r"(?:[:：,]|\b(?:with|of|who|that|and|or|following|by|as|if|are|have))\W*$", re.IGNORECASE
)


def _siblings(text: str, clause: Clause, clauses: list[Clause]) -> list[Clause]:
    """Set beside the first criterion of a side those that registries set in below it by mistake."""
    alone = sum(each.side == clause.side for each in clauses) == 1
    indents = {indent for _, _, indent in clause.parts}
    head_end = _head_end(text, clause)
    if not alone or len(clause.parts) < _LIST_MIN or len(indents) > 1 or \
            _OPEN.search(text[clause.start : head_end]):  # fmt: skip
        return [clause]
    below = [Clause(clause.side, start, end) for start, end, _ in clause.parts]
    return [Clause(clause.side, clause.start, head_end), *below]


_EVERYTHING = re.compile(
    r"(?:criteri|eligib|includ|exclu|enrol|participat|\benter\b|the study|the trial"
    r"|all of the following|subjects?|"
    r"patients?|cohort|part \w+\b)",
    re.IGNORECASE,
)


def _lifted(text: str, clause: Clause) -> list[Clause]:
    """Lift the bullets below a line that only says that criteria follow."""
    if not clause.parts:
        return [clause]
    head = shown(text[clause.start : _head_end(text, clause)])
    if not head.endswith(":") or not _EVERYTHING.search(head) or not _LEAD_IN.match(head) or \
            re.search(r"(?i)\b(?:any|one|either|two|three|or more)\b", head):  # fmt: skip
        return [clause]
    nearest = min(indent for _, _, indent in clause.parts)
    found: list[Clause] = []
    for start, end, indent in clause.parts:
        if indent > nearest and found:
            last = found[-1]
            found[-1] = Clause(last.side, last.start, end, (*last.parts, (start, end, indent)))
        else:
            found.append(Clause(clause.side, start, end))
    return found


def _head_end(text: str, clause: Clause) -> int:
    """Return where the words of a clause end and its bullets begin."""
    if not clause.parts:
        return clause.end
    return clause.start + len(
        text[clause.start : clause.parts[0][0]].split("\n", maxsplit=1)[0].rstrip()
    )


def _inline(text: str, clause: Clause) -> list[Clause]:
    """Split a paragraph that counts its criteria itself: ``1) … 2) …``, unless they are parts."""
    if clause.parts:
        return [clause]
    words = text[clause.start : clause.end]
    marks = [m for m in _INLINE.finditer(words) if m.lastgroup == "number"]
    numbers = [int(re.sub(r"\D", "", m["number"])) for m in marks]
    if len(marks) < _LIST_MIN or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return [clause]
    lead = words[: marks[0].start()].strip()
    follows = _ONE.search(text[max(0, clause.start - 8) : clause.start]) is not None
    if numbers[0] != (2 if follows else 1):
        return [clause]
    if not follows and lead and not (lead.endswith(":") and _LEAD_IN.match(lead)):
        return [clause]  # the numbers are parts of one criterion
    ends = [m.start() for m in marks[1:]] + [len(words)]
    found = [
        Clause(clause.side, clause.start + m.end(), clause.start + len(words[:e].rstrip()))
        for m, e in zip(marks, ends, strict=True)
    ]
    if follows and lead:
        found.insert(0, Clause(clause.side, clause.start, clause.start + len(lead)))
    return found


_LEAD_IN = re.compile(
    r"(?:[\w\s,/'’()-]{0,160}?)\b(?:the\s+following|all\s+of|any\s+of|meet|met|fulfil\w*"
    r"|as\s+follows|"
    r"apply|applies|criteria|eligible|excluded|included|if|are|who|with|must"
    r"|be)\b[\w\s,/'’()-]{0,60}[:.]?\s*$",
    re.IGNORECASE,
)


def _substance(clause: Clause, text: str) -> bool:
    """Return whether a clause says something: ``none`` and sentences that lead in do not."""
    words = clause.text(text)
    if not re.search(r"\w", words) or re.fullmatch(r"(?i)(?:none|n/?a|not applicable)\W*", words):
        return False
    return not (not clause.parts and words.endswith(":") and _LEAD_IN.match(words))


def shown(text: str) -> str:
    """Return a text in one line, without the escapes of the registry's markup."""
    lines = []
    for place, line in enumerate(text.splitlines()):
        mark = _MARK.match(line) if place else None
        lines.append(line[mark.end() :] if mark else line)
    joined = " ".join(line.strip() for line in lines if line.strip())
    return re.sub(r"\\([^\w\s])", r"\1", " ".join(joined.split())).strip(" ;；")
