"""Non-interference: whoever got which arm, everything that masked people see is the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from equipoise.analysis import analyse as analysis
from equipoise.clock import SimulatedClock
from equipoise.conduct import dose
from equipoise.conduct._keys import ReaderKey
from equipoise.conduct._seal import open_slot
from equipoise.conduct.trial import Staff, Trial
from equipoise.errors import Refused
from equipoise.events.types import DeviationRecorded
from equipoise.infusion.mixture import Worksheet, worksheet
from equipoise.rules import audience
from equipoise.views.trial import TrialState
from tests.masking.worlds import (
    PEOPLE,
    ROOT,
    as_drawn,
    differing,
    mirrored,
    rehearsed,
    seen,
    two_swapped,
)


def _differences(seed: int, *, swap_two: bool = True, with_report: bool = False) -> list[str]:
    """Return on which surfaces the worlds of a seed differ, having made sure that the arms do."""
    world = rehearsed(seed, as_drawn)
    arms, one = world.arms(), seen(world, with_report=with_report)
    found = []
    changes = [(mirrored, PEOPLE), (two_swapped(seed), 2)]
    for change, differ in changes if swap_two else changes[:1]:
        other = rehearsed(seed, change)
        assert sum(a != b for a, b in zip(arms, other.arms(), strict=True)) == differ
        found += differing(one, seen(other, with_report=with_report))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_no_masked_person_can_tell_the_worlds_apart(seed: int) -> None:
    assert _differences(seed) == []


def test_nor_by_the_report_on_dummy_arms() -> None:
    assert _differences(1000, with_report=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 220))
def test_nor_in_two_hundred_more(seed: int) -> None:
    assert _differences(seed, with_report=seed % 20 == 0) == []


# --- leaks, planted one by one --------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def _two_drugs_less(sheet: Worksheet) -> bool:
    return len(sheet.lines) == 1


def _fewer_steps(patch: Patch) -> None:
    """Let the arm with fewer drugs be mixed in fewer steps."""

    def shorter(*given: Any) -> Worksheet:
        sheet = worksheet(*given)
        return replace(sheet, steps=sheet.steps[:-2]) if _two_drugs_less(sheet) else sheet

    patch.setattr(dose, "worksheet", shorter)


def _smaller_bag(patch: Patch) -> None:
    """Let the arms differ in the bag's volume, which the event tells by its size, too."""

    def smaller(*given: Any) -> Worksheet:
        sheet = worksheet(*given)
        return replace(sheet, volume_ml=Decimal(99)) if _two_drugs_less(sheet) else sheet

    patch.setattr(dose, "worksheet", smaller)


def _on_prepare(patch: Patch, act: Callable[[Trial, Worksheet], None]) -> None:
    prepare = dose.prepare

    def instead(trial: Trial, *given: Any) -> None:
        act(trial, given[-1])
        prepare(trial, *given)

    patch.setattr(dose, "prepare", instead)


def _slower_preparation(patch: Patch) -> None:
    """Let one arm take a minute and a half longer to prepare."""
    prepare = dose.prepare

    def late(trial: Trial, *given: Any) -> None:
        clock = trial.clock
        if not _two_drugs_less(given[-1]):
            trial.clock = SimulatedClock(clock.now() + timedelta(seconds=90))
        prepare(trial, *given)
        trial.clock = clock

    patch.setattr(dose, "prepare", late)


def _one_more_event(patch: Patch) -> None:
    pharmacist = Staff("pharm1", "pharmacist")

    def note(trial: Trial, sheet: Worksheet) -> None:
        if not _two_drugs_less(sheet):
            fact = DeviationRecorded(category="lot", description="")
            trial.act(pharmacist, ROOT, next(iter(trial.participants.by_number)), lambda: [fact])

    _on_prepare(patch, note)


def _talkative_log(patch: Patch) -> None:
    def log(trial: Trial, sheet: Worksheet) -> None:
        logging.getLogger("equipoise").info("mixed %s", [line.drug for line in sheet.lines])

    _on_prepare(patch, log)


def _talkative_print(patch: Patch) -> None:
    _on_prepare(patch, lambda _trial, sheet: print(sheet.lines))


def _arm_in_a_refusal(patch: Patch) -> None:
    """Let the refusal of a wrong kit say what the right one holds."""
    prepare = dose.prepare

    def instead(*given: Any) -> None:
        try:
            prepare(*given)
        except Refused as error:
            raise Refused("kit", f"is not one with {given[-1].lines[-1].drug}", "") from error

    patch.setattr(dose, "prepare", instead)


def opens_first(patch: Patch) -> None:
    """Let the slot be opened before what can fail, so that a crash has the arm in a variable."""

    def instead(trial: Trial, number: str, key: ReaderKey) -> Worksheet:
        person, sealed = trial.participant(number), trial.sealed_list
        assert sealed is not None
        card = open_slot(sealed, person.stratum or "", person.slot or 0, key)
        protocol = trial.state.protocol.root
        arm = list(protocol.arms)[card.arm.reveal()]
        weight_kg = dose._weight_kg(trial, person)
        mixtures = protocol.mixtures
        return worksheet(mixtures[protocol.arms[arm].mixture], mixtures.values(), weight_kg)

    patch.setattr(dose, "worksheet_for", instead)


def _ciphertexts_for_everybody(patch: Patch) -> None:
    patch.delitem(audience.WITHHELD, "AllocationSealed")


def _preparations_for_the_ward(patch: Patch) -> None:
    _fewer_steps(patch)
    patch.setitem(audience.MAY_READ, "BagPrepared", audience.EVERYBODY)


def _dummies_from_the_list(patch: Patch) -> None:
    """Let the dummy arms follow from the sealed list."""

    def drawn(state: TrialState) -> dict[tuple[str, int], str]:
        assert state.sealed is not None
        bits = sha256(state.sealed.root.encode()).digest()
        arms = list(state.protocol.root.arms)
        return {
            (stratum, slot): arms[bits[slot % 32] % 2]
            for stratum, taken in state.taken.items()
            for slot in range(taken)
        }

    patch.setattr(analysis, "_dummies", drawn)


LEAKS: list[tuple[Callable[[Patch], None], str]] = [
    (_fewer_steps, "ledger"),
    (_smaller_bag, "lengths"),
    (_slower_preparation, "ledger"),
    (_one_more_event, "lengths"),
    (_talkative_log, "printed"),
    (_talkative_print, "printed"),
    (_arm_in_a_refusal, "refusal: kit of another participant"),
    (opens_first, "refusal: no weight"),
    (_ciphertexts_for_everybody, "read by statistician"),
    (_preparations_for_the_ward, "read by caregiver"),
    (_dummies_from_the_list, "dataset"),
]


@pytest.mark.parametrize(("leak", "surface"), LEAKS, ids=[leak.__name__ for leak, _ in LEAKS])
def test_a_planted_leak_is_seen(
    monkeypatch: Patch, leak: Callable[[Patch], None], surface: str
) -> None:
    leak(monkeypatch)
    assert surface in _differences(0, swap_two=False)
