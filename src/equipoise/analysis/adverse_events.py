"""Adverse events by arm: how many people had each, how often, and how badly.

Rows never vanish for being empty: the terms are those that are listed and whatever else was
reported. ICH E3 section 12.2; CONSORT Harms 2022, Junqueira DR et al. BMJ 2023;381:e073725,
doi:10.1136/bmj-2022-073725.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from equipoise.analysis.estimators.binary import fisher_p, risk_difference
from equipoise.analysis.estimators.estimate import Estimate, Floats

SEVERITIES = ("mild", "moderate", "severe")


@dataclass(frozen=True, slots=True)
class Reported:
    """One adverse event of one participant."""

    participant: str
    organ_system: str
    term: str
    severity: str = ""
    serious: bool = False
    related: str = ""
    outcome: str = ""
    onset: datetime | None = None

    @property
    def fatal(self) -> bool:
        """Whether the participant died of it."""
        return self.outcome == "fatal"


@dataclass(frozen=True, slots=True)
class Count:
    """One arm in one row: of ``n`` people, how many had how many events, and their worst ones.

    ``worst`` are people by the severity of their worst event, in the order of SEVERITIES.
    """

    n: int
    people: int
    events: int
    worst: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Line:
    """A row of the table: a kind of event, an organ system (no term), or a term.

    ``differences`` are the risk differences of each arm but the reference against it, and
    ``p_values`` those of Fisher's exact test.
    """

    kind: str
    organ_system: str
    term: str
    counts: tuple[Count, ...]
    differences: tuple[Estimate, ...]
    p_values: tuple[Floats, ...]

    @property
    def people(self) -> int:
        """People with the event in all arms."""
        return sum(count.people for count in self.counts)


@dataclass(frozen=True, eq=False)
class Table:
    """Adverse events of people in ``arms``, the last of which is the reference.

    ``kinds`` has a row for any event, serious, severe and related ones, and deaths, always.
    ``lines`` are organ systems, each before its terms.
    """

    arms: tuple[str, ...]
    n: tuple[int, ...]
    kinds: Mapping[str, Line]
    lines: tuple[Line, ...]

    def terms(self) -> tuple[Line, ...]:
        """Return the rows of single terms."""
        return tuple(line for line in self.lines if line.term)


KINDS: Mapping[str, Callable[[Reported], bool]] = {
    "any": lambda _: True,
    "serious": lambda event: event.serious,
    "severe": lambda event: event.severity == "severe",
    "related": lambda event: event.related in ("possible", "related"),
    "death": lambda event: event.fatal,
}


def tabulate(
    arm_of: Mapping[str, str],
    arms: Sequence[str],
    events: Iterable[Reported],
    listed: Iterable[tuple[str, str]] = (),
) -> Table:
    """Return the table of ``events`` among the people of ``arm_of``; others' are left out.

    ``arms`` are in the order of the columns, the reference last. ``listed`` are pairs of organ
    system and term that have rows whether they were reported or not; rows are alphabetical.
    """
    seen = [event for event in events if event.participant in arm_of]
    sizes = tuple(sum(arm == each for each in arm_of.values()) for arm in arms)
    pairs = {*listed, *((event.organ_system, event.term) for event in seen)}

    def line(kind: str, system: str, term: str, holds: Callable[[Reported], bool]) -> Line:
        having = [event for event in seen if holds(event)]
        counts = tuple(
            _count(n, [event for event in having if arm_of[event.participant] == arm])
            for arm, n in zip(arms, sizes, strict=True)
        )
        given = [(c.people, c.n, counts[-1].people, counts[-1].n) for c in counts[:-1]]
        return Line(
            kind,
            system,
            term,
            counts,
            tuple(risk_difference(*each) for each in given),
            tuple(fisher_p(*each) for each in given),
        )

    lines = []
    for system in sorted({system for system, _ in pairs}):
        lines.append(line("any", system, "", lambda e, s=system: e.organ_system == s))  # type: ignore[misc]
        lines += [
            line("any", system, term, lambda e, p=(system, term): (e.organ_system, e.term) == p)  # type: ignore[misc]
            for term in sorted(term for where, term in pairs if where == system)
        ]
    kinds = {kind: line(kind, "", "", holds) for kind, holds in KINDS.items()}
    return Table(tuple(arms), sizes, kinds, tuple(lines))


def _count(n: int, events: Sequence[Reported]) -> Count:
    worst: dict[str, int] = {}
    for event in events:
        place = SEVERITIES.index(event.severity) if event.severity in SEVERITIES else -1
        worst[event.participant] = max(place, worst.get(event.participant, -1))
    places = list(worst.values())
    by_severity = tuple(places.count(place) for place in range(len(SEVERITIES)))
    return Count(n, len(places), len(events), by_severity)


def by_frequency(table: Table, arm: str | None = None) -> Table:
    """Return ``table`` with the commonest first, by one arm or by all together.

    Organ systems first, then the terms within each; what is equally common stays alphabetical.
    """
    place = None if arm is None else table.arms.index(arm)

    def common(line: Line) -> int:
        return -(line.people if place is None else line.counts[place].people)

    commonest = sorted(table.lines, key=common)
    systems = [line.organ_system for line in commonest if not line.term]
    ordered = [line for each in systems for line in _system_first(commonest, each)]
    return Table(table.arms, table.n, table.kinds, tuple(ordered))


def _system_first(lines: Sequence[Line], system: str) -> list[Line]:
    own = [line for line in lines if line.organ_system == system]
    return sorted(own, key=lambda line: bool(line.term))


def at_least(
    table: Table, share: Fraction, among: Literal["any arm", "pooled"] = "any arm"
) -> Table:
    """Return ``table`` with the terms that a ``share`` of people had, and their organ systems.

    ``any arm``: of the people of one arm at least; ``pooled``: of all. The comparison is exact:
    5 of 100 is at least 5 %. Serious events and deaths stay in ``kinds`` whatever the share.
    """

    def frequent(line: Line) -> bool:
        if among == "pooled":
            return bool(line.people) and line.people >= share * sum(table.n)
        return any(c.people and c.people >= share * c.n for c in line.counts)

    terms = {(t.organ_system, t.term) for t in table.terms() if frequent(t)}
    systems = {(system, "") for system, _ in terms}
    kept = [t for t in table.lines if (t.organ_system, t.term) in terms | systems]
    return Table(table.arms, table.n, table.kinds, tuple(kept))
