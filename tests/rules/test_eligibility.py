from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.events.types import Value
from equipoise.protocol.load import load_study
from equipoise.protocol.parts import Criterion, Form, Protocol
from equipoise.rules.eligibility import Verdict, judge

FORM = Form.model_validate(
    {
        "title": "Screening",
        "items": [
            {"id": "age_y", "type": "integer", "label": "Age"},
            {"id": "asthma", "type": "boolean", "label": "Asthma"},
            {"id": "mass", "type": "decimal", "precision": 1, "label": "Mass"},
            {"id": "size", "type": "decimal", "precision": 2, "label": "Size"},
            {
                "id": "index", "type": "decimal", "precision": 1, "label": "Index",
                "formula": "mass / size ** 2",
            },
        ],
    }
)  # fmt: skip


def criterion(id: str, kind: str, rule: str | None) -> Criterion:  # noqa: A002
    why = {} if rule else {"not_applicable": "it happens later"}
    return Criterion.model_validate({"id": id, "kind": kind, "text": id, "rule": rule} | why)


RULES = (
    criterion("I1", "inclusion", "age_y >= 18"),
    criterion("E1", "exclusion", "asthma or index >= 40"),
    criterion("E2", "exclusion", None),
)
WELL: dict[str, Value] = {"age_y": 30, "asthma": False, "mass": "60.0", "size": "1.70"}


def results(verdict: Verdict) -> dict[str, str]:
    return {each.id: each.result for each in verdict.criteria}


def test_every_criterion_is_listed_with_its_inputs() -> None:
    verdict = judge(RULES, [FORM], WELL)
    assert verdict.eligible is True
    assert results(verdict) == {"I1": "satisfied", "E1": "satisfied", "E2": "not applicable"}
    assert verdict.criteria[0].inputs == {"age_y": 30}
    assert verdict.criteria[1].inputs == {"asthma": False, "index": "20.8"}
    assert verdict.missing == ()


@pytest.mark.parametrize(
    ("values", "eligible", "result", "missing"),
    [
        ({"age_y": 17}, False, {"I1": "violated"}, ()),
        ({"age_y": None}, None, {"I1": "unknown"}, ("age_y",)),
        ({"asthma": True, "mass": None}, False, {"E1": "violated"}, ()),
        ({"asthma": None}, None, {"E1": "unknown"}, ("asthma",)),
        ({"size": None}, None, {"E1": "unknown"}, ("size",)),
        ({"size": None, "mass": None}, None, {"E1": "unknown"}, ("mass", "size")),
        ({"mass": "130.0", "asthma": None}, False, {"E1": "violated"}, ()),
        ({"age_y": 17, "asthma": None}, False, {"E1": "unknown"}, ("asthma",)),
        ({"size": "0.00"}, None, {"E1": "unknown"}, ("index",)),
    ],
)
def test_unknown_is_not_eligible_and_says_what_is_missing(
    values: dict[str, Value],
    eligible: bool | None,
    result: dict[str, str],
    missing: tuple[str, ...],
) -> None:
    verdict = judge(RULES, [FORM], WELL | values)
    assert verdict.eligible is eligible
    assert results(verdict).items() >= result.items()
    assert verdict.missing == missing


def test_the_values_behind_an_open_score_are_inputs_too() -> None:
    (judged,) = judge(RULES[1:2], [FORM], {"asthma": True, "mass": "60.0"}).criteria
    assert judged.inputs == {"asthma": True, "index": None, "mass": "60.0", "size": None}


def test_what_cannot_be_computed_is_unknown_and_names_its_values() -> None:
    rules = [criterion("E1", "exclusion", "mass / size > 40")]
    verdict = judge(rules, [FORM], WELL | {"size": "0.00"})
    assert verdict.eligible is None
    assert verdict.missing == ("mass", "size")


def test_without_criteria_everybody_is_eligible() -> None:
    assert judge([], [FORM], {}) == Verdict(True, ())


VALUES = st.fixed_dictionaries(
    {
        "age_y": st.none() | st.integers(0, 90),
        "asthma": st.none() | st.booleans(),
        "mass": st.none() | st.sampled_from(["40.0", "60.0", "130.0"]),
        "size": st.none() | st.sampled_from(["1.50", "1.70"]),
    }
)


