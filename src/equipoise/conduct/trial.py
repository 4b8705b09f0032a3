"""The one door through which anything is recorded: view, rule, event.

A conduct function gives :meth:`Trial.act` a *decision*: a function from the present state of the
trial to the facts to record. The decision is taken again when somebody else wrote in between, so
that of a hundred simultaneous acts each sees the others. Clock, chance and storage are handed
in; nothing here can tell a rehearsal from the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from equipoise.chance import Entropy
from equipoise.clock import Clock
from equipoise.conduct._sealed_list import SealedList
from equipoise.errors import Conflict, InputError, Refused
from equipoise.events.states import Order
from equipoise.events.types import Event, Fact, ProtocolAdopted, StaffDelegated, TrialOpened
from equipoise.ledger.chain import GENESIS, seal
from equipoise.ledger.store import Store, read_events
from equipoise.rules.authority import may_record
from equipoise.views.grants import Grants
from equipoise.views.participants import Participant, Participants
from equipoise.views.trial import TrialState

__all__ = ["Decision", "Staff", "Store", "Trial"]

_ATTEMPTS = 1000  # each lost race means that somebody else's act was recorded

_EARLIER = "Do the earlier step first, if any."

Decision = Callable[[], Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts, and in which of their roles."""

    person: str
    role: str


class Trial:
    """A running trial: its ledger, and what follows from it so far."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Read the ledger in ``store``; an empty one is a trial that is not opened yet."""
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.state = TrialState()
        self.participants = Participants()
        self.grants = Grants()
        self._order = Order()
        self._head = GENESIS
        self._sealed_list: SealedList | None = None
        self.catch_up()

    @property
    def sealed_list(self) -> SealedList | None:
        """The published list of slots, None before it is published."""
        event = self.state.sealed
        if event is not None and self._sealed_list is None:
            self._sealed_list = SealedList.from_bytes(event.sealed_list.encode())
        return self._sealed_list

    def catch_up(self) -> None:
        """Take in what others recorded since."""
        for entry in self.store.read(after=self._head.seq):
            self._take_in(entry.event())
            # The head of what was read, not of the store: somebody may be writing right now.
            self._head = entry.head

    def events(self) -> Iterator[Event]:
        """Iterate over all events so far."""
        yield from read_events(self.store)

    def participant(self, number: str) -> Participant:
        """Return what is known of participant ``number``; raise :class:`InputError` for nobody."""
        try:
            return self.participants.by_number[number]
        except KeyError:
            raise InputError(
                f"participant {number}",
                "there is no participant with this number",
                "Check the number on the screening list.",
            ) from None

    def act(
        self,
        staff: Staff,
        study: str,
        participant: str | None,
        decide: Decision,
        *,
        command: str | None = None,
        occurred_at: datetime | None = None,
    ) -> tuple[Event, ...]:
        """Record the facts that ``decide`` returns, all or none, and return their events.

        ``command`` identifies the act: when it is already in the ledger, its events are returned
        and nothing is recorded. ``occurred_at`` is now unless given.

        Raises :class:`Refused` when the person may not record this or the order of events forbids
        it, and whatever ``decide`` raises; then nothing is recorded.
        """
        command = command or self.entropy.bytes(16).hex()
        for _ in range(_ATTEMPTS):
            self.catch_up()
            if command in self.state.commands:
                return self._events_of(command)
            facts = tuple(decide())
            now = self.clock.now()
            events = tuple(
                Event(
                    seq=self._head.seq + place,
                    study=study,
                    protocol=self._protocol_digest(study, facts),
                    occurred_at=occurred_at or now,
                    recorded_at=now,
                    by=staff.person,
                    role=staff.role,
                    participant=participant,
                    command=command,
                    fact=fact,
                )
                for place, fact in enumerate(facts, start=1)
            )
            self._allow(staff, events)
            entries = seal(events, self._head, self.entropy)
            try:
                self._head = self.store.append(entries, expected=self._head)
            except Conflict:
                continue
            for event in events:
                self._take_in(event)
            return events
        raise Conflict(
            "ledger", "is too busy: every attempt lost the race to another writer", "Try again."
        )

    def check_turn(self, kind: str, study: str, participant: str) -> None:
        """Raise :class:`Refused` when the order of events forbids ``kind`` now."""
        why = self._order.scratch(participant).refusal(kind, study, participant)
        if why:
            raise Refused(participant, why, _EARLIER)

    def _take_in(self, event: Event) -> None:
        self._order.apply(event)
        self.state.apply(event)
        self.participants.apply(event)
        self.grants.apply(event, self.state.masking)

    def _events_of(self, command: str) -> tuple[Event, ...]:
        wanted = set(self.state.commands[command])
        first = min(wanted)
        found = (event for event in read_events(self.store, first - 1) if event.seq in wanted)
        return tuple(islice(found, len(wanted)))

    def _protocol_digest(self, study: str, facts: Sequence[Fact]) -> str:
        adopting = next((f for f in facts if isinstance(f, ProtocolAdopted)), None)
        if adopting is not None:
            return adopting.digest
        try:
            return self.state.digests[study]
        except KeyError:
            raise Refused(
                f"study {study}",
                "its protocol is not adopted in this ledger",
                "Adopt the protocol first.",
            ) from None

    def _allow(self, staff: Staff, events: Sequence[Event]) -> None:
        """Refuse unless the person holds the role, the role may, and the order is legal."""
        opening = any(isinstance(event.fact, TrialOpened) for event in events)
        roles = self.state.staff.get(staff.person, ("", ()))[1]
        if staff.role not in roles and not (opening and _delegates(events, staff)):
            raise Refused(
                f"{staff.person} as {staff.role}",
                "is not delegated this role in the trial",
                "The investigator can delegate it.",
            )
        order = self._order.scratch(events[0].participant if events else None)
        for event in events:
            if not may_record(event.kind, staff.role):
                raise Refused(
                    f"{staff.person} as {staff.role}",
                    f"may not record {event.kind}",
                    "Ask a person with the right role.",
                )
            if event.fact.about == "participant" and event.participant is None:
                raise InputError(event.kind, "names no participant", "Give the number.")
            why = order.refusal(event.kind, event.study, event.participant)
            if why:
                raise Refused(f"{event.participant or 'trial'}", why, _EARLIER)
            order.apply(event)


def _delegates(events: Sequence[Event], staff: Staff) -> bool:
    """Return whether these opening events give the person the role in which they are signed."""
    return any(
        isinstance(event.fact, StaffDelegated)
        and event.fact.person == staff.person
        and staff.role in event.fact.roles
        for event in events
    )
