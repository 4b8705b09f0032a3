"""How much of real eligibility criteria the drafting of protocols can read, and how rightly.

    python benchmarks/bench_eligibility.py            print the figures
    python benchmarks/bench_eligibility.py --write    renew docs/registry/drafting.md with them

Three sources: 1,015 patient-criterion pairs labelled by physicians (TrialGPT; Jin Q et al., Nat
Commun 2024;15:9074, doi:10.1038/s41467-024-53081-z), 2,003 criteria with a query (Criteria2SQL;
Yu X et al., LREC 2020:5831-9), and the eligibility texts of full registry records. They are read
from the folder of test data; without it there is nothing to measure.

The patients of the first source are notes in prose. What a note says of an item (``facts``) is read
here, by the same tokenizer; an item that it does not name is unknown, and then a rule may be too.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from equipoise.errors import InputError
from equipoise.protocol.expression import parse
from equipoise.registry.draft.bounds import Bound, elements
from equipoise.registry.draft.chunks import words_of
from equipoise.registry.draft.criteria import Reading, read
from equipoise.registry.draft.lexing import Token, lex
from equipoise.registry.draft.quantities import last_named, plain
from equipoise.registry.draft.rules import Asked
from equipoise.registry.draft.screening import criteria
from equipoise.registry.draft.splitting import split

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.query_forms import leaves, shape, wanted  # noqa: E402 - after its place is known

DATA = ROOT.parent / "shared" / "data" / "registry"
PAGE = ROOT / "docs" / "registry" / "drafting.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LABELS = {
    ("inclusion", True): "included",
    ("inclusion", False): "not included",
    ("exclusion", True): "excluded",
    ("exclusion", False): "not excluded",
}
MAJORITY = {"inclusion": "not enough information", "exclusion": "not excluded"}

# --- patient notes --------------------------------------------------------------------------

_AGE = re.compile(
    r"(\d+(?:\.\d+)?)\s*-?\s*(years?|yrs?|y/?o|yo|months?|mos?|weeks?|days?)\b", re.IGNORECASE
)
_YEARS = {"y": 1, "m": 12, "w": 52, "d": 365}
_AGES = {"age_months": 12, "age_weeks": 52, "age_days": 365}
_FEMALE = re.compile(r"\b(?:female|woman|girl|lady|she|her|pregnant)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:male|man|boy|gentleman|he|his)\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:no|not|denies|denied|deny|without|negative|never|non|absence|free of|rule[sd]? out"
    r"|ruled)\b"
)
_CONSENT = re.compile(
    r"\b(?:consent|comply|compliance|compliant|cooperat\w*|adhere\w*|willing)\b", re.IGNORECASE
)
_REFUSES = re.compile(
    (
        r"\b(?:refus\w*|inab\w*|unab\w*|unwilling\w*|not|no|lack\w*|without|cannot|non\w*|poor"
        r"|withdr\w*|declin\w*)\b"
    ),
    re.IGNORECASE,
)


def facts(note: str, asked: Sequence[Asked]) -> dict[str, Any]:
    """Return what a note says of the items asked; unknown ones are left out."""
    known: dict[str, Any] = {}
    measured = values(note)
    for item in asked:
        if item.id == "sex":
            sex = _sex(note)
            known |= {"sex": sex} if sex else {}
        elif item.id == "age_y":
            age = _age(note)
            known |= {"age_y": age} if age is not None else {}
        elif item.id in _AGES:
            age = _age(note)
            known |= {item.id: age * _AGES[item.id]} if age is not None else {}
        elif item.id in measured:
            known[item.id] = measured[item.id]
        elif item.type == "boolean":
            said = mentioned(item.label, note)
            known |= {item.id: said} if said is not None else {}
    return known


def _sex(note: str) -> str | None:
    female, male = _FEMALE.search(note), _MALE.search(note)
    if female and (not male or female.start() <= male.start()):
        return "F"
    return "M" if male else None


def _age(note: str) -> Decimal | None:
    found = _AGE.search(note)
    if found is None or found.start() > 120:
        return None
    return Decimal(found[1]) / _YEARS[found[2][0].lower()]


def values(note: str) -> dict[str, Decimal]:
    """Return the measured values of a note by item: a quantity, then a number."""
    found: dict[str, Decimal] = {}
    for sentence in re.split(r"(?<=[.;])\s", note):
        parts = elements(lex(sentence))
        for place, part in enumerate(parts):
            if not isinstance(part, Bound) or not part.bare or len(part.tests) != 2:
                continue
            named = last_named(words_of(parts[max(0, place - 5) : place]))
            if named is None or len(named.after.split()) > 2:
                continue
            unit = part.unit or named.quantity.unit
            if unit is not None and unit.of in ("time", "age"):
                continue
            found.setdefault(named.quantity.item(unit), part.tests[0][1])
            following = parts[place + 1 : place + 3]
            if "pressure" in f"{named.quantity.name} {words_of(parts[:place])}":
                _pressure(part, following, found)
    return found


def _pressure(first: Bound, following: Sequence[Any], found: dict[str, Decimal]) -> None:
    slash = len(following) == 2 and isinstance(following[0], Token) and following[0].kind == "slash"
    if slash and isinstance(following[1], Bound):
        found.setdefault("systolic_pressure_mmhg", first.tests[0][1])
        found.setdefault("diastolic_pressure_mmhg", following[1].tests[0][1])


def mentioned(label: str, note: str) -> bool | None:
    """Return whether a note affirms or denies the words of a question, None for neither."""
    if _CONSENT.search(label) and "informed consent" in note:
        return _REFUSES.search(label) is None
    words = plain(re.sub(r"\([^()]*\)", " ", label))
    words = re.sub(
        r"^(?:(?:active|current|known|severe|chronic|acute|history of|any)\s)+", "", words
    )
    if len(words) < 4:
        return None
    stem = re.escape(words[:-1] if words.endswith("s") and not words.endswith("ss") else words)
    for sentence in re.split(r"(?<=[.;])\s", note):
        found = re.search(rf"\b{stem}s?\b", plain(sentence))
        if found:
            before = plain(sentence)[: found.start()]
            return _DENIED.search(before) is None
    return None


@dataclass(frozen=True)
class Judged:
    """A labelled pair: what the rule says, None when it does not decide."""

    said: str | None
    label: str
    side: str
    training: bool
    how: str
    criterion: str


def judged() -> Iterator[Judged]:
    """Yield the labelled patient-criterion pairs with what the drafted rule decides."""
    path = DATA / "gold" / "trialgpt" / "criterion_annotations.json.gz"
    for each in json.loads(gzip.decompress(path.read_bytes())):
        side, text = each["criterion_type"], each["criterion_text"] or ""
        reading = read(text, side)
        said = None
        if reading.rule is not None:
            said_of = _decide(reading, each["note"])
            said = LABELS[side, said_of] if said_of is not None else None
        yield Judged(said, each["expert_eligibility"], side, each["training"], reading.how, text)


def _decide(reading: Reading, note: str) -> bool | None:
    try:
        return parse(reading.rule or "true").decide(facts(note, reading.items))
    except InputError:
        return None


# --- criteria with a query ------------------------------------------------------------------


@dataclass(frozen=True)
class Queried:
    """A criterion with its query: the forms of both, None where there is none."""

    reading: Reading
    ours: Any
    gold: Any
    question: str


def queried(part: str) -> Iterator[Queried]:
    """Yield the criteria of one part of Criteria2SQL."""
    path = DATA / "gold" / "eligibility" / "criteria2sql" / f"{part}.jsonl"
    for line in path.read_text("utf-8").splitlines():
        each = json.loads(line)
        reading = read(each["question"], None)
        taken = reading.how in ("computed", "mixed", "conditions")
        ours = shape(parse(reading.rule).tree) if reading.rule and taken else None
        yield Queried(reading, ours, wanted(each["query"]), each["question"])


# --- the figures ----------------------------------------------------------------------------


def trialgpt() -> list[str]:
    """Return the figures of the labelled pairs, as lines of the page."""
    pairs = list(judged())
    lines = [
        (
            "| pairs | number | decided | right of those decided "
            "| the side's usual label on the same |"
        ),
        "|---|---|---|---|---|",
    ]
    kinds: tuple[tuple[str, list[Judged]], ...] = (
        ("all", pairs),
        ("inclusion", [p for p in pairs if p.side == "inclusion"]),
        ("exclusion", [p for p in pairs if p.side == "exclusion"]),
        ("computed or mixed rules", [p for p in pairs if p.how in ("computed", "mixed")]),
        ("marked for training", [p for p in pairs if p.training]),
        ("the others", [p for p in pairs if not p.training]),
    )
    for name, chosen in kinds:
        decided = [p for p in chosen if p.said is not None]
        usual = [p for p in decided if p.label == MAJORITY[p.side]]
        right = [p for p in decided if p.said == p.label]
        lines.append(
            f"| {name} | {len(chosen)} | {len(decided)} ({_share(decided, chosen)}) | "
            f"{_share(right, decided)} | {_share(usual, decided)} |"
        )
    filled = [p for p in pairs if (p.said or MAJORITY[p.side]) == p.label]
    sided = [p for p in pairs if MAJORITY[p.side] == p.label]
    share = {
        name: f"{len(part) / len(pairs):.3f}"
        for name, part in (("filled", filled), ("sided", sided))
    }
    most = Counter(p.label for p in pairs).most_common(1)[0]
    lines += [
        "",
        (
            f"Over all {len(pairs)} pairs: the commonest label ({most[0]}) is right in "
            f"{most[1] / len(pairs):.3f}, the usual label of each side in {share['sided']}, "
            f"the rules with the usual label where they do not decide in {share['filled']} "
            "(GPT-4 with the same notes: 0.873)."
        ),
    ]
    return lines


def criteria2sql() -> list[str]:
    """Return the figures of the criteria with a query, as lines of the page."""
    lines = [
        (
            "| part | criteria | taken apart | same form, of all | same form, of those taken apart "
            "| comparisons found | comparisons right |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for part in ("train", "dev", "test"):
        found = list(queried(part))
        taken = [q for q in found if q.ours is not None]
        same = [q for q in taken if q.ours == q.gold]
        hits, ours, gold = comparisons(found)
        lines.append(
            f"| {part} | {len(found)} | {_share(taken, found)} | {_share(same, found)} | "
            f"{_share(same, taken)} | {hits / gold:.3f} of {gold} | {hits / ours:.3f} of {ours} |"
        )
    return lines


def comparisons(found: Sequence[Queried]) -> tuple[int, int, int]:
    """Return how many comparisons with a number agree, how many are ours, how many wanted."""
    hits = ours = gold = 0
    for each in found:
        mine = Counter(x for x in leaves(each.ours) if x[0] == "number") if each.ours else Counter()
        want = Counter(x for x in leaves(each.gold) if x[0] == "number") if each.gold else Counter()
        if each.gold is None:
            continue
        hits, ours, gold = (
            hits + sum((mine & want).values()),
            ours + sum(mine.values()),
            gold + sum(want.values()),
        )
    return hits, ours, gold


def registry() -> list[str]:
    """Return the figures of full registry records, as lines of the page."""
    path = DATA / "records" / "ctgov_v2_studies.ndjson.gz"
    hows: Counter[str] = Counter()
    records = headings = bullets = computable = 0
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            study: Mapping[str, Any] = json.loads(line)
            text = study["protocolSection"].get("eligibilityModule", {}).get("eligibilityCriteria")
            parts = split(text or "")
            found = criteria(study)
            for each in found:
                if each.reading.rule is not None:
                    parse(each.reading.rule)
            records += 1
            headings += parts.inclusion_heading and parts.exclusion_heading
            bullets += parts.bullets
            hows.update(each.reading.how for each in found)
            computable += any(each.reading.how in ("computed", "mixed") for each in found)
    total = sum(hows.values())
    names = {
        "computed": "computed from measurements",
        "mixed": "computed from measurements and questions",
        "conditions": "one or more conditions, asked",
        "question": "asked as a whole",
        "judgement": "the investigator's judgement",
        "not a criterion": "no criterion: after randomization",
    }
    return [
        (
            f"{records} records, {total} criteria "
            f"({total / records:.1f} a record; {bullets / records:.1f} "
            f"bullets), both headings in {headings / records:.3f}, at least one computed rule in "
            f"{computable / records:.3f}. Every rule can be read by the protocol's rule language."
        ),
        "",
        "| how a criterion was drafted | share |",
        "|---|---|",
        *(f"| {words} | {hows[how] / total:.3f} |" for how, words in names.items()),
        "",
        f"{hows['not a criterion']} criteria can only be met after randomization.",
    ]


def _share(part: Sequence[Any], whole: Sequence[Any]) -> str:
    return f"{len(part) / len(whole):.3f}" if whole else "-"


def page() -> str:
    """Return the measured part of the page."""
    return "\n".join(
        [
            "### Labelled patient-criterion pairs",
            "",
            *trialgpt(),
            "",
            "### Criteria with a query",
            "",
            *criteria2sql(),
            "",
            "### Full records",
            "",
            *registry(),
        ]
    )


def main() -> None:
    """Print the figures, or write them into the page."""
    if not DATA.exists():
        sys.exit("the folder of test data is not there")
    measured = page()
    if "--write" not in sys.argv[1:]:
        print(measured)
        return
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
