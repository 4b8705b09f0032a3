"""What is particular to the file: how it is made, shared, filled, killed, damaged and refused."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from equipoise.errors import Conflict, InputError
from equipoise.ledger import sqlite
from equipoise.ledger.chain import GENESIS, follow
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.store import read_events
from tests.diary import small_trial
from tests.ledger.sealing import notes, sealed
from tests.ledger.test_store import append_at_once

NOBODY = 65534
TRIAL = sealed(small_trial(6))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.create(path)) as store:
        yield store


def filled(path: Path, events: int = 20) -> Path:
    """Make a ledger at rest."""
    with closing(SqliteStore.create(path)) as store:
        store.append(sealed(notes(events)), GENESIS)
    return path


# --- one file -------------------------------------------------------------------------------------


def test_a_ledger_at_rest_is_one_file(path: Path) -> None:
    with closing(SqliteStore.create(path)) as store:
        store.append(sealed(notes(20)), GENESIS)
        assert len(list(path.parent.iterdir())) == 3
    assert list(path.parent.iterdir()) == [path]
    with closing(SqliteStore.open(path, read_only=True)) as store:
        assert follow(store.read(), GENESIS) == store.head()
        assert list(path.parent.iterdir()) == [path]
    assert list(path.parent.iterdir()) == [path]


def test_a_copy_of_the_one_file_is_the_ledger(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy of ? # 50% 脊柱.sqlite"
    shutil.copy(filled(path), copy)
    with closing(SqliteStore.open(copy)) as one, closing(SqliteStore.open(path)) as other:
        assert list(one.read()) == list(other.read()) == sealed(notes(20))


def test_a_ledger_grows_over_many_sittings(path: Path) -> None:
    filled(path, 3)
    for sitting in range(3, 6):
        with closing(SqliteStore.open(path)) as store:
            store.append(sealed(notes(1, after=sitting), store.head()), store.head())
    with closing(SqliteStore.open(path)) as store:
        assert follow(store.read(), GENESIS).seq == 6


def test_an_event_is_on_the_disk_when_append_returns(store: SqliteStore) -> None:
    """FULL, not the usual NORMAL: only a power cut would show the difference."""
    (synchronous,) = store._connection.execute("PRAGMA synchronous").fetchone()
    (journal,) = store._connection.execute("PRAGMA journal_mode").fetchone()
    assert (synchronous, journal) == (2, b"wal")


# --- nothing is changed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET payload = x'00' WHERE seq = 2",
        "UPDATE entry SET seq = 9 WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 3",
        "DELETE FROM entry",
        "REPLACE INTO entry SELECT 2, header, payload, salt, digest FROM entry WHERE seq = 3",
        "INSERT INTO entry SELECT 5, header, payload, salt, digest FROM entry WHERE seq = 3",
        "INSERT INTO entry SELECT 0, header, payload, salt, digest FROM entry WHERE seq = 3",
        "INSERT INTO entry (header, payload, salt, digest) VALUES (1, 2, 3, 4)",
        "INSERT INTO entry (seq, header, payload, salt) VALUES (4, x'00', x'00', x'00')",
    ],
)
def test_the_database_itself_refuses_to_change_an_event(path: Path, statement: str) -> None:
    filled(path, 3)
    with closing(sqlite3.connect(path)) as intruder, pytest.raises(sqlite3.IntegrityError):
        intruder.execute(statement)
    with closing(SqliteStore.open(path)) as store:
        assert list(store.read()) == sealed(notes(3))


# --- many at once ---------------------------------------------------------------------------------


def test_twenty_programs_on_one_file_neither_fork_nor_lose(path: Path) -> None:
    SqliteStore.create(path).close()
    stores = [SqliteStore.open(path) for _ in range(20)]
    append_at_once(stores, acts=3)
    commands = [event.command for event in read_events(stores[0])]
    assert commands[::2] == commands[1::2]
    assert sorted(commands[::2]) == sorted(f"{who}.{act}" for who in range(20) for act in range(3))
    assert {follow(store.read(), GENESIS) for store in stores} == {stores[0].head()}
    for store in stores:
        store.close()
    assert list(path.parent.iterdir()) == [path]


def test_opening_and_closing_at_once_is_no_conflict(path: Path) -> None:
    SqliteStore.create(path).close()
    code = f"""
from contextlib import closing
from pathlib import Path
from equipoise.errors import Conflict
from equipoise.ledger import SqliteStore
from tests.ledger.sealing import notes, sealed
done = 0
while done < 8:
    with closing(SqliteStore.open(Path({str(path)!r}))) as store:
        head = store.head()
        try:
            store.append(sealed(notes(1, after=head.seq), head), head)
            done += 1
        except Conflict:
            pass
"""
    programs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]
    with closing(SqliteStore.open(path)) as store:
        assert follow(store.read(), GENESIS).seq == 24


def test_a_reader_sees_what_a_writer_writes(path: Path, store: SqliteStore) -> None:
    entries = sealed(notes(4))
    with closing(SqliteStore.open(path, read_only=True)) as reader:
        assert reader.head() == GENESIS
        store.append(entries[:2], GENESIS)
        assert list(reader.read()) == entries[:2]
        store.append(entries[2:], entries[1].head)
        assert reader.head() == entries[3].head


def test_a_writer_closes_beside_a_reader(path: Path) -> None:
    store = SqliteStore.create(path)
    with closing(SqliteStore.open(path, read_only=True)) as reader:
        store.append(sealed(notes(4)), GENESIS)
        store.close()
        assert path.with_name("ledger.sqlite-wal").stat().st_size == 0, "all is in the one file"
        assert len(list(reader.read())) == 4


# --- killed ---------------------------------------------------------------------------------------


def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    SqliteStore.create(path).close()
    code = f"""
