from __future__ import annotations

from equipoise.ledger.chain import GENESIS
from equipoise.ledger.memory import MemoryStore
from tests.ledger.sealing import notes, sealed


def test_two_ledgers_in_memory_are_apart() -> None:
    one, other = MemoryStore(), MemoryStore()
    one.append(sealed(notes(2)), GENESIS)
    assert other.head() == GENESIS


def test_the_caller_s_list_is_not_the_ledger() -> None:
    entries = sealed(notes(2))
    store = MemoryStore()
    store.append(entries, GENESIS)
    kept = entries.copy()
    entries.clear()
    assert list(store.read()) == kept
