"""Records kept in SQLite: the current one, every version before it, and what could not be read.

A record becomes current when it arrives, unless the registry updated the one we have later: an old
archive loaded after a new one adds to the history and changes nothing else. Two records are the
same when they differ in nothing but the day on which the registry's data were taken
(``versionHolder``), which it changes every day in every record.

Each act is one transaction: killed at any moment, the file holds whole records only.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from equipoise.errors import Broken, InputError
from equipoise.registry.body import (
    aliases,
    body_digest,
    checked_number,
    last_update,
    same,
    to_bytes,
)
from equipoise.registry.near import near
from equipoise.registry.record import Study

FILE = "records.sqlite"

Outcome = Literal["new", "changed", "same"]

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE versions (
  id INTEGER PRIMARY KEY, nct_id TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL,
  source TEXT NOT NULL, updated TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
  UNIQUE (nct_id, number)
);
CREATE TABLE records (
  nct_id TEXT PRIMARY KEY, latest INTEGER NOT NULL REFERENCES versions (id),
  generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX records_by_generation ON records (generation, nct_id);
CREATE TABLE aliases (alias TEXT, nct_id TEXT, PRIMARY KEY (alias, nct_id)) WITHOUT ROWID;
CREATE TABLE damaged (
  source TEXT, member TEXT, reason TEXT NOT NULL, PRIMARY KEY (source, member)
) WITHOUT ROWID;
CREATE TABLE bookmarks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (generation INTEGER NOT NULL);
INSERT INTO state VALUES (0);
"""
_AT_ONCE = 200
# Level 6 packs real records 5.2 to 1; level 9 takes a third longer for one per cent less.
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: when and whence it came, and the day the registry updated it."""

    number: int
    at: str
    source: str
    digest: str
    updated: str
    current: bool


@dataclass(frozen=True, slots=True)
class Damaged:
    """What could not be read: the file, the record in it, and why."""

    source: str
    member: str
    reason: str


class Store:
    """The records in ``folder``; a context manager, and safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Open the store, making it where there is none.

        Raises :class:`InputError` when the folder cannot be written or holds something else.
        """
        self.path = folder / FILE
        self._lock = threading.RLock()
        self._depth = 0
        self._touched = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._sql = sqlite3.connect(
                self.path, timeout=60, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                str(self.path), f"cannot be opened: {error}", "Give a --home you may write to."
            ) from None
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._sql.close()
            raise InputError(
                str(self.path), f"is no store of records: {error}", "Move it away, or give --home."
            ) from None
        except InputError:
            self._sql.close()
            raise

    def _prepare(self) -> None:
        if not self._schema():
            # Packed records are some 5 kB: several share a page, so that little of it is wasted.
            self._sql.execute("PRAGMA page_size = 32768")
            # A reader never waits for the writer, and a killed writer leaves whole transactions.
            self._sql.execute("PRAGMA journal_mode = WAL")
            with self.transaction():
                if not self._schema():  # nobody else made it meanwhile
                    for statement in _SCHEMA.split(";"):
                        self._sql.execute(statement)
                    self._sql.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        if self._schema() > _SCHEMA_VERSION:
            raise InputError(
                str(self.path), "was written by a later equipoise", "Install that one or a later."
            )

    def _schema(self) -> int:
        return int(self._sql.execute("PRAGMA user_version").fetchone()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was put is there."""
        self._sql.close()

    # --- writing ----------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside happen together: all of it, or none when an error passes."""
        with self._lock:
            if self._depth:
                yield
                return
            self._do("BEGIN IMMEDIATE")
            self._depth, self._touched = 1, False
            try:
                yield
                if self._touched:
                    self._do("UPDATE state SET generation = generation + 1")
                self._do("COMMIT")
            except BaseException:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def put(self, study: Study, *, source: str, at: str) -> Outcome:
        """Keep a record that came from ``source`` at the time ``at`` (ISO 8601).

        Raises :class:`~equipoise.registry.body.NoRecord` when it has no
        registration number or JSON cannot hold it.
        """
        number, body = checked_number(study, source), to_bytes(study, source)
        digest, updated = body_digest(body), last_update(study)
        with self.transaction():
            held = self._row(
                "SELECT v.id, v.digest, v.updated, v.body FROM records r"
                " JOIN versions v ON v.id = r.latest WHERE r.nct_id = ?", number,
            )  # fmt: skip
            if held and (held[1] == digest or same(body, zlib.decompress(held[3]))):
                return "same"
            older = bool(held and updated and held[2] > updated)
            if older and self._row(
                "SELECT 1 FROM versions WHERE nct_id = ? AND digest = ?", number, digest
            ):
                return "same"
            last = self._row("SELECT max(number) FROM versions WHERE nct_id = ?", number)
            added = self._do(
                "INSERT INTO versions (nct_id, number, at, source, updated, digest, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                number, (last[0] or 0) + 1 if last else 1, at, source, updated, digest,
                zlib.compress(body, _LEVEL),
            ).lastrowid  # fmt: skip
            if not older:
                self._do(
                    "INSERT OR REPLACE INTO records SELECT ?, ?, generation + 1 FROM state",
                    number, added,
                )  # fmt: skip
                for alias in aliases(study):
                    self._do("INSERT OR IGNORE INTO aliases VALUES (?, ?)", alias, number)
                self._touched = True
            return "changed" if held else "new"

    def put_many(self, arrived: Iterable[tuple[str, Study]], *, at: str) -> Counter[Outcome]:
        """Keep pairs of (source, record) in one transaction, and count what became of them."""
        with self.transaction():
            return Counter(self.put(study, source=source, at=at) for source, study in arrived)

    def set_aside(self, source: str, member: str, reason: str) -> None:
        """Remember that ``member`` of ``source`` could not be read."""
        self._do("INSERT OR REPLACE INTO damaged VALUES (?, ?, ?)", source, member, reason)

    def forget_damaged(self, source: str) -> None:
        """Forget what was set aside from ``source``, which is about to be read again."""
        self._do("DELETE FROM damaged WHERE source = ?", source)

    def set_bookmark(self, name: str, value: str | None) -> None:
        """Remember how far something came; None when it came to its end."""
        if value is None:
            self._do("DELETE FROM bookmarks WHERE name = ?", name)
        else:
            self._do("INSERT OR REPLACE INTO bookmarks VALUES (?, ?)", name, value)

    # --- reading ----------------------------------------------------------------------------------

    def get(self, nct_id: str, version: int | None = None) -> dict[str, Any]:
        """Return a record by its number or a former one: the current version, or ``version``.

        Raises :class:`InputError` naming the nearest numbers, or the versions there are.
        """
        number = self.resolve(nct_id)
        if version is None:
            found = self._row(
                "SELECT body FROM versions WHERE id = (SELECT latest FROM records"
                " WHERE nct_id = ?)", number,
            )  # fmt: skip
        else:
            found = self._row(
                "SELECT body FROM versions WHERE nct_id = ? AND number = ?", number, version
            )
        if found is None:
            there = ", ".join(str(each.number) for each in self.versions(number))
            raise InputError(number, f"has no version {version}", f"Give one of {there}.")
        return self._unpacked(number, found[0])

    def resolve(self, nct_id: str) -> str:
        """Return the number under which a record is kept, given that or a former one."""
        given = nct_id.strip().upper()
        if given in self:
            return given
        found = self._row(
            "SELECT nct_id FROM aliases WHERE alias = ? AND nct_id IN (SELECT nct_id FROM records)"
            " ORDER BY nct_id", given,
        )  # fmt: skip
        if found:
            return str(found[0])
        close = self.near(given)
        raise InputError(
            nct_id.strip() or "the number",
            "is not among the records",
            f"Nearest: {', '.join(close)}." if close else "Load it with `equipoise registry load`.",
        )

    def versions(self, nct_id: str) -> list[Version]:
        """Return every version of a record, in the order of their arrival."""
        rows = self._do(
            "SELECT number, at, source, digest, updated, id IN (SELECT latest FROM records)"
            " FROM versions WHERE nct_id = ? ORDER BY number", self.resolve(nct_id),
        )  # fmt: skip
        return [
            Version(number, at, source, digest.hex(), updated, bool(current))
            for number, at, source, digest, updated, current in rows
        ]

    def near(self, nct_id: str, n: int = 3) -> list[str]:
        """Return the ``n`` numbers most easily mistaken for a number that is not there."""
        return near(nct_id, n, has=self.__contains__, after=self._after, before=self._before)

    def ids(self) -> Iterator[str]:
        """Yield the numbers of all records, in order."""
        last = ""
        while found := self._after(last, _AT_ONCE):
            yield from found
            last = found[-1]

    def studies(self) -> Iterator[dict[str, Any]]:
        """Yield all current records, in the order of their numbers."""
        last = ""
        while rows := self._do(
            "SELECT r.nct_id, v.body FROM records r JOIN versions v ON v.id = r.latest"
            " WHERE r.nct_id > ? ORDER BY r.nct_id LIMIT ?", last, _AT_ONCE,
        ).fetchall():  # fmt: skip
            for number, body in rows:
                yield self._unpacked(number, body)
            last = rows[-1][0]

    def changed_since(self, generation: int) -> list[str]:
        """Return the numbers of the records that are new or changed after ``generation``."""
        rows = self._do(
            "SELECT nct_id FROM records WHERE generation > ? ORDER BY nct_id", generation
        )
        return [number for (number,) in rows]

    def damaged(self) -> list[Damaged]:
        """Return what could not be read."""
        rows = self._do("SELECT source, member, reason FROM damaged ORDER BY source, member")
        return [Damaged(*row) for row in rows]

    def bookmark(self, name: str) -> str | None:
        """Return what was last remembered under ``name``."""
        found = self._row("SELECT value FROM bookmarks WHERE name = ?", name)
        return str(found[0]) if found else None

    @property
    def generation(self) -> int:
        """A number that grows whenever a record is new or changed."""
        found = self._row("SELECT generation FROM state")
        return int(found[0]) if found else 0

    def __len__(self) -> int:
        found = self._row("SELECT count(*) FROM records")
        return int(found[0]) if found else 0

    def __contains__(self, nct_id: object) -> bool:
        return self._row("SELECT 1 FROM records WHERE nct_id = ?", nct_id) is not None

    # --- the file ---------------------------------------------------------------------------------

    def _after(self, number: str, n: int) -> list[str]:
        rows = self._do(
            "SELECT nct_id FROM records WHERE nct_id > ? ORDER BY nct_id LIMIT ?", number, n
        )
        return [each for (each,) in rows]

    def _before(self, number: str, n: int) -> list[str]:
        rows = self._do(
            "SELECT nct_id FROM records WHERE nct_id < ? ORDER BY nct_id DESC LIMIT ?", number, n
        )
        return [each for (each,) in rows]

    def _row(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock:
            found: tuple[Any, ...] | None = self._do(statement, *values).fetchone()
            return found

    def _do(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            with self._lock:
                return self._sql.execute(statement, values)
        except sqlite3.Error as error:
            raise InputError(
                str(self.path), f"cannot be used: {error}", "Make room, or wait for who uses it."
            ) from None

    def _unpacked(self, number: str, body: bytes) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(zlib.decompress(body))
        except (zlib.error, ValueError) as error:
            raise Broken(
                f"{self.path}: {number}", f"is damaged: {error}", "Restore it, or load it again."
            ) from None
        return found
