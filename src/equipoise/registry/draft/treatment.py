"""Bags and pump programs, read from the words in which an arm is registered.

A component is a drug beside an amount: ``examplol 50 mg``, ``4 µg/kg (not more than 250 µg)``. A
rate (``0.4 µg/kg/h``) and a range (``1-2 mg/kg``) are doses that no bag holds, and are left out.
What is not said stays open: nothing stands in for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from equipoise.infusion.drugs import drugs
from equipoise.registry.draft.lexing import number
from equipoise.registry.draft.quantities import slug

_NUMBER = r"\d+(?:[.,]\d+)*"
_MASS = r"mg|(?:[uµμ]|mc)g|micrograms?|milligrams?|grams?|g"
_ML = r"ml|cc|millilit(?:er|re)s?"
_MIN = r"min(?:ute)?s?"
_HOUR = r"(?:h|hrs?|hours?)"
_AMOUNT = re.compile(
    rf"(?P<from>{_NUMBER}\s*(?:[-–~]|\\~|to)\s*)?(?<![\d.,])(?P<number>{_NUMBER})\s*"
    rf"(?P<unit>{_MASS})\b"
    rf"(?P<kg>\s*(?:/|per)\s*kg\b|[•·.]\s*kg\s*-\s*1)?(?P<rate>[\s•·.]*(?:(?:/|per)\s*"
    rf"(?:{_HOUR}|{_MIN}|d(?:ay)?|{_ML}|l|m2)\b|h\s*-\s*1))?",
    re.IGNORECASE,
)
_MOST = re.compile(
    rf"\s*[,(;]?\s*(?:with\s+)?(?:a\s+)?(?:up\s+to\s+)?(?:max(?:imum|imal|\.)?(?:\s+(?:dose|of"
    rf"|amount))*|not\s+(?:more\s+than|exceed(?:ing)?|to\s+exceed)|no\s+more\s+than|≤|up\s+to)"
    rf"[:\s]*(?P<number>{_NUMBER})\s*(?P<unit>{_MASS})\b(?!\s*/)",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\s*(?:\w+[\s-]*){0,2}?(?:/\s*kg|bolus|loading|induction|rescue|orally|tablets?|capsules?"
    r"|daily|"
    r"(?:once|twice|every|per)\b)",
    re.IGNORECASE,
)
"""What makes an amount a dose that is given by itself."""
_DILUENT = (
    r"(?P<diluent>(?:(?:0[.,]9\s*%|5\s*%|10\s*%|normal|isotonic|physiological|sterile)\s+)*"
    r"(?:saline|sodium\s+chloride|nacl|dextrose|glucose|ringer(?:['’]s)?(?:\s+lactate)?|water"
    r"(?:\s+for\s+injection)?)"
    r"(?:\s+(?:solution|0[.,]9\s*%|5\s*%))?)"
)
_VOLUMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"(?:made\s+up|dilut\w+|mixed|prepared|dissolved|added|up)\b[^.;]{{0,60}}?\b(?:to|in"
            rf"|into|with)\s+(?:an?\s+)?(?:total\s+)?(?:volume\s+of\s+)?(?P<ml>{_NUMBER})\s*"
            rf"(?:{_ML})\b"
        ),
        rf"(?:total\s+volume|volume)\s*(?:of|is|was|:|=|to)?\s*(?P<ml>{_NUMBER})\s*(?:{_ML})\b",
        rf"\bin\s+(?P<ml>{_NUMBER})\s*(?:{_ML})\s+(?:of\s+)?{_DILUENT}",
        rf"\bto\s+(?P<ml>{_NUMBER})\s*(?:{_ML})\b",
    )
)
_DILUTED = re.compile(rf"\b{_DILUENT}", re.IGNORECASE)
_BOLUS = (
    (
        rf"(?P<n>{_NUMBER})\s*-?\s*(?:{_ML})\s*(?:-\s*)?(?:per\s+|as\s+|on[- ]demand\s+|(?:self"
        rf"|patient)[- ]?\w*\s+)*(?:bolus(?:es)?|demand|doses?|each\s+press)"
    ),
    (
        rf"(?:bolus(?:es)?|(?:on[- ])?demand|pca|incremental|single)(?:\s+(?:doses?|volumes?"
        rf"|injections?|amounts?|pump|on|demand|infusion))*\s*(?:of|was|is|at|:|=|,|set|to"
        rf"|be)?\s*(?:set\s+(?:at|to)\s+)?(?P<n>{_NUMBER})\s*-?\s*(?:{_ML})\b(?!\s*(?:/"
        rf"|per)\s*{_HOUR})"
    ),
)
_LOCKOUT = (
    (
        rf"lock[- ]?(?:out|ing)(?:\s+(?:interval|time|period|duration))*\s*(?:of|was|is|at|:|=|,"
        rf"|to|be|set)*\s*(?P<n>{_NUMBER})\s*-?\s*(?P<t>{_MIN}|{_HOUR})\b"
    ),
    rf"(?P<n>{_NUMBER})\s*-?\s*(?P<t>{_MIN}|{_HOUR})(?:\s+of)?\s*[,]?\s*lock[- ]?(?:out|ing)",
)
_BACKGROUND = (
    (
        rf"(?:background|basal|continuous|baseline|maintenance)(?:\s+(?:rate|infusion|dose|flow"
        rf"|speed|volume|of|at|was|is|set|to|a))*\s*(?:of|at|:|=|,|was|is)?\s*(?P<n>{_NUMBER})\s*"
        rf"(?:{_ML})\s*(?:/|per)\s*{_HOUR}\b"
    ),
    (
        rf"(?P<n>{_NUMBER})\s*(?:{_ML})\s*(?:/|per)\s*{_HOUR}\s+(?:as\s+(?:a\s+)?)?(?:background"
        rf"|basal|continuous)"
    ),
    (
        r"\b(?P<none>no|without(?:\s+an?y?)?)\s+(?:background|basal|continuous)\s+(?:infusion"
        r"|rate|dose)"
    ),
)
_LIMIT = (
    rf"(?:{{0}}[- ]?(?:h|hour|hr)s?\s+(?:dose\s+)?(?:limit|maximum)|(?:limit|maximum)\s+"
    rf"(?:dose\s+)?(?:in|per|for|of\s+the)\s+{{0}}?\s*{_HOUR})\s*(?:of|was|is|at|:|=)?\s*"
    rf"(?P<n>{_NUMBER})\s*(?:{_ML})\b"
)
_FOR = (
    rf"\b(?:pump|analgesia|pca|pcia|infusion|program\w*)\b[^.;]{{0,80}}?\b(?:for|until|up\s+to"
    rf"|lasting|during)\s+(?:the\s+first\s+)?(?P<n>{_NUMBER})\s*-?\s*(?P<t>{_HOUR}|days?)\b(?!\s*"
    rf"(?:before|later|after\s+(?!surg|oper)))"
)
_PUMP = re.compile(
    r"\b(?:pump|pca|pcia|pcea|patient[- ]controlled|self[- ]controlled)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Part:
    """A drug of a bag; amounts in ``unit``, ``maximum`` that of a dose per kg."""

    drug: str
    unit: str
    amount: Decimal | None
    per_kg: Decimal | None
    maximum: Decimal | None
    said: str


@dataclass(frozen=True, slots=True)
class Bag:
    """What an arm's bag holds, as far as the text says; ``said`` are the words it was read from."""

    parts: tuple[Part, ...]
    diluent: str | None
    volume_ml: Decimal | None
    said: str


