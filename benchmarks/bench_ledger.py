"""How fast a ledger is written and verified, as ratios to the least that must be done.

Each figure is a ratio within one round, so that a busy machine slows both sides; the median of
the rounds is given with the lowest and the highest. The least that must be done is to hash the
bytes once (for reading) or to write them to a file and wait for the disk (for writing).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from equipoise.chance import SystemEntropy
from equipoise.events import types as facts
from equipoise.events.codec import encode
from equipoise.events.types import Event, Fact
from equipoise.ledger import GENESIS, Entry, SqliteStore, seal, verify
from equipoise.ledger.chain import follow

EVENTS = 10_000
SINGLE = 300
ROUNDS = 7
TEXT = '{"study":"NCT00000001"}'
DIGEST = sha256(TEXT.encode()).hexdigest()
START = datetime(2024, 3, 1, 8, tzinfo=UTC)


def trial() -> Iterator[tuple[Fact, str | None]]:
    """Yield one participant's presses and forms, in the mix that a pump gives."""
    yield facts.TrialOpened(title="A trial", zone="UTC", software="benchmark"), None
    yield (
        facts.ProtocolAdopted(
            adopted="NCT00000001",
            version=1,
            digest=DIGEST,
            record_digest=None,
            effective_on=START.date(),
            text=TEXT,
        ),
        None,
    )
    yield facts.Screened(fingerprint="a" * 64), "P1"
    while True:
        for hour in range(4):
            note = f"pressed {hour} times"
            yield facts.DeviationRecorded(category="pump", description=note), "P1"
        values: dict[str, facts.Value] = {f"item_{number}": number for number in range(9)}
        values["weight_kg"] = str(Decimal("52.0"))
        yield facts.FormRecorded(visit="day 1", form="pain", values=values), "P1"


def events() -> list[Event]:
    """Return the first events of the trial."""
    return [
        Event(
            seq=seq,
            study="NCT00000001",
            protocol=DIGEST,
            occurred_at=START,
            recorded_at=START,
            by="li",
            role="nurse",
            participant=participant,
            command=f"{seq:032x}",
            fact=fact,
        )
        for seq, (fact, participant) in zip(range(1, EVENTS + 1), trial(), strict=False)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def hash_once(entries: list[Entry]) -> None:
    for entry in entries:
        sha256(entry.header + entry.payload).digest()


def write_plainly(folder: Path, entries: list[Entry], *, at_once: bool) -> None:
    """Append the bytes to a file; wait for the disk once, or after each entry."""
    with (folder / "plain").open("wb") as file:
        for entry in entries:
            file.write(entry.header + entry.payload + entry.salt + entry.digest)
            if not at_once:
                file.flush()
                os.fsync(file.fileno())
        file.flush()
        os.fsync(file.fileno())


def append_one_by_one(store: SqliteStore, entries: list[Entry]) -> None:
    head = GENESIS
    for entry in entries:
        head = store.append([entry], head)


def one_round(all_events: list[Event], entries: list[Entry]) -> dict[str, tuple[float, float]]:
    """Return for each figure: its ratio to the least, and its events per second."""
    assert verify(entries).problems == ()
    hashing = seconds(lambda: hash_once(entries))
    times = {
        "chain alone / hashing": (seconds(lambda: follow(entries, GENESIS)), hashing, EVENTS),
        "whole verification / hashing": (seconds(lambda: verify(entries)), hashing, EVENTS),
        "encoding / hashing": (
            seconds(lambda: [encode(event) for event in all_events]),
            hashing,
            EVENTS,
        ),
        "sealing / hashing": (
            seconds(lambda: seal(all_events, GENESIS, SystemEntropy())),
            hashing,
            EVENTS,
        ),
    }
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        plain = seconds(lambda: write_plainly(folder, entries, at_once=True))
        with closing(SqliteStore.create(folder / "batch.sqlite")) as store:
            append = seconds(lambda: store.append(entries, GENESIS))
            read = seconds(lambda: list(store.read()))
        times["append of 10,000 / plain file"] = (append, plain, EVENTS)
        times["reading back / hashing"] = (read, hashing, EVENTS)
        plain = seconds(lambda: write_plainly(folder, entries[:SINGLE], at_once=False))
        with closing(SqliteStore.create(folder / "single.sqlite")) as store:
            append = seconds(lambda: append_one_by_one(store, entries[:SINGLE]))
        times["append of 1, on disk / plain file"] = (append, plain, SINGLE)
    return {name: (took / least, n / took) for name, (took, least, n) in times.items()}


def main() -> None:
    all_events = events()
    entries = seal(all_events, GENESIS, SystemEntropy())
    rounds = [one_round(all_events, entries) for _ in range(ROUNDS)]
    print(f"{'figure':36}{'ratio':>8}{'lowest':>9}{'highest':>9}{'events/s':>12}")
    for name in rounds[0]:
        ratios = [figures[name][0] for figures in rounds]
        rate = median(figures[name][1] for figures in rounds)
        print(f"{name:36}{median(ratios):8.2f}{min(ratios):9.2f}{max(ratios):9.2f}{rate:12,.0f}")


if __name__ == "__main__":
    main()
