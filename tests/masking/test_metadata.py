"""A classifier that sees all but outcomes does not tell arms; six planted leaks it does tell."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from equipoise.conduct.disclose import readable
from equipoise.conduct.trial import Staff, Trial
from equipoise.ledger.memory import MemoryStore
from equipoise.protocol.load import load_study, shipped
from equipoise.rehearsal.cast import PEOPLE as CAST
from equipoise.rehearsal.run import rehearse
from equipoise.rules.allocation.kits import SYMBOLS
from tests.masking.metadata import Shown, telling

STUDY = "NCT04791059"
FEW, MANY = 200, 2000

Plant = Callable[[list[Shown], dict[str, int]], None]


@cache
def _rehearsed(people: int) -> tuple[list[Shown], dict[str, int]]:
    """Return what masked people read of a rehearsal without effects, and who had which arm."""
    with TemporaryDirectory() as folder:
        text = (shipped()[STUDY] / "protocol.yaml").read_text(encoding="utf-8")
        assert text.count("length: 300") == 1
        place = Path(folder) / STUDY
        place.mkdir()
        (place / "protocol.yaml").write_text(text.replace("length: 300", "length: 2200"), "utf-8")
        loaded = load_study(place)
    trial = rehearse(loaded, MemoryStore(), 5, "null", people, lambda _what, _done: None)
    opened = trial.state.opened
    assert opened is not None
    arms = list(trial.state.protocol.arms)
    arm_at = {slot.slot: arms.index(slot.arm) for slot in opened.slots}
    by_number = trial.participants.by_number.values()
    arm_of = {p.number: arm_at[p.slot] for p in by_number if p.slot is not None}
    return _all_masked_read(trial), arm_of


def _all_masked_read(trial: Trial) -> list[Shown]:
    """Return the union of what the masked roles read, in the order in which it is shown."""
    masking = trial.state.masking
    assert masking is not None
    roles = [role for role in masking.masked if role in CAST]
    found: dict[str, Shown] = {}
    for role in roles:  # the data manager reads most; what others read besides comes after it
        for shown in readable(trial, Staff(CAST[role][0], role)):
            if shown["kind"] != "AllocationOpened":
                found.setdefault(str(sorted(shown.items(), key=str)), shown)
    return sorted(found.values(), key=lambda shown: str(shown["recorded_at"]))


# --- six leaks ------------------------------------------------------------------------------------


def _parity(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Make the values of the kit codes of one arm add up to an even number."""
    for event in shown:
        if event["kind"] == "Randomized" and arm_of[event["participant"]]:
            kit = event["content"]["kit"]
            values = [SYMBOLS.index(symbol) for symbol in kit]
            event["content"]["kit"] = kit[:-1] + SYMBOLS[(values[-1] + sum(values) % 2) % 28]


def _gap(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Leave a number out after some of one arm, as a further record of theirs would."""
    skipped = 0
    for n, event in enumerate(shown):
        if event["kind"] == "Randomized":
            event["content"]["slot"] += skipped
            skipped += bool(arm_of[event["participant"]] and n % 3)


def _delay(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Let one arm's pump start some hours later, a fourth of the spread."""
    for event in shown:
        if event["kind"] == "PumpStarted" and arm_of[event["participant"]]:
            when = datetime.fromisoformat(event["recorded_at"]) + timedelta(hours=1.5)
            event["recorded_at"] = when.isoformat()


def _size(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Write one more letter in some events of one arm."""
    for n, event in enumerate(shown):
        if event["kind"] == "PumpStarted" and n % 2 and arm_of[event["participant"]]:
            event["content"]["kit"] += "X"


def _count(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Record twice what was recorded of some of one arm."""
    twice = [e for n, e in enumerate(shown) if e["kind"] == "PumpStarted" and n % 2]
    for event in twice:
        if arm_of[event["participant"]]:
            shown.insert(shown.index(event) + 1, deepcopy(event))


def _sort(shown: list[Shown], arm_of: dict[str, int]) -> None:
    """Show the participants of one arm somewhat earlier."""
    far = len(shown) / 3
    place = {
        id(e): n - (far if e["participant"] and arm_of.get(e["participant"]) else 0)
        for n, e in enumerate(shown)
    }
    shown.sort(key=lambda event: place[id(event)])


LEAKS: dict[Plant, str] = {
    _parity: "kit parity",
    _gap: "gap after: slot",
    _delay: "from randomization to PumpStarted",
    _size: "bytes PumpStarted",
    _count: "count PumpStarted",
    _sort: "order",
}


def _planted(people: int, plant: Plant) -> list[str]:
    shown, arm_of = deepcopy(_rehearsed(people))
    plant(shown, arm_of)
    return telling(shown, arm_of)[0]


def test_nothing_but_outcomes_tells_the_arm() -> None:
    found, figures = telling(*_rehearsed(FEW))
    assert found == [], figures
    assert figures["features"] >= 50


@pytest.mark.parametrize("plant", LEAKS)
def test_a_planted_leak_is_told(plant: Plant) -> None:
    assert LEAKS[plant] in _planted(FEW, plant)


@pytest.mark.slow
def test_nothing_tells_the_arm_of_a_thousand_in_each() -> None:
    shown, arm_of = _rehearsed(MANY)
    assert sorted(arm_of.values()).count(1) == MANY // 2
    found, figures = telling(shown, arm_of)
    print(figures)
    assert found == [], figures
    assert abs(figures["all together"] - 0.5) <= 0.042, figures
    assert figures["band of one"] == pytest.approx(0.0425, abs=0.0005)


@pytest.mark.slow
@pytest.mark.parametrize("plant", LEAKS)
def test_a_planted_leak_is_told_of_a_thousand_in_each(plant: Plant) -> None:
    assert LEAKS[plant] in _planted(MANY, plant)
