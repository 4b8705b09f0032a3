"""The analysis dataset: one fold of the ledger, as tables.

Arms come from outside: from the opened allocation, or dummies before the lock. Every value is
the latest after corrections, derived items included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from equipoise.errors import InputError
from equipoise.events.types import Value
from equipoise.protocol.derive import known, stored
from equipoise.protocol.expression import Exact
from equipoise.protocol.facts import deviation
from equipoise.protocol.parts import Item, Protocol
from equipoise.views.participants import Participant

Schema = dict[str, type[pl.DataType] | pl.DataType]
Answers = Mapping[str, Exact]
"""What is known of each item of one filled form, exactly."""


@dataclass(frozen=True)
class Dataset:
    """Tables of one trial, randomized participants only.

    ``participants``: one row each: arm, the arm whose kit was given, stratum, slot, times, the
    facts of :data:`equipoise.protocol.facts.FACTS`, baseline items, exposure.
    ``values``: one row per participant, visit, form and item (``number`` is the value as a
    float where it is one). ``presses``: one row per press of the pump's button.
    ``adverse_events``: one row per event. ``answers`` are the same values as a mapping from
    (participant, visit, form), for rules.
    """

    participants: pl.DataFrame
    values: pl.DataFrame
    presses: pl.DataFrame
    adverse_events: pl.DataFrame
    answers: Mapping[tuple[str, str, str], Answers]

    def arms(self) -> dict[str, str]:
        """Return the arm of each participant."""
        return dict(self.participants.select("participant", "arm").iter_rows())

    def write(self, folder: Path) -> None:
        """Write each table to ``folder`` as Parquet and CSV."""
        folder.mkdir(parents=True)
        for name in ("participants", "values", "presses", "adverse_events"):
            table: pl.DataFrame = getattr(self, name)
            table.write_parquet(folder / f"{name}.parquet")
            table.write_csv(folder / f"{name}.csv")


def build(
    protocol: Protocol, people: Mapping[str, Participant], arm_of: Mapping[tuple[str, int], str]
) -> Dataset:
    """Return the dataset of the randomized among ``people``; ``arm_of`` maps (stratum, slot).

    Raises :class:`InputError` when a participant's slot has no arm.
    """
    randomized = [person for person in people.values() if person.randomized]
    answers = {
        (person.number, visit, form): known(protocol.form(form), filled.values)
        for person in randomized
        for (visit, form), filled in person.forms.items()
    }
    arms = {person.number: _arm(person, arm_of) for person in randomized}
    return Dataset(
        participants=_participants(protocol, randomized, answers, arms),
        values=_values(protocol, randomized, answers, arms),
        presses=_presses(randomized, arms),
        adverse_events=_adverse_events(randomized, arms),
        answers=answers,
    )


def _arm(person: Participant, arm_of: Mapping[tuple[str, int], str]) -> str:
    arm = arm_of.get((person.stratum or "", -1 if person.slot is None else person.slot))
    if arm is None:
        raise InputError(
            f"participant {person.number}",
            f"slot {person.slot} of stratum '{person.stratum}' has no arm",
            "Open the whole list.",
        )
    return arm


def _participants(
    protocol: Protocol, people: list[Participant],
    answers: Mapping[tuple[str, str, str], Answers], arms: Mapping[str, str],
) -> pl.DataFrame:  # fmt: skip
    baseline = [
        (visit.visit, form)
        for visit in protocol.root.schedule
        if visit.phase == "screening"
        for form in visit.forms
    ]
    kits = {person.kit: arms[person.number] for person in people}
    categories = sorted({deviation(d.category) for person in people for d in person.deviations})
    rows = []
    for person in people:
        row: dict[str, object] = {
            "participant": person.number,
            "arm": arms[person.number],
            "arm_treated": _arm_treated(person, arms[person.number], kits),
            "stratum": person.stratum,
            "slot": person.slot,
            "randomized_at": person.randomized_at,
            "treated": person.treated,
            **{f"enrolled_{p.study}": p.study in person.enrolled for p in protocol.lineage()[1:]},
            **{f"lost_{p.study}": p.study in person.lost for p in protocol.lineage()[1:]},
            **_facts(protocol, person, categories),
            **_exposure(person),
        }
        for place in baseline:
            found = answers.get((person.number, *place), {})
            row |= {
                item.id: _typed(item, stored(item, found.get(item.id)))
                for item in protocol.form(place[1]).items
            }
        rows.append(row)
    schema: Schema = {
        "participant": pl.String, "arm": pl.String, "stratum": pl.String, "slot": pl.Int64,
        "pump_started_at": pl.Datetime("us", "UTC"), "randomized_at": pl.Datetime("us", "UTC"),
        "infused_ml": pl.Float64, "pump_h": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)


def _arm_treated(person: Participant, arm: str, kits: Mapping[str | None, str]) -> str:
    """Return the arm of the first kit given; another's kit is a deviation that has its arm."""
    kit = person.pump.bags[0][1] if person.pump else person.kit
    return arm if kit in person.prepared else kits.get(kit, arm)


