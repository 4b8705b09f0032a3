"""Posted adverse events: totals, the most frequent terms, and all of them on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from equipoise.language import Language
from equipoise.registry.page.posted import Grid, Group, Line
from equipoise.registry.page.reading import count, objects, text
from equipoise.registry.record import Study, get

SHOWN = 12
"""How many terms a page shows before one asks for all."""


@dataclass(frozen=True, slots=True)
class Share:
    """Affected of those at risk; ``share`` None where nobody was at risk."""

    text: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Term:
    """An event: what happened, in which organ system, and to how many in each group."""

    name: str
    system: str
    shares: tuple[Share, ...]
    note: str

    @property
    def greatest(self) -> float:
        """The greatest share of any group."""
        return max((each.share or 0.0 for each in self.shares), default=0.0)


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one kind, the most frequent first."""

    kind: Literal["serious", "other"]
    terms: tuple[Term, ...]

    @property
    def first(self) -> tuple[Term, ...]:
        """The terms shown at once."""
        return self.terms[:SHOWN]


@dataclass(frozen=True, slots=True)
class AdverseEvents:
    """The module: groups, totals, and the events of both kinds."""

    groups: tuple[Group, ...]
    totals: Grid
    kinds: tuple[Events, ...]
    threshold: str
    time_frame: str
    description: str


def adverse_events(study: Study, say: Language) -> AdverseEvents | None:
    """Return the adverse events; None where none are posted."""
    module = get(study, "resultsSection.adverseEventsModule")
    if not isinstance(module, Mapping):
        return None
    own = objects(module.get("eventGroups"))
    groups = tuple(
        Group(text(each.get("id")), text(each.get("title")), text(each.get("description")))
        for each in own
    )
    rows = (
        ("deaths", say("Death from any cause")),
        ("serious", say("Serious adverse events")),
        ("other", say("Other adverse events")),
    )
    totals = tuple(
        Line(label, tuple(
            _share(each.get(f"{key}NumAffected"), each.get(f"{key}NumAtRisk")).text for each in own
        ))
        for key, label in rows
    )  # fmt: skip
    ids = tuple(group.id for group in groups)
    return AdverseEvents(
        groups=groups,
        totals=Grid(groups, tuple(line for line in totals if any(line.cells))),
        kinds=(
            Events("serious", _terms(module.get("seriousEvents"), ids)),
            Events("other", _terms(module.get("otherEvents"), ids)),
        ),
        threshold=text(module.get("frequencyThreshold")),
        time_frame=text(module.get("timeFrame")),
        description=text(module.get("description")),
    )


def _terms(events: Any, ids: tuple[str, ...]) -> tuple[Term, ...]:
    found = [_term(each, ids) for each in objects(events)]
    return tuple(sorted(found, key=lambda each: (-each.greatest, each.name)))


def _term(event: Mapping[str, Any], ids: tuple[str, ...]) -> Term:
    by_group = {
        text(each.get("groupId")): _share(each.get("numAffected"), each.get("numAtRisk"))
        for each in objects(event.get("stats"))
    }
    return Term(
        name=text(event.get("term")),
        system=text(event.get("organSystem")),
        shares=tuple(by_group.get(each, Share("", None)) for each in ids),
        note=text(event.get("notes")),
    )


def _share(affected: Any, at_risk: Any) -> Share:
    n, of = count(affected), count(at_risk)
    if n is None:
        return Share("", None)
    if not of:
        return Share(f"{n}" if of is None else f"{n}/{of}", None)
    return Share(f"{n}/{of} ({100 * n / of:.1f}%)", n / of)
