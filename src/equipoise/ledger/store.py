"""The small interface behind which a ledger is kept, the same for every storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from equipoise.errors import Conflict
from equipoise.events.types import Event
from equipoise.ledger.chain import Entry, Head


class Store(Protocol):
    """An append-only sequence of entries. Safe to share between threads."""

    def head(self) -> Head:
        """Return where the ledger ends; :data:`~equipoise.ledger.chain.GENESIS` when empty."""
        ...

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        """Add ``entries`` after ``expected``, all or none, and return the new head.

        When it returns, the entries are on disk (in a storage that has one). Raises
        :class:`~equipoise.errors.Conflict` when the ledger no longer ends at ``expected``, and
        :class:`~equipoise.errors.Broken` when the entries do not continue the chain.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries with a number greater than ``after``, in order.

        Entries appended meanwhile may or may not be among them; what is yielded has no gap.
        """
        ...

    def close(self) -> None:
        """Let go of the storage. Nothing else may be called afterwards."""
        ...


def read_events(store: Store, after: int = 0) -> Iterator[Event]:
    """Yield the events with a number greater than ``after``, in order.

    Raises :class:`~equipoise.errors.Broken` at an entry whose bytes are not an event. Does not
    check the chain: that is :func:`equipoise.ledger.verify.verify`.
    """
    return (entry.event() for entry in store.read(after))


def check_unmoved(head: Head, expected: Head) -> None:
    """Raise :class:`~equipoise.errors.Conflict` unless the ledger still ends at ``expected``."""
    if head != expected:
        raise Conflict(
            "ledger",
            f"it ends at event {head.seq}, not at the event {expected.seq} that was read",
            "Read the new events and decide again.",
        )
