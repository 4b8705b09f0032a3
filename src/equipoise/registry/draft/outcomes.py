"""Registered outcomes read as visits, forms and endpoints.

A time frame says when, as far as it does: ``72 hours`` is day 3, ``1, 3 and 6 months`` are three
visits. The clock time and the window of a visit are never registered: they are assumed, and said
to be. How an outcome is measured follows from its words: a share is of a yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from equipoise.registry.draft.lexing import number
from equipoise.registry.draft.quantities import slug

Phase = Literal["screening", "treatment", "follow-up"]
HOURS = {"i": 1 / 60, "h": 1, "d": 24, "w": 168, "m": 730.5, "y": 8766}
NOON, MORNING = 12, 9
_UNIT = r"(?P<u>hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|minutes?|mins?)"
_N = r"\d+(?:\.\d+)?"
_MANY = rf"(?P<all>{_N}(?:(?:[\s,/;&~–-]|\band\b|\bor\b|\bto\b)+{_N})*)"
_AFTER = re.compile(rf"(?<![\d.]){_MANY}\s*-?\s*{_UNIT}\b", re.IGNORECASE)
_BEFORE = re.compile(rf"\b{_UNIT}s?\s*{_MANY}", re.IGNORECASE)
_ORDINAL = re.compile(rf"\b(?:(?:post[- ]?)?operative\s+days?|pods?)\s*{_MANY}", re.IGNORECASE)
_DURING = re.compile(
    r"\b(?:intra-?operative(?:ly)?|during\s+(?:the\s+)?(?:surg|operat|an?a?esth|procedure)\w*|"
    r"(?:duration|end|day)\s+of\s+(?:the\s+)?(?:surg|operat|an?a?esth|procedure)\w*)",
    re.IGNORECASE,
)
_WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
          "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "twenty-four": "24"}  # fmt: skip
_EVENT = re.compile(
    r"\b(?:incidence|prevalence|proportion|percent(?:age)?s?|occurr?ence|mortality|deaths?"
    r"|presence|frequency|"
    r"(?:number|count)s?\s+of\s+(?:the\s+)?(?:patients|participants|subjects|people|individuals"
    r"|women|men|children)|"
    r"(?:\w+\s+)?rates?\b(?!\s+of\s+(?:infusion|change))|risk\s+of|success|failure"
    r"|complications?|adverse\s+events?|responders?|delirium)",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    (
        r"\b(?:heart|respiratory|infusion|filtration|metabolic|pulse|flow)\s+rate|change|score"
        r"|scale|mean|level|concentration|volume|duration|length|consumption|dose|amount"
        r"|time\s+to"
    ),
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\W*(?:incidence|proportion|percent|rate|occurrence|number of (?:pat|part|sub))", re.IGNORECASE
)
_SURVIVAL = re.compile(r"\b(?:survival|time\s+to|time\s+until|time-to)\b", re.IGNORECASE)
_RANGE = (
    re.compile(
        (
            r"\b(?P<low>[01])\s*(?:-|–|to|~)\s*(?P<high>\d{1,3})\b(?!\s*(?:h|hours?|days?|weeks?"
            r"|months?|years?|min))"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        (
            r"(?P<low>0)\s*(?:=|:|\w*\s*no\b|is\b|means\b|indicat\w+)[^.;]{0,60}?[,;]?\s*"
            r"(?:and\s+)?(?P<high>100?)\s*(?:=|:|the\s+worst|is\b|means\b|indicat\w+)"
        ),
        re.IGNORECASE,
    ),
)
_POINTS = re.compile(r"\b(?P<n>\d{1,3})[- ]point\b", re.IGNORECASE)
OUTCOMES_MAX = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """A planned moment: hours from the start of treatment; a month where the text counts months."""

    hours: float
    months: int | None = None

    @property
    def name(self) -> str:
        """The name of its visit."""
        if self.months is not None:
            return f"month{self.months}"
        if 0 < self.hours < 1:
            return f"minute{round(self.hours * 60)}"
        return (
            f"day{round(self.hours / 24)}"
            if self.hours % 24 == 0
            else f"hour{self.hours:g}".replace(".", "_")
        )

    @property
    def title(self) -> str:
        """Its name for people."""
        if self.months is not None:
            return f"{self.months} months" if self.months != 1 else "1 month"
        if 0 < self.hours < 1:
            return f"{round(self.hours * 60)} minutes"
        return (
            f"Day {round(self.hours / 24)}"
            if self.hours % 24 == 0
            else f"{self.hours:g} hour{'s' if self.hours != 1 else ''}"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A registered outcome as it was read; ``moments`` is empty where no time was found."""

    name: str
    title: str
    time_frame: str
    role: Literal["primary", "secondary"]
    of_events: bool
    moments: tuple[Moment, ...]
    low: Decimal | None = None
    high: Decimal | None = None
    doubts: tuple[str, ...] = ()


