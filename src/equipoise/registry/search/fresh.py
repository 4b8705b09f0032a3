"""The local index of a store of records, brought up to date before it answers."""

from __future__ import annotations

from pathlib import Path

from equipoise.registry.search.local import LocalIndex
from equipoise.registry.search.refresh import refresh
from equipoise.registry.store import Store

FOLDER = "search"
"""Where the index lies in the home folder."""


def fresh_index(store: Store, home: Path) -> LocalIndex:
    """Return the index of ``store`` in ``home``, with what changed since it was made."""
    index = LocalIndex(home / FOLDER, store.get)
    refresh(index, store)
    return index
