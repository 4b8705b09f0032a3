from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="reaching PostgreSQL needs psycopg")

from equipoise.registry.search.index import Query
from equipoise.registry.search.postgres import PostgresIndex
from tests.refusal import refusal
from tests.registry.search.server import postgres
from tests.registry.search.suite import Suite


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres() as found:
        yield found


class TestPostgresIndex(Suite):
    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, address: str) -> Iterator[Any]:
        made = []

        def make(name: str, records: dict[str, Any]) -> PostgresIndex:
            made.append(PostgresIndex(address, schema=name))
            return made[-1]

        yield make
        for index in made:
            index.close()


def test_without_records_and_without_a_server(address: str) -> None:
    index = PostgresIndex(address, schema="nothing")
    assert index.generation is None
    assert "has no records in 'nothing'" in refusal(index.search, Query()).what
    index.close()
    assert "cannot be reached" in refusal(PostgresIndex, "host=/nowhere").what
    assert "is no name" in refusal(PostgresIndex, address, schema="a; b").what


def test_a_second_reader_sees_what_the_first_built(address: str) -> None:
    first, second = (PostgresIndex(address, schema="shared") for _ in range(2))
    first.build([], generation=9)
    assert second.generation == 9
    assert second.search(Query()).total == 0
    first.close()
    second.close()
