"""The safety of a trial in print: tables and figures of adverse events, by arm or of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from equipoise.analysis.adverse_events import SEVERITIES, Count, Line, at_least, by_frequency
from equipoise.analysis.drawings.forest import event_incidence
from equipoise.analysis.drawings.safety import Effect, volcano
from equipoise.analysis.estimators.estimate import Floats
from equipoise.analysis.estimators.rate import Rate
from equipoise.analysis.rounding import count_text, interval_text, p_text
from equipoise.analysis.safety import Incidence, Safety
from equipoise.analysis.table import Cell, Row, Table, heading, line
from equipoise.analysis.trace import ESTIMATORS, Trace, number
from equipoise.language import Language
from equipoise.protocol.parts import Protocol

COMMON = Fraction(5, 100)
"""The share from which registries ask for events that are not serious: 42 CFR 11.48(a)(4)."""

_SCALE: Mapping[str, tuple[float, str]] = {
    "treatment": (100.0, "events per 100 person-hours"),
    "follow-up": (2400.0, "events per 100 person-days"),
}
"""What a rate per hour is multiplied by in each period, and the unit that it is printed in."""


@dataclass(frozen=True)
class Print:
    """A trial's safety with the words it is printed in: the title of each arm, the language."""

    found: Safety
    protocol: Protocol
    names: Mapping[str, str]
    say: Language

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the columns: arms with their sizes, then each difference with its P."""
        table, say = self.found.table, self.say
        sizes = zip(table.arms, table.n, strict=True)
        arms = tuple(f"{self.names[arm]} (n = {n})" for arm, n in sizes)
        if len(arms) < 3:
            heads = [(say("Risk difference, % (95% CI)"), "P")] * (len(arms) - 1)
        else:
            heads = [
                (say("{arm}: risk difference, % (95% CI)", arm=self.names[arm]), "P")
                for arm in table.arms[:-1]
            ]
        return (*arms, *(head for pair in heads for head in pair))

    def term(self, name: str) -> str:
        """Return a term in the language of the page, where the protocol has it."""
        listed = (each.term for part in self.protocol.lineage() for each in part.adverse_events)
        return next((each.get(self.say.code) for each in listed if each.en == name), name)


def safety_tables(shown: Print) -> Iterator[Table]:
    """Yield the tables: kinds of events, terms, worst severities, rates, and serious events."""
    yield kinds_table(shown)
    yield terms_table(shown)
    yield severity_table(shown)
    yield rates_table(shown)
    yield serious_table(shown)


def kinds_table(shown: Print) -> Table:
    """Return who had any, serious, severe and related events, and who died."""
    say = shown.say
    words = {
        "any": say("Any adverse event"),
        "serious": say("Any serious event"),
        "severe": say("Any severe event"),
        "related": say("Any event possibly or surely related to treatment"),
        "death": say("Died"),
    }
    rows = [_row(shown, words[kind], each) for kind, each in shown.found.table.kinds.items()]
    outside = say(
        "Events before treatment, or of people outside the set, that are not counted: {n}.",
        n=shown.found.outside,
    )
    return Table(
        "safety_overview",
        say("Adverse events: overview"),
        (say("Participants with an event"), *shown.columns),
        tuple(rows),
        (*_notes(shown), outside),
    )


def terms_table(shown: Print) -> Table:
    """Return who had which event, by organ system, the commonest first; nobody is 0."""
    rows: list[Row] = []
    common = {(t.organ_system, t.term) for t in at_least(shown.found.table, COMMON).terms()}
    for each in by_frequency(shown.found.table).lines:
        if not each.term:
            rows += [heading(each.organ_system)]
            rows += [_row(shown, shown.say("any of these"), each, level=1)]
            continue
        star = " *" if (each.organ_system, each.term) in common else ""
        rows.append(_row(shown, shown.term(each.term) + star, each, level=1))
    return Table(
        "safety_terms",
        shown.say("Adverse events by organ system"),
        (shown.say("Event"), *shown.columns),
        tuple(rows),
        (
            *_notes(shown),
            shown.say("* At least 5% of one group. P values are not adjusted for their number."),
        ),
    )


def severity_table(shown: Print) -> Table:
    """Return people by the severity of their worst event: of any, then of each term."""
    say, table = shown.say, shown.found.table
    rows: list[Row] = []
    for words, each in [
        (say("Any adverse event"), table.kinds["any"]),
        *((shown.term(t.term), t) for t in by_frequency(table).terms() if t.people),
    ]:
        rows.append(heading(words))
        for place, severity in enumerate(SEVERITIES):
            cells = [
                Cell(
                    count_text(count.worst[place], count.n),
                    _trace(each, table.arms),
                    (f"{arm}.{severity}", f"{arm}.n"),
                )
                for arm, count in zip(table.arms, each.counts, strict=True)
            ]
            rows.append(line(say(severity), *cells, level=1))
    return Table(
        "safety_severity",
        say("Worst severity of each participant"),
        (say("Severity"), *shown.columns[: len(table.arms)]),
        tuple(rows),
    )


def rates_table(shown: Print) -> Table:
    """Return events per time watched, on treatment and after it, with exact limits."""
    say = shown.say
    rows = []
    for each in shown.found.incidence:
        scale, unit = _SCALE[each.period]
        trace = _rate_trace(each)
        rows.append(
            line(
                f"{say(each.period)}, {say(unit)}: {shown.names[each.arm]}",
                Cell(str(each.people), trace, ("people",)),
                Cell(_rate(each.first_rate, scale, say), trace, ("first_value",)),
                Cell(str(each.events), trace, ("events",)),
                Cell(_rate(each.rate, scale, say), trace, ("value",)),
            )
        )
    return Table(
        "safety_rates",
        say("Adverse events per time watched"),
        (
            say("Period and group"),
            say("Participants"),
            say("First events (95% CI)"),
            say("Events"),
            say("All events (95% CI)"),
        ),
        tuple(rows),
        (
            say(
                "First events by the time until each participant's first one in the period; all "
                "events by all the time. Exact Poisson limits (Garwood), which for all events are "
                "too narrow where one participant's events come together."
            ),
        ),
    )


def serious_table(shown: Print) -> Table:
    """Return every serious event: who, which, when and how it ended; no rows without any."""
    say = shown.say
    heads = ("Participant", "Group", "Event", "Day", "Severity", "Related", "Outcome of the event")
    rows = [
        line(
            event.participant, shown.names[arm], shown.term(event.term), str(day),
            say(event.severity), say(event.related), say(event.outcome),
        )
        for event, arm, day in shown.found.serious
    ]  # fmt: skip
    spoken = {
        "Participant": say("Participant"), "Group": say("Group"), "Event": say("Event"),
        "Day": say("Day of treatment"), "Severity": say("Severity"),
        "Related": say("Related to treatment"),
        "Outcome of the event": say("Outcome of the event"),
    }  # fmt: skip
    return Table(
        "safety_serious",
        say("Serious adverse events"),
        tuple(spoken[head] for head in heads),
        tuple(rows),
        (say("Day 1 begins with the start of treatment."),),
        words=frozenset({0, 1, 2, 4, 5, 6}),
    )


def incidence_figure(shown: Print) -> str:
    """Draw each reported term: share by arm and risk difference; empty when nothing is."""
    table, say = by_frequency(shown.found.table), shown.say
    terms = sorted((t for t in table.terms() if t.people), key=lambda t: -t.people)
    if not terms:
        return ""
    counts = np.array([[t.counts[k].people for t in terms] for k in range(len(table.arms))])
    first = [t.differences[0] for t in terms if t.differences]
    difference = (
        (
            [float(d.value) for d in first],
            [float(d.low) for d in first],
            [float(d.high) for d in first],
        )
        if len(table.arms) == 2
        else None
    )
    return event_incidence(
        [shown.term(t.term) for t in terms],
        [shown.names[arm] for arm in table.arms],
        counts,
        np.array(table.n),
        x_label=say("participants with the event, %"),
        title=say("Adverse events"),
        difference=difference,
        difference_label=say("risk difference, % (95% CI)"),
    )


def volcano_figure(shown: Print) -> str:
    """Draw the terms' risk differences against their P values, of two arms; else empty."""
    table, say = shown.found.table, shown.say
    terms = [t for t in table.terms() if t.people and t.differences]
    if len(table.arms) != 2 or not terms or 0 in table.n:
        return ""
    arm, reference = (shown.names[each] for each in table.arms)
    return volcano(
        [
            Effect(
                shown.term(t.term), float(t.differences[0].value), float(t.p_values[0]), t.people
            )
            for t in terms
        ],
        sides=(say("more in {arm}", arm=reference), say("more in {arm}", arm=arm)),
        level_label=say("P = 0.05"),
        x_label=say("risk difference, %"),
        y_label=say("-log10 P"),
        title=say("Adverse events: size and strength of differences"),
    )


