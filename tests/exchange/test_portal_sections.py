from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange import portal_sections as sections


@pytest.mark.parametrize(
    "module",
    [
        {"eligibilityCriteria": "Adults"},
        {"minimumAge": "18 Years"},
        {"eligibilityCriteria": "Ends with a break\n", "healthyVolunteers": True, "sex": "ALL"},
        {"eligibilityCriteria": "Minimum Eligible Age is a heading", "maximumAge": "9 Years"},
    ],
)
def test_eligibility_comes_back(module: dict[str, Any]) -> None:
    assert sections.read_eligibility(sections.eligibility_text(module)) == module


def test_an_intervention_without_a_name_is_marked() -> None:
    module = {
        "armGroups": [{"label": "A", "type": "OTHER"}],
        "interventions": [
            {"type": "OTHER", "description": "Talk", "armGroupLabels": ["A"]},
            {"type": "OTHER", "name": "Talk", "description": "Talk", "armGroupLabels": ["A"]},
        ],
    }
    text = sections.arms_text(module)
    listed = sections.read_interventions(sections.interventions_text(module))
    back = sections.read_arms(text, listed)
    assert back["interventions"] == module["interventions"]
    assert sections.arms_text(back) == text


def test_groups_name_interventions_in_their_own_order() -> None:
    module = {
        "armGroups": [{"label": "A", "interventionNames": ["Device: Y", "Dietary Supplement: X"]}],
        "interventions": [
            {"type": "DIETARY_SUPPLEMENT", "name": "X"},
            {"type": "DEVICE", "name": "Y"},
        ],
    }
    assert sections.arms_text(module).split("\n\n") == [
        "A", "Group Type", "Y", "Intervention Type DEVICE", "X",
        "Intervention Type DIETARY_SUPPLEMENT",
    ]  # fmt: skip


def test_people_come_back_with_or_without_an_affiliation() -> None:
    module = {
        "overallOfficials": [
            {"name": "A. Nurse", "affiliation": "Ward", "role": "STUDY_CHAIR"},
            {"name": "B. Nurse", "role": "PRINCIPAL_INVESTIGATOR"},
            {"name": "C. Nurse", "affiliation": "Ward"},
        ]
    }
    assert sections.read_officials(sections.write_officials(module)) == module


def test_sponsors_come_back() -> None:
    module = {
        "responsibleParty": {"type": "SPONSOR"},
        "leadSponsor": {"name": "City", "class": "OTHER"},
        "collaborators": [{"name": "Firm", "class": "INDUSTRY"}, {"name": "Friends"}],
    }
    text = sections.write_sponsors(module)
    assert text.endswith("Friends\n\nSponsor Role collaborator")
    party = sections.read_responsible(sections.write_responsible(module))
    assert sections.read_sponsors(text) | party == module


def test_a_site_s_city_may_hold_a_comma() -> None:
    text = "Seoul, Gangnam, North, South Korea\n\nSite Status"
    (site,) = sections.read_sites(text, ["South Korea"])["locations"]
    assert site == {"city": "Seoul, Gangnam", "state": "North", "country": "South Korea"}
    assert sections.write_sites({"locations": [site]}) == text


def test_publications_and_numbers_come_back() -> None:
    module = {"references": [{"pmid": "1", "type": "RESULT", "citation": "A\n\nB"}]}
    assert sections.read_references(sections.write_references(module)) == module
    numbers = {"orgStudyIdInfo": {"id": "X"}, "secondaryIdInfos": [{"id": "Y", "type": "NIH"}]}
    assert sections.read_identifiers(sections.write_identifiers(numbers)) == numbers