def outcomes(module: Mapping[str, Any]) -> list[Outcome]:
    """Read the first primary and the first secondary outcomes of a record's outcomes module."""
    found: list[Outcome] = []
    names: set[str] = set()
    for role, field in (("primary", "primaryOutcomes"), ("secondary", "secondaryOutcomes")):
        given = module.get(field)
        listed = given if isinstance(given, list) else []
        for each in listed[:OUTCOMES_MAX]:
            if not isinstance(each, Mapping) or not str(each.get("measure") or "").strip():
                continue
            name = _unique(slug(str(each["measure"]), 40), names)
            found.append(_outcome(each, name, "primary" if role == "primary" else "secondary"))
    return found


def _outcome(given: Mapping[str, Any], name: str, role: Literal["primary", "secondary"]) -> Outcome:
    title = str(given["measure"]).strip()
    frame = str(given.get("timeFrame") or "").strip()
    words = f"{title} {given.get('description') or ''}"
    doubts = []
    if _SURVIVAL.search(title):
        doubts.append("a time to an event: the methods here compare shares, scores and means")
    numeric = _NUMERIC.search(title) is not None and _COUNTED.match(title) is None
    of_events = _EVENT.search(title) is not None and not numeric
    low, high = _range(words) if not of_events else (None, None)
    return Outcome(
        name, title, frame, role, of_events, moments(frame or title), low, high, tuple(doubts)
    )


def moments(frame: str) -> tuple[Moment, ...]:
    """Return the moments that a time frame names, in order of time, without the baseline."""
    text = re.sub(
        r"\b(" + "|".join(_WORDS) + r")\b",
        lambda m: _WORDS[m[1].lower()],
        frame,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)
    found: dict[str, Moment] = {}
    for match in (*_ORDINAL.finditer(text), *_AFTER.finditer(text), *_BEFORE.finditer(text)):
        written = (match.groupdict().get("u") or "d").lower()
        unit = "i" if written.startswith("min") else written[0]
        for value in re.findall(_N, match["all"])[:24]:
            moment = _moment(float(value), unit)
            if moment is not None:
                found.setdefault(moment.name, moment)
    if not found and _DURING.search(text):
        found["day0"] = Moment(0.0)
    return tuple(sorted(found.values(), key=lambda each: each.hours))


def _moment(value: float, unit: str) -> Moment | None:
    hours = value * HOURS[unit]
    if not 0 < hours <= 50 * HOURS["y"]:
        return None
    months = round(value * (12 if unit == "y" else 1)) if unit in "my" else None
    if unit == "w" and value > 26:
        months = round(hours / HOURS["m"])
    if unit == "d" and value > 180:
        months = round(hours / HOURS["m"])
    if months is not None:
        return (
            Moment(months * HOURS["m"], months) if months >= 1 else Moment(round(hours / 24) * 24.0)
        )
    return Moment(hours)


def visits(planned: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the visits after randomization, without their forms; times and windows assumed."""
    every = {moment.name: moment for outcome in planned for moment in outcome.moments}
    ordered = sorted(every.values(), key=lambda each: each.hours)
    return [_visit(moment, ordered) for moment in ordered]


def _visit(moment: Moment, ordered: Sequence[Moment]) -> dict[str, Any]:
    gaps = [abs(moment.hours - other.hours) for other in ordered if other is not moment]
    gap = min(gaps, default=1e9)
    visit: dict[str, Any] = {"visit": moment.name, "title": moment.title}
    if moment.months is not None:
        window = max(1, int(min(30, moment.hours / 24 * 0.15, gap / 24 / 2 - 1)))
        return visit | {"phase": "follow-up", "month": moment.months, "window_d": window}
    whole = moment.hours % 24 == 0
    clock = NOON if moment.hours == 0 else MORNING if whole else NOON + moment.hours
    day = int(moment.hours // 24) if whole else int(clock // 24)
    minute = round(clock % 24 * 60)
    window_h = Decimal(max(1, min(400, int(gap * 45)))) / 100
    at = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
    return visit | {"phase": "treatment", "day": day, "at": at, "window_h": window_h}


def _range(words: str) -> tuple[Decimal | None, Decimal | None]:
    for pattern in _RANGE:
        match = pattern.search(words)
        if match and Decimal(match["high"]) > Decimal(match["low"]):
            return number(match["low"]), number(match["high"])
    points = _POINTS.search(words)
    if points and int(points["n"]) in {11, 101}:
        return Decimal(0), Decimal(int(points["n"]) - 1)
    return None, None


def _unique(name: str, taken: set[str]) -> str:
    found = next(each for each in _numbered(name) if each not in taken)
    taken.add(found)
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    count = 2
    while True:
        yield f"{name}_{count}"
        count += 1
