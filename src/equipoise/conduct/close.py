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