def _facts(protocol: Protocol, person: Participant, categories: list[str]) -> dict[str, object]:
    """Return what rules may ask of a participant, but for what ``_exposure`` says."""
    planned_h = protocol.root.pump.duration_h if protocol.root.pump else None
    hours = _pump_h(person)
    completed = hours is not None and planned_h is not None and hours >= float(planned_h)
    deviations = Counter(deviation(each.category) for each in person.deviations)
    return {
        "eligible": person.eligible.get(protocol.root.study, False),
        "enrolled": bool(person.enrolled),
        "lost": bool(person.lost),
        "withdrawn": bool(person.withdrawn),
        "completed_treatment": completed,
        "stopped_early": hours is not None and not completed,
        "visits_missed": len(person.missed),
        "deviations": len(person.deviations),
        **{category: deviations[category] for category in categories},
    }


def _pump_h(person: Participant) -> float | None:
    pump = person.pump
    if pump is None or pump.stopped_at is None:
        return None
    return (pump.stopped_at - pump.started_at).total_seconds() / 3600


def _exposure(person: Participant) -> dict[str, object]:
    pump = person.pump
    return {
        "pump_started_at": pump.started_at if pump else None,
        "pump_h": _pump_h(person),
        "infused_ml": float(pump.infused_ml) if pump and pump.infused_ml is not None else None,
        "demands": len(pump.presses) if pump else None,
        "boluses": len(pump.boluses) if pump else None,
        "bags": len(pump.bags) if pump else None,
    }


def _typed(item: Item, value: Value) -> object:
    """Return a value as its column's type; exact decimals become floats only here."""
    if item.type == "decimal" and isinstance(value, str):
        return float(value)
    return value


def _number(item: Item, value: Value) -> float | None:
    if value is None or item.type in ("choice", "text", "date"):
        return None
    return float(value)


def _values(
    protocol: Protocol, people: list[Participant], answers: Mapping[tuple[str, str, str], Answers],
    arms: Mapping[str, str],
) -> pl.DataFrame:  # fmt: skip
    when = {
        (person.number, visit, form): filled.at
        for person in people
        for (visit, form), filled in person.forms.items()
    }
    rows = [
        (number, arms[number], visit, form, when[number, visit, form], item.id, str(value),
         _number(item, value))
        for (number, visit, form), found in answers.items()
        for item in protocol.form(form).items
        if (value := stored(item, found[item.id])) is not None
    ]  # fmt: skip
    schema: Schema = {
        "participant": pl.String, "arm": pl.String, "visit": pl.String, "form": pl.String,
        "at": pl.Datetime("us", "UTC"), "item": pl.String, "value": pl.String,
        "number": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _presses(people: list[Participant], arms: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        (
            person.number, arms[person.number], press.at, _hours(press.at, person),
            None if press.volume_ml is None else float(press.volume_ml), press.denied,
        )
        for person in people
        if person.pump
        for press in person.pump.presses
    ]  # fmt: skip
    schema: Schema = {
        "participant": pl.String, "arm": pl.String, "at": pl.Datetime("us", "UTC"),
        "hours": pl.Float64, "volume_ml": pl.Float64, "denied": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _hours(at: datetime, person: Participant) -> float:
    return (at - person.running().started_at).total_seconds() / 3600


def _adverse_events(people: list[Participant], arms: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        (
            person.number, arms[person.number], onset, event.ended_at, event.organ_system,
            event.term, event.severity, event.serious, event.related, event.outcome,
        )
        for person in people
        for onset, event in person.adverse_events
    ]  # fmt: skip
    schema: Schema = {
        "participant": pl.String, "arm": pl.String, "onset": pl.Datetime("us", "UTC"),
        "ended": pl.Datetime("us", "UTC"), "organ_system": pl.String, "term": pl.String,
        "severity": pl.String, "serious": pl.Boolean, "related": pl.String, "outcome": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
