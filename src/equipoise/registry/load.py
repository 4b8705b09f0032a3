"""Records from files, folders and archives into the store.

What cannot be read is set aside with its place and the reason, and never stops the rest. Records
are kept in transactions of :data:`AT_ONCE`: a load that is stopped, in whatever way, leaves whole
records, and the same load again goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from equipoise.clock import Clock
from equipoise.errors import InputError
from equipoise.registry.archives import members
from equipoise.registry.body import NoRecord
from equipoise.registry.incoming import Arrived, arrivals
from equipoise.registry.source import record_files
from equipoise.registry.store import Store

AT_ONCE = 500


@dataclass(slots=True)
class Tally:
    """How far a load is: ``done`` of ``total`` (bytes of files, records of an API)."""

    new: int = 0
    changed: int = 0
    same: int = 0
    set_aside: int = 0
    done: int = 0
    total: int | None = None

    @property
    def read(self) -> int:
        """The records that were read."""
        return self.new + self.changed + self.same


Tell = Callable[[Tally], None]


def load_files(store: Store, paths: Sequence[Path], *, clock: Clock, tell: Tell) -> Tally:
    """Load what ``paths`` hold and return the tally; ``tell`` hears of it now and then.

    Raises :class:`InputError`, before anything is loaded, when a path is not there.
    """
    for path in paths:
        if not path.exists():
            raise InputError(str(path), "is not there", "Give a file, a folder or an archive.")
    listed = [file for path in paths for file in _listed(path)]
    tally = Tally(total=sum(size for _, size in listed))
    found = _found(store, listed, tally)
    while keep(store, islice(found, AT_ONCE), tally, clock):
        tell(tally)
    tell(tally)
    return tally


def _listed(path: Path) -> list[tuple[Path, int]]:
    try:
        return [(file, file.stat().st_size) for file in record_files(path)]
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read: {error.strerror}", "Give what you may read."
        ) from None


def _found(
    store: Store, listed: Sequence[tuple[Path, int]], tally: Tally
) -> Iterator[tuple[str, Arrived]]:
    done = 0
    for file, size in listed:
        store.forget_damaged(str(file))
        none = True
        try:
            for member in members(file):
                for arrived in arrivals(member, file.name):
                    none = False
                    tally.done = done + member.read_bytes()
                    yield str(file), arrived
            if none:
                yield str(file), Arrived("", None, "holds no record")
        except OSError as error:
            yield str(file), Arrived("", None, f"cannot be read: {error.strerror}")
        done = tally.done = done + size


def keep(store: Store, found: Iterable[tuple[str, Arrived]], tally: Tally, clock: Clock) -> bool:
    """Keep pairs of (source, record), or set them aside, in one transaction, and count them.

    They are read one by one inside it, so that no more than one is in memory. Returns whether
    there was any.
    """
    at, any_at_all = clock.now().isoformat(), False
    with store.transaction():
        for source, arrived in found:
            any_at_all = True
            reason = arrived.reason
            if arrived.study is not None:
                whence = f"{source}: {arrived.member}" if arrived.member else source
                try:
                    outcome = store.put(arrived.study, source=whence, at=at)
                    setattr(tally, outcome, getattr(tally, outcome) + 1)
                    continue
                except NoRecord as error:
                    reason = error.problem.what
            store.set_aside(source, arrived.member, reason)
            tally.set_aside += 1
    return any_at_all
