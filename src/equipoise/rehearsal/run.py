"""One rehearsed trial, from the sealed list to the opened allocation, through ``conduct``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import count

from equipoise.analysis.plan import code_digest, plan_digest
from equipoise.chance import Chance, SeededEntropy
from equipoise.clock import SimulatedClock
from equipoise.conduct import close, setup
from equipoise.conduct.allocation import allocation_of, open_allocation, specification
from equipoise.conduct.randomise import allocator_with
from equipoise.conduct.trial import Store, Trial
from equipoise.errors import InputError
from equipoise.events.types import Rehearsal
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal import ceremony
from equipoise.rehearsal.adverse_events import plan_adverse_events
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.cast import cast, delegations
from equipoise.rehearsal.follow_up import plan_calls
from equipoise.rehearsal.model import World, changed, named, world
from equipoise.rehearsal.person import draw_person
from equipoise.rehearsal.recruitment import arrivals, arrive
from equipoise.rehearsal.stage import Stage
from equipoise.rehearsal.visits import plan_ward_rounds
from equipoise.rehearsal.ward import Treatment

Progress = Callable[[str, float], None]
"""Told what is going on and how much of it is done, 0 to 1."""

SEED_MAX = 2**64
OFFICE_OPENS_H = 9.0
SCREENED_MAX = 100  # for each one randomized, before a rehearsal gives up


def rehearse(
    loaded: Loaded, store: Store, seed: int, scenario: str, participants: int | None,
    progress: Progress, *, trial: int = 0, changes: Mapping[str, float] | None = None,
) -> Trial:  # fmt: skip
    """Rehearse trial number ``trial`` of ``seed`` under ``scenario`` into the empty ``store``.

    ``participants`` are randomized, as many as the protocol plans unless given. ``changes`` maps
    dotted paths under ``rehearsal`` to numbers, beyond what the scenario sets; the ledger's
    watermark names them. The same arguments give the same ledger, to the byte. Raises
    :class:`InputError` for a study that cannot be rehearsed, an unknown scenario or path, or a seed
    outside 64 bits.
    """
    if not 0 <= seed < SEED_MAX:
        raise InputError("seed", f"{seed} is not a whole number of 64 bits", "Use 0 to 2**64 - 1.")
    lineage, protocol, people = loaded.lineage(), setup.usable(loaded), cast()
    readers = allocation_of(protocol)
    changes = changes or {}
    plan = _possible_world(changed(protocol, scenario, changes), scenario, participants)
    for visit in protocol.visits():
        people.of(visit.by)
    clock = SimulatedClock(datetime.combine(plan.recruitment.starts_on, time(tzinfo=UTC)))
    conducted = Trial(store, clock, SeededEntropy(seed, f"ledger {trial}"))
    watermark = Rehearsal(seed=seed, trial=trial, scenario=named(scenario, changes))
    setup.open_trial(conducted, people.investigator, lineage[0], delegations(), watermark)
    keys = ceremony.hold(conducted, people, plan.annex, SeededEntropy(seed, f"ceremony {trial}"))
    stage = Stage(
        protocol, conducted, clock, Agenda(clock), plan, people, Chance(seed, trial),
        keys[readers.reader("prepares")],
        allocator_with(conducted, keys[readers.reader("allocates")]) if readers.allocator else None,
    )  # fmt: skip
    treated = _randomized_part(stage, progress)
    for study in lineage[1:]:
        _close_study(stage, timedelta(days=30))
        _follow_up(stage, study, treated, progress)
    _close_study(stage, timedelta(days=21))
    progress("opening", 1.0)
    plan_now, code_now = plan_digest(protocol), code_digest()
    masking = protocol.root.masking
    for role in masking.opening_signed_by if masking else ():
        close.sign_opening(
            conducted, people.of(role), protocol.study, plan_now, code_now,
            "I agree to the opening of the allocation",
        )  # fmt: skip
    opener = keys[readers.reader("opens")]
    open_allocation(conducted, people.board, protocol.study, opener, plan_now, code_now)
    return conducted


def _possible_world(protocol: Protocol, scenario: str, participants: int | None) -> World:
    """Return the world of the scenario; refuse more or fewer people than it can randomize."""
    plan, spec = world(protocol, scenario, participants), specification(protocol)
    slots = spec.length * len(spec.strata)
    if not 2 <= plan.participants <= slots:
        raise InputError(
            "participants",
            f"{plan.participants} cannot be randomized: the allocation has {slots} slots",
            f"Give 2 to {slots}, or raise `length` of the allocation.",
        )
    return plan


def _randomized_part(stage: Stage, progress: Progress) -> list[Treatment]:
    """Recruit, treat and follow up in the randomized study; return the treated by number."""
    treated: list[Treatment] = []
    coming = enumerate(arrivals(stage), start=1)

    def started(treatment: Treatment) -> None:
        plan_ward_rounds(stage, treatment)
        plan_adverse_events(stage, treatment)
        plan_calls(stage, treatment, stage.protocol.root)
        treated.append(treatment)

    def plan_next() -> None:
        n, when = next(coming)
        stage.agenda.at(when, partial(come, n))

    def come(n: int) -> None:
        if stage.recruited:
            return
        if n > SCREENED_MAX * stage.world.participants:
            raise InputError(
                "rehearsal",
                f"{stage.randomized} of {n - 1} people screened were willing and eligible",
                "Look at `consent` and the covariates that the criteria judge.",
            )
        arrive(stage, draw_person(stage.protocol, stage.world, stage.chance, n), started)
        plan_next()

    def tell() -> None:
        progress("recruitment and treatment", stage.randomized / stage.world.participants)

    plan_next()
    stage.agenda.run(tell)
    return sorted(treated, key=lambda treatment: treatment.person.n)


def _follow_up(stage: Stage, study: Loaded, treated: list[Treatment], progress: Progress) -> None:
    """Adopt a study that extends the randomized one, and call its participants."""
    protocol = setup.usable(study)
    opening = stage.local(protocol.effective_on, OFFICE_OPENS_H).astimezone(UTC)
    stage.clock.move_to(max(stage.clock.now(), opening))
    setup.adopt(stage.trial, stage.cast.investigator, study)
    for treatment in treated:
        plan_calls(stage, treatment, protocol)
    done, planned = count(1), max(1, stage.agenda.planned)
    stage.agenda.run(lambda: progress("follow-up", min(1.0, next(done) / planned)))


def _close_study(stage: Stage, after: timedelta) -> None:
    """Sign the analysis plan of the study adopted last, then lock its data."""
    protocol = stage.trial.state.protocol
    stage.clock.move_to(stage.clock.now() + after)
    close.sign_plan(
        stage.trial, stage.cast.statistician, protocol.study, plan_digest(protocol), code_digest(),
        "I fix this analysis before the allocation is opened",
    )  # fmt: skip
    close.lock(
        stage.trial, stage.cast.data_manager, protocol.study, "the data of this study are complete"
    )
