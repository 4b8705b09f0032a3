"""A ledger in one SQLite file.

An append returns after the data are on the disk (``synchronous=FULL``: with the usual ``NORMAL``
a power cut loses what was acknowledged). While the file is open for writing, SQLite keeps two
files beside it, ``-wal`` and ``-shm``, which belong to it; closing folds them in, so that a ledger
at rest is one file that can be copied and read from anywhere.

Triggers refuse to change or delete an entry, or to leave a gap. They stop accidents; what stops
intent is the chain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from equipoise.errors import Broken, InputError
from equipoise.ledger.chain import GENESIS, Entry, Head, follow
from equipoise.ledger.store import check_unmoved

_APPLICATION_ID = int.from_bytes(b"eqpo", "big")
_LAYOUT = 1
_BUSY_TIMEOUT_S = 10
_ROWS_AT_ONCE = 1000
_RESTORE = "Restore the ledger from a backup that verifies."

_SCHEMA = """
BEGIN;
CREATE TABLE entry (
  seq     INTEGER PRIMARY KEY,
  header  BLOB NOT NULL,
  payload BLOB NOT NULL,
  salt    BLOB NOT NULL,
  digest  BLOB NOT NULL
) STRICT;
CREATE TRIGGER no_change BEFORE UPDATE ON entry
  BEGIN SELECT RAISE(ABORT, 'a ledger is never changed'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON entry
  BEGIN SELECT RAISE(ABORT, 'a ledger is never changed'); END;
CREATE TRIGGER no_gap BEFORE INSERT ON entry
  WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM entry)
  BEGIN SELECT RAISE(ABORT, 'a ledger grows at its end'); END;
"""
_MARK = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_LAYOUT};
COMMIT;
"""

# What SQLite reports (https://www.sqlite.org/rescode.html), what that means here, what to do.
_SAID = {
    sqlite3.SQLITE_BUSY: (
        "is in use by another program",
        "Wait until the other program is done, or close it, and try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        "Allow writing to the file and its folder, or open the ledger for reading only.",
    ),
    sqlite3.SQLITE_FULL: (
        "has no room on its disk; nothing of this act was recorded",
        "Free some space and repeat the act.",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be reached: its disk reports an error",
        "Check the disk and the network drive, then repeat the act.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check that you may read the file and write to its folder.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a ledger",
        "Give a file that this program made, often called ledger.sqlite.",
    ),
}


