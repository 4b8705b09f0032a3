"""Opening a trial: protocol, staff, and the sealed allocation, before the first participant."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from equipoise import __version__
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import InputError, Refused
from equipoise.events import types as t
from equipoise.protocol.load import Loaded, canonical, digest
from equipoise.protocol.parts import Protocol


def open_trial(
    trial: Trial,
    staff: Staff,
    loaded: Loaded,
    delegations: Sequence[t.StaffDelegated],
    rehearsal: t.Rehearsal | None = None,
) -> None:
    """Begin a ledger with its protocol and staff, ``staff`` among them.

    Raises :class:`Refused` when the ledger is not empty, :class:`InputError` when the protocol has
    errors or extends a study: open the first of the lineage, then :func:`adopt` the next.
    """
    protocol = usable(loaded)
    if protocol.extends:
        raise InputError(
            f"study {protocol.study}",
            f"extends {protocol.extends}, so it cannot open a ledger",
            f"Open the ledger with {protocol.extends}, then adopt {protocol.study}.",
        )
    opened = t.TrialOpened(
        title=protocol.title.en,
        zone=protocol.site.zone if protocol.site else "UTC",
        software=f"equipoise {__version__}",
        rehearsal=rehearsal,
    )
    trial.act(
        staff, protocol.study, None, lambda: [opened, _adoption(loaded, protocol), *delegations]
    )


def adopt(trial: Trial, staff: Staff, loaded: Loaded) -> None:
    """Adopt a further protocol: an amendment, or a study that extends the one in the ledger."""
    protocol = usable(loaded)

    def decide() -> list[t.Fact]:
        today = trial.clock.now().astimezone(ZoneInfo(trial.state.zone)).date()
        if protocol.effective_on > today:
            raise Refused(
                f"study {protocol.study}",
                f"holds from {protocol.effective_on} on, and today is {today}",
                "Adopt it on that day: what is recorded until then stands under what holds now.",
            )
        parent = protocol.parent
        if parent and trial.state.digests.get(parent.study) != digest(parent):
            raise Refused(
                f"study {protocol.study}",
                f"extends {parent.study} in another version than the one in this ledger",
                f"Adopt that version of {parent.study} first.",
            )
        return [_adoption(loaded, protocol)]

    trial.act(staff, protocol.study, None, decide)


def usable(loaded: Loaded) -> Protocol:
    """Return the protocol; raise :class:`InputError` when it has errors."""
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    if loaded.protocol is None or errors:
        first = f"; the first: {errors[0].where}: {errors[0].what}" if errors else ""
        raise InputError(
            "protocol",
            f"has {len(errors)} errors{first}",
            "Run `equipoise check` and mend them.",
        )
    return loaded.protocol


def _adoption(loaded: Loaded, protocol: Protocol) -> t.ProtocolAdopted:
    return t.ProtocolAdopted(
        adopted=protocol.study,
        version=protocol.version,
        digest=digest(protocol),
        record_digest=loaded.record.digest() if loaded.record else None,
        effective_on=protocol.effective_on,
        text=canonical(protocol),
    )
