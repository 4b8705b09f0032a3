from __future__ import annotations

from typing import Any

import pytest

from equipoise.language import Language
from equipoise.registry.data_set import completeness, items
from equipoise.registry.source import records
from tests.registry.sample import DELETE, put, record

P = "protocolSection."


def given(study: dict[str, Any]) -> set[int]:
    return {item.number for item in items(study) if item.given}


def test_there_are_24_items_with_names_in_both_languages() -> None:
    found = items(record())
    assert [item.number for item in found] == list(range(1, 25))
    assert all(Language("zh")(item.name) != item.name for item in found)


def test_a_full_record_misses_only_what_a_public_record_cannot_hold() -> None:
    study = record()
    put(study, f"{P}identificationModule.secondaryIdInfos", [{"id": "EU-1"}])
    put(study, f"{P}sponsorCollaboratorsModule.collaborators", [{"name": "Balm Foundation"}])
    put(study, f"{P}outcomesModule.secondaryOutcomes", [{"measure": "Sleep"}])
    put(study, f"{P}ipdSharingStatementModule.ipdSharing", "NO")
    assert set(range(1, 25)) - given(study) == {21}
    assert completeness(study) == pytest.approx(23 / 24)


@pytest.mark.parametrize(
    ("path", "item"),
    [
        (f"{P}statusModule.studyFirstSubmitDate", 2),
        (f"{P}identificationModule.orgStudyIdInfo", 3),
        (f"{P}contactsLocationsModule.centralContacts", 7),
        (f"{P}identificationModule.officialTitle", 10),
        (f"{P}contactsLocationsModule.locations", 11),
        (f"{P}conditionsModule", 12),
        (f"{P}armsInterventionsModule", 13),
        (f"{P}eligibilityModule", 14),
        (f"{P}designModule", 15),
        (f"{P}statusModule.startDateStruct", 16),
        (f"{P}designModule.enrollmentInfo", 17),
        (f"{P}statusModule.overallStatus", 18),
        (f"{P}outcomesModule", 19),
        (f"{P}statusModule.completionDateStruct", 22),
    ],
)
def test_what_is_taken_away_is_missing(path: str, item: int) -> None:
    study = record(results=False)
    assert item in given(study)
    put(study, path, DELETE)
    assert item not in given(study)


def test_a_name_that_cannot_be_reached_is_no_contact() -> None:
    study = record(results=False)
    put(study, f"{P}contactsLocationsModule.centralContacts", [{"name": "A. Nurse"}])
    assert 7 not in given(study)


def test_the_flagship_s_page_gives_fifteen_of_24() -> None:
    (named,) = records("NCT05718544")
    missing = set(range(1, 25)) - given(dict(named.study))
    assert {2, 7, 8, 19, 20, 21, 24} <= missing
