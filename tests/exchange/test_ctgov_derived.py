from __future__ import annotations

import copy
import json

import pytest

from equipoise.exchange.ctgov_derived import derive, standard_ages
from tests.exchange.real import needs_data, studies


@pytest.mark.parametrize(
    ("least", "most", "ages"),
    [
        (None, None, ["CHILD", "ADULT", "OLDER_ADULT"]),
        ("18 Years", None, ["ADULT", "OLDER_ADULT"]),
        ("18 Years", "64 Years", ["ADULT"]),
        ("17 Years", "65 Years", ["CHILD", "ADULT", "OLDER_ADULT"]),
        ("1 Day", "6 Months", ["CHILD"]),
        ("216 Months", "779 Months", ["ADULT"]),
        ("940 Weeks", "1 Hour", []),
        ("a few Years", None, []),
        ("² Years", None, []),
        ("18 Winters", None, []),
    ],
)
def test_age_groups_lie_between_the_limits(
    least: str | None, most: str | None, ages: list[str]
) -> None:
    assert standard_ages({"minimumAge": least, "maximumAge": most}) == ages


def test_an_arm_names_each_of_its_interventions_once() -> None:
    arms = {
        "armGroups": [{"label": "A"}, {"label": "B"}, {"label": "C"}],
        "interventions": [
            {"type": "DRUG", "name": "Balm", "armGroupLabels": ["A", "B"]},
            {"type": "DIETARY_SUPPLEMENT", "name": "Tea", "armGroupLabels": ["A"]},
            {"type": "DRUG", "name": "Balm", "armGroupLabels": ["A"]},
            {"type": "DRUG", "armGroupLabels": ["A"]},
        ],
    }
    derive({"protocolSection": {"armsInterventionsModule": arms}})
    assert arms["armGroups"] == [
        {"label": "A", "interventionNames": ["Drug: Balm", "Dietary Supplement: Tea"]},
        {"label": "B", "interventionNames": ["Drug: Balm"]},
        {"label": "C"},
    ]


def test_nothing_is_derived_of_nothing() -> None:
    study: dict[str, object] = {}
    derive(study)
    assert study == {}


@needs_data
def test_what_is_derived_is_what_the_api_says() -> None:
    for line in studies(every=15):
        study = json.loads(line)
        again = copy.deepcopy(study)
        protocol = again["protocolSection"]
        protocol.get("eligibilityModule", {}).pop("stdAges", None)
        for arm in protocol.get("armsInterventionsModule", {}).get("armGroups", []):
            arm.pop("interventionNames", None)
        derive(again)
        assert again == study
