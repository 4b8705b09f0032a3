from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from equipoise.protocol.load import Loaded, load_study
from equipoise.registry.draft.compose import draft
from equipoise.registry.draft.writing import written
from equipoise.registry.source import records
from tests.registry.sample import DELETE, put, record

ARMS = "protocolSection.armsInterventionsModule"
BAG = (
    "Pump with balm 50 mg, diluted with saline to 200 ml; 2-ml boluses, lockout interval of 8 "
    "minutes, background infusion at 1 ml/h"
)


def _loaded(study: Any, folder: Path) -> Loaded:
    made = draft(study)
    (folder / "record.json").write_text(json.dumps(study), encoding="utf-8")
    (folder / "protocol.yaml").write_text(written(made.data, made.comments), encoding="utf-8")
    return load_study(folder)


def _whats(loaded: Loaded) -> list[str]:
    return [problem.what for problem in loaded.errors]


def test_what_is_missing_is_all_that_is_wrong(tmp_path: Path) -> None:
    study = record()
    for place in (0, 1):
        put(
            study,
            f"{ARMS}.armGroups.{place}.description",
            BAG.replace("balm", "salve" * place or "balm"),
        )
    loaded = _loaded(study, tmp_path)
    assert _whats(loaded) == [
        "`allocation` is missing", "`zone` is missing", "`bolus_rate_ml_h` is missing",
        "`duration_h` is missing", "the mixtures differ and nobody may know which is which",
        "nobody signs the opening of the allocation",
    ]  # fmt: skip


def test_nothing_is_invented(tmp_path: Path) -> None:
    study = record()
    for name in ("armsInterventionsModule", "designModule", "outcomesModule", "eligibilityModule",
                 "contactsLocationsModule"):  # fmt: skip
        put(study, f"protocolSection.{name}", DELETE)
    made = draft(study)
    assert made.data["arms"] == {}
    assert not {"mixtures", "pump", "masking", "site", "endpoints", "allocation"} & made.data.keys()
    assert made.data["eligibility"] == []
    _loaded(study, tmp_path)


def test_a_study_that_does_not_randomize_is_told_so() -> None:
    study = record()
    assert "not that of a randomized trial" not in " ".join(draft(study).comments[()])
    put(study, "protocolSection.designModule.designInfo.allocation", "NON_RANDOMIZED")
    assert "not that of a randomized trial" in " ".join(draft(study).comments[()])


def test_every_drafted_part_says_from_what() -> None:
    study = record()
    put(study, f"{ARMS}.armGroups.0.description", BAG)
    made = draft(study)
    for place in range(len(made.criteria)):
        assert made.comments["eligibility", place][0].startswith("confirm: ")
    assert "8 minutes" in made.comments["pump",][0]
    assert "balm 50 mg" in made.comments["mixtures", "balm"][0]
    assert {each["status"] for each in made.assumptions} == {"inferred", "assumed"}


# --- the shipped studies --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flagship() -> Any:
    (found,) = records("NCT05718544")
    return found.study


def test_the_flagship_s_bags_and_pump(flagship: Any) -> None:
    data = draft(flagship).data
    combined, placebo = data["mixtures"].values()
    per_kg = {"drug": "sufentanil", "unit": "ug", "per_kg": 4, "maximum": 250}
    assert combined["components"] == [
        {"drug": "esketamine", "unit": "mg", "amount": 50},
        {"drug": "dexmedetomidine", "unit": "ug", "amount": 200},
        per_kg,
    ]
    assert placebo["components"] == [per_kg]
    assert combined["volume_ml"] == placebo["volume_ml"] == 200
    assert data["pump"] == {
        "bolus_ml": 2, "lockout_min": 8, "background_ml_h": 1, "reservoir_ml": 200,
    }  # fmt: skip
    assert data["masking"]["masked"] == [
        "participant", "caregiver", "investigator", "outcomes assessor",
    ]  # fmt: skip


def test_the_flagship_s_criteria(flagship: Any) -> None:
    found = draft(flagship).criteria
    hows = [each.reading.how for each in found]
    assert len(hows) == 13
    assert hows.count("judgement") == hows.count("not a criterion") == 1
    rules = {each.id: each.reading.rule for each in found}
    assert rules["E9"] is None
    assert rules["E1"] == (
        "sick_sinus_syndrome or heart_rate_bpm < 50 or (atrioventricular_block_grade >= 2 and not "
        "pacemaker) or congenital_heart_disease or arrhythmia or nyha_class >= 3"
    )
    assert rules["E2"] == (
        "obstructive_sleep_apnea_syndrome or (stop_bang >= 3 and bicarbonate_mmol_l >= 28)"
    )
    assert rules["E6"] == (
        'child_pugh_class == "C" or renal_dysfunction_that_is_severe or asa_class >= 4'
    )


def test_the_parent_s_limit_of_weight(tmp_path: Path) -> None:
    (parent,) = records("NCT04791059")
    rules = [each.reading.rule for each in draft(parent.study).criteria]
    assert rules[0] == "age_y >= 18 and weight_kg >= 40"
    wrong = [what for what in _whats(_loaded(parent.study, tmp_path)) if "missing" not in what]
    assert wrong == ["nobody signs the opening of the allocation"]