@dataclass(frozen=True, slots=True)
class Program:
    """A pump program, as far as the text says."""

    bolus_ml: Decimal | None = None
    lockout_min: Decimal | None = None
    background_ml_h: Decimal | None = None
    duration_h: Decimal | None = None
    limit_1h_ml: Decimal | None = None
    limit_4h_ml: Decimal | None = None
    said: str = ""


def bag(text: str, names: Sequence[str]) -> Bag | None:
    """Return the bag that the words of an arm describe, None when they describe none.

    ``names`` are the drugs that the record calls interventions; the drugs that this package knows
    are found as well. A bag has drugs with amounts and either a volume or a pump that empties it.
    """
    plain = " ".join(text.replace("\\", "").split())
    for stretch in _stretches(plain):
        volume, diluent = _volume(stretch), _DILUTED.search(stretch)
        parts = tuple(_parts(stretch, names))
        if parts and volume is not None:
            words = " ".join(diluent["diluent"].split()) if diluent else None
            return Bag(parts, words, volume, stretch)
    for stretch in _stretches(plain):
        parts = tuple(_parts(stretch, names))
        if parts and _PUMP.search(stretch):
            diluent = _DILUTED.search(stretch)
            words = " ".join(diluent["diluent"].split()) if diluent else None
            return Bag(parts, words, None, stretch)
    return None


_PLAIN = re.compile(rf"(?P<ml>{_NUMBER})\s*(?:{_ML})\s+(?:of\s+)?{_DILUENT}", re.IGNORECASE)


def plain_bag(text: str) -> Bag | None:
    """Return the bag of a placebo that is diluent alone: ``20 ml normal saline``."""
    found = _PLAIN.search(" ".join(text.replace("\\", "").split()))
    if found is None:
        return None
    return Bag((), " ".join(found["diluent"].split()), number(found["ml"]), found[0])