from itertools import count
from pathlib import Path
from equipoise.ledger import SqliteStore
from tests.ledger.sealing import notes, sealed
store = SqliteStore.open(Path({str(path)!r}))
head = store.head()
for _ in count():
    head = store.append(sealed(notes(2, after=head.seq), head), head)
    print(head, flush=True)
"""
    acknowledged = GENESIS
    for acts in (1, 4, 11, 30, 7):
        program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        for _ in range(acts):
            program.stdout.readline()
        program.send_signal(signal.SIGKILL)
        lines = program.stdout.read().splitlines(keepends=True)
        program.wait()
        program.stdout.close()
        said = [line for line in lines if line.endswith("\n")]
        with closing(SqliteStore.open(path)) as store:
            found = chain_length(store)
            assert found >= acknowledged.seq + 2 * (acts + len(said))
            assert found % 2 == 0, "an act was recorded by half"
            acknowledged = store.head()


def chain_length(store: SqliteStore) -> int:
    return follow(store.read(), GENESIS).seq


# --- full, locked, read-only ----------------------------------------------------------------------


def test_a_full_disk_records_nothing_and_says_so(path: Path, store: SqliteStore) -> None:
    head = store.append(sealed(notes(10)), GENESIS)
    store._connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(InputError, match="no room on its disk") as caught:
        store.append(sealed(notes(2000, after=10), head), head)
    assert caught.value.problem.where == str(path)
    assert store.head() == head
    assert len(list(store.read())) == 10
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.append(sealed(notes(2000, after=10), head), head)
    assert chain_length(store) == 2010


def test_a_ledger_that_is_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_S", 0.05)
    store = SqliteStore.create(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="in use by another program"):
            store.append(sealed(notes(1)), GENESIS)
        other.execute("ROLLBACK")
        store.append(sealed(notes(1)), GENESIS)
    store.close()


def test_a_ledger_opened_for_reading_cannot_be_written(path: Path) -> None:
    filled(path, 2)
    with closing(SqliteStore.open(path, read_only=True)) as store:
        head = store.head()
        with pytest.raises(InputError, match="cannot be written"):
            store.append(sealed(notes(1, after=2), head), head)
        assert store.head() == head


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user to whom file permissions apply."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_a_ledger_in_a_folder_that_cannot_be_written() -> None:
    with TemporaryDirectory() as folder:
        path = filled(Path(folder) / "ledger.sqlite", 2)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            with as_nobody():
                with closing(SqliteStore.open(path, read_only=True)) as store:
                    assert chain_length(store) == 2
                with pytest.raises(InputError, match="cannot be written"):
                    SqliteStore.open(path)
                with pytest.raises(InputError, match="cannot be made: Permission denied"):
                    SqliteStore.create(Path(folder) / "new.sqlite")
        finally:
            Path(folder).chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_a_ledger_in_a_folder_that_cannot_be_entered() -> None:
    with TemporaryDirectory() as folder:
        path = filled(Path(folder) / "ledger.sqlite", 2)
        Path(folder).chmod(0)
        try:
            with as_nobody(), pytest.raises(InputError, match="cannot be opened"):
                SqliteStore.open(path)
        finally:
            Path(folder).chmod(0o755)


# --- not a ledger ---------------------------------------------------------------------------------


def test_a_ledger_is_never_overwritten(path: Path) -> None:
    filled(path, 2)
    with pytest.raises(InputError, match="exists already"):
        SqliteStore.create(path)
    with closing(SqliteStore.open(path)) as store:
        assert chain_length(store) == 2


def test_a_ledger_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be made: No such file or directory"):
        SqliteStore.create(tmp_path / "nowhere" / "ledger.sqlite")


def test_a_ledger_that_could_not_be_made_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_MARK", "PRAGMA max_page_count = 2; CREATE TABLE b (c);")
    with pytest.raises(InputError, match="no room"):
        SqliteStore.create(path)
    assert list(path.parent.iterdir()) == []


def test_a_ledger_that_is_not_there(path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        SqliteStore.open(path)
    assert not path.exists()


def _database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY)")


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("pain;rest;movement\n" * 100),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"SQLite format 3\0"),
        _database,
    ],
    ids=["spreadsheet", "empty", "beginning", "other database"],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_another_file_is_no_ledger(
    path: Path, make: Callable[[Path], None], read_only: bool
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="is not a ledger"):
        SqliteStore.open(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        SqliteStore.open(tmp_path)


def test_a_newer_layout_asks_for_the_newer_program(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(InputError, match="version 2; this program reads 1"):
        SqliteStore.open(path)


def test_a_closed_ledger_is_a_mistake_of_the_program(path: Path) -> None:
    store = SqliteStore.create(path)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.head()


def test_a_conflict_is_no_damage(store: SqliteStore) -> None:
    store.append(sealed(notes(1)), GENESIS)
    with pytest.raises(Conflict):
        store.append(sealed(notes(1)), GENESIS)
