"""A ledger in memory: for rehearsals that need no file, and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from threading import Lock

from equipoise.ledger.chain import GENESIS, Entry, Head, follow
from equipoise.ledger.store import check_unmoved


class MemoryStore:
    """A :class:`~equipoise.ledger.store.Store` that ends with the program."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._writing = Lock()

    def head(self) -> Head:
        """Return where the ledger ends."""
        return self._entries[-1].head if self._entries else GENESIS

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        """Add ``entries`` after ``expected``, all or none, and return the new head."""
        with self._writing:
            check_unmoved(self.head(), expected)
            head = follow(entries, expected)
            self._entries.extend(entries)
            return head

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries with a number greater than ``after``, in order."""
        return islice(self._entries, after, len(self._entries))

    def close(self) -> None:
        """Do nothing: the ledger is gone when nobody refers to it."""
