"""A rule: something that holds in records, how sure that is, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from equipoise.language import Language
from equipoise.registry.record import Study, get, partial_date

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

Look = tuple[str, bool]
"""Where a rule applies, as a path, and whether it holds there."""

NEW_FROM = date(2017, 1, 18)
"""Studies that start from here on are held to today's requirements: effective date of 42 CFR 11."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one kind of place in a record.

    ``check`` yields every place where the rule applies, with whether it holds: findings and base
    rates come from the same looks. ``says`` and ``todo`` are English messages; ``source`` is who
    asks for it. ``older`` is the severity in records of studies that began before
    :data:`NEW_FROM`, the same unless given; ``fields`` stand in the braces of the messages.
    """

    id: str
    severity: Severity
    says: str
    todo: str
    source: str
    check: Callable[[Study], Iterator[Look]]
    older: Severity | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def severity_in(self, study: Study) -> Severity:
        """Return how bad it is in this record."""
        return self.older if self.older and not is_new(study) else self.severity


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold somewhere in a record."""

    rule: Rule
    severity: Severity
    where: str

    def what(self, say: Language) -> str:
        """Return what is wrong."""
        return say(self.rule.says, **self.rule.fields)

    def todo(self, say: Language) -> str:
        """Return what to do."""
        return say(self.rule.todo, **self.rule.fields)


def is_new(study: Study) -> bool:
    """Return whether the study starts under today's requirements; unknown dates count as new."""
    start = partial_date(get(study, "protocolSection.statusModule.startDateStruct"))
    return start is None or start.last >= NEW_FROM


def _shape(study: Study) -> Iterator[Look]:
    del study
    yield from ()


MISSHAPEN = Rule(
    "shape", "error", "a part of the record has another shape than the registry's records have",
    "Compare it with the API's description.", "ClinicalTrials.gov API, version 2", _shape,
)  # fmt: skip
"""Found where a rule cannot look, because a list stands in the place of a text, say."""


def findings(study: Study, rules: Iterable[Rule]) -> list[Finding]:
    """Return what does not hold, in the order of the rules."""
    found: list[Finding] = []
    for rule in rules:
        try:
            looks = list(rule.check(study))
        except (AttributeError, KeyError, TypeError, ValueError):
            found.append(Finding(MISSHAPEN, "error", rule.id))
        else:
            found += [
                Finding(rule, rule.severity_in(study), where) for where, holds in looks if not holds
            ]
    return found


def worst_first(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings by how bad they are, else in their order."""
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))
