"""One rehearsed trial, from the sealed list to the opened allocation, through ``conduct``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from equipoise.analysis.plan import code_digest, plan_digest
from equipoise.chance import Chance, SeededEntropy
from equipoise.clock import SimulatedClock
from equipoise.conduct import close, setup
from equipoise.conduct.allocation import allocation_of, open_allocation
from equipoise.conduct.trial import Trial
from equipoise.errors import InputError
from equipoise.events.types import Rehearsal
from equipoise.ledger.store import Store
from equipoise.protocol.load import Loaded
from equipoise.rehearsal import ceremony
from equipoise.rehearsal.agenda import Agenda
from equipoise.rehearsal.cast import cast, delegations
from equipoise.rehearsal.life import Life
from equipoise.rehearsal.model import world
from equipoise.rehearsal.stage import NOBODY, Stage

Progress = Callable[[str, float], None]
"""Told what is going on and how much of it is done, 0 to 1."""

SEED_MAX = 2**64


def rehearse(
    loaded: Loaded, store: Store, seed: int, scenario: str, participants: int | None,
    progress: Progress, *, trial: int = 0,
) -> Trial:  # fmt: skip
    """Rehearse trial number ``trial`` of ``seed`` under ``scenario`` into the empty ``store``.

    ``participants`` are randomized, as many as the protocol plans unless given. The same
    arguments give the same ledger, to the byte. Raises :class:`InputError` for a study that
    cannot be rehearsed, an unknown scenario, or a seed outside 64 bits.
    """
    if not 0 <= seed < SEED_MAX:
        raise InputError("seed", f"{seed} is not a whole number of 64 bits", "Use 0 to 2**64 - 1.")
    if participants is not None and participants < 2:  # noqa: PLR2004 - one for each of two arms
        raise InputError("participants", f"{participants} is too few", "Give 2 or more.")
    lineage = loaded.lineage()
    protocol = setup.usable(loaded)
    readers = allocation_of(protocol)
    plan = world(protocol, scenario, participants)
    clock = SimulatedClock(datetime.fromisoformat(f"{plan.recruitment.starts_on}T00:00:00Z"))
    conducted = Trial(store, clock, SeededEntropy(seed, f"ledger {trial}"))
    people = cast()
    watermark = Rehearsal(seed=seed, trial=trial, scenario=scenario)
    setup.open_trial(conducted, people.investigator, lineage[0], delegations(), watermark)
    keys = ceremony.hold(
        conducted, people, plan.annex, SeededEntropy(seed, f"ceremony {trial}")
    )
    stage = Stage(
        protocol, conducted, clock, Agenda(clock), plan, people, Chance(seed, trial),
        keys[readers.reader("prepares")],
    )  # fmt: skip
    lives = _randomized_part(stage, progress)
    for study in lineage[1:]:
        _close_study(stage, timedelta(days=30))
        _follow_up(stage, study, lives, progress)
    _close_study(stage, timedelta(days=21))
    progress("opening", 1.0)
    open_allocation(conducted, people.board, protocol.study, keys[readers.reader("opens")])
    return conducted


def _randomized_part(stage: Stage, progress: Progress) -> list[Life]:
    lives: list[Life] = []
    planned = stage.world.participants

    def arrive(n: int) -> None:
        if stage.full():
            return
        life = Life(stage, n)
        lives.append(life)
        life.arrive()
        stage.agenda.at(_arrival(stage, n + 1), partial(arrive, n + 1))

    stage.agenda.at(_arrival(stage, 1), partial(arrive, 1))
    stage.agenda.run(lambda _: progress("recruitment and treatment", stage.randomized / planned))
    return lives


def _arrival(stage: Stage, n: int) -> datetime:
    """Return when person ``n`` comes to the ward: a Poisson process in days, by daylight."""
    gaps = stage.arrival_gaps
    while len(gaps) < n:
        gaps.append(stage.chance.exponential(NOBODY, "arrival", len(gaps) + 1))
    day = int(sum(gaps[:n]) * 7 / stage.world.recruitment.per_week)
    hour = 9 + 6 * stage.chance.uniform(NOBODY, "arrival hour", n)
    midnight = datetime.combine(
        stage.world.recruitment.starts_on + timedelta(days=day), datetime.min.time(), stage.zone
    )
    return midnight + timedelta(hours=hour)


def _follow_up(stage: Stage, study: Loaded, lives: list[Life], progress: Progress) -> None:
    protocol = setup.usable(study)
    stage.clock.move_to(max(stage.clock.now(), _morning(stage, protocol.effective_on)))
    setup.adopt(stage.trial, stage.cast.investigator, study)
    treated = [life for life in lives if life.started_at is not None]
    for life in treated:
        life.plan_follow_up(protocol)
    planned = len(treated) * max(1, len(protocol.schedule))
    done = iter(range(1, 10 * planned))
    stage.agenda.run(lambda _: progress("follow-up", min(1.0, next(done) / planned)))


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


def _morning(stage: Stage, day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), stage.zone) + timedelta(hours=9)
