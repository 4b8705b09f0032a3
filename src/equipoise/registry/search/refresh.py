"""Bringing an index, whichever it is, to the state of a store of records."""

from __future__ import annotations

from equipoise.registry.search.index import Index
from equipoise.registry.store import Store

_REBUILD_SHARE = 0.5


def refresh(index: Index, store: Store) -> None:
    """Put into ``index`` what is new or changed in ``store``.

    Made anew when there is no index, or when most records changed.
    """
    made, now = index.generation, store.generation
    if made == now:
        return
    changed = [] if made is None else store.changed_since(made)
    if made is None or made > now or len(changed) > _REBUILD_SHARE * len(store):
        index.build(store.studies(), generation=now)
    else:
        index.update((store.get(each) for each in changed), generation=now)
