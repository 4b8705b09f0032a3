"""Where events are kept: an append-only chain, in memory or in a file.

``conduct`` writes and the command line opens; nobody else has a way in.
"""

from __future__ import annotations

from pathlib import Path

from equipoise.errors import InputError
from equipoise.ledger.chain import GENESIS, Entry, Head, seal
from equipoise.ledger.memory import MemoryStore
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.store import Store, read_events
from equipoise.ledger.verify import Verification, verify


def open_ledger(place: str | Path, *, read_only: bool = False) -> Store:
    """Open the ledger at ``place``: the path of a SQLite file.

    Raises :class:`~equipoise.errors.InputError` when there is none, or it cannot be opened.
    """
    if "://" in str(place):
        raise InputError(
            str(place).partition("://")[0] + "://",
            "is not a kind of storage that this program knows",
            "Give the path of a ledger file.",
        )
    return SqliteStore.open(Path(place), read_only=read_only)


__all__ = [
    "GENESIS",
    "Entry",
    "Head",
    "MemoryStore",
    "SqliteStore",
    "Store",
    "Verification",
    "open_ledger",
    "read_events",
    "seal",
    "verify",
]
