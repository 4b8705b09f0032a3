"""A file that was damaged or altered from outside: what is noticed, and which event is named."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, suppress
from itertools import takewhile
from operator import eq
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from equipoise.chance import Chance
from equipoise.errors import Broken, InputError
from equipoise.ledger.chain import GENESIS, Entry, follow
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.verify import Verification, verify
from tests.diary import small_trial
from tests.ledger.sealing import notes, sealed
from tests.ledger.test_sqlite import filled

TRIAL = sealed(small_trial(6))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_a_flipped_bit_in_the_file_changes_no_fact_unnoticed(path: Path) -> None:
    """Many bits of a database mean nothing; one that does is noticed, and its event named."""
    with closing(SqliteStore.create(path)) as store:
        store.append(TRIAL, GENESIS)
    at_rest = path.read_bytes()
    ends = Counter[str]()
    for draw in range(200):
        place = int(Chance(5).uniform(draw, "bit", 0) * len(at_rest) * 8)
        damaged = bytearray(at_rest)
        damaged[place // 8] ^= 1 << place % 8
        seen = _look_at(bytes(damaged))
        if seen is None:
            ends["refused"] += 1
            continue
        read, found = seen
        ends["intact" if read == TRIAL else "named"] += 1
        intact = sum(takewhile(bool, map(eq, read, TRIAL)))
        assert found.verified == (read == TRIAL), f"bit {place}"
        assert found.verified or found.problems[0].where == f"event {intact + 1}", f"bit {place}"
    assert ends["named"] > ends["intact"] > ends["refused"]


def _look_at(raw: bytes) -> tuple[list[Entry], Verification] | None:
    """Return what can be read of a file and what verification says; None when it is refused."""
    with TemporaryDirectory() as folder, suppress(InputError, Broken):
        path = Path(folder) / "ledger.sqlite"
        path.write_bytes(raw)
        with closing(SqliteStore.open(path, read_only=True)) as store:
            found = verify(store.read(), expected_head=TRIAL[-1].head)
            return _as_far_as_it_goes(store), found
    return None


def _as_far_as_it_goes(store: SqliteStore) -> list[Entry]:
    entries: list[Entry] = []
    with suppress(Broken):
        entries.extend(store.read())
    return entries


def test_a_hole_in_the_file_names_the_event_where_reading_ends(path: Path) -> None:
    filled(path, 400)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 4096] = bytes(4096)
    path.write_bytes(raw)
    store = SqliteStore.open(path, read_only=True)
    with closing(store), pytest.raises(Broken, match="is damaged") as caught:
        list(store.read())
    with closing(SqliteStore.open(path, read_only=True)) as store:
        found = verify(store.read())
    assert 0 < found.events < 400
    assert caught.value.problem.where == f"event {found.events + 1}"
    assert found.problems[-1].where == f"event {found.events + 1}"


def test_rows_in_an_order_of_their_own_end_the_reading(path: Path) -> None:
    """A damaged tree may lead a reader in circles."""
    filled(path, 2)
    raw = path.read_bytes()
    with closing(SqliteStore.open(path, read_only=True)) as store:
        entries = list(store.read())
    assert raw.count(entries[1].header) == 1
    with closing(sqlite3.connect(path)) as intruder, intruder:
        intruder.executescript(
            "PRAGMA writable_schema = ON;"
            "ALTER TABLE entry RENAME TO kept;"
            "CREATE VIEW entry AS SELECT 1 AS seq, header, payload, salt, digest FROM kept"
            " UNION ALL SELECT 1, header, payload, salt, digest FROM kept"
        )
    with closing(SqliteStore.open(path, read_only=True)) as store, pytest.raises(Broken):
        list(store.read())


def test_an_intruder_s_change_is_named(path: Path) -> None:
    """Who drops the trigger still meets the chain."""
    filled(path)
    with closing(sqlite3.connect(path)) as intruder, intruder:
        intruder.execute("DROP TRIGGER no_change")
        intruder.execute("UPDATE entry SET payload = x'7b7d' WHERE seq = 12")
    store = SqliteStore.open(path, read_only=True)
    with closing(store), pytest.raises(Broken, match="event 12: was altered"):
        follow(store.read(), GENESIS)


def test_damage_that_cannot_even_be_printed_is_damage(path: Path) -> None:
    """SQLite quotes the damaged name in its message, which then is no text."""
    raw = filled(path).read_bytes()
    assert raw.count(b"CREATE TRIGGER no_gap") == 1
    path.write_bytes(raw.replace(b"CREATE TRIGGER no_gap", b"CREATE TRIGGE\xd4 no_gap"))
    with pytest.raises(Broken, match="is damaged"):
        _read_all(path)


def _read_all(path: Path) -> list[Entry]:
    with closing(SqliteStore.open(path, read_only=True)) as store:
        return list(store.read())


def test_what_the_database_took_back_itself_is_reported_as_it_said(path: Path) -> None:
    """As on some full disks: the transaction is over when the error arrives."""
    filled(path, 2)
    with closing(sqlite3.connect(path)) as intruder, intruder:
        intruder.execute(
            "CREATE TRIGGER full BEFORE INSERT ON entry"
            " BEGIN SELECT RAISE(ROLLBACK, 'taken back'); END"
        )
    with closing(SqliteStore.open(path)) as store:
        head = store.head()
        with pytest.raises(Broken, match="taken back"):
            store.append(sealed(notes(1, after=2), head), head)
        assert store.head() == head
