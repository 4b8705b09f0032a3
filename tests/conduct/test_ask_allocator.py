from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from equipoise.chance import SystemEntropy
from equipoise.conduct._allocator import Request, Taken, verify_assignments
from equipoise.conduct._verify import verify_use
from equipoise.conduct.ask_allocator import ProcessAllocator
from equipoise.conduct.randomise import randomise, taken_of
from equipoise.conduct.trial import Trial
from equipoise.errors import Problem, Refused
from equipoise.events.types import Randomized
from equipoise.ledger.sqlite import SqliteStore
from equipoise.ledger.verify import verify
from tests.conduct.stock import KEYS, OLD, PASSPHRASE, YOUNG, command, minimizing, stocked
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward

SEALED = stocked()
FIRST = Request(taken=(), factors=YOUNG)
SILENT = Problem(
    "allocation",
    "the allocator does not answer",
    "Nothing was recorded. Try again; if it persists, call who holds its key.",
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ProcessAllocator]]:
    """Start allocators, and stop them at the end."""
    monkeypatch.setenv("EQUIPOISE_PASSPHRASE", PASSPHRASE)
    running: list[ProcessAllocator] = []

    def start(words: list[str], timeout_s: float = 60) -> ProcessAllocator:
        running.append(ProcessAllocator(words, timeout_s))
        return running[-1]

    yield start
    for each in running:
        each.close()


def _refused(call: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.problem


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_the_process_names_kits(tmp_path: Path, run: Callable[..., ProcessAllocator]) -> None:
    ask = run(command(tmp_path, SEALED, KEYS["robot"]))
    kit = ask(FIRST)
    slot = next(slot.slot for slot in SEALED.slots if slot.kit == kit)
    later = Request(taken=(Taken(slot=slot, factors=YOUNG),), factors=OLD)
    assert ask(later) != kit
    assert ask(later) == ask(later)


def test_its_sentence_comes_through_and_it_goes_on(
    tmp_path: Path, run: Callable[..., ProcessAllocator]
) -> None:
    ask = run(command(tmp_path, SEALED, KEYS["robot"]))
    wrong = Request(taken=(), factors={"sex": "f"})
    assert _refused(lambda: ask(wrong)).where == "factors"
    assert ask(FIRST)


@pytest.mark.parametrize("wrong", ["passphrase", "key"])
def test_a_wrong_key_never_answers(
    tmp_path: Path,
    run: Callable[..., ProcessAllocator],
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
) -> None:
    if wrong == "passphrase":
        monkeypatch.setenv("EQUIPOISE_PASSPHRASE", "another long passphrase")
    key = KEYS["pharmacy" if wrong == "key" else "robot"]
    ask = run(command(tmp_path, SEALED, key))
    assert _refused(lambda: ask(FIRST)) == SILENT


def test_a_process_that_was_killed_is_started_again(
    tmp_path: Path, run: Callable[..., ProcessAllocator]
) -> None:
    ask = run(command(tmp_path, SEALED, KEYS["robot"]))
    kit = ask(FIRST)
    assert ask._process
    ask._process.kill()
    ask._process.wait()
    assert ask(FIRST) == kit


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdin.readline()",  # dies with the request in its hands
        "import time; time.sleep(60)",
        "print('nonsense', flush=True); input()",
        "print('[]', flush=True); input()",
        "print('{}', flush=True); input()",
    ],
)
def test_a_dead_slow_or_confused_process_is_one_sentence(
    run: Callable[..., ProcessAllocator], code: str
) -> None:
    ask = run(_python(code), 2.0)
    assert _refused(lambda: ask(FIRST)) == SILENT


def test_a_process_that_is_slow_to_read_does_not_hold_the_server_up(
    run: Callable[..., ProcessAllocator],
) -> None:
    ask = run(_python("import time; time.sleep(60)"), 1.0)
    many = Request(taken=(Taken(slot=0, factors=YOUNG),) * 10_000, factors=YOUNG)
    assert _refused(lambda: ask(many)) == SILENT


def test_a_program_that_is_not_there_is_the_same_sentence(
    run: Callable[..., ProcessAllocator],
) -> None:
    assert _refused(lambda: run(["/no/such/program"])(FIRST)) == SILENT


def test_when_it_dies_nothing_is_recorded_and_a_retry_works(
    tmp_path: Path, run: Callable[..., ProcessAllocator]
) -> None:
    ward = Ward(minimizing(tmp_path)).sealed()
    ward.ready("P1")
    before, sealed = ward.kinds(), ward.trial.sealed_list
    assert sealed
    flag = tmp_path / "died"
    words = command(tmp_path, sealed, ward.keys["robot"])
    code = (
        "import os, sys, pathlib; flag = pathlib.Path(sys.argv[1])\n"
        "if not flag.exists(): flag.touch(); sys.stdin.readline(); os.kill(os.getpid(), 9)\n"
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    if os.name != "posix":
        pytest.skip("a process kills itself by a signal")
    ask = run([*_python(code), str(flag), *words])

    def click() -> Randomized:
        return randomise(ward.trial, INVESTIGATOR, STUDY, "P1", command="click", assign=ask)

    assert _refused(click) == SILENT
    assert ward.kinds() == before
    slot = click()
    assert click() == slot
    assert ward.kinds() == [*before, "Randomized"]


def test_thirty_at_once_get_one_kit_each(
    tmp_path: Path, run: Callable[..., ProcessAllocator]
) -> None:
    ward = Ward(minimizing(tmp_path), SqliteStore.create(tmp_path / "l")).sealed()
    numbers = [f"P{n}" for n in range(30)]
    for place, number in enumerate(numbers):
        ward.ready(number, hand=["left", "right"][place % 3 // 2])
    sealed = ward.trial.sealed_list
    assert sealed
    ask = run(command(tmp_path, sealed, ward.keys["robot"]))

    def enrol(number: str) -> Randomized:
        store = SqliteStore.open(tmp_path / "l")
        mine = Trial(store, ward.clock, SystemEntropy())
        slot = randomise(mine, INVESTIGATOR, STUDY, number, command=number, assign=ask)
        store.close()
        return slot

    with ThreadPoolExecutor(10) as pool:
        given = list(pool.map(enrol, numbers))
    assert len({slot.kit for slot in given}) == len({slot.slot for slot in given}) == 30
    assert verify(ward.store.read()).verified
    ward.trial.catch_up()
    taken = taken_of(ward.trial)
    assert verify_assignments(sealed, ward.keys["robot"], taken) == []
    facts = [e.fact for e in ward.trial.events() if isinstance(e.fact, Randomized)]
    assert verify_use(sealed, [(f.stratum, f.slot, f.kit) for f in facts]) == []
