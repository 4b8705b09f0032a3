from __future__ import annotations

from collections.abc import Iterator
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


def test_what_another_process_wrote_is_found(tmp_path: Path) -> None:
    reader, writer = (LocalIndex(tmp_path / "search") for _ in range(2))
    writer.build(invented()[:2])
    assert reader.search(Query()).total == 2
    writer.update(invented()[2:3], generation=1)
    assert reader.search(Query()).total == 3
    writer.build(invented()[:1], generation=2)
    assert reader.search(Query()).total == 1


def test_two_writers_and_damaged_files_are_told_in_a_sentence(tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "search")
    index.build(invented()[:2])

    def meanwhile() -> Iterator[Any]:
        refused = refusal(LocalIndex(tmp_path / "search").update, invented()[:1])
        assert "another process" in refused.what
        yield invented()[2]

    assert index.update(meanwhile()) == 1
    for file in (tmp_path / "search" / "records").glob("meta.json"):
        file.write_text("{", encoding="utf-8")
    problem = refusal(LocalIndex(tmp_path / "search").search, Query())
    assert "is damaged" in problem.what
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be written" in refusal(LocalIndex(tmp_path / "file" / "x").build, []).what
