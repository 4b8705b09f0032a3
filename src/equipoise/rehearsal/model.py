"""The virtual world of a scenario: the rehearsal parts of a lineage, joined and changed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

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
    if scenario not in protocol.scenarios:
        near = difflib.get_close_matches(scenario, protocol.scenarios, 1)
        raise InputError(
            f"scenario '{scenario}'",
            f"is not in the protocol of {protocol.study}",
            f"Did you mean '{near[0]}'?" if near else f"Use {', '.join(protocol.scenarios)}.",
        )
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


def _changed(protocol: Protocol, scenario: str) -> Rehearsal:
    rehearsal = protocol.rehearsal or Rehearsal()
    changes = protocol.scenarios[scenario].set if scenario in protocol.scenarios else {}
    if not changes:
        return rehearsal
    data = rehearsal.model_dump()
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = data
        for name in parents:
            place = place.get(name) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last not in place:
            raise InputError(
                f"scenario '{scenario}' of {protocol.study}",
                f"sets '{path}', which the rehearsal does not have",
                "Give the path of a number under `rehearsal`.",
            )
        place[last] = value
    return Rehearsal.model_validate(data)
