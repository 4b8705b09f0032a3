from __future__ import annotations

import copy
import json
import re
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.exchange.portal_page import CANNOT_SAY, is_page, read, unknown, write
from equipoise.registry.versions import differences
from tests.exchange.invented_page import PAGE
from tests.exchange.real_records import SHARED, records
from tests.registry.sample import put, record


def _protocol(text: str = PAGE) -> dict[str, Any]:
    protocol: dict[str, Any] = read(text.encode())["protocolSection"]
    return protocol


def test_a_page_comes_back_byte_by_byte() -> None:
    study = read(PAGE.encode())
    assert write(study).decode() == PAGE
    assert "unread" not in study["equipoiseAnnotation"]["page"]
    assert write(read(PAGE.replace("\n", "\r\n").encode() + b"\r\n")).decode() == PAGE


def test_what_the_page_shows_is_in_the_record() -> None:
    protocol = _protocol()
    assert protocol["statusModule"] == {
        "overallStatus": "COMPLETED",
        "lastUpdatePostDateStruct": {"date": "2024-02-01"},
    }
    assert protocol["designModule"] == {
        "phases": ["PHASE2", "PHASE3"],
        "enrollmentInfo": {"count": 20},
        "designInfo": {
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"]}
        },
    }
    assert protocol["eligibilityModule"] == {
        "eligibilityCriteria": "Inclusion Criteria:\n\n* Sore hand\n\n"
        "Exclusion Criteria:\n\n* Pain \\<3",
        "healthyVolunteers": False,
        "maximumAge": "80 Years",
    }
    assert protocol["identificationModule"]["secondaryIdInfos"] == [
        {"id": "2020-1", "type": "EUDRACT_NUMBER"}
    ]


def test_a_free_text_may_hold_a_heading() -> None:
    summary = _protocol()["descriptionModule"]["briefSummary"]
    assert summary == "Does balm help?\n\nConditions\n\nAnd is that a question?"


def test_which_group_gets_what_is_read_from_the_nesting() -> None:
    module = _protocol()["armsInterventionsModule"]
    assert [arm["interventionNames"] for arm in module["armGroups"]] == [
        ["Drug: Balm", "Behavioral: Advice"],
        ["Behavioral: Advice"],
    ]
    balm, advice = module["interventions"]
    assert balm["description"] == "First paragraph.\n\nSecond one."
    assert (balm["armGroupLabels"], advice["armGroupLabels"]) == (["Balm"], ["Balm", "Nothing"])
    assert "type" not in module["armGroups"][1]


def test_an_address_is_told_by_the_countries_of_the_page() -> None:
    study = read(PAGE.encode())
    assert study["protocolSection"]["contactsLocationsModule"]["locations"] == [
        {"facility": "Ward 1", "status": "RECRUITING", "city": "Springfield",
         "country": "Korea, Republic of"},
        {"city": "Osan", "state": "North", "country": "Japan"},
    ]  # fmt: skip
    assert study["derivedSection"]["miscInfoModule"]["removedCountries"] == ["Peru"]


def test_conditions_without_a_mark_between_them_stay_one_text() -> None:
    study = read(PAGE.encode())
    assert "conditionsModule" not in study["protocolSection"]
    assert study["equipoiseAnnotation"]["page"]["conditions"] == "Sore Hand Balm"
    assert "protocolSection.conditionsModule.conditions" in unknown(study)
    one = read(PAGE.replace("Sore Hand Balm", "Pain").encode())
    assert one["protocolSection"]["conditionsModule"] == {"conditions": ["Pain"]}


def test_what_a_page_says_in_unknown_words_is_kept_and_named() -> None:
    page = PAGE.replace("Brief Summary", "Funding\n\nA grant\n\nBrief Summary", 1)
    study = read(page.encode())
    assert study["equipoiseAnnotation"]["page"]["unread"] == ["Funding", "A grant"]


def test_nothing_that_is_unknown_is_in_the_record() -> None:
    study = read(PAGE.encode())
    for path in unknown(study):
        if "[]" not in path:
            place: Any = study
            for name in path.split("."):
                place = place.get(name) if isinstance(place, dict) else None
            assert place is None, path
    assert len(unknown(study)) > 40
    put(study, "protocolSection.outcomesModule", {})
    assert "protocolSection.outcomesModule" not in unknown(study)
    assert "derivedSection.conditionBrowseModule" in unknown(study)
    assert "protocolSection.contactsLocationsModule.locations[].status" in unknown(study)


