"""A ledger opened as a running trial, and who acts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from equipoise.errors import InputError

if TYPE_CHECKING:
    from equipoise.conduct.trial import Staff, Trial
    from equipoise.protocol.parts import Protocol

PERSON = typer.Option(..., "--as", help="Who acts: a person on the delegation log.")


@contextmanager
def running(ledger: Path, *, read_only: bool = False) -> Iterator[Trial]:
    """Yield the trial in ``ledger`` by the machine's clock and its source of randomness."""
    from equipoise.chance import SystemEntropy
    from equipoise.clock import SystemClock
    from equipoise.conduct.trial import Trial
    from equipoise.ledger import open_ledger

    store = open_ledger(ledger, read_only=read_only)
    try:
        if store.head().seq == 0:
            raise InputError(str(ledger), "is empty", "Begin the trial: equipoise begin.")
        yield Trial(store, SystemClock(), SystemEntropy())
    finally:
        store.close()


def acting(trial: Trial, person: str, kind: str, role: str | None = None) -> Staff:
    """Return ``person`` in ``role``, or in the first of their roles that records ``kind``.

    Raises :class:`InputError` when the person is not on the delegation log. Whether a role may
    act is conduct's to say.
    """
    from equipoise.conduct.trial import Staff
    from equipoise.rules.authority import may_record

    if person not in trial.state.staff:
        raise InputError(
            f"person '{person}'",
            "is not on the delegation log of this trial",
            f"Give one of {', '.join(trial.state.staff)}.",
        )
    roles = trial.state.staff[person][1]
    fitting = next((each for each in roles if may_record(kind, each)), None)
    return Staff(person, role or fitting or next(iter(roles), ""))


def protocol_of(trial: Trial, study: str) -> Protocol:
    """Return the protocol of ``study`` in the ledger; raise :class:`InputError` without one."""
    if study not in trial.state.protocols:
        raise InputError(
            f"study '{study}'",
            "is not in this ledger",
            f"Give one of {', '.join(trial.state.protocols)}.",
        )
    return trial.state.protocols[study]
