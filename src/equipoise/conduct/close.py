"""The end: the plan is signed, the data are locked, then the allocation is opened."""

from __future__ import annotations

from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events import types as t


def sign_plan(
    trial: Trial, staff: Staff, study: str, plan_digest: str, code_digest: str, meaning: str
) -> None:
    """Fix the analysis before the opening: digests of the plan and of the code."""
    fact = t.AnalysisPlanSigned(plan_digest=plan_digest, code_digest=code_digest, meaning=meaning)
    trial.act(staff, study, None, lambda: [fact])


def sign_opening(
    trial: Trial, staff: Staff, study: str, plan_digest: str, code_digest: str, meaning: str
) -> None:
    """Agree, in the role of ``staff``, that the allocation is opened to this plan and code.

    Raises :class:`Refused` when they are not those that were signed before the lock.
    """

    def decide() -> list[t.Fact]:
        check_digests(trial, study, plan_digest, code_digest)
        return [t.OpeningSigned(plan_digest=plan_digest, code_digest=code_digest, meaning=meaning)]

    trial.act(staff, study, None, decide)


def check_digests(trial: Trial, study: str, plan_digest: str, code_digest: str) -> None:
    """Raise :class:`Refused` unless these are the digests of the plan signed for ``study``."""
    signed = trial.state.plans.get(study)
    if signed is None:
        raise Refused(f"study {study}", "has no signed analysis plan", "Sign the plan first.")
    for what, now, then in (
        ("plan", plan_digest, signed.plan_digest),
        ("code", code_digest, signed.code_digest),
    ):
        if now != then:
            raise Refused(
                f"study {study}",
                f"the analysis {what} is not the one that was signed",
                f"Go back to the signed {what}; the allocation stays sealed until then.",
            )


def lock(trial: Trial, staff: Staff, study: str, meaning: str) -> None:
    """Lock the data of a study.

    Raises :class:`Refused` while a pump of the trial is running.
    """

    def decide() -> list[t.Fact]:
        running = [
            person.number
            for person in trial.participants.by_number.values()
            if person.pump and person.pump.stopped_at is None
        ]
        if running:
            raise Refused(
                f"study {study}",
                f"the pump of participant {running[0]} is still running",
                "Record its stop before the lock.",
            )
        events = trial.store.head().seq
        return [t.DataLocked(events=events, meaning=meaning)]

    trial.act(staff, study, None, decide)
