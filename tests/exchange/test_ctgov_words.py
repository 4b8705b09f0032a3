from __future__ import annotations

import json

import pytest

from equipoise.exchange import ctgov_words
from equipoise.exchange.ctgov_words import (
    ALLOCATION,
    OUTCOME_DISPERSION,
    PHASE,
    SEX,
    STATUS,
    TEST_TYPE,
    group,
)
from equipoise.exchange.xml_map import Codec
from tests.exchange.real import DATA, needs_data


@pytest.mark.parametrize(
    ("codec", "word", "name"),
    [
        (STATUS, "Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
        (STATUS, "Unknown status", "UNKNOWN"),
        (ALLOCATION, "Non-Randomized", "NON_RANDOMIZED"),
        (TEST_TYPE, "Superiority or Other (legacy)", "SUPERIORITY_OR_OTHER_LEGACY"),
    ],
)
def test_a_word_has_a_name(codec: Codec, word: str, name: str) -> None:
    assert codec.read(word) == name
    assert codec.write(name) == word


def test_phases_are_words_of_two() -> None:
    assert PHASE.read("Phase 1/Phase 2") == ["PHASE1", "PHASE2"]
    assert PHASE.write(["PHASE1", "PHASE2"]) == "Phase 1/Phase 2"
    assert PHASE.read("Phase 0") == ["EARLY_PHASE1"]
    assert PHASE.write(["EARLY_PHASE1"]) == "Early Phase 1"
    assert PHASE.read("Phase 5") == ["Phase 5"]
    assert PHASE.write(["Phase 5"]) == "Phase 5"


def test_older_words_are_read() -> None:
    assert SEX.read("Both") == "ALL"
    assert SEX.write("ALL") == "All"


def test_the_dispersion_of_an_outcome_may_have_either_name() -> None:
    assert OUTCOME_DISPERSION.write("STANDARD_ERROR") == "Standard Error"
    assert OUTCOME_DISPERSION.write("95% Confidence Interval") == "95% Confidence Interval"


@pytest.mark.parametrize(("xml", "api"), [("O1", "OG000"), ("O12", "OG011"), ("O1000", "OG999")])
def test_groups_count_from_one_in_xml_and_from_nought_in_the_api(xml: str, api: str) -> None:
    codec = group("O", "OG")
    assert codec.read(xml) == api
    assert codec.write(api) == xml


@pytest.mark.parametrize("strange", ["X", "O0", "O", "O²", "OGx", "", "O" + "9" * 5000])
def test_a_strange_group_stands_for_itself(strange: str) -> None:
    codec = group("O", "OG")
    assert codec.read(strange) == strange
    assert codec.write(strange) == strange


ENUMS = {
    "STATUS": "Status",
    "STUDY_TYPE": "StudyType",
    "ALLOCATION": "DesignAllocation",
    "INTERVENTION_MODEL": "InterventionalAssignment",
    "PURPOSE": "PrimaryPurpose",
    "OBSERVATIONAL_MODEL": "ObservationalModel",
    "TIME_PERSPECTIVE": "DesignTimePerspective",
    "RETENTION": "BioSpecRetention",
    "ARM_TYPE": "ArmGroupType",
    "INTERVENTION_TYPE": "InterventionType",
    "SAMPLING": "SamplingMethod",
    "SEX": "Sex",
    "ROLE": "OfficialRole",
    "RESPONSIBLE": "ResponsiblePartyType",
    "SHARING": "IpdSharing",
    "DATE_TYPE": "DateType",
    "POSTED_TYPE": "DateType",
    "PARAMETER": "MeasureParam",
    "OUTCOME_TYPE": "OutcomeMeasureType",
    "ASSESSMENT": "EventAssessment",
    "TEST_TYPE": "NonInferiorityType",
    "SIDES": "ConfidenceIntervalNumSides",
    "ESTIMATE_DISPERSION": "AnalysisDispersionType",
}


@needs_data
@pytest.mark.parametrize(("name", "enum"), ENUMS.items())
def test_every_name_of_the_api_has_a_word(name: str, enum: str) -> None:
    text = (DATA / "schema" / "ctgov-api-v2-openapi.json").read_text(encoding="utf-8")
    codec: Codec = getattr(ctgov_words, name)
    for value in json.loads(text)["components"]["schemas"][enum]["enum"]:
        word = codec.write(value)
        assert word != value
        assert codec.read(word or "") == value