def test_a_record_shows_what_it_can() -> None:
    study = record()
    back = read(write(study))
    assert back["hasResults"] is True
    shown = back["protocolSection"]["eligibilityModule"]
    assert shown == study["protocolSection"]["eligibilityModule"]


def test_pending_results_are_known_and_a_silent_page_leaves_them_open() -> None:
    pending = read(PAGE.encode())
    assert pending["hasResults"] is False
    assert "resultsSection" not in unknown(pending)
    start = PAGE.index("Study Results")
    silent = PAGE[:start] + PAGE[PAGE.index("Basic Information") :]
    study = read(silent.encode())
    assert "hasResults" not in study
    assert {"hasResults", "resultsSection"} <= set(unknown(study))
    assert write(study).decode() == silent


def test_an_empty_record_has_a_page() -> None:
    identification = {"nctId": "NCT00000001", "briefTitle": "A"}
    study: dict[str, Any] = {"protocolSection": {"identificationModule": identification}}
    assert write(read(write(study))) == write(study)


@pytest.mark.parametrize(
    "text",
    ["", "A title", "A title\n\nNCT ID: NCT1", "\n\nNCT ID: NCT00000001", "{}", "\xff", "<html>"],
)
def test_what_is_no_page_is_refused(text: str) -> None:
    data = text.encode("latin-1")
    assert not is_page(data)
    with pytest.raises(InputError, match="not the text of a trial's page"):
        read(data)


def test_nested_interventions_that_are_listed_nowhere_are_refused() -> None:
    cut = PAGE.replace("Advice\n\nIntervention Type BEHAVIORAL\n\nEligibility", "Eligibility")
    with pytest.raises(InputError, match="do not explain"):
        read(cut.encode())


@given(st.integers(0, len(PAGE)), st.integers(0, 40))
def test_a_torn_page_is_refused_or_read_and_never_breaks(start: int, length: int) -> None:
    torn = (PAGE[:start] + PAGE[start + length :]).encode()
    try:
        study = read(torn)
    except InputError:
        return
    again = read(write(study))
    assert write(again) == write(study)


# --- the real page, and real records --------------------------------------------------------------


def _seed() -> bytes:
    path = SHARED / "seeds" / "NCT05718544-page.txt"
    if not path.exists():
        pytest.skip("the real page is not at hand")
    return path.read_bytes()


def test_the_real_page_comes_back_byte_by_byte() -> None:
    page = _seed()
    study = read(page)
    assert write(study) == page
    assert "unread" not in study["equipoiseAnnotation"]["page"]


def test_the_real_page_says_what_the_shipped_record_says() -> None:
    shipped = json.loads(
        (resources.files("equipoise") / "studies/NCT05718544/record.json").read_text("utf-8")
    )
    notes = shipped.pop("equipoiseAnnotation")
    study = read(_seed())
    known_as = {"derivedSection": "derivedSection.conditionBrowseModule"}
    assert {known_as.get(path, path) for path in notes["unknown"]} <= set(unknown(study))
    own = study.pop("equipoiseAnnotation")
    paraphrased = {re.sub(r"\[\]", "", path) for path in notes["paraphrased"]}
    left = [
        change.path
        for change in differences(shipped, study)
        if re.sub(r"\.\d+", "", change.path) not in paraphrased
    ]
    # The shipped record splits the conditions as another record of the sponsor lists them.
    assert left == ["protocolSection.conditionsModule"]
    conditions = shipped["protocolSection"]["conditionsModule"]["conditions"]
    assert own["page"]["conditions"] == " ".join(conditions)


def _stable(one_in: int) -> int:
    done = 0
    for study in records(one_in=one_in):
        page = write(study)
        back = read(page)
        assert write(back) == page
        assert "unread" not in back["equipoiseAnnotation"]["page"]
        done += 1
    return done


def test_pages_of_real_records_come_back() -> None:
    assert _stable(20) == 166


@pytest.mark.slow
def test_pages_of_all_real_records_come_back() -> None:
    assert _stable(1) == 3310


def test_what_the_page_cannot_say_is_no_part_of_what_it_says() -> None:
    back = read(write(copy.deepcopy(record())))
    for path in CANNOT_SAY:
        if path.startswith(("identificationModule.second", "conditions", "contactsLocations")):
            continue  # shown where there is one
        study = record()
        put(study, f"protocolSection.{path.replace('[]', '.0')}", "changed")
        assert read(write(study)) == back, path
