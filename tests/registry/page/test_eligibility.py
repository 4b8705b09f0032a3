from __future__ import annotations

import pytest

from equipoise.registry.page.eligibility import age_years, eligibility
from tests.registry.sample import put, record

TEXT = """Inclusion Criteria:

* Adult with a sore hand
* One of:
   * right
   * left

Exclusion Criteria:

1. Burn \\>3 cm
2. Allergy to balm"""


def _of(text: str) -> list[tuple[str, list[str]]]:
    study = record(results=False)
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", text)
    return [
        (group.kind, [each.text.striptags() for each in group.criteria])
        for group in eligibility(study).groups
    ]


def test_criteria_are_asked_one_by_one() -> None:
    assert (
        _of(TEXT)
        == [
            ("inclusion", ["Adult with a sore hand", "One of:"]),
            ("exclusion", ["Burn &gt;3 cm", "Allergy to balm"]),
        ]
        or _of(TEXT)[1][1][0] == "Burn >3 cm"
    )


def test_what_stands_under_a_criterion_stays_with_it() -> None:
    study = record(results=False)
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", TEXT)
    assert "<li>left</li>" in eligibility(study).groups[0].criteria[1].detail


@pytest.mark.parametrize(
    "heading", ["Exclusion Criteria:", "EXCLUSION CRITERIA", "Key Exclusion Criteria:",
                "Patients are not eligible if:", "排除标准："],
)  # fmt: skip
def test_headings_that_exclude(heading: str) -> None:
    assert _of(f"{heading}\n\n* Burn") == [("exclusion", ["Burn"])]


def test_a_criterion_that_says_exclude_is_no_heading() -> None:
    found = _of("Inclusion Criteria:\n\n* Cancer was excluded by two doctors before the visit\n* A")
    assert found == [("inclusion", ["Cancer was excluded by two doctors before the visit", "A"])]


def test_a_text_without_headings_cannot_be_tried() -> None:
    study = record(results=False)
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", "Anybody may come.")
    assert not eligibility(study).can_be_tried
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", TEXT)
    assert eligibility(study).can_be_tried


def test_ages_are_in_years() -> None:
    assert age_years("18 Years") == 18
    assert age_years("6 Months") == 0.5
    assert age_years("1 Day") == pytest.approx(1 / 365.25)
    assert age_years("N/A") is age_years(None) is None
    found = eligibility(record(results=False))
    assert (found.minimum_y, found.maximum_y, found.sex) == (18, 80, "ALL")
