"""A study's rehearsal, compiled: everything that is the same for all trials of an ensemble."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from equipoise.conduct.allocation import allocation_of, specification
from equipoise.conduct.setup import usable
from equipoise.errors import InputError
from equipoise.kernels.pump import Program as PumpProgram
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.calendar import Zone
from equipoise.rehearsal.ensemble.draws import READ, Loops
from equipoise.rehearsal.ensemble.drugs import Bags, Models
from equipoise.rehearsal.ensemble.expressions import Column
from equipoise.rehearsal.ensemble.lives import Before, at_screening, before
from equipoise.rehearsal.ensemble.order import check_order
from equipoise.rehearsal.ensemble.people import (
    behind,
    covariates,
    criteria_sources,
    screening_items,
    verdict,
)
from equipoise.rehearsal.ensemble.sequence import List, list_of
from equipoise.rehearsal.ensemble.source import Stretch, functions_of
from equipoise.rehearsal.ensemble.visits import After, Key, Visits, reading
from equipoise.rehearsal.model import World, changed, world
from equipoise.rehearsal.ward import COUNTER_ML, reserve_ml

BAGS = 3  # a slot's kit and its two replacements
PARTICIPANTS_MIN = 2

_NAME = re.compile(r"[a-z][a-z0-9_]*")

Stage = Callable[..., None]
Stages = dict[str, Stretch]


@dataclass(frozen=True)
class Screening:
    """Who comes: rows of a workspace of ``rows`` rows."""

    run: Stage
    rows: int
    willing: Column
    eligible: Column
    doubt: Column
    entries: Mapping[str, Column]


@dataclass(frozen=True)
class Lives:
    """Who was randomized: the rows of what is known before and after the pump."""

    before_pump: Stage
    after_pump: Stage
    rows: int
    before: Before
    after: After


@dataclass(frozen=True)
class Program:
    """What simulates trials of one study under one scenario.

    ``arms`` are codes in the protocol's order, ``drugs`` what may be in a bag, the relieving one
    among them. ``answers`` are the answers that are kept.
    """

    protocol: Protocol
    scenario: str
    world: World
    participants: int
    arms: tuple[str, ...]
    drugs: tuple[str, ...]
    strata: tuple[str, ...]
    factors: tuple[str, ...]
    sequence: List | None
    pump: PumpProgram
    screening: Screening
    lives: Lives
    baseline: tuple[str, ...]
    bags: Bags
    models: Models
    zone: Zone
    effects: NDArray[np.float64]

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies of the lineage, the randomized one first."""
        return tuple(each.study for each in self.protocol.lineage())

    @property
    def adverse_events(self) -> tuple[str, ...]:
        """The terms of the listed adverse events, in the order of a block's last axis."""
        return tuple(event.term for event in self.world.adverse_events)


def compile_program(
    loaded: Loaded, scenario: str, participants: int | None = None,
    changes: Mapping[str, float] | None = None, *, everything: bool = False,
) -> Program:  # fmt: skip
    """Return the program of a study under ``scenario``.

    ``changes`` maps dotted paths under ``rehearsal``, as a scenario's ``set`` has them, to numbers;
    each changes the last study of the lineage that has the path. With ``everything`` all answers
    are simulated, else those that an endpoint reads.

    Raises:
        InputError: for a protocol with errors, a scenario or path that does not exist, more people
            than can be randomized, or something that only conduct can simulate.
    """
    usable(loaded)
    protocol = changed(usable(loaded), scenario, changes or {})
    plan, spec = world(protocol, scenario, participants), specification(protocol)
    slots = spec.length * len(spec.strata)
    if not PARTICIPANTS_MIN <= plan.participants <= slots:
        raise InputError(
            "participants",
            f"{plan.participants} cannot be randomized: the allocation has {slots} slots",
            f"Give {PARTICIPANTS_MIN} to {slots}, or raise `length` of the allocation.",
        )
    check_order(plan, protocol)
    allocation, root = allocation_of(protocol), protocol.root
    drugs = tuple(
        dict.fromkeys(
            [plan.pain.drug, *(c.drug for m in root.mixtures.values() for c in m.components)]
        )
    )
    factors = tuple(factor.item for factor in allocation.strata)
    wanted = answers_wanted(protocol, plan, everything=everything)
    stages: Stages = {}
    screening = _screening(protocol, plan, factors, stages)
    lives, baseline = _lives(protocol, plan, drugs, wanted, stages, everything=everything)
    compiled = functions_of(stages)
    channels = sorted(plan.felt(set()))
    felt = [
        plan.felt({c.drug for c in root.mixtures[arm.mixture].components})
        for arm in root.arms.values()
    ]
    return Program(
        protocol=protocol, scenario=scenario, world=plan, participants=plan.participants,
        arms=tuple(root.arms), drugs=drugs,
        strata=spec.strata, factors=factors,
        sequence=None if spec.minimization else list_of(protocol, plan.annex),
        pump=_pump(protocol, drugs.index(plan.pain.drug)),
        screening=Screening(compiled["screening"], *screening),
        lives=Lives(compiled["before_pump"], compiled["after_pump"], *lives),
        baseline=baseline, bags=Bags(protocol, drugs), models=Models(protocol, drugs),
        zone=Zone(ZoneInfo(root.site.zone if root.site else "UTC"), plan.recruitment.starts_on),
        effects=np.array([[each[channel] for channel in channels] for each in felt]).reshape(
            len(root.arms), len(channels)
        ),
    )  # fmt: skip


# --- what is simulated ----------------------------------------------------------------------