@given(VALUES, st.data())
@settings(deadline=None, max_examples=150)
def test_a_verdict_stands_whatever_is_learned_later(
    values: dict[str, Value], data: st.DataObject
) -> None:
    later = dict(values)
    for name, value in values.items():
        if value is None:
            later[name] = data.draw(st.sampled_from([WELL[name]]) | st.just(None))
    early, late = judge(RULES, [FORM], values), judge(RULES, [FORM], later)
    for before, after in zip(early.criteria, late.criteria, strict=True):
        if before.result != "unknown":
            assert after.result == before.result
    if early.eligible is not None:
        assert late.eligible is early.eligible
    if early.eligible is not False:
        assert bool(early.missing) is (early.eligible is None)
    assert all(values[name] is None for name in early.missing)
    told = values | {name: WELL[name] for name in early.missing}
    assert "unknown" not in results(judge(RULES, [FORM], told)).values()


# --- the shipped follow-up study ------------------------------------------------------------

FIT: dict[str, Value] = {
    "sex": "F", "age_y": 27, "height_cm": "160.0", "weight_kg": "52.0", "asa_class": 2,
    "scoliosis_correction": True, "pcia_needed": True, "sick_sinus_syndrome": False,
    "heart_rate_bpm": 76, "av_block_grade": 0, "pacemaker": False,
    "congenital_heart_disease": False, "arrhythmia": False, "nyha_class": 1, "osa": False,
    "snoring": False, "tired": False, "observed_apnoea": False, "hypertension": False,
    "neck_large": False, "bicarbonate_mmol_l": "25.0", "hyperthyroidism": False,
    "phaeochromocytoma": False, "schizophrenia": False, "epilepsy": False,
    "myasthenia_gravis": False, "preoperative_delirium": False, "communication_barrier": False,
    "bilirubin_umol_l": "11.0", "albumin_g_l": "44.0", "inr": "1.00", "ascites": 0,
    "encephalopathy": 0, "dialysis": False, "in_other_study": False, "judged_unsuitable": False,
}  # fmt: skip
STOP: dict[str, Value] = {"snoring": True, "tired": True, "hypertension": True}
PUGH_C: dict[str, Value] = {
    "bilirubin_umol_l": "60.0", "albumin_g_l": "25.0", "inr": "2.5", "ascites": 1,
}  # fmt: skip


@cache
def shipped(study: str) -> Protocol:
    protocol = load_study(study).protocol
    assert protocol is not None
    return protocol


def follow_up(values: dict[str, Value]) -> Verdict:
    protocol = shipped("NCT05718544")
    return judge(protocol.eligibility, protocol.all_forms().values(), values)


def test_the_fit_are_eligible_and_loss_to_follow_up_is_no_criterion() -> None:
    verdict = follow_up(FIT)
    assert verdict.eligible is True
    assert [e.id for e in verdict.criteria if e.result == "not applicable"] == ["E9"]
    assert all(e.result == "satisfied" for e in verdict.criteria if e.id != "E9")