class SqliteStore:
    """A :class:`~equipoise.ledger.store.Store` in one file. One object, one connection."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, read_only: bool) -> None:
        """Take over an open connection: :meth:`create` and :meth:`open` make one."""
        self._path = path
        self._connection = connection
        self._read_only = read_only
        self._using = Lock()

    @classmethod
    def create(cls, path: Path) -> SqliteStore:
        """Make an empty ledger.

        Raises :class:`~equipoise.errors.InputError` when ``path`` exists or cannot be made, and
        leaves nothing behind then.
        """
        try:
            path.touch(exist_ok=False)
        except FileExistsError as error:
            raise InputError(
                str(path),
                "exists already; a ledger is never overwritten",
                "Choose another name, or open the existing ledger.",
            ) from error
        except OSError as error:
            raise InputError(
                str(path),
                f"cannot be made: {error.strerror}",
                "Make the folder first, and check that you may write to it.",
            ) from error
        try:
            with _said(path):
                connection = _connect(path, "rw")
                try:
                    connection.executescript(_SCHEMA + _MARK)
                finally:
                    connection.close()
            return cls.open(path)
        except BaseException:
            path.unlink()
            raise

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> SqliteStore:
        """Open a ledger that exists.

        Raises :class:`~equipoise.errors.InputError` when it does not, is not a ledger, was made
        by a newer version, is locked, or may not be read (or written, unless ``read_only``).
        """
        if _is_missing(path):
            raise InputError(
                str(path), "is not there", "Check the name, or create the ledger first."
            )
        with _said(path):
            connection = _connect(path, "ro" if read_only else "rw")
            try:
                _check_layout(path, connection)
                if not read_only:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.execute("PRAGMA synchronous = FULL")
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, read_only=read_only)

    def head(self) -> Head:
        """Return where the ledger ends."""
        with self._using, _said(self._path):
            return self._head()

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        """Add ``entries`` after ``expected``, all or none; return the new head once on disk.

        Raises what :meth:`Store.append <equipoise.ledger.store.Store.append>` says, and
        :class:`~equipoise.errors.InputError` when the file is locked, cannot be written, or the
        disk is full; then nothing was recorded.
        """
        head = follow(entries, expected)
        rows = [(e.seq, e.header, e.payload, e.salt, e.digest) for e in entries]
        with self._using, _said(self._path), self._transaction():
            check_unmoved(self._head(), expected)
            self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
        return head

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries with a number greater than ``after``, in order.

        Raises :class:`~equipoise.errors.Broken`, naming the event, where the file is damaged.
        """
        last = after
        while True:
            entries, damage = self._some(last)
            yield from entries
            if damage:
                raise damage
            if len(entries) < _ROWS_AT_ONCE:
                return
            last = entries[-1].seq

    def close(self) -> None:
        """Fold what SQLite keeps beside the file into it, and let go of it."""
        with self._using:
            if not self._read_only:
                # Fails while somebody else has the ledger open; then the last one to close does it.
                with suppress(sqlite3.OperationalError):
                    self._connection.execute("PRAGMA busy_timeout = 0")
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.close()

    def _head(self) -> Head:
        row = self._connection.execute(
            "SELECT seq, digest FROM entry ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return Head(*row) if row else GENESIS

    def _some(self, after: int) -> tuple[list[Entry], Broken | None]:
        """Return the next entries, fewer than asked only at the end or before a damaged one.

        They are fetched under the lock, so that a reader never sees a transaction half done.
        """
        entries: list[Entry] = []
        last = after
        try:
            with self._using, _said(self._path):
                rows = self._connection.execute(
                    "SELECT seq, header, payload, salt, digest FROM entry"
                    " WHERE seq > ? ORDER BY seq LIMIT ?",
                    (after, _ROWS_AT_ONCE),
                )
                for row in rows:
                    entries.append(_entry(row, last, self._path))
                    last = entries[-1].seq
        except Broken as error:
            what = f"cannot be read: {self._path} {error.problem.what}"
            return entries, Broken(f"event {last + 1}", what, _RESTORE)
        return entries, None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has already rolled back
                self._connection.execute("ROLLBACK")
            raise


def _entry(row: tuple[Any, ...], after: int, path: Path) -> Entry:
    """Return a row as an entry; a damaged file can hold rows that were never inserted."""
    seq, *parts = row
    if seq <= after or not all(isinstance(part, bytes) for part in parts):
        raise Broken(str(path), "is damaged", _RESTORE)
    return Entry(seq, *parts)


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:  # SQLite will say why
        return False


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions begin and end where the code says so
        check_same_thread=False,  # the store's lock does that
    )
    connection.text_factory = bytes  # one flipped bit in a damaged file makes a blob a text
    return connection


def _check_layout(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise InputError(str(path), *_SAID[sqlite3.SQLITE_NOTADB])
    if layout != _LAYOUT:
        raise InputError(
            str(path),
            f"is laid out in version {layout}; this program reads {_LAYOUT}",
            "Open it with a newer version of this program.",
        )


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.ProgrammingError:  # a call that is wrong, such as to a closed store
        raise
    except sqlite3.DatabaseError as error:
        code = error.sqlite_errorcode & 0xFF
        if code in _SAID:
            raise InputError(str(path), *_SAID[code]) from error
        raise Broken(str(path), f"is damaged: {error}", _RESTORE) from error
    except UnicodeDecodeError as error:  # the damage is in a name, which then is no text
        raise Broken(str(path), "is damaged", _RESTORE) from error
