"""The virtual world of a scenario: the rehearsal parts of a lineage, joined and changed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from equipoise.errors import InputError
from equipoise.protocol.parts import (
    AdverseEventChance,
    Attrition,
    DemandProcess,
    Distribution,
    PainProcess,
    Protocol,
    Recruitment,
    Rehearsal,
    Scenario,
)


@dataclass(frozen=True)
class World:
    """What a rehearsal simulates: the first study's processes, every study's forms and effects."""

    participants: int
    recruitment: Recruitment
    annex: dict[str, Any]
    not_treated: int
    slips: float
    covariates: dict[str, Distribution]
    forms: dict[str, dict[str, Distribution]]
    pain: PainProcess
    demand: DemandProcess
    effects: dict[str, dict[str, float]]
    adverse_events: tuple[AdverseEventChance, ...]
    attrition: dict[str, Attrition]

    def felt(self, drugs: set[str]) -> dict[str, float]:
        """Return ``effect_<channel>`` of a bag with ``drugs``: the sum over its drugs."""
        channels = {channel for drug in self.effects.values() for channel in drug}
        return {
            f"effect_{channel}": sum(
                effect.get(channel, 0.0) for drug, effect in self.effects.items() if drug in drugs
            )
            for channel in sorted(channels)
        }


def scenarios(protocol: Protocol) -> list[str]:
    """Return the names of the protocol's scenarios, its default first."""
    return list(protocol.scenarios)


def world(protocol: Protocol, scenario: str, participants: int | None = None) -> World:
    """Return the world of ``scenario``; each study of the lineage changes its own rehearsal.

    Raises :class:`InputError` when there is no such scenario, or the protocol lacks a part that
    a rehearsal needs.
    """
    _check_scenario(protocol, scenario)
    parts = {p.study: _changed(p, scenario) for p in protocol.lineage() if p.rehearsal}
    first = parts.get(protocol.root.study, Rehearsal())
    if not (first.participants and first.recruitment and first.pain and first.demand):
        raise InputError(
            f"study {protocol.root.study}",
            "cannot be rehearsed: its `rehearsal` lacks participants, recruitment, pain or demand",
            "Add them to protocol.yaml; the shipped studies are examples.",
        )
    effects: dict[str, dict[str, float]] = {}
    for part in parts.values():
        for drug, channels in part.effects.items():
            effects[drug] = effects.get(drug, {}) | channels
    return World(
        participants=first.participants if participants is None else participants,
        recruitment=first.recruitment,
        annex=first.allocation_annex,
        not_treated=first.not_treated,
        slips=first.slips,
        covariates={k: v for part in parts.values() for k, v in part.covariates.items()},
        forms={k: v for part in parts.values() for k, v in part.forms.items()},
        pain=first.pain,
        demand=first.demand,
        effects=effects,
        adverse_events=first.adverse_events,
        attrition={study: part.attrition for study, part in parts.items() if part.attrition},
    )


def changed(protocol: Protocol, scenario: str, changes: Mapping[str, float]) -> Protocol:
    """Return the protocol whose ``scenario`` sets the dotted paths of ``changes`` as well.

    A path changes the last study of the lineage that has it; a place in a list is its number, from
    0. Raises :class:`InputError` for a path that no study has, with the nearest that there is.
    """
    _check_scenario(protocol, scenario)
    everywhere = [path for each in protocol.lineage() for path in _paths(each.rehearsal)]
    for path in changes:
        if path not in everywhere:
            near = difflib.get_close_matches(path, everywhere, 1)
            raise InputError(
                f"'{path}'",
                f"is not a number under `rehearsal` of {protocol.study}"
                + (" or of a study that it extends" if protocol.parent else ""),
                f"Did you mean '{near[0]}'?" if near else "Use a path such as demand.per_h.",
            )
    return _setting(protocol, scenario, changes)


def _check_scenario(protocol: Protocol, scenario: str) -> None:
    if scenario not in protocol.scenarios:
        near = difflib.get_close_matches(scenario, protocol.scenarios, 1)
        raise InputError(
            f"scenario '{scenario}'",
            f"is not in the protocol of {protocol.study}",
            f"Did you mean '{near[0]}'?" if near else f"Use {', '.join(protocol.scenarios)}.",
        )


def _setting(protocol: Protocol, scenario: str, changes: Mapping[str, float]) -> Protocol:
    """Return the protocol, and those it extends, with each change where its path is."""
    own = set(_paths(protocol.rehearsal))
    mine = {path: value for path, value in changes.items() if path in own}
    others = {path: value for path, value in changes.items() if path not in own}
    updates: dict[str, Any] = {}
    if others and protocol.parent is not None:
        updates["parent"] = _setting(protocol.parent, scenario, others)
    if mine:
        before = protocol.scenarios.get(scenario)
        setting = {**(before.set if before else {}), **mine}
        title = before.title if before else protocol.title
        updates["scenarios"] = {
            **protocol.scenarios, scenario: Scenario(title=title, set=setting)
        }  # fmt: skip
    return protocol.model_copy(update=updates) if updates else protocol


def named(scenario: str, changes: Mapping[str, float]) -> str:
    """Return how a scenario with changes is called: ``hoped, attrition.lost = 0.12``."""
    return ", ".join([scenario, *(f"{path} = {value:g}" for path, value in changes.items())])


def _paths(rehearsal: Rehearsal | None) -> list[str]:
    """Return the dotted paths at which a rehearsal has a value."""

    def walk(data: Any, above: str) -> list[str]:
        if isinstance(data, dict):
            within = [(str(key), value) for key, value in data.items()]
        elif isinstance(data, list | tuple):
            within = [(str(place), value) for place, value in enumerate(data)]
        else:
            return [above]
        here = [path for key, value in within for path in walk(value, f"{above}.{key}".lstrip("."))]
        return here if isinstance(data, dict) else [above, *here]

    return walk(rehearsal.model_dump(exclude_none=True), "") if rehearsal else []


def _changed(protocol: Protocol, scenario: str) -> Rehearsal:
    rehearsal = protocol.rehearsal or Rehearsal()
    changes = protocol.scenarios[scenario].set if scenario in protocol.scenarios else {}
    if not changes:
        return rehearsal
    data = _lists(rehearsal.model_dump())
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = data
        for name in parents:
            place = _within(place, name)
        if _within(place, last, absent := object()) is absent:
            raise InputError(
                f"scenario '{scenario}' of {protocol.study}",
                f"sets '{path}', which the rehearsal does not have",
                "Give the path of a number under `rehearsal`.",
            )
        place[int(last) if isinstance(place, list) else last] = value
    try:
        return Rehearsal.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        within = ".".join(str(each) for each in first["loc"])
        path = next((path for path in changes if within.startswith(path)), within)
        raise InputError(
            f"'{path}'",
            f"cannot be {changes.get(path)}: {first['msg'][0].lower()}{first['msg'][1:]}",
            "Give a value that the protocol could have there.",
        ) from None


def _lists(data: Any) -> Any:
    """Return nested data with lists where it has tuples, so that they can be changed."""
    if isinstance(data, dict):
        return {key: _lists(value) for key, value in data.items()}
    return [_lists(each) for each in data] if isinstance(data, list | tuple) else data


def _within(place: Any, name: str, absent: Any = None) -> Any:
    if isinstance(place, list):
        inside = name.isdigit() and int(name) < len(place)
        return place[int(name)] if inside else absent
    return place.get(name, absent) if isinstance(place, dict) else absent
