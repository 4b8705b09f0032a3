from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from equipoise.errors import InputError
from equipoise.registry.following import follow
from equipoise.registry.store import Store
from tests.registry.sample import put, record

SOON_S = 30


def load(home: Path, number: int) -> None:
    study = record()
    put(study, "protocolSection.identificationModule.nctId", f"NCT{number:08}")
    with Store(home) as store:
        store.put(study, source="here", at="2024-01-01")


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    made = threading.Event()
    yield made
    made.set()


def test_work_is_done_at_once_and_again_after_each_load(
    tmp_path: Path, stop: threading.Event
) -> None:
    seen, done = list[int](), threading.Semaphore(0)

    def work(store: Store) -> None:
        seen.append(len(store))
        done.release()

    load(tmp_path, 1)
    thread = follow(tmp_path, work, stop, look_every_s=0.01)
    assert done.acquire(timeout=SOON_S)
    assert not done.acquire(timeout=0.1)  # nothing was loaded
    load(tmp_path, 2)
    assert done.acquire(timeout=SOON_S)
    stop.set()
    thread.join(timeout=SOON_S)
    assert not thread.is_alive()
    assert seen == [1, 2]


def test_work_that_fails_is_tried_again(tmp_path: Path, stop: threading.Event) -> None:
    tries, done = list[int](), threading.Event()

    def work(_: Store) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(28, "no space left")
        if len(tries) == 2:
            raise InputError("x", "is locked", "Wait.")
        done.set()

    follow(tmp_path, work, stop, look_every_s=0.01)
    assert done.wait(timeout=SOON_S)
    assert len(tries) == 3


def test_long_work_leaves_longer_pauses(tmp_path: Path, stop: threading.Event) -> None:
    done = threading.Semaphore(0)

    def work(_: Store) -> None:
        done.release()
        threading.Event().wait(0.2)

    load(tmp_path, 1)
    follow(tmp_path, work, stop, look_every_s=0.01)
    assert done.acquire(timeout=SOON_S)
    load(tmp_path, 2)
    assert not done.acquire(timeout=0.6)
    assert done.acquire(timeout=SOON_S)
