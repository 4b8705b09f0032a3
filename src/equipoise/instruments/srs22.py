"""SRS-22: health-related quality of life in scoliosis, five domains and a total from 1 to 5.

Answers are coded 1 to 5 with 5 the best for every item. The printed form lists the answers of some
items from best to worst and of others from worst to best; the coding belongs to the licensed form
that a site loads, not to this rule.

A domain is the mean of its answered items; the five-item domains cannot be scored with fewer than
three answered. An item with more than one answer counts as unanswered. The subtotal is the mean
of the answered items 1-20, the total of all 22. The published rule gives the minimum by domain
only; here the subtotal needs the four five-item domains, the total all five, to be scorable, since
a mean without a whole domain is not comparable. Before an operation, where items 21 and 22 do not
apply, report the subtotal.

How many of the two satisfaction items are needed is not published (``satisfaction_minimum``); that
the subtotal is items 1-20 is from memory of the instrument's manual: check against the licensed
form.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from equipoise.instruments._arithmetic import mean, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score, Value, check_setting
from equipoise.instruments._terms import Keep, Pair, Parts, add, choose, count, each_of

DOMAINS = {
    "function": (5, 9, 12, 15, 18),
    "pain": (1, 2, 8, 11, 17),
    "self_image": (4, 6, 10, 14, 19),
    "mental_health": (3, 7, 13, 16, 20),
    "satisfaction": (21, 22),
}
CORE = tuple(name for name in DOMAINS if name != "satisfaction")
LOW, HIGH = 1, 5


def make(satisfaction_minimum: int = 1) -> Instrument:
    """Return SRS-22; ``satisfaction_minimum`` (1 or 2) answers are needed for that domain."""
    check_setting("srs22", "satisfaction_minimum", satisfaction_minimum, (1, 2))
    names = ("total", "subtotal", *DOMAINS)
    return Instrument(
        name="srs22",
        title="Scoliosis Research Society-22",
        parts=tuple(whole(f"srs22_{item}", LOW, HIGH) for item in range(1, 23)),
        scores=tuple(
            Score(f"srs22_{name}", "decimal", LOW, HIGH, better="higher") for name in names
        ),
        licence=(
            "Scoliosis Research Society; free for clinical and research use with acknowledgement,"
            " from memory: ask for the version and translation that you use."
        ),
        sources=(
            "Cheung KM et al. Spine 2007;32:1141-5. doi:10.1097/01.brs.0000261562.48888.e3",
            "Li M et al. Spine 2009;34:1321-4. doi:10.1097/BRS.0b013e31819812b7",
            "Missing answers: www.raylytic.com/en/ecoa/scoliosis-research-society-score",
        ),
        rule=_rule,
        missing_rule=lambda known: _scores(known, satisfaction_minimum),
        settings=(("satisfaction_minimum", satisfaction_minimum),),
        in_terms=lambda parts, keep: _in_terms(parts, keep, satisfaction_minimum),
    )


def _in_terms(parts: Parts, keep: Keep, satisfaction_minimum: int) -> dict[str, Pair]:
    minimum = {**dict.fromkeys(CORE, 3), "satisfaction": satisfaction_minimum}
    sums, answered = {}, {}
    for name, items in DOMAINS.items():
        given = [parts[f"srs22_{item}"] for item in items]
        sums[name] = keep(add(choose(part.there, part.value, 0) for part in given))
        answered[name] = keep(count(*(part.there for part in given)))
    scorable = {name: answered[name] >= minimum[name] for name in DOMAINS}
    for name, domains in (("subtotal", CORE), ("total", tuple(DOMAINS))):
        sums[name] = keep(add(sums[domain] for domain in domains))
        answered[name] = keep(add(answered[domain] for domain in domains))
        scorable[name] = each_of(scorable[domain] for domain in domains)
    found = {}
    for name, known in scorable.items():
        size = len(_items(name))
        missing = answered[name] * -1 + size
        mean_ = keep(sums[name] / answered[name])
        low, high = ((sums[name] + missing * end) / size for end in (LOW, HIGH))
        found[f"srs22_{name}"] = choose(known, mean_, low), choose(known, mean_, high)
    return found


def _items(name: str) -> tuple[int, ...]:
    if name == "total":
        return tuple(item for items in DOMAINS.values() for item in items)
    if name == "subtotal":
        return tuple(item for domain in CORE for item in DOMAINS[domain])
    return DOMAINS[name]


def _answered(known: Known, name: str) -> list[int]:
    return [int(known[f"srs22_{item}"]) for item in _items(name) if f"srs22_{item}" in known]


def _rule(known: Known) -> Bounds:
    return {f"srs22_{name}": _range(known, name) for name in ("total", "subtotal", *DOMAINS)}


def _range(known: Known, name: str) -> tuple[Decimal, Decimal]:
    answers = _answered(known, name)
    count = len(_items(name))
    missing = count - len(answers)
    return (
        mean(sum(answers) + LOW * missing, count),
        mean(sum(answers) + HIGH * missing, count),
    )


def _scores(known: Known, satisfaction_minimum: int) -> Mapping[str, Value | None]:
    minimum = {**dict.fromkeys(CORE, 3), "satisfaction": satisfaction_minimum}
    scorable = {name: len(_answered(known, name)) >= minimum[name] for name in DOMAINS}
    scorable["subtotal"] = all(scorable[name] for name in CORE)
    scorable["total"] = scorable["subtotal"] and scorable["satisfaction"]
    scores: dict[str, Value | None] = {}
    for name in ("total", "subtotal", *DOMAINS):
        answers = _answered(known, name)
        scores[f"srs22_{name}"] = mean(sum(answers), len(answers)) if scorable[name] else None
    return scores
