from __future__ import annotations

import json

from equipoise.registry.related.facts import Facts, drugs, facts, person
from tests.registry.related.cohort import ALL, NAMING, PARENT, trial


def test_facts_survive_being_written() -> None:
    for study in ALL:
        assert Facts.from_json(json.loads(json.dumps(facts(study).as_json()))) == facts(study)


def test_drugs_of_interventions_before_those_of_texts() -> None:
    assert drugs(PARENT) == ("balmazole",)
    assert drugs(trial(1, "Esketamine for pain", "Base case, phase and disease")) == ("esketamine",)


def test_people_as_they_are_registered_and_known_without_their_degrees() -> None:
    assert facts(PARENT).people == ("Ann Nurse, MD",)
    assert person("Ann B. Nurse, MD, PhD") == person("ann nurse") != person("Bob Nurse")


def test_who_is_named_and_how() -> None:
    [(number, around)] = facts(NAMING).named
    assert number == "NCT00000100"
    assert "parent study" in around
