"""What a person may read of the ledger: rule over view, the reverse of recording.

Every surface that shows events (audit trail, export, screen) asks here, so that what a masked
person can see has one definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events.types import AllocationOpened, Event, ValueCorrected
from equipoise.rules.audience import may_read, withheld


def readable(trial: Trial, staff: Staff) -> Iterator[dict[str, Any]]:
    """Yield every event that ``staff`` may read, as plain values, in order.

    Numbers and digests of the chain are not among them: gaps would tell how much happened out of
    sight. Raises :class:`Refused` for a person who does not hold the role.
    """
    if staff.role not in trial.state.staff.get(staff.person, ("", ()))[1]:
        raise Refused(
            f"{staff.person} as {staff.role}",
            "is not delegated this role in the trial",
            "Read as one of the persons on the delegation log.",
        )
    for event in trial.events():
        shown = _shown(trial, staff, event)
        if shown is not None:
            yield shown


def _shown(trial: Trial, staff: Staff, event: Event) -> dict[str, Any] | None:
    own = event.by == staff.person
    if isinstance(event.fact, AllocationOpened):
        if not trial.grants.may_know(staff.person, ""):
            return None
    elif not own and not may_read(event.kind, staff.role):
        return None
    hidden = frozenset[str]() if own else withheld(event.kind, staff.role, event.role)
    content = event.fact.model_dump(mode="json")
    if isinstance(event.fact, ValueCorrected):  # its place, as its number counts what is hidden
        del content["corrects"]
        visit, form = trial.participants.form_of(event.fact.corrects) or ("", "")
        content |= {"visit": visit, "form": form}
    return {
        "kind": event.kind,
        "study": event.study,
        "occurred_at": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "by": event.by,
        "role": event.role,
        "participant": event.participant,
        "content": {name: value for name, value in content.items() if name not in hidden},
    }
