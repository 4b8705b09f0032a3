"""The relations of a store of records, made anew when the store has changed."""

from __future__ import annotations

from pathlib import Path

from equipoise.errors import InputError
from equipoise.registry.related.index import Index
from equipoise.registry.related.sentence import Sentences
from equipoise.registry.store import Store

FOLDER = "related"
"""Where the index lies in the home folder."""

_GENERATION = "generation.txt"


def fresh_related(store: Store, home: Path, sentences: Sentences | None = None) -> Index:
    """Return the index of related records of ``store``, kept in ``home``.

    One new record changes how rare each word is, so the whole is made anew when the store changed,
    or when ``sentences`` is to read meanings and has not.
    """
    folder, now = home / FOLDER, str(store.generation)
    marker = folder / _GENERATION
    if marker.exists() and marker.read_text("utf-8") == now:
        try:
            index = Index.load(folder)
        except InputError:
            pass  # Damaged, or of an earlier version: it is made anew below.
        else:
            if sentences is None or index.meanings is not None:
                return index
    index = Index.build(store.studies(), sentences)
    marker.unlink(missing_ok=True)
    index.save(folder)
    marker.write_text(now, "utf-8")
    return index