def _notes(shown: Print) -> tuple[str, ...]:
    say = shown.say
    counted = say(
        "Participants (%) [events], of those in the safety set, in the group whose treatment they "
        "received, from the start of treatment on."
    )
    if len(shown.found.table.arms) == 1:
        return (counted,)
    return (
        counted,
        say("Differences with Miettinen-Nurminen score intervals; P by Fisher's exact test."),
    )


def _row(shown: Print, label: str, each: Line, level: Literal[0, 1] = 0) -> Row:
    arms = shown.found.table.arms
    trace = _trace(each, arms)
    cells = [
        Cell(_count(count), trace, tuple(f"{arm}.{part}" for part in ("people", "n", "events")))
        for arm, count in zip(arms, each.counts, strict=True)
    ]
    for arm, d, p in zip(arms, each.differences, each.p_values, strict=False):
        value, low, high = (100 * float(v) for v in (d.value, d.low, d.high))
        size = interval_text(value, low, high, 1, shown.say(" to "))
        fields = tuple(f"{arm}.{part}" for part in ("difference", "low", "high"))
        cells += [Cell(size, trace, fields), Cell(p_text(float(p)), trace, (f"{arm}.p_value",))]
    return line(label, *cells, level=level)


def _count(count: Count) -> str:
    return f"{count_text(count.people, count.n)} [{count.events}]"