def program(text: str) -> Program | None:
    """Return the pump program that a text describes, None when it names no bolus and no lockout."""
    plain = " ".join(text.replace("\\", "").split())
    lockout, bolus = _first(_LOCKOUT, plain), _first(_BOLUS, plain)
    if lockout is None and (bolus is None or not _PUMP.search(plain)):
        return None
    background = _first(_BACKGROUND, plain)
    duration = _first((_FOR,), plain)
    hits = [found for found in (lockout, bolus, background) if found is not None]
    start, end = min(h.start() for h in hits), max(h.end() for h in hits)
    return Program(
        bolus_ml=_number(bolus),
        lockout_min=_times(lockout, "h", 60),
        background_ml_h=Decimal(0) if background and background.groupdict().get("none")
        else _number(background),
        duration_h=_times(duration, "d", 24),
        limit_1h_ml=_number(_first((_LIMIT.format("(?:1|one)"),), plain)),
        limit_4h_ml=_number(_first((_LIMIT.format("(?:4|four)"),), plain)),
        said=plain[start:end],
    )  # fmt: skip


def _stretches(text: str) -> Iterator[str]:
    """Yield the sentences of a text; a full stop inside a number is none."""
    yield from (part for part in re.split(r"(?<=[.;])\s+(?=[A-Z\d])", text) if part.strip())


def _first(patterns: Iterable[str], text: str) -> re.Match[str] | None:
    found = (re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
    return next((match for match in found if match), None)


def _number(match: re.Match[str] | None) -> Decimal | None:
    return number(match["n"]) if match and match.groupdict().get("n") else None


def _times(match: re.Match[str] | None, longer: str, factor: int) -> Decimal | None:
    value = _number(match)
    if match is None or value is None:
        return None
    return value * factor if match["t"].lower().startswith(longer) else value


def _volume(text: str) -> Decimal | None:
    match = next((found for pattern in _VOLUMES if (found := pattern.search(text))), None)
    return number(match["ml"]) if match else None


def _parts(text: str, names: Sequence[str]) -> Iterator[Part]:
    """Yield the drugs with their amounts; an amount belongs to the name beside it."""
    known = _drugs(names)
    seen: set[str] = set()
    at = 0
    while (match := _AMOUNT.search(text, at)) is not None:
        at = match.end()
        if match["from"] or match["rate"] or _GIVEN.match(text, match.end()):
            continue
        drug = _beside(text, match, known)
        if drug is None or drug in seen:
            continue
        seen.add(drug)
        most = _MOST.match(text, match.end())
        at = most.end() if most else at
        unit, factor = _unit(match["unit"])
        value = number(match["number"]) * factor
        maximum = None
        if most is not None and match["kg"]:
            other, scale = _unit(most["unit"])
            maximum = number(most["number"]) * scale * _between(other, unit)
        per_kg = value if match["kg"] else None
        yield Part(drug, unit, None if per_kg else value, per_kg, maximum, text[match.start() : at])


def _unit(written: str) -> tuple[str, Decimal]:
    low = written.lower()
    if low.startswith(("mg", "milli")):
        return "mg", Decimal(1)
    return ("mg", Decimal(1000)) if low in {"g", "gram", "grams"} else ("ug", Decimal(1))


def _between(one: str, other: str) -> Decimal:
    """Return by what an amount in ``one`` unit is multiplied to be in the ``other``."""
    if one == other:
        return Decimal(1)
    return Decimal(1000) if other == "ug" else Decimal("0.001")


def _drugs(names: Sequence[str]) -> dict[str, str]:
    """Return what drugs may be called, each with its name in a protocol."""
    found = {name: name for name in drugs()}
    found |= {
        english: drug.name for drug in drugs().values() if (english := drug.names["en"].lower())
    }
    for name in names:
        for single in re.split(r"\s+(?:and|plus|with|\+)\s+|[,/+;]", name):
            words = re.sub(r"\([^)]*\)|\d.*$", "", single).strip().lower()
            if len(words) > 2 and words not in found:
                first = words.split()[0]
                found[words] = found.get(first, slug(words))
    return found


def _beside(text: str, match: re.Match[str], known: dict[str, str]) -> str | None:
    """Return the drug named just before the amount, or else just after it."""
    before = re.split(r"[,;:+]|\band\b|\bwith\b|\bplus\b", text[: match.start()].lower())[-1]
    after = re.split(r"[,;:(+]|\band\b|\bwith\b|\bplus\b|\d", text[match.end() :].lower())[0]
    for place in (before, after):
        named = [name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", place)]
        if named:
            return known[max(named, key=len)]
    return None
