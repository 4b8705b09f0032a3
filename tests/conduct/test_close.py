from __future__ import annotations

import pytest

from equipoise.conduct import capture, close
from equipoise.errors import Refused
from tests.conduct.ward import DATA, INVESTIGATOR, PATIENT, STATISTICIAN, STUDY, Ward


def test_the_lock_waits_for_running_pumps(ward: Ward) -> None:
    ward.sealed().treated("P1")
    with pytest.raises(Refused, match="the pump of participant P1 is still running"):
        close.lock(ward.trial, DATA, STUDY, "complete")
    ward.stop("P1")
    before = ward.store.head().seq
    close.lock(ward.trial, DATA, STUDY, "complete")
    locked = ward.trial.state.locked[STUDY].fact
    assert locked.model_dump() == {"events": before, "meaning": "complete"}


def test_after_the_lock_nothing_more_is_recorded(ward: Ward) -> None:
    ward.screened("P1")
    close.lock(ward.trial, DATA, STUDY, "complete")
    with pytest.raises(Refused, match="cannot follow 'locked XX0001'"):
        capture.record_form(ward.trial, PATIENT, STUDY, "P1", "noon", "diary", {"sore": False})
    seq = ward.trial.participant("P1").forms["entry", "baseline"].seq
    with pytest.raises(Refused, match="cannot follow 'locked XX0001'"):
        capture.correct(ward.trial, INVESTIGATOR, STUDY, "P1", seq, {"age_y": 41}, "why")


def test_the_plan_is_signed_with_both_digests(ward: Ward) -> None:
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, "a" * 64, "b" * 64, "fixed")
    plan = ward.trial.state.plans[STUDY]
    assert (plan.plan_digest, plan.code_digest) == ("a" * 64, "b" * 64)
