"""What the owner of a ledger could write anew, chain and all, and how it is found out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from equipoise.cli.verify_allocation import check_allocation
from equipoise.conduct.randomise import allocator_with, randomise, taken_of
from equipoise.events.types import AllocationOpened, Event
from tests import small
from tests.cli.shell import Shell
from tests.conduct.stock import minimizing
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward

VERIFY = ("verify", "allocation")
ITEMS = (
    "the list is the one announced",
    "the list's root, kit map and ciphertexts",
    "the specification is the protocol's",
    "the annex is the one",
    "each party's part",
    "every slot held its arm",
    "every participant took the next slot",
)


def _opened(shell: Shell) -> str:
    """Do everything up to the opened list, with two participants; return the publication."""
    publication = shell.sealed()
    shell.randomized("P1", "P2")
    shell.locked()
    shell.does("open", "list", "trial.sqlite", "--key", "board.key", "--as", "bea")
    return publication


def _change(events: list[Event], kind: str, **changes: Any) -> list[Event]:
    """Return the events with fields of the first fact of ``kind`` changed."""
    first = next(event for event in events if event.kind == kind)
    fact = first.fact.model_copy(update=changes)
    return [
        event.model_copy(update={"fact": fact}) if event is first else event for event in events
    ]


def _fact(events: list[Event], kind: str) -> Any:
    return next(event.fact for event in events if event.kind == kind)


def _holds(out: str) -> list[str]:
    return [item for item in ITEMS if f"✓ {item}" in out]


def test_everything_is_made_again_from_what_is_public(shell: Shell) -> None:
    publication = _opened(shell)
    words = ("--list", "sealed.list", "--publication", publication.upper())
    out = shell.does(*VERIFY, "trial.sqlite", *words)
    assert _holds(out) == list(ITEMS)
    assert "✓ the publication is the one given" in out
    assert "✓ the list is the one in sealed.list" in out
    assert "not opened" not in out


def _other_arm(events: list[Event]) -> list[Event]:
    opened: AllocationOpened = _fact(events, "AllocationOpened")
    first, *rest = opened.slots
    arm = {"balm": "salve", "salve": "balm"}[first.arm]
    return _change(events, "AllocationOpened", slots=(first.model_copy(update={"arm": arm}), *rest))


def _no_arm(events: list[Event]) -> list[Event]:
    opened: AllocationOpened = _fact(events, "AllocationOpened")
    first, *rest = opened.slots
    return _change(
        events, "AllocationOpened", slots=(first.model_copy(update={"arm": "lotion"}), *rest)
    )


def _other_part(events: list[Event]) -> list[Event]:
    parts = _fact(events, "AllocationOpened").seed_parts | {"pharmacy": "ab" * 32}
    return _change(events, "AllocationOpened", seed_parts=parts)


def _other_annex(events: list[Event]) -> list[Event]:
    annex = _fact(events, "AllocationOpened").annex.replace("[2,4]", "[4,2]")
    return _change(events, "AllocationOpened", annex=annex)


def _no_annex(events: list[Event]) -> list[Event]:
    return _change(events, "AllocationOpened", annex="{}")


def _other_commitment(events: list[Event]) -> list[Event]:
    return _change(events, "SeedCommitted", commitment="cd" * 32)


def _other_announcement(events: list[Event]) -> list[Event]:
    return _change(events, "AllocationSealed", root="ef" * 32)


def _other_kit(events: list[Event]) -> list[Event]:
    return _change(events, "Randomized", kit="23456789")


def _skipped_slot(events: list[Event]) -> list[Event]:
    return _change(events, "Randomized", slot=7)


def _cut_list(events: list[Event]) -> list[Event]:
    text = _fact(events, "AllocationSealed").sealed_list
    return _change(events, "AllocationSealed", sealed_list=text[: len(text) // 2])


@pytest.mark.parametrize(
    ("forge", "says", "fails"),
    [
        (_other_arm, "slot 0 of stratum 'hand=left': the opened arm and nonce", "every slot"),
        (_no_arm, "slot 0 of stratum 'hand=left': is not opened", "every slot"),
        (_other_part, "pharmacy: its part does not match its commitment", "each party's part"),
        (_other_annex, "annex: it is not the one that was committed to", "the annex"),
        (_no_annex, "allocation.annex: the text is not an annex", "the annex"),
        (_other_commitment, "its parts are not those committed to", "the list is the"),
        (_other_announcement, "sealed list: its root is not the one announced", "the list is the"),
        (_other_kit, "randomization 1: 23456789 is not the kit of slot 0", "every participant"),
        (_skipped_slot, "randomization 1: took slot 7 of stratum", "every participant"),
        (_cut_list, "is missing or cut off", "the list's root"),
    ],
)  # fmt: skip
def test_a_forged_ledger_whose_chain_holds_is_found_out(
    shell: Shell, forge: Callable[[list[Event]], list[Event]], says: str, fails: str
) -> None:
    _opened(shell)
    shell.forge("forged.sqlite", forge(shell.events()))
    done = shell.refuses(says, *VERIFY, "forged.sqlite", code=1)
    assert "✓" in done.out.splitlines()[0]  # the chain holds
    assert not any(item.startswith(fails) for item in _holds(done.out))


def test_what_follows_from_something_wrong_is_not_said_to_hold(shell: Shell) -> None:
    _opened(shell)
    shell.forge("annex.sqlite", _other_annex(shell.events()))
    assert _holds(shell(*VERIFY, "annex.sqlite").out) == [*ITEMS[:3], ITEMS[6]]
    shell.forge("part.sqlite", _other_part(shell.events()))
    assert _holds(shell(*VERIFY, "part.sqlite").out) == [*ITEMS[:4], ITEMS[6]]
    both = _other_arm(_other_part(shell.events()))
    shell.forge("both.sqlite", both)
    done = shell(*VERIFY, "both.sqlite")
    assert "pharmacy: its part" in done.out
    assert "slot 0 of stratum 'hand=left': the opened arm" in done.out


def test_a_whole_other_list_is_found_by_what_was_published_elsewhere(shell: Shell) -> None:
    _opened(shell)
    (shell.folder / "sealed.list").rename(shell.folder / "other.list")
    own = shell.folder / "own"
    own.mkdir()
    Shell(own, shell.capsys, shell.monkeypatch).sealed()
    words = (*VERIFY, "own/trial.sqlite")
    assert (
        "the list is the one in other.list"
        not in shell.refuses(
            "publication: the ledger's publication is", *words, "--list", "other.list", code=1
        ).out
    )
    shell.refuses("the ledger's publication is", *words, "--publication", "0" * 64, code=1)
    (shell.folder / "cut.list").write_bytes((shell.folder / "other.list").read_bytes()[:-40])
    shell.refuses("sealed list: slot 39 of stratum", *words, "--list", "cut.list")
    shell.refuses("none.list: is not there", *words, "--list", "none.list")


def test_a_rehearsals_list_is_checked_as_any_other(shell: Shell) -> None:
    shell.forge("small.sqlite", list(small.events()))
    assert _holds(shell.does(*VERIFY, "small.sqlite")) == list(ITEMS)


def test_a_stock_is_used_once_and_its_allocator_replayed(tmp_path: Path) -> None:
    ward = Ward(minimizing(tmp_path)).sealed()
    robot = ward.keys["robot"]
    for number in ("P1", "P2", "P3"):
        ward.ready(number)
        assign = allocator_with(ward.trial, robot)
        randomise(ward.trial, INVESTIGATOR, STUDY, number, assign=assign)
    items = check_allocation(ward.trial, None, None, robot)
    assert [item.says for item in items][-2:] == [
        "every slot of the stock was taken once at most, with its kit",
        "the allocator named each kit by its rule",
    ]
    assert not any(item.problems for item in items)

    assert ward.trial.sealed_list
    free = next(
        slot
        for slot in ward.trial.sealed_list.slots
        if slot.slot not in {taken.slot for taken in taken_of(ward.trial)}
    )
    ward.ready("P4")
    randomise(ward.trial, INVESTIGATOR, STUDY, "P4", assign=lambda _: free.kit)
    named = check_allocation(ward.trial, None, None, robot)[-1]
    assert [problem.where for problem in named.problems] == ["randomization 4"]
