from __future__ import annotations

from equipoise.registry.draft.compose import draft
from tests.registry.sample import put, record

ARMS = "protocolSection.armsInterventionsModule"


def test_an_outcome_becomes_a_form_a_visit_and_an_endpoint() -> None:
    data = draft(record()).data
    (endpoint,) = data["endpoints"].values()
    assert endpoint["variable"]["visits"] == ["day1"]
    assert endpoint["estimand"]["compare"] == ["balm", "salve"]
    assert endpoint["estimand"]["summary"] == "mean difference"
    (item,) = data["forms"][endpoint["variable"]["form"]]["items"]
    assert item["range"] == [0, 10]
    assert [visit["visit"] for visit in data["schedule"]] == ["screening", "day1"]


def test_one_arm_has_nothing_to_compare() -> None:
    study = record()
    put(study, f"{ARMS}.armGroups", [{"label": "Balm", "type": "EXPERIMENTAL"}])
    assert "endpoints" not in draft(study).data


def test_several_visits_are_any_or_each() -> None:
    study = record()
    put(study, "protocolSection.outcomesModule", {
        "primaryOutcomes": [{"measure": "Incidence of itch", "timeFrame": "1 and 2 days"}],
        "secondaryOutcomes": [{"measure": "Itch score", "timeFrame": "1 and 2 days"}],
    })  # fmt: skip
    first, second = draft(study).data["endpoints"].values()
    assert (first["variable"]["over"], first["estimand"]["summary"]) == ("any", "risk ratio")
    assert (second["variable"]["over"], second["role"]) == ("each", "secondary")


def test_a_long_list_of_outcomes_is_cut_and_told() -> None:
    study = record()
    many = [{"measure": f"Itch {place}", "timeFrame": "1 day"} for place in range(20)]
    put(study, "protocolSection.outcomesModule", {"primaryOutcomes": many})
    made = draft(study)
    assert len(made.data["endpoints"]) == 12
    assert "The first 12 primary outcomes" in made.comments["endpoints",][0]
