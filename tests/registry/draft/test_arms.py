from __future__ import annotations

from equipoise.registry.draft.compose import draft
from tests.registry.sample import put, record

ARMS = "protocolSection.armsInterventionsModule"


def test_masking_is_that_of_the_record() -> None:
    assert draft(record()).data["masking"]["masked"] == ["participant", "investigator"]


def test_a_bag_may_stand_with_the_interventions() -> None:
    study = record()
    put(study, f"{ARMS}.interventions.0.description", "50 mg balm in 100 ml saline on a pump")
    made = draft(study)
    assert list(made.bags) == ["balm"]
    assert made.data["mixtures"]["balm"]["volume_ml"] == 100


def test_a_placebo_may_be_the_diluent_alone() -> None:
    study = record()
    put(study, f"{ARMS}.armGroups.0.description", "balm 2 mg in 20 ml normal saline")
    put(study, f"{ARMS}.armGroups.1.description", "20 ml normal saline")
    mixtures = draft(study).data["mixtures"]
    assert mixtures["salve"] == {"diluent": "normal saline", "volume_ml": 20, "components": []}
    put(study, f"{ARMS}.armGroups.0.description", "balm")
    assert "mixtures" not in draft(study).data


def test_arms_of_one_name_are_two() -> None:
    study = record()
    put(study, f"{ARMS}.armGroups.1.label", "Balm")
    put(study, f"{ARMS}.armGroups.1.type", "NO_SUCH_TYPE")
    arms = draft(study).data["arms"]
    assert list(arms) == ["balm", "balm_2"]
    assert arms["balm_2"]["type"] == "OTHER"


def test_pumps_that_differ_are_told() -> None:
    study = record()
    for place, lockout in enumerate((8, 10)):
        words = f"PCA bolus 2 ml, lockout {lockout} min"
        put(study, f"{ARMS}.armGroups.{place}.description", words)
    made = draft(study)
    assert made.data["pump"]["lockout_min"] == 8
    assert "The arms differ; this is the program of balm." in made.comments["pump",]
