"""What events must agree with, told as small trials: the last event written is the wrong one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from equipoise.errors import Problem
from equipoise.events import types as facts
from equipoise.ledger.history import History
from tests.diary import FOLLOW_UP, OPENED, SEALED, STUDY, TODAY, Diary, adoption

SCREENED = facts.Screened(fingerprint="f" * 64)
CONSENT = facts.ConsentGiven(document_version="2", language="zh")
NOTE = facts.DeviationRecorded(category="other", description="a note")
TOMORROW = TODAY + timedelta(days=1)
LATER = TODAY + timedelta(days=10)


def problems(diary: Diary) -> list[Problem]:
    history = History({})
    return [problem for event in diary.events for problem in history.follow(event)]


def only_problem(diary: Diary) -> Problem:
    (problem,) = problems(diary)
    assert problem.where == f"event {len(diary.events)}"
    return problem


@pytest.fixture
def diary() -> Diary:
    """P1 has filled in a form in event 10 of an open trial."""
    diary = Diary()
    diary.open()
    diary.enrol("P1", slot=0)
    assert problems(diary) == []
    return diary


# --- order ----------------------------------------------------------------------------------------


def test_randomized_twice(diary: Diary) -> None:
    diary.write(facts.Randomized(stratum="all", slot=1, kit="KIT-1"), "P1")
    assert only_problem(diary).what == "Randomized cannot follow 'randomized', P1"


def test_consent_before_screening(diary: Diary) -> None:
    diary.write(CONSENT, "P2")
    assert only_problem(diary).what == "ConsentGiven needs 'screened' first, P2"


def test_the_allocation_is_sealed_once(diary: Diary) -> None:
    diary.write(SEALED)
    assert only_problem(diary).what == "AllocationSealed cannot follow 'sealed', trial"


def test_a_participant_s_event_names_one(diary: Diary) -> None:
    diary.write(NOTE, None)
    assert only_problem(diary).what == ("DeviationRecorded is about a participant, not about trial")


def test_a_trial_s_event_names_none(diary: Diary) -> None:
    diary.write(facts.StaffReleased(person="li", reason="moved"), "P1")
    assert only_problem(diary).what == "StaffReleased is about a trial, not about P1"


# --- slots and kits -------------------------------------------------------------------------------


def ready(diary: Diary, participant: str) -> None:
    diary.write(SCREENED, participant)
    diary.write(CONSENT, participant)
    diary.write(facts.EligibilityConfirmed(criteria=()), participant)


def test_a_slot_is_taken_once(diary: Diary) -> None:
    ready(diary, "P2")
    diary.write(facts.Randomized(stratum="all", slot=0, kit="KIT-9"), "P2")
    assert only_problem(diary).what == "slot 0 of stratum 'all' was taken by event 7"


def test_a_kit_is_taken_once(diary: Diary) -> None:
    ready(diary, "P2")
    diary.write(facts.Randomized(stratum="all", slot=1, kit="KIT-0"), "P2")
    assert only_problem(diary).what == "kit KIT-0 was taken by event 7"


def test_strata_have_slots_of_their_own(diary: Diary) -> None:
    ready(diary, "P2")
    diary.write(facts.Randomized(stratum="sex=f", slot=0, kit="KIT-9"), "P2")
    assert problems(diary) == []


# --- corrections ----------------------------------------------------------------------------------


def correction(corrects: int, item: str = "rest") -> facts.ValueCorrected:
    return facts.ValueCorrected(corrects=corrects, item=item, value=3, reason="misread")


def test_a_correction_of_a_form_s_item(diary: Diary) -> None:
    diary.write(correction(10), "P1")
    diary.write(correction(10), "P1")
    assert problems(diary) == []


@pytest.mark.parametrize("corrects", [0, 4, 9, 11, 12, 99])
def test_a_correction_of_what_is_no_form(diary: Diary, corrects: int) -> None:
    diary.write(correction(corrects), "P1")
    assert only_problem(diary).what == f"corrects event {corrects}, which is no form of P1"


def test_a_correction_of_somebody_else_s_form(diary: Diary) -> None:
    diary.write(SCREENED, "P2")
    diary.write(correction(10), "P2")
    assert only_problem(diary).what == "corrects event 10, which is no form of P2"


def test_a_correction_under_another_study_does_not_get_around_the_lock(diary: Diary) -> None:
    diary.write(adoption(FOLLOW_UP), study=FOLLOW_UP)
    diary.write(facts.DataLocked(events=11, meaning="locked"))
    diary.write(correction(10), "P1", study=FOLLOW_UP)
    assert only_problem(diary).what == "corrects event 10, which is no form of P1"


# --- times ----------------------------------------------------------------------------------------


def test_a_clock_that_went_back_is_a_note(diary: Diary) -> None:
    earlier = diary.now - timedelta(seconds=1)
    diary.write(NOTE, "P1", recorded_at=earlier, occurred_at=earlier)
    problem = only_problem(diary)
    assert problem.severity == "note"
    assert f"was recorded at {earlier}" in problem.what


def test_each_event_is_compared_to_the_one_before_it(diary: Diary) -> None:
    back = diary.now - timedelta(hours=2)
    diary.write(NOTE, "P1", recorded_at=back, occurred_at=back)
    diary.write(NOTE, "P1", recorded_at=back, occurred_at=back)
    assert [problem.where for problem in problems(diary)] == ["event 11"]


@pytest.mark.parametrize(("ahead_s", "warned"), [(0, False), (120, False), (121, True)])
def test_what_was_recorded_before_it_occurred_is_a_warning(
    diary: Diary, ahead_s: int, warned: bool
) -> None:
    now = diary.now + timedelta(minutes=1)
    diary.write(NOTE, "P1", recorded_at=now, occurred_at=now + timedelta(seconds=ahead_s))
    assert [problem.severity for problem in problems(diary)] == ["warning"] * warned


# --- protocols ------------------------------------------------------------------------------------


def test_an_event_under_a_protocol_that_was_never_adopted(diary: Diary) -> None:
    diary.write(NOTE, "P1", protocol="9" * 64)
    assert only_problem(diary).what == f"is not stamped with the protocol of {STUDY} in force"


def test_an_event_under_the_protocol_of_another_study(diary: Diary) -> None:
    diary.write(adoption(FOLLOW_UP), study=FOLLOW_UP)
    diary.write(NOTE, "P1", protocol=diary.stamps[FOLLOW_UP])
    assert "in force" in only_problem(diary).what


@pytest.mark.parametrize(
    "change", [{"text": "{}"}, {"digest": "9" * 64}], ids=["other text", "other digest"]
)
def test_a_protocol_whose_text_does_not_match_its_digest(change: dict[str, Any]) -> None:
    diary = Diary()
    diary.stamps[STUDY] = change.get("digest", diary.stamps[STUDY])
    diary.write(OPENED)
    diary.write(adoption().model_copy(update=change))
    assert only_problem(diary).what == "the protocol's text does not match its digest"


def test_the_digest_is_of_the_text_in_utf8() -> None:
    diary = Diary()
    fact = adoption(text='{"title":"脊柱侧凸"}')
    diary.stamps[STUDY] = fact.digest
    diary.write(OPENED)
    diary.write(fact)
    assert problems(diary) == []


def test_what_opens_a_study_is_stamped_with_its_first_protocol() -> None:
    diary = Diary()
    diary.write(OPENED, protocol="9" * 64)
    diary.write(adoption())
    assert "in force" in only_problem(diary).what


def test_the_first_protocol_is_stamped_with_itself() -> None:
    diary = Diary()
    diary.write(OPENED, protocol="9" * 64)
    diary.write(adoption(), protocol="9" * 64)
    assert "in force" in only_problem(diary).what


def test_before_the_first_protocol_all_carry_the_same() -> None:
    diary = Diary()
    diary.write(OPENED)
    diary.write(facts.StaffReleased(person="li", reason="moved"), protocol="9" * 64)
    assert "in force" in only_problem(diary).what


@pytest.mark.parametrize("stamp", ["its own", "the one in force"])
def test_an_amendment_is_stamped_with_itself_or_the_one_in_force(diary: Diary, stamp: str) -> None:
    first, second = diary.stamps[STUDY], adoption(STUDY, 2, LATER)
    diary.write(second, protocol=second.digest if stamp == "its own" else first)
    assert problems(diary) == []


def test_an_amendment_under_a_protocol_that_was_never_adopted(diary: Diary) -> None:
    diary.write(adoption(STUDY, 2), protocol="9" * 64)
    assert "in force" in only_problem(diary).what


def amended(diary: Diary, effective_on: date) -> tuple[str, str]:
    """Adopt version 2; return the digests of both versions."""
    first, second = diary.stamps[STUDY], adoption(STUDY, 2, effective_on)
    diary.write(second)
    return first, second.digest


def noon(day: date) -> datetime:
    return Diary().now.replace(day=day.day, hour=4)  # noon in the trial's zone, Asia/Shanghai


@pytest.mark.parametrize(
    ("day", "right"), [(TODAY, "first"), (TOMORROW, "second"), (LATER, "second")]
)
@pytest.mark.parametrize("stamp", ["first", "second"])
def test_an_amendment_holds_from_its_date(diary: Diary, day: date, right: str, stamp: str) -> None:
    versions = dict(zip(("first", "second"), amended(diary, TOMORROW), strict=True))
    diary.now = noon(day)
    diary.write(NOTE, "P1", protocol=versions[stamp])
    found = [problem.what for problem in problems(diary) if problem.severity == "error"]
    assert bool(found) == (stamp != right)


def test_the_date_is_the_site_s(diary: Diary) -> None:
    """16:30 UTC on the day before is past midnight in Shanghai."""
    _, second = amended(diary, TOMORROW)
    diary.now = noon(TODAY).replace(hour=16, minute=30)
    diary.write(NOTE, "P1", protocol=second)
    assert problems(diary) == []


@pytest.mark.parametrize("stamp", [0, 1])
def test_what_occurred_before_and_was_recorded_after_may_carry_either(
    diary: Diary, stamp: int
) -> None:
    versions = amended(diary, TOMORROW)
    diary.now = noon(LATER)
    diary.write(NOTE, "P1", protocol=versions[stamp], occurred_at=noon(TODAY))
    assert problems(diary) == []


def test_of_two_amendments_of_a_day_the_later_version_holds(diary: Diary) -> None:
    _, second = amended(diary, TODAY)
    third = adoption(STUDY, 3, TODAY)
    diary.write(third)
    diary.write(NOTE, "P1", protocol=third.digest)
    assert problems(diary) == []
    diary.write(NOTE, "P1", protocol=second)
    assert "in force" in only_problem(diary).what


def test_before_any_version_takes_effect_the_first_holds() -> None:
    diary = Diary()
    first = adoption(STUDY, 1, TOMORROW)
    diary.stamps[STUDY] = first.digest
    diary.write(OPENED)
    diary.write(first)
    diary.write(adoption(STUDY, 2, LATER))
    diary.write(facts.StaffReleased(person="li", reason="moved"), protocol=first.digest)
    assert problems(diary) == []


@pytest.mark.parametrize("version", [1, 0])
def test_versions_go_up(diary: Diary, version: int) -> None:
    diary.write(adoption(STUDY, version, text="{}"))
    assert only_problem(diary).what == f"protocol version {version} follows version 1"


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "", "../etc/passwd", "America", "\0"])
def test_an_unknown_zone(zone: str) -> None:
    diary = Diary()
    diary.write(OPENED.model_copy(update={"zone": zone}))
    assert only_problem(diary).what == f"the time zone '{zone}' is unknown"


def test_the_files_say_which_version_is_theirs(diary: Diary) -> None:
    amended(diary, LATER)

    def found(files: dict[tuple[str, int], str]) -> list[str]:
        history = History(files)
        return [problem.where for event in diary.events for problem in history.follow(event)]

    assert found({(STUDY, 1): adoption().digest, (STUDY, 2): adoption(STUDY, 2).digest}) == []
    assert found({(STUDY, 2): adoption().digest}) == ["event 11"]
    assert found({(FOLLOW_UP, 2): "9" * 64}) == []
