from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from equipoise.protocol.load import load_study
from tests.protocol.sample import Change, load, load_follow_up, said

FIRST, SECOND = "endpoints.soreness", "endpoints.ever_sore"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("expression: soreness, form: diary", "expression: soreness, form: dairy"),
            [
                f"{FIRST}.variable.form: there is no form `dairy`",
                f"{FIRST}.variable.visits.#1: form `dairy` is not due at visit `night`",
            ],
        ),
        (
            ("expression: soreness, form: diary", "expression: age_y, form: baseline"),
            [f"{FIRST}.variable.visits.#1: form `baseline` is not due at visit `night`"],
        ),
        (
            ("visits: [night]", "visits: [nigth]"),
            [f"{FIRST}.variable.visits.#1: there is no visit `nigth`"],
        ),
        (
            ("visits: [night]", "visits: []"),
            [f"{FIRST}.variable.visits: it is measured at no visit"],
        ),
        (
            ("visits: [night]", "visits: [noon, night]"),
            [f"{FIRST}.variable.over: `over: value` takes one visit, not 2"],
        ),
        (("visits: [night]", "visits: [noon, night], over: each"), []),
        (("visits: [night]", "visits: [noon, night], over: area"), []),
        (
            ("visits: [night]", "visits: [night, noon], over: area"),
            [f"{FIRST}.variable.visits: `over: area` needs visits in the order of their times"],
        ),
        (
            ("visits: [night]", "visits: [night], over: area"),
            [f"{FIRST}.variable.visits: `over: area` needs two visits at least"],
        ),
        (
            ("visits: [noon, night], over: any", "visits: [noon, night], over: area"),
            [f"{SECOND}.variable.over: an area is a number, and a risk ratio is of events"],
        ),
        (
            ("visits: [noon, night], over: any", "visits: [noon, noon], over: any"),
            [f"{SECOND}.variable.visits.#2: visit `noon` is named twice"],
        ),
        (
            ("expression: soreness,", "expression: sorenes,"),
            [f"{FIRST}.variable.expression: there is no item `sorenes`"],
        ),
        (
            ("expression: sore,", "expression: soreness,"),
            [f"{SECOND}.variable.expression: the result is a number, where yes or no is wanted"],
        ),
        (("expression: soreness,", "expression: sore,"), []),
        (
            ("mean difference, compare: [balm, salve]", "mean difference, compare: [balm, slave]"),
            [f"{FIRST}.estimand.compare.#2: there is no arm `slave`"],
        ),
        (
            ("mean difference, compare: [balm, salve]", "mean difference, compare: [balm, balm]"),
            [f"{FIRST}.estimand.compare: arm `balm` is compared with itself"],
        ),
        (
            ("population: all, summary: mean", "population: al, summary: mean"),
            [f"{FIRST}.estimand.population: there is no population `al`"],
        ),
        (
            ("role: primary", "role: other"),
            ["warning endpoints: no endpoint is primary"],
        ),
        (
            ("rule: randomized}", "rule: randomised}"),
            ["populations.all.rule: there is no item `randomised`"],
        ),
        (
            ("rule: randomized}", "rule: randomized + treated}"),
            ["populations.all.rule: the result is a number, where yes or no is wanted"],
        ),
        (
            (
                "assumptions:\n",
                "assumptions:\n  - {id: dose, says: x, because: y, status: found}\n",
            ),
            ["assumptions.dose: assumption `dose` is there twice"],
        ),
        (
            (
                "text: Lost to follow-up, not_applicable: It is missing data.",
                "text: Lost to follow-up, rule: heavy",
            ),
            [
                (
                    "eligibility.E2.rule: loss to follow-up happens after randomization and "
                    "excludes nobody"
                )
            ],
        ),
        (
            (
                "text: Lost to follow-up, not_applicable: It is missing data.",
                "text: {en: Gone, zh: 失访}, rule: heavy",
            ),
            [
                (
                    "eligibility.E2.rule: loss to follow-up happens after randomization and "
                    "excludes nobody"
                )
            ],
        ),
    ],
)
def test_outcomes(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


def record(**parts: Any) -> dict[str, Any]:
    modules = {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": "Balm"},
        "designModule": {
            "enrollmentInfo": {"count": 40},
            "designInfo": {
                "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]}
            },
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Balm", "type": "EXPERIMENTAL"},
                {"label": "Salve", "type": "PLACEBO_COMPARATOR"},
            ]
        },
        "eligibilityModule": {"eligibilityCriteria": "Inclusion:\n\n* Adult\n\nExclusion:\n\n* A"},
    }
    return {"protocolSection": modules | parts}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, []),
        (
            {"identificationModule": {"nctId": "NCT00000002", "briefTitle": "Balm"}},
            ["study: the record beside it is that of NCT00000002"],
        ),
        (
            {"designModule": {"enrollmentInfo": {"count": 41}}},
            ["allocation.length: the list has 40 slots and the record enrols 41"],
        ),
        (
            {
                "designModule": {
                    "designInfo": {"maskingInfo": {"whoMasked": ["CARE_PROVIDER", "INVESTIGATOR"]}}
                }
            },
            [
                (
                    "warning masking.masked: the caregiver is masked in the record and not in "
                    "the protocol"
                )
            ],
        ),
        (
            {"armsInterventionsModule": {"armGroups": [{"label": "Balm", "type": "EXPERIMENTAL"}]}},
            [
                (
                    "warning arms: the record has the arms 1 EXPERIMENTAL, the protocol 1 "
                    "EXPERIMENTAL, 1 PLACEBO_COMPARATOR"
                )
            ],
        ),
        (
            {"eligibilityModule": {"eligibilityCriteria": "1. A\n2. B\n* C\n- D\n"}},
            ["note eligibility: the record lists 4 criteria and the protocol 3"],
        ),
    ],
)
def test_the_record_beside_the_protocol(
    tmp_path: Path, parts: dict[str, Any], expected: list[str]
) -> None:
    load(tmp_path, ("study: XX0001", "study: NCT00000001"))
    home = tmp_path / "XX0001"
    (home / "record.json").write_text(json.dumps(record(**parts)), encoding="utf-8")
    loaded = load_study(home)
    assert loaded.record is not None
    assert said(loaded) == expected


def test_the_record_of_a_follow_up_is_compared_with_the_arms_of_its_parent(tmp_path: Path) -> None:
    load_follow_up(tmp_path, ("study: XX0002", "study: NCT00000001"))
    home = tmp_path / "XX0002"
    one = {"armGroups": [{"label": "Balm", "type": "OTHER"}]}
    (home / "record.json").write_text(json.dumps(record(armsInterventionsModule=one)), "utf-8")
    assert said(load_study(home)) == [
        (
            "warning extends: the record has the arms 1 OTHER, the protocol 1 EXPERIMENTAL, 1 "
            "PLACEBO_COMPARATOR"
        ),
        "note eligibility: the record lists 2 criteria and the protocol 1",
    ]
