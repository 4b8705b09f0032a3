"""A whole rehearsal: repeatable to the byte, and plain when it cannot be held."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from equipoise.analysis.analyse import analyse
from equipoise.conduct.trial import Trial
from equipoise.errors import InputError
from equipoise.events import types as t
from equipoise.ledger import MemoryStore, verify
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.run import rehearse
from tests.refusal import refusal
from tests.rehearsals.knee import events, nothing, protocol, rehearsed, study

ROOT = Path(__file__).parents[2]
HEAD = """
from tests.rehearsals.knee import rehearsed
print(rehearsed(1).store.head())
"""


def _changed(**parts: Any) -> Loaded:
    """Return the invented study with other parts."""
    changed = Protocol.model_validate(protocol().model_dump() | parts)
    return replace(study(), protocol=changed)


def _refused(**given: Any) -> str:
    problem = refusal(rehearsed, **given)
    return f"{problem.where}: {problem.what}. {problem.todo}"


def test_the_same_seed_gives_the_same_ledger() -> None:
    assert rehearsed(1).store.head() == rehearsed(1).store.head()


def test_a_fresh_process_with_other_hashes_gives_the_same_ledger() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "2718", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", HEAD], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert run.stdout.strip() == str(rehearsed(1).store.head())


def test_another_seed_another_trial_or_another_scenario_is_another_ledger() -> None:
    trials = [rehearsed(1), rehearsed(2), rehearsed(1, trial=1), rehearsed(1, "useless")]
    assert len({str(trial.store.head()) for trial in trials}) == 4
    persons = [[p.values() for p in trial.participants.by_number.values()] for trial in trials]
    assert persons[0] != persons[1] != persons[2]


def _screened(trial: Trial) -> list[object]:
    return [p.forms["admission", "admission"].values for p in trial.participants.by_number.values()]


def test_people_are_the_same_in_another_scenario_and_in_a_larger_trial() -> None:
    plain, useless, larger = rehearsed(1), rehearsed(1, "useless"), rehearsed(1, participants=20)
    assert _screened(useless) == _screened(plain) == _screened(larger)[: len(_screened(plain))]


@pytest.mark.parametrize("name", ["KNEE-PCA", "KNEE-LATER"])
def test_the_ledger_verifies_and_its_allocation_is_opened_last(name: str) -> None:
    trial = rehearsed(1, name=name)
    assert verify(trial.store.read()).problems == ()
    kinds = [event.kind for event in trial.events()]
    assert kinds[-1] == "AllocationOpened"
    assert (
        kinds.count("DataLocked")
        == kinds.count("AnalysisPlanSigned")
        == kinds.count("ProtocolAdopted")
    )


def test_a_rehearsal_says_in_its_first_event_that_it_is_one() -> None:
    (first, *_) = events(3, "painful")
    assert isinstance(first.fact, t.TrialOpened)
    assert first.fact.rehearsal == t.Rehearsal(seed=3, trial=0, scenario="painful")


def test_each_study_is_locked_before_the_next_is_adopted() -> None:
    milestones = [
        (event.study, event.kind)
        for event in events(1, "plain", None, "KNEE-LATER")
        if event.kind in {"ProtocolAdopted", "AnalysisPlanSigned", "DataLocked"}
    ]
    steps = ["ProtocolAdopted", "AnalysisPlanSigned", "DataLocked"]
    assert milestones == [(s, k) for s in ("KNEE-PCA", "KNEE-LATER") for k in steps]


def test_the_follow_up_begins_when_its_protocol_holds_or_when_the_first_study_is_closed() -> None:
    every = events(1, "plain", None, "KNEE-LATER")
    adopted = next(e for e in every if e.study == "KNEE-LATER" and e.kind == "ProtocolAdopted")
    assert adopted.recorded_at.isoformat() == "2024-09-02T07:00:00+00:00"  # nine in Madrid
    assert [e.seq for e in every if e.seq > adopted.seq]


def test_strata_fill_by_sex() -> None:
    strata = Counter(e.fact.stratum for e in events() if isinstance(e.fact, t.Randomized))
    assert strata.keys() == {"sex=f", "sex=m"}


def test_progress_is_told_from_recruitment_to_the_opening() -> None:
    told: list[tuple[str, float]] = []
    rehearse(study("KNEE-LATER"), MemoryStore(), 1, "plain", None, lambda *said: told.append(said))
    assert list(dict.fromkeys(what for what, _ in told)) == [
        "recruitment and treatment", "follow-up", "opening",
    ]  # fmt: skip
    for what in ("recruitment and treatment", "follow-up"):
        done = [share for said, share in told if said == what]
        assert done == sorted(done)
        assert 0 <= done[0] < 0.2
        assert done[-1] == 1


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_has_64_bits(seed: int) -> None:
    assert "seed" in _refused(seed=seed)


def test_the_largest_seed_is_one() -> None:
    assert rehearsed(2**64 - 1, participants=2).store.head().seq > 20


@pytest.mark.parametrize("participants", [-3, 0, 1, 181])
def test_people_are_at_least_two_and_no_more_than_slots(participants: int) -> None:
    said = _refused(participants=participants)
    assert str(participants) in said
    assert "180" in said


def test_an_unknown_scenario_is_named() -> None:
    assert "painful" in _refused(scenario="painfull")


def test_a_study_that_nobody_is_eligible_for_does_not_run_for_ever() -> None:
    nobody = [{"id": "I1", "kind": "inclusion", "text": "Old", "rule": "years >= 110"}]
    said = _refused(loaded=_changed(eligibility=nobody), participants=2)
    assert "0 of 200" in said
    assert "consent" in said


def test_a_visit_by_somebody_whom_nobody_plays_is_refused_before_anything_is_written() -> None:
    schedule = protocol().model_dump()["schedule"]
    schedule[1]["by"] = "participant"
    store = MemoryStore()
    with pytest.raises(InputError, match="participant"):
        rehearse(_changed(schedule=schedule), store, 1, "plain", None, nothing)
    assert store.head().seq == 0


def test_a_protocol_with_errors_is_not_rehearsed() -> None:
    broken = replace(study(), protocol=None)
    assert "equipoise check" in _refused(loaded=broken)


def test_a_trial_that_minimizes_is_rehearsed_with_its_allocator() -> None:
    dumped = protocol().model_dump()
    allocation = dumped["allocation"]
    allocation |= {"design": "minimization", "allocator": {"probability": "0.8"}}
    allocation["readers"] |= {"robot": "allocates"}
    trial = rehearsed(
        loaded=_changed(
            allocation=allocation, rehearsal=dumped["rehearsal"] | {"allocation_annex": {}}
        )
    )
    assert verify(trial.store.read()).problems == ()
    people = [p for p in trial.participants.by_number.values() if p.randomized]
    arm_of = (
        {slot.slot: slot.arm for slot in trial.state.opened.slots} if trial.state.opened else {}
    )
    assert {person.stratum for person in people} == {"all"}
    for sex in ("f", "m"):
        arms = Counter(arm_of[p.slot or 0] for p in people if p.values()["sex"] == sex)
        assert max(arms.values()) - min(arms[arm] for arm in protocol().arms) <= 3
    made_up = analyse(trial.events(), "head", dummy=True)
    assert made_up.data.arms().keys() == {person.number for person in people}