def _rate(rate: Rate, scale: float, say: Language) -> str:
    value, low, high = (scale * float(v) for v in rate)
    return interval_text(value, low, high, 2, say(" to "))


def _trace(each: Line, arms: tuple[str, ...]) -> Trace:
    values: dict[str, float | int | str | None] = {}
    for arm, count in zip(arms, each.counts, strict=True):
        values |= {
            f"{arm}.n": count.n,
            f"{arm}.people": count.people,
            f"{arm}.events": count.events,
        }
        values |= {f"{arm}.{s}": n for s, n in zip(SEVERITIES, count.worst, strict=True)}
    for arm, difference, p in zip(arms, each.differences, each.p_values, strict=False):
        sizes: dict[str, Floats] = {
            "difference": difference.value, "low": difference.low, "high": difference.high,
            "p_value": p,
        }  # fmt: skip
        values |= {f"{arm}.{name}": number(size) for name, size in sizes.items()}
    return Trace(
        id=f"adverse_events.{each.organ_system}.{each.term}.{each.kind}",
        function="equipoise.analysis.adverse_events.tabulate",
        values=values,
        options={"difference": f"{ESTIMATORS}.binary.risk_difference", "p": "fisher_p"},
    )


def _rate_trace(each: Incidence) -> Trace:
    values: dict[str, float | int | str | None] = {
        "people": each.people, "events": each.events, "person_h": each.person_h,
        "first_h": each.first_h,
        "first_value": number(each.first_rate.value), "first_low": number(each.first_rate.low),
        "first_high": number(each.first_rate.high), "value": number(each.rate.value),
        "low": number(each.rate.low), "high": number(each.rate.high),
    }  # fmt: skip
    return Trace(
        f"adverse_event_rates.{each.period}.{each.arm}", f"{ESTIMATORS}.rate.poisson_rate", values
    )
