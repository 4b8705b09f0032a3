from __future__ import annotations

from decimal import Decimal

import pytest

from equipoise.registry.draft.screening import age_years, criteria, items
from tests.registry.sample import DELETE, put, record

ELIGIBILITY = "protocolSection.eligibilityModule"


def test_fields_add_what_the_text_does_not_say() -> None:
    found = criteria(record())
    assert [(each.id, each.reading.rule) for each in found] == [
        ("I1", "sore"), ("E1", "burn"), ("I2", "18 <= age_y <= 80"),
    ]  # fmt: skip
    assert found[2].start is None


def test_fields_repeat_nothing() -> None:
    study = record()
    put(study, f"{ELIGIBILITY}.eligibilityCriteria", "Inclusion Criteria:\n\n* Women over 20 years")
    put(study, f"{ELIGIBILITY}.sex", "FEMALE")
    assert [each.id for each in criteria(study)] == ["I1"]


def test_places_are_those_of_the_text() -> None:
    study = record()
    text = study["protocolSection"]["eligibilityModule"]["eligibilityCriteria"]
    for each in criteria(study)[:2]:
        assert text[each.start : each.end] == each.text


def test_one_name_is_one_question() -> None:
    study = record()
    text = (
        "Exclusion Criteria:\n\n* Known gout\n* Gout\n* Albumin < 3 g/dl\n* Albumin < 2.25 g/dl\n"
        "* Known drug allergies in the family of the mother\n"
        "* Known drug allergies in the family of the father"
    )
    put(study, f"{ELIGIBILITY}.eligibilityCriteria", text)
    found = criteria(study)
    rules = [each.reading.rule for each in found]
    assert rules[0] == rules[1] == "gout"
    assert rules[4] != rules[5]
    asked = {item["id"]: item for item in items(found, weighed=False)}
    assert asked["albumin_g_dl"]["precision"] == 2
    assert {rules[4], rules[5]} <= asked.keys()
    assert "weight_kg" not in asked
    assert "weight_kg" in {item["id"] for item in items(found, weighed=True)}


def test_a_criterion_without_heading_is_doubted() -> None:
    study = record()
    put(study, f"{ELIGIBILITY}.eligibilityCriteria", "Sore")
    assert "no heading" in criteria(study)[0].doubts[0]


def test_a_record_without_eligibility_has_no_criteria() -> None:
    study = record()
    put(study, ELIGIBILITY, DELETE)
    assert criteria(study) == []


@pytest.mark.parametrize(
    ("given", "years"),
    [
        ("18 Years", "18"),
        ("1 Year", "1"),
        ("6 Months", "0.5"),
        ("N/A", None),
        (None, None),
        ("", None),
    ],
)
def test_ages_of_the_registry(given: str | None, years: str | None) -> None:
    assert age_years(given) == (Decimal(years) if years else None)
