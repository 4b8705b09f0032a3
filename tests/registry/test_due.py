from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from equipoise.language import Language
from equipoise.registry.due import Obligation, applicable_clinical_trial, obligations
from equipoise.registry.source import records
from tests.registry.sample import DELETE, put, record

TODAY = date(2024, 6, 1)
STATUS = "protocolSection.statusModule."
REGISTERED, UPDATED, WHO, UNITED_STATES = range(4)


def owed(which: int, *changes: tuple[str, Any], results: bool = False) -> Obligation:
    study = record(results=results)
    for path, value in changes:
        put(study, path, value)
    return obligations(study)[which]


def test_a_trial_registered_before_its_start_met_its_first_obligation() -> None:
    assert owed(REGISTERED).state(TODAY) == "met"
    late = owed(REGISTERED, (f"{STATUS}studyFirstSubmitDate", "2020-03-02"))
    assert late.state(TODAY) == "overdue"
    same_month = owed(REGISTERED, (f"{STATUS}startDateStruct.date", "2020-02"))
    assert same_month.state(TODAY) == "met"


def test_results_are_due_a_year_after_primary_completion() -> None:
    for which in (WHO, UNITED_STATES):
        found = owed(which)
        assert found.due == date(2022, 2, 1)
        assert found.state(TODAY) == "overdue"
        assert found.state(date(2022, 1, 1)) == "not due yet"
        assert owed(which, results=True).state(TODAY) == "met"


def test_a_certified_delay_gives_two_more_years() -> None:
    delayed = owed(UNITED_STATES, (f"{STATUS}dispFirstSubmitDate", "2022-01-15"))
    assert delayed.due == date(2024, 2, 1)


def test_a_leap_day_is_followed_by_the_first_of_march() -> None:
    found = owed(WHO, (f"{STATUS}primaryCompletionDateStruct.date", "2020-02-29"))
    assert found.due == date(2021, 3, 1)


def test_a_study_under_way_is_updated_each_year() -> None:
    running = owed(UPDATED, (f"{STATUS}overallStatus", "RECRUITING"))
    assert running.due == date(2025, 1, 31)
    assert not owed(UPDATED).applies


@pytest.mark.parametrize(
    ("path", "value", "applies"),
    [
        ("protocolSection.designModule.studyType", "OBSERVATIONAL", False),
        ("protocolSection.designModule.phases", ["PHASE1"], False),
        ("protocolSection.designModule.designInfo.primaryPurpose", "DEVICE_FEASIBILITY", False),
        ("protocolSection.oversightModule.isFdaRegulatedDrug", False, False),
        ("protocolSection.oversightModule", DELETE, None),
        ("protocolSection.contactsLocationsModule.locations.0.country", "China", False),
        ("protocolSection.contactsLocationsModule.locations", [], None),
        (f"{STATUS}startDateStruct.date", "2016-12-01", False),
        (f"{STATUS}startDateStruct", DELETE, None),
        ("protocolSection.designModule.phases", ["PHASE1", "PHASE2"], True),
    ],
)
def test_each_condition_decides(path: str, value: Any, applies: bool | None) -> None:
    study = record(results=False)
    assert applicable_clinical_trial(study)[0] is True
    put(study, path, value)
    assert applicable_clinical_trial(study)[0] is applies


def test_the_flagship_owes_the_world_results_but_not_the_united_states() -> None:
    (named,) = records("NCT05718544")
    found = obligations(named.study)
    assert found[WHO].state(TODAY) == "not due yet"
    assert found[WHO].state(date(2026, 1, 1)) == "overdue"
    assert found[UNITED_STATES].state(TODAY) == "does not apply"
    told = " ".join(reason.text(Language("en")) for reason in found[UNITED_STATES].reasons)
    assert "its sites are in China" in told


def test_everything_owed_can_be_said_in_chinese() -> None:
    studies = [record(results=False), record()]
    for path in ("statusModule", "designModule", "oversightModule", "contactsLocationsModule"):
        studies.append(record())
        put(studies[-1], f"protocolSection.{path}", DELETE)
    en, zh = Language("en"), Language("zh")
    for study in studies:
        for found in obligations(study):
            for text in (found.id, found.state(TODAY), *(r.message for r in found.reasons)):
                assert zh(text) != en(text), text
