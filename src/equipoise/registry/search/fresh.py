"""The index of a store of records, brought up to date before it answers."""

from __future__ import annotations

from pathlib import Path

from equipoise.registry.search.local import LocalIndex
from equipoise.registry.store import Store

FOLDER = "search"
"""Where the index lies in the home folder."""

_REBUILD_SHARE = 0.5


def fresh_index(store: Store, home: Path) -> LocalIndex:
    """Return the index of ``store`` in ``home``, with what changed since it was made.

    Made anew when there is none, or when most records changed.
    """
    index = LocalIndex(home / FOLDER, store.get)
    made, now = index.generation, store.generation
    if made == now:
        return index
    changed = [] if made is None else store.changed_since(made)
    if made is None or len(changed) > _REBUILD_SHARE * len(store):
        index.build(store.studies(), generation=now)
    else:
        index.update((store.get(each) for each in changed), generation=now)
    return index
