"""What every storage must do. A new one joins by a line in ``STORES``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from time import sleep

import pytest
from hypothesis import given, settings

from equipoise.errors import Broken, Conflict, EquipoiseError
from equipoise.events.states import Order
from equipoise.events.types import Event
from equipoise.ledger.chain import GENESIS, Entry, Head, follow
from equipoise.ledger.memory import MemoryStore
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.store import Store, read_events
from equipoise.ledger.verify import verify
from tests.diary import small_trial
from tests.ledger.sealing import notes, sealed
from tests.strategies import trials

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore.create(folder / "ledger.sqlite"),
}


@contextmanager
def an_empty_store(kind: str) -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = STORES[kind](Path(folder))
        yield store
        store.close()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with an_empty_store(request.param) as store:
        yield store


def test_an_empty_ledger_ends_at_genesis(store: Store) -> None:
    assert store.head() == GENESIS
    assert list(store.read()) == []


def test_what_is_appended_is_read_back(store: Store) -> None:
    first, second = sealed(small_trial(2))[:9], sealed(small_trial(2))[9:]
    assert store.append(first, GENESIS) == first[-1].head == store.head()
    assert store.append(second, first[-1].head) == second[-1].head == store.head()
    assert list(store.read()) == first + second


def test_reading_starts_after_any_number(store: Store) -> None:
    entries = sealed(notes(2500))
    store.append(entries, GENESIS)
    for after in (0, 1, 999, 1000, 1001, 2000, 2499, 2500, 2501):
        assert list(store.read(after)) == entries[after:], after


def test_an_act_without_events_changes_nothing(store: Store) -> None:
    assert store.append([], GENESIS) == GENESIS
    entries = sealed(notes(3))
    store.append(entries, GENESIS)
    assert store.append([], entries[-1].head) == entries[-1].head
    with pytest.raises(Conflict):
        store.append([], GENESIS)


def test_a_writer_who_read_too_early_is_refused(store: Store) -> None:
    entries = sealed(notes(3))
    store.append(entries[:2], GENESIS)
    other = sealed(notes(3), label="other")
    for late, expected in [
        (other, GENESIS),
        (other[1:], other[0].head),
        (other[2:], other[1].head),  # the right number, another event
        (entries[1:], entries[0].head),
        (sealed(notes(1, after=3), Head(3, bytes(32))), Head(3, bytes(32))),
    ]:
        with pytest.raises(Conflict, match="ends at event 2"):
            store.append(late, expected)
    assert list(store.read()) == entries[:2]


@pytest.mark.parametrize("broken", ["digest", "gap", "twice", "start"])
def test_a_broken_chain_is_refused_whole(store: Store, broken: str) -> None:
    entries = sealed(notes(6))
    store.append(entries[:2], GENESIS)
    batch = {
        "digest": [*entries[2:5], *sealed(notes(1, after=5), Head(5, bytes(32)))],
        "gap": [*entries[2:4], entries[5]],
        "twice": [*entries[2:4], entries[3]],
        "start": entries[3:],
    }[broken]
    with pytest.raises(Broken, match=r"^event [3-6]: "):
        store.append(batch, entries[1].head)
    assert list(store.read()) == entries[:2]
    assert store.append(entries[2:], entries[1].head) == entries[-1].head


def test_twenty_people_at_once_neither_fork_nor_lose(store: Store) -> None:
    append_at_once([store] * 20, acts=5)
    commands = [event.command for event in read_events(store)]
    assert commands[::2] == commands[1::2]  # the two events of an act stay together
    assert sorted(commands[::2]) == sorted(f"{who}.{act}" for who in range(20) for act in range(5))
    assert follow(store.read(), GENESIS) == store.head() == list(store.read())[-1].head


def test_a_reader_beside_a_writer_sees_a_beginning(store: Store) -> None:
    entries = sealed(notes(1200))
    store.append(entries[:1100], GENESIS)
    reading = store.read()
    begun = list(islice(reading, 1050))
    store.append(entries[1100:], entries[1099].head)
    seen = begun + list(reading)
    assert len(seen) >= 1100
    assert seen == entries[: len(seen)]


@pytest.mark.parametrize("kind", STORES)
@settings(max_examples=25)
@given(trial=trials())
def test_replay_equals_live(kind: str, trial: list[Event]) -> None:
    live = Order()
    with an_empty_store(kind) as store:
        for event in trial:
            assert live.refusal(event.kind, event.study, event.participant) is None
            store.append(sealed([event], store.head()), store.head())
            live.apply(event)
        replayed = Order()
        for event in read_events(store):
            replayed.apply(event)
        assert replayed == live
        assert list(read_events(store)) == trial
        assert verify(store.read()).problems == ()


def append_at_once(stores: Sequence[Store], acts: int) -> None:
    """Let one person per store do ``acts`` acts of two events each, all at the same time."""
    start = Barrier(len(stores))
    failed: list[BaseException] = []

    def work(store: Store, who: int) -> None:
        try:
            start.wait()
            for act in range(acts):
                _insist(store, f"{who}.{act}")
        except BaseException as error:  # noqa: BLE001 - a thread's error would be lost
            failed.append(error)

    threads = [Thread(target=work, args=(store, who)) for who, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


def _insist(store: Store, command: str) -> None:
    """Append as conduct does: read the head, decide, append; again when somebody was faster."""
    while True:
        head = store.head()
        try:
            store.append(sealed(notes(2, after=head.seq, command=command), head, command), head)
        except Conflict:
            continue
        return


# --- the suite itself -----------------------------------------------------------------------------


class Forgetful(MemoryStore):
    """Ignores what the writer had read."""

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        self._entries.extend(entries)
        return self.head()


class Trusting(MemoryStore):
    """Looks at the head, but not at the chain."""

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        if self.head() != expected:
            raise Conflict("ledger", f"it ends at event {self.head().seq}", "")
        self._entries.extend(entries)
        return self.head()


class Hasty(MemoryStore):
    """Keeps what came before the fault."""

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        for entry in entries:
            expected = super().append([entry], expected)
        return super().append([], expected)


class Unlocked(MemoryStore):
    """Lets others in between looking and writing."""

    def append(self, entries: Sequence[Entry], expected: Head) -> Head:
        if self.head() != expected:
            raise Conflict("ledger", f"it ends at event {self.head().seq}", "")
        head = follow(entries, expected)
        sleep(0.001)
        self._entries.extend(entries)
        return head


class OffByOne(MemoryStore):
    """Reads from the number, not after it."""

    def read(self, after: int = 0) -> Iterator[Entry]:
        return super().read(max(after - 1, 0))


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Forgetful, test_a_writer_who_read_too_early_is_refused),
        (Forgetful, test_twenty_people_at_once_neither_fork_nor_lose),
        (Trusting, lambda store: test_a_broken_chain_is_refused_whole(store, "digest")),
        (Hasty, lambda store: test_a_broken_chain_is_refused_whole(store, "gap")),
        (Unlocked, test_twenty_people_at_once_neither_fork_nor_lose),
        (OffByOne, test_reading_starts_after_any_number),
    ],
)
def test_the_suite_finds_a_broken_store(
    broken: type[MemoryStore], test: Callable[[Store], None]
) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, EquipoiseError)):
        test(broken())
