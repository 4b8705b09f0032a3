"""A crash report with every local variable, at whatever point the pharmacist's work fails."""

from __future__ import annotations

import io
import pickle
import re
import traceback
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from equipoise.conduct import _seal, dose
from equipoise.conduct._card import Card
from equipoise.conduct._sealed_list import SealedList
from equipoise.infusion import mixture
from equipoise.rules.allocation.kits import SYMBOLS
from tests.conduct.ward import PHARMACIST, STUDY, Ward, study
from tests.masking.test_paired_worlds import opens_first

ARMS = 2


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """Two participants, one in each arm."""
    ward = Ward(study(tmp_path)).sealed()
    for number in ("P1", "P2"):
        ward.randomized(number)
    return ward


def _reports(error: BaseException) -> str:
    """Return what Python's and rich's tracebacks say with local variables shown.

    The frames of this test, which knows everything, are left out.
    """
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    assert frames
    python = traceback.TracebackException(type(error), error, frames, capture_locals=True)
    page = io.StringIO()
    shown = Traceback.from_exception(type(error), error, frames, show_locals=True)
    Console(file=page, width=200).print(shown)
    return "".join(python.format()) + page.getvalue()


def _crash(ward: Ward, number: str) -> str:
    """Return the reports of a crash, with what tells participants apart anyway struck out.

    That is numbers, kit codes, digests and addresses.
    """
    with pytest.raises(ZeroDivisionError) as caught:
        dose.worksheet_for(ward.trial, number, ward.keys["pharmacy"])
    return _OTHERWISE_KNOWN.sub("…", _reports(caught.value))


_OTHERWISE_KNOWN = re.compile(
    rf"0x[0-9a-f]+|[0-9a-f]{{16,}}|\b[{SYMBOLS}]{{8}}\b|b'(?:[^'\\]|\\.)*'|b\"[^\"]*\"|\d+"
)


def _in_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Decimal:
        raise ZeroDivisionError

    monkeypatch.setattr(mixture, "_fill", broken)


def _in_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail with the opened card in hand."""
    monkeypatch.setattr(Card, "commitment", lambda self: 1 / 0)


def _after_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when everything is opened and the worksheet is about to be handed over."""
    open_slot = _seal.open_slot

    def broken(*given: Any) -> Card:
        card = open_slot(*given)
        assert card.arm.reveal() < ARMS
        raise ZeroDivisionError

    monkeypatch.setattr(dose, "open_slot", broken)


@pytest.mark.parametrize("fault", [_in_the_last_step, _in_the_box, _after_the_box])
def test_a_crash_report_is_the_same_in_both_arms(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    told = {card.arm.reveal() for card in _seal.open_all(_list(ward), ward.keys["pharmacy"])[:2]}
    assert told == {0, 1}
    fault(monkeypatch)
    assert _crash(ward, "P1") == _crash(ward, "P2")


def test_a_slot_opened_too_early_would_be_seen(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    opens_first(monkeypatch)
    _in_the_last_step(monkeypatch)
    assert _crash(ward, "P1") != _crash(ward, "P2")


def test_a_refusal_with_the_worksheet_in_hand_does_not_tell_it(ward: Ward) -> None:
    for number, other in (("P1", "P2"), ("P2", "P1")):
        sheet = dose.worksheet_for(ward.trial, number, ward.keys["pharmacy"])
        wrong = ward.trial.participant(other).kit or ""
        with pytest.raises(Exception, match="does not belong") as caught:
            dose.prepare(ward.trial, PHARMACIST, STUDY, number, wrong, sheet)
        report = _reports(caught.value)
        assert "sheet" in report  # it was among the variables
        assert "balmol" not in report


def test_an_arm_is_not_pickled_with_the_worksheets_card(ward: Ward) -> None:
    card = _seal.open_slot(_list(ward), "hand=left", 0, ward.keys["pharmacy"])
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        pickle.dumps(card)


def _list(ward: Ward) -> SealedList:
    assert ward.trial.sealed_list is not None
    return ward.trial.sealed_list
