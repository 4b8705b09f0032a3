from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="reaching PostgreSQL needs psycopg")

from typer.testing import CliRunner

from equipoise.cli.app import app
from equipoise.registry.search.index import Query
from equipoise.registry.search.postgres import PostgresIndex
from equipoise.registry.store import Store
from tests.refusal import refusal
from tests.registry.search.library import invented
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


def test_the_command_keeps_its_index_there(address: str, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put_many([("test", each) for each in invented()], at="2026-01-01T00:00:00Z")
    asked = ["registry", "search", "EXPANSION[None]HFpEF", "--home", str(tmp_path), "--json"]
    for _ in range(2):  # made, then found as it was made
        done = CliRunner().invoke(app, [*asked, "--postgres", address])
        assert json.loads(done.stdout)["total"] == 1
    assert not (tmp_path / "search").exists()
