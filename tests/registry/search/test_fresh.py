from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tantivy", reason="the local index needs tantivy")

from equipoise.registry.search.fresh import FOLDER, fresh_index
from equipoise.registry.search.index import Query
from equipoise.registry.search.local import LocalIndex
from equipoise.registry.search.meaning import meaning
from equipoise.registry.store import Store
from tests.registry.search.library import invented


def _found(index: LocalIndex, text: str) -> int:
    return index.search(Query(meaning(text, "BasicSearch", index.synonyms).plan)).total


def test_the_index_follows_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path) as store:
        for study in invented()[:4]:
            store.put(study, source="test", at="2026-01-01T00:00:00Z")
        index = fresh_index(store, tmp_path)
        assert _found(index, "ALL") == 4
        built, plain = [], LocalIndex.build

        def build(index: LocalIndex, studies: Iterable[Any], *, generation: int = 0) -> int:
            built.append(generation)
            return plain(index, studies, generation=generation)

        monkeypatch.setattr(LocalIndex, "build", build)
        assert fresh_index(store, tmp_path).generation == store.generation
        store.put(invented()[4], source="test", at="2026-01-02T00:00:00Z")
        later = fresh_index(store, tmp_path)
        assert _found(later, "ALL") == 5
        assert _found(later, "EXPANSION[None]HFpEF") == 1  # the store gives it the letters
        assert built == []  # one record in five was put in, not all five
        (tmp_path / FOLDER / "about.json").unlink()
        assert _found(fresh_index(store, tmp_path), "ALL") == 5
        assert len(built) == 1