def answers_wanted(protocol: Protocol, plan: World, *, everything: bool) -> set[Key]:
    """Return the answers after the screening that are kept: all, or what endpoints read."""
    found: set[Key] = set()
    for visit in protocol.visits():
        if visit.phase != "screening" and everything:
            for name in visit.forms:
                found |= {(visit.visit, name, item.id) for item in protocol.form(name).items
                          if item.derived or item.id in plan.forms.get(name, {})}  # fmt: skip
    for endpoint in protocol.all_endpoints().values():
        words = _words(endpoint.model_dump(mode="json"))
        for visit in (protocol.visit(name) for name in endpoint.variable.visits):
            for name in words & set(visit.forms):
                items = {item.id for item in protocol.form(name).items}
                found |= {(visit.visit, name, item) for item in items & words}
    later = {visit.visit for visit in protocol.visits() if visit.phase != "screening"}
    return {key for key in found if key[0] in later}


def baseline_wanted(protocol: Protocol, *, everything: bool) -> set[str]:
    """Return the screening items that are kept: all, or those that a planned analysis names."""
    items = set(screening_items(protocol))
    if everything:
        return items
    planned = [*protocol.all_endpoints().values(), *protocol.all_populations().values()]
    return items & set().union(*(_words(each.model_dump(mode="json")) for each in planned))


def _words(data: Any) -> set[str]:
    """Return the names in all that is said, but for what is said to people."""
    if isinstance(data, str):
        return set(_NAME.findall(data))
    if isinstance(data, Mapping):
        said = [value for key, value in data.items() if key not in ("title", "time_frame", "event")]
        return set().union(*map(_words, said), map(str, data))
    if isinstance(data, list | tuple):
        return set().union(*map(_words, data))
    return set()


def _screening(
    protocol: Protocol, plan: World, factors: tuple[str, ...], stages: Stages
) -> tuple[int, Column, Column, Column, Mapping[str, Column]]:
    loops, items = Loops(), screening_items(protocol)
    wanted = criteria_sources(protocol, protocol.root)
    for factor in factors:
        wanted |= behind(items[factor][1], factor)
    consent = loops.uniform("consent").source
    willing = loops.store(Column(f"(not ({consent} >= {plan.recruitment.consent!r}))", "boolean"))
    people = covariates(loops, plan, protocol, wanted & set(plan.covariates))
    eligible, doubt = verdict(loops, protocol, protocol.root, people)
    found = loops.rows, willing, eligible, doubt, people.entries
    stages["screening"] = loops.draws, loops.lines, _rows_of(found)
    return found


def _lives(
    protocol: Protocol, plan: World, drugs: tuple[str, ...], wanted: set[Key],
    stages: Stages, *, everything: bool,
) -> tuple[tuple[int, Before, After], tuple[str, ...]]:  # fmt: skip
    loops = Loops()
    read = reading(plan, protocol, wanted)
    body = protocol.root.body
    needed = (read | {body.weight_kg, body.height_cm, body.age_y, body.sex}) & set(plan.covariates)
    for study in protocol.lineage()[1:]:
        needed |= criteria_sources(protocol, study) & set(plan.covariates)
    items = screening_items(protocol)
    body_items = {body.weight_kg, body.height_cm, body.age_y, body.sex}
    kept = (baseline_wanted(protocol, everything=everything) | body_items) & set(items)
    needed |= set().union(*(behind(items[name][1], name) for name in kept)) & set(plan.covariates)
    start = before(loops, plan, protocol, needed, list(drugs))
    at_screening(loops, protocol, start, kept)
    for study in protocol.lineage()[1:]:
        start.eligible[study.study] = verdict(loops, protocol, study, start.people)
    drawn, end = len(loops.draws), len(loops.lines)
    for look in start.looks:
        look.second, look.pain = loops.given(), loops.given()
    after = Visits(loops, plan, protocol, start, wanted, read).write()
    rows = _rows_of((start, after))
    stages["before_pump"] = loops.draws[:drawn], loops.lines[:end], rows
    stages["after_pump"] = loops.draws[drawn:], loops.lines[end:], rows
    return (loops.rows, start, after), tuple(name for name in items if name in kept)


def _rows_of(found: Any) -> set[int]:
    """Return where the rows of all columns in ``found`` begin."""
    match found:
        case Column(source=source):
            return {int(row) for row in READ.findall(source)}
        case Mapping():
            return set().union(*map(_rows_of, found.values()))
        case list() | tuple():
            return set().union(*map(_rows_of, found))
    if is_dataclass(found):
        return set().union(*(_rows_of(getattr(found, each.name)) for each in fields(found)))
    return set()


def _pump(protocol: Protocol, relieving: int) -> PumpProgram:
    pump = protocol.root.pump
    if pump is None:
        raise InputError("protocol", "has no pump program", "Add `pump` to the protocol.")
    volumes = {float(mixture.volume_ml) for mixture in protocol.root.mixtures.values()}
    return PumpProgram(
        bolus_ml=float(pump.bolus_ml),
        bolus_rate_ml_h=float(pump.bolus_rate_ml_h),
        lockout_min=float(pump.lockout_min),
        background_ml_h=float(pump.background_ml_h),
        reservoir_ml=float(pump.reservoir_ml),
        limit_1h_ml=np.inf if pump.limit_1h_ml is None else float(pump.limit_1h_ml),
        limit_4h_ml=np.inf if pump.limit_4h_ml is None else float(pump.limit_4h_ml),
        stop_min=round(float(pump.duration_h) * 3600) / 60,
        bag_ml=max(volumes),
        bags=BAGS,
        reserve_ml=reserve_ml(pump),
        counter_ml=float(COUNTER_ML),
        relieving=relieving,
    )


__all__ = ["Lives", "Program", "Screening", "compile_program"]
