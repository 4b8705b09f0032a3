from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from equipoise.registry.search.index import Answer, Query
from equipoise.registry.search.refresh import refresh
from equipoise.registry.search.synonyms import Synonyms
from equipoise.registry.store import Store
from tests.registry.search.library import invented


class Noting:
    """An index that notes what it is given."""

    synonyms = Synonyms()

    def __init__(self, generation: int | None) -> None:
        self.generation = generation
        self.given: list[tuple[str, int]] = []

    def build(self, studies: Iterable[Any], *, generation: int = 0) -> int:
        self.given.append(("build", len(list(studies))))
        self.generation = generation
        return 0

    def update(self, studies: Iterable[Any], *, generation: int = 0) -> int:
        self.given.append(("update", len(list(studies))))
        self.generation = generation
        return 0

    def search(self, query: Query) -> Answer:
        return Answer(0, ())


@pytest.mark.parametrize(
    ("generation", "given"),
    [
        (None, [("build", 6)]),
        (0, [("build", 6)]),  # all six are newer
        (2, [("build", 6)]),  # four of six
        (4, [("update", 2)]),
        (6, []),
        (9, [("build", 6)]),  # of another store
    ],
)
def test_as_little_as_need_be(
    tmp_path: Path, generation: int | None, given: list[tuple[str, int]]
) -> None:
    with Store(tmp_path) as store:
        for study in invented():
            store.put(study, source="test", at="2026-01-01T00:00:00Z")
        index = Noting(generation)
        refresh(index, store)
        assert index.given == given
        assert index.generation == store.generation == 6
