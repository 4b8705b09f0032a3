from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from equipoise.registry.related import fresh
from equipoise.registry.related.index import Index
from equipoise.registry.store import Store
from tests.registry.related.cohort import ALL, FOLLOW_UP, PARENT


def test_made_once_and_again_when_the_store_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    build = Index.build

    def counted(*given: Any) -> Index:
        made.append(1)
        return build(*given)

    monkeypatch.setattr(Index, "build", counted)
    with Store(tmp_path) as store:
        for study in ALL[2:]:
            store.put(study, source="test", at="2024-01-01")
        assert "NCT00005000" not in fresh.fresh_related(store, tmp_path).ids
        fresh.fresh_related(store, tmp_path)
        assert len(made) == 1
        store.put(FOLLOW_UP, source="test", at="2024-01-02")
        found = fresh.fresh_related(store, tmp_path).related(PARENT, 3, linked=False)
        assert found[0].nct_id == "NCT00005000"
        assert len(made) == 2


def test_a_damaged_index_is_made_again(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put(FOLLOW_UP, source="test", at="2024-01-01")
        fresh.fresh_related(store, tmp_path)
        (tmp_path / fresh.FOLDER / "facts.json.gz").write_bytes(b"no")
        assert fresh.fresh_related(store, tmp_path).ids == ("NCT00005000",)
