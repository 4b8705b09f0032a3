"""Calls after the ward: answered, declined, or without an answer, once and for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from equipoise.events import types as t
from equipoise.events.types import Event
from equipoise.rehearsal.follow_up import plan_calls
from equipoise.rehearsal.stage import Stage
from tests.rehearsal.stages import stage, treat
from tests.rehearsals.knee import events

CALLS = {"month1": 0, "month3": 1}


def _calls() -> tuple[Stage, list[str]]:
    on = stage(participants=60, not_treated=0)
    treated = treat(on, 90, lambda treatment: plan_calls(on, treatment, on.protocol))
    return on, [treatment.person.number for treatment in treated]


def _outcome(on: Stage, number: str) -> list[str]:
    """Return what the draws say of a person's two calls."""
    found: list[str] = []
    for visit, place in (("month1", 3), ("month3", 4)):
        n = int(number[1:])
        if on.chance.uniform(n, "lost KNEE-PCA", place) < 0.1:
            return [*found, "FollowUpLost"]
        if on.chance.uniform(n, "withdraws KNEE-PCA", place) < 0.05:
            return [*found, "ConsentWithdrawn"]
        missed = on.chance.uniform(n, "visit missed", on.visit_index[visit]) < 0.05
        found.append("VisitMissed" if missed else "FormRecorded")
    return found


def _happened(on: Stage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in on.trial.events():
        ended = isinstance(event.fact, (t.FollowUpLost, t.ConsentWithdrawn))
        if ended or getattr(event.fact, "visit", None) in CALLS:
            found.setdefault(str(event.participant), []).append(event.kind)
    return found


def test_each_call_is_answered_missed_or_the_last_by_the_persons_own_lot() -> None:
    on, numbers = _calls()
    happened = _happened(on)
    assert happened == {number: _outcome(on, number) for number in numbers}
    ends = [kinds[-1] for kinds in happened.values()]
    assert {"FollowUpLost", "ConsentWithdrawn", "FormRecorded"} <= set(ends)
    assert 0.04 < ends.count("FollowUpLost") / 60 < 0.35


def test_an_assessor_makes_the_calls() -> None:
    on, _ = _calls()
    forms = [e for e in on.trial.events() if getattr(e.fact, "visit", None) in CALLS]
    assert {event.role for event in forms} == {"outcomes assessor"}


def test_without_attrition_everybody_answers_every_call() -> None:
    on = stage(participants=8, not_treated=0, attrition={})
    treat(on, 20, lambda treatment: plan_calls(on, treatment, on.protocol))
    assert list(_happened(on).values()) == [["FormRecorded"] * 2] * 8


def test_the_lost_were_called_five_times() -> None:
    on, _ = _calls()
    attempts = {e.fact.attempts for e in on.trial.events() if isinstance(e.fact, t.FollowUpLost)}
    assert attempts == {5}


# --- a study that extends the randomized one ------------------------------------------------------


def _later(kind: str) -> Iterator[Event]:
    found = (e for e in events(1, "plain", 60, "KNEE-LATER") if e.study == "KNEE-LATER")
    return (event for event in found if event.kind == kind)


def _people(kind: str) -> set[str | None]:
    return {event.participant for event in _later(kind)}


def test_everybody_treated_is_called_once_the_study_is_adopted() -> None:
    every = events(1, "plain", 60, "KNEE-LATER")
    treated = {event.participant for event in every if event.kind == "PumpStarted"}
    called = _people("ConsentGiven") | _people("ConsentDeclined") | _people("FollowUpLost")
    assert called == treated
    (adopted,) = _later("ProtocolAdopted")
    assert all(event.seq > adopted.seq for event in _later("ConsentGiven"))


def test_people_consent_before_they_are_enrolled_and_only_the_eligible_are() -> None:
    enrolled, failed = _people("Enrolled"), _people("ScreenFailed")
    assert enrolled | failed == _people("ConsentGiven")
    assert not enrolled & failed
    assert failed  # some are too heavy for the scales of the follow-up
    assert _people("FormRecorded") == enrolled


def test_who_declines_was_never_in_and_who_withdraws_was() -> None:
    assert _people("ConsentDeclined")
    assert not _people("ConsentDeclined") & _people("ConsentGiven")
    assert _people("ConsentWithdrawn")
    assert _people("ConsentWithdrawn") <= _people("Enrolled")
    scopes = {e.fact.scope for e in _later("ConsentWithdrawn") if hasattr(e.fact, "scope")}
    assert scopes == {"follow-up"}


@pytest.mark.parametrize("kind", ["FollowUpLost", "ConsentDeclined", "ConsentWithdrawn"])
def test_nobody_is_called_again_after_leaving(kind: str) -> None:
    every = [e for e in events(1, "plain", 60, "KNEE-LATER") if e.study == "KNEE-LATER"]
    for left in _later(kind):
        after = [e for e in every if e.participant == left.participant and e.seq > left.seq]
        assert not after


def test_the_lost_are_about_as_many_as_assumed() -> None:
    share = len(_people("FollowUpLost")) / 59
    assert 0.15 < share < 0.42  # 15 % at each of two calls
