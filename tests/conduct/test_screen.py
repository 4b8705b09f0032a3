from __future__ import annotations

import pytest

from equipoise.conduct import screen
from equipoise.errors import Refused
from tests.conduct.ward import INVESTIGATOR, STUDY, Ward


def test_the_same_person_is_noticed_under_a_second_number(ward: Ward) -> None:
    screen.screen(ward.trial, INVESTIGATOR, STUDY, "P1", "a" * 64)
    with pytest.raises(Refused, match="participant P2: is the same person as P1"):
        screen.screen(ward.trial, INVESTIGATOR, STUDY, "P2", "a" * 64)


def test_consent_is_to_the_protocols_document_and_given_once(ward: Ward) -> None:
    ward.screened("P1")
    screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "zh")
    event = list(ward.trial.events())[-1]
    assert event.fact.model_dump() == {"document_version": "1.0", "language": "zh"}
    with pytest.raises(Refused, match="cannot follow"):
        screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "zh")


def test_who_declined_cannot_be_randomized(ward: Ward) -> None:
    ward.sealed().screened("P1")
    screen.decline(ward.trial, INVESTIGATOR, STUDY, "P1", "no time")
    assert ward.trial.participant("P1").declined == {STUDY: "no time"}
    with pytest.raises(Refused, match="cannot follow 'declined XX0001'"):
        screen.consent(ward.trial, INVESTIGATOR, STUDY, "P1", "en")


def test_a_verdict_lists_every_criterion_with_inputs(ward: Ward) -> None:
    ward.screened("P1")
    verdict = screen.assess(ward.trial, INVESTIGATOR, STUDY, "P1")
    assert verdict.eligible
    results = {criterion.id: criterion.result for criterion in verdict.criteria}
    assert results == {"I1": "satisfied", "E1": "satisfied", "E2": "not applicable"}
    assert ward.trial.participant("P1").criteria[STUDY] == verdict.criteria


@pytest.mark.parametrize(
    ("values", "result", "missing"),
    [
        ({"age_y": 17}, ("I1", "violated"), ()),
        ({"age_y": None}, ("I1", "unknown"), ("age_y",)),
        ({"weight_kg": "39.9"}, ("E1", "violated"), ()),
        ({"weight_kg": None}, ("E1", "unknown"), ("weight_kg",)),
    ],
)
def test_violated_or_unknown_is_not_eligible_and_says_what_is_missing(
    ward: Ward, values: dict[str, int | None], result: tuple[str, str], missing: tuple[str, ...]
) -> None:
    ward.screened("P1", **values)
    verdict = screen.assess(ward.trial, INVESTIGATOR, STUDY, "P1")
    assert not verdict.eligible
    assert ward.kinds()[-1] == "ScreenFailed"
    criterion = next(c for c in verdict.criteria if c.id == result[0])
    assert criterion.result == result[1]
    assert criterion.missing == missing


def test_the_randomized_study_is_not_entered_by_enrolment(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    with pytest.raises(Refused, match="extends no other study"):
        screen.enrol(ward.trial, INVESTIGATOR, STUDY, "P1")
