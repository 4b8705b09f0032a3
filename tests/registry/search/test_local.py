from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.registry.search.suite import Suite

pytest.importorskip("tantivy", reason="the local index needs tantivy")

from equipoise.registry.search.index import Query
from equipoise.registry.search.local import LocalIndex
from equipoise.registry.search.meaning import meaning
from tests.refusal import refusal
from tests.registry.search.library import invented


class TestLocalIndex(Suite):
    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, tmp_path_factory: pytest.TempPathFactory) -> Any:
        def make(name: str, records: dict[str, Any]) -> LocalIndex:
            return LocalIndex(tmp_path_factory.mktemp(name) / "search", records.__getitem__)

        return make


def test_without_an_index_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "search")
    assert index.generation is None
    assert "registry load" in refusal(index.search, Query()).todo


@pytest.mark.parametrize("about", ['{"layout": 0, "generation": 7}', "not JSON"])
def test_an_index_of_another_layout_is_no_index(tmp_path: Path, about: str) -> None:
    index = LocalIndex(tmp_path / "search")
    index.build([], generation=7)
    assert index.generation == 7
    (tmp_path / "search" / "about.json").write_text(about, encoding="utf-8")
    assert LocalIndex(tmp_path / "search").generation is None


def test_words_as_written_need_the_records(tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "search")
    index.build(invented())
    asked = meaning("EXPANSION[None]Heart", "BasicSearch", index.synonyms).plan
    assert "EXPANSION[Term]" in refusal(index.search, Query(asked)).todo