@pytest.mark.parametrize(
    ("values", "violated"),
    [
        ({"age_y": 17}, {"I1"}),
        ({"age_y": 18}, set()),
        ({"scoliosis_correction": False}, {"I2"}),
        ({"pcia_needed": False}, {"I3"}),
        ({"heart_rate_bpm": 50}, set()),
        ({"heart_rate_bpm": 49}, {"E1"}),
        ({"sick_sinus_syndrome": True}, {"E1"}),
        ({"av_block_grade": 1}, set()),
        ({"av_block_grade": 2}, {"E1"}),
        ({"av_block_grade": 3, "pacemaker": True}, set()),
        ({"heart_rate_bpm": 49, "pacemaker": True}, {"E1"}),
        ({"congenital_heart_disease": True}, {"E1"}),
        ({"arrhythmia": True}, {"E1"}),
        ({"nyha_class": 2}, set()),
        ({"nyha_class": 3}, {"E1"}),
        ({"osa": True}, {"E2"}),
        (STOP, set()),
        ({"bicarbonate_mmol_l": "28.0"}, set()),
        (STOP | {"bicarbonate_mmol_l": "27.9"}, set()),
        (STOP | {"bicarbonate_mmol_l": "28.0"}, {"E2"}),
        (STOP | {"tired": False, "bicarbonate_mmol_l": "30.0"}, set()),
        # The third point is male sex, age over 50 (not 50), or body mass index over 35 (not 35).
        (STOP | {"tired": False, "sex": "M", "bicarbonate_mmol_l": "30.0"}, {"E2"}),
        (STOP | {"tired": False, "age_y": 50, "bicarbonate_mmol_l": "30.0"}, set()),
        (STOP | {"tired": False, "age_y": 51, "bicarbonate_mmol_l": "30.0"}, {"E2"}),
        (STOP | {"tired": False, "weight_kg": "89.6", "bicarbonate_mmol_l": "30.0"}, set()),
        (STOP | {"tired": False, "weight_kg": "89.9", "bicarbonate_mmol_l": "30.0"}, {"E2"}),
        ({"hyperthyroidism": True}, {"E3"}),
        ({"phaeochromocytoma": True}, {"E3"}),
        ({"schizophrenia": True}, {"E4"}),
        ({"epilepsy": True}, {"E4"}),
        ({"myasthenia_gravis": True}, {"E4"}),
        ({"preoperative_delirium": True}, {"E5"}),
        ({"communication_barrier": True}, {"E5"}),
        (PUGH_C, {"E6"}),
        # 3 + 3 + 1 + 1 + 1 = 9 points are class B, one point more is C.
        ({"bilirubin_umol_l": "60.0", "albumin_g_l": "25.0"}, set()),
        ({"bilirubin_umol_l": "60.0", "albumin_g_l": "25.0", "ascites": 1}, {"E6"}),
        ({"dialysis": True}, {"E6"}),
        ({"asa_class": 3}, set()),
        ({"asa_class": 4}, {"E6"}),
        ({"weight_kg": "40.0"}, set()),
        ({"weight_kg": "39.9"}, {"E7"}),
        ({"in_other_study": True}, {"E8"}),
        ({"judged_unsuitable": True}, {"E10"}),
        ({"weight_kg": "39.9", "dialysis": True}, {"E6", "E7"}),
    ],
)
def test_each_registered_criterion(values: dict[str, Value], violated: set[str]) -> None:
    verdict = follow_up(FIT | values)
    assert {e.id for e in verdict.criteria if e.result == "violated"} == violated
    assert verdict.eligible is (not violated)


@pytest.mark.parametrize(
    ("values", "eligible", "missing"),
    [
        # Bicarbonate does not matter below three points, nor points below 28 mmol/l.
        ({"bicarbonate_mmol_l": None}, True, ()),
        (STOP | {"bicarbonate_mmol_l": None}, None, ("bicarbonate_mmol_l",)),
        ({"snoring": None, "tired": None, "hypertension": None}, True, ()),
        (
            {"snoring": None, "tired": None, "sex": "M", "bicarbonate_mmol_l": "29.0"},
            None,
            ("snoring", "tired"),
        ),
        (STOP | {"neck_large": None, "bicarbonate_mmol_l": "29.0"}, False, ()),
        # A pacemaker matters only with a block.
        ({"pacemaker": None}, True, ()),
        ({"pacemaker": None, "av_block_grade": 2}, None, ("pacemaker",)),
        # Without laboratory values class C is possible, with bilirubin and albumin normal not:
        # 1 + 1 + 3 + 3 + 1 = 9 points at most.
        ({"inr": None, "ascites": None}, True, ()),
        ({"inr": None, "ascites": None, "albumin_g_l": "30.0"}, None, ("inr", "ascites")),
        ({"weight_kg": None}, None, ("weight_kg",)),
        ({"osa": None, "weight_kg": "39.0"}, False, ("osa",)),
    ],
)
def test_what_is_not_known(
    values: dict[str, Value], eligible: bool | None, missing: tuple[str, ...]
) -> None:
    verdict = follow_up(FIT | values)
    assert verdict.eligible is eligible
    assert verdict.missing == missing


def test_the_parent_wants_40_kg_as_well() -> None:
    protocol = shipped("NCT04791059")
    for weight, expected in [("39.9", False), ("40.0", True)]:
        values: dict[str, Any] = FIT | {"weight_kg": weight}
        assert judge(protocol.eligibility, protocol.forms.values(), values).eligible is expected
