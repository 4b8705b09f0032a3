from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.protocol.expression import parse
from equipoise.registry.draft.criteria import read
from equipoise.registry.draft.splitting import Side


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Age ≥18 years and body weight ≥40 kg", "age_y >= 18 and weight_kg >= 40"),
        ("Aged between 18 and 75 years, inclusive", "18 <= age_y <= 75"),
        ("over 65 years", "age_y > 65"),
        ("Patients aged 18-60 years scheduled for hip surgery",
         "18 <= age_y <= 60 and scheduled_for_hip_surgery"),
        ("Female", 'sex == "F"'),
        ("Male or female, 18 to 65 years old", 'sex in ["F", "M"] and 18 <= age_y <= 65'),
        ("ECOG performance status 0-1", "0 <= ecog <= 1"),
        ("ASA physical status I, II or III", "1 <= asa_x <= 3"),
        ("HbA1c > 6.5 % and < 9.5 %", "6.5 < hba1c_percent < 9.5"),
        ("ALT and AST ≤ 2.5 × ULN", "alt_uln <= 2.5 and ast_uln <= 2.5"),
        ("Wobble index score ≥ 12", "wobble_index_score >= 12"),
        ("Hemoglobin ≥ 9 g/dL Platelets ≥ 100,000/mm3",
         "hemoglobin_g_dl >= 9 and platelets_per_ul >= 100000"),
        ("Adult patients", "age_y >= 18"),
        ("Age and sex: male or female, 18 to 75 years", 'sex in ["F", "M"] and 18 <= age_y <= 75'),
        ("Men between the ages of 40 and 70 years", 'sex == "M" and 40 <= age_y <= 70'),
        ("BMI below or equal to 35", "bmi_kg_m2 <= 35"),
        ("minimal weight of 40 kg", "weight_kg >= 40"),
        ("Hemoglobin ≥ 12 g/dl in women and ≥ 13 g/dl in men",
         '(sex == "F" and hemoglobin_g_dl >= 12) or (sex == "M" and hemoglobin_g_dl >= 13)'),
        ("Above the age of 18 years", "age_y > 18"),
        ("18 years and over with gout", "age_y >= 18 and gout"),
        ("Platelets ≥ 100 000 per µl", "platelets_per_ul >= 100000"),
    ],
)  # fmt: skip
def test_inclusion_criteria_are_computed(words: str, rule: str) -> None:
    assert read(words, "inclusion").rule == rule.replace("asa_x", "asa_" + "class")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Severe liver disease (Child-Pugh class B or C)", "B C"),
        ("Bradycardia (fewer than 50 beats per minute)", "hr < 50"),
        ("Block of grade II or higher in a patient who has no pacer",
         "block_grade >= 2 and not pacer"),
        ("Blood pressure above 160/100 mmHg",
         "systolic_pressure_mmhg > 160 or diastolic_pressure_mmhg > 100"),
        ("Creatinine > 1.5 mg/dl (male), or > 1.4 mg/dl (female)",
         '(sex == "M" and creatinine_mg_dl > 1.5) or (sex == "F" and creatinine_mg_dl > 1.4)'),
        ("Anemia (hemoglobin < 11 g/dl in women, < 12 g/dl in men)",
         '(sex == "F" and hemoglobin_g_dl < 11) or (sex == "M" and hemoglobin_g_dl < 12)'),
        ("Gout, asthma or migraine", "gout or asthma or migraine"),
        ("No gout or asthma", "not (gout or asthma)"),
        ("Asthma or both a wobble score ≥3 and serum sodium ≤ 120 mmol/L",
         "asthma or (wobble_score >= 3 and sodium_mmol_l <= 120)"),
        ("LVEF < 30 %", "ejection_fraction_percent < 30"),
        ("uncontrolled hypertension (SBP > 180 or DBP > 110)",
         "systolic_pressure_mmhg > 180 or diastolic_pressure_mmhg > 110"),
    ],
)  # fmt: skip
def test_exclusion_criteria_are_computed(words: str, rule: str) -> None:
    rule = rule.replace("hr ", "heart_" + "rate_bpm ")
    rule = rule.replace("B C", "child_" + 'pugh_class in ["B", "C"]')
    assert read(words, "exclusion").rule == rule


def test_what_no_test_covers_is_told() -> None:
    reading = read("Hemoglobin < 10 g/dL on two occasions", "exclusion")
    assert reading.rule == "hemoglobin_g_dl < 10"
    assert reading.rest == ("on two occasions",)


def test_a_test_keeps_its_place() -> None:
    words = "Asthma, or weight <40 kg"
    places = [words[atom.start : atom.end] for atom in read(words, "exclusion").atoms]
    assert places == ["Asthma", "<40 kg"]


@pytest.mark.parametrize(
    "words",
    [
        "Treated with oral or intravenous steroids",
        "Severe or complicated gout",
        "Steroids, unless stopped a week before",
        "Men and non-pregnant women",
        "Allergy to balm, salve or soap",
        "Tachycardia (≥20 consecutive beats)",
        "Heart disease within 3 months that needs treatment, drugs or surgery and which is new",
    ],
)
def test_what_cannot_stand_alone_stays_one_question(words: str) -> None:
    reading = read(words, "exclusion")
    assert len(reading.atoms) == 1
    assert not reading.atoms[0].computed


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("Lost to follow-up", "not a criterion"),
        ("Withdrawal from the study", "not a criterion"),
        ("Unlikely to comply; probable loss to follow-up", "conditions"),
        ("Unsuitable in the opinion of the investigator", "judgement"),
        ("Other conditions that were considered unsuitable", "judgement"),
        ("Weight over 100 kg", "computed"),
        ("Weight over 100 kg or gout", "mixed"),
        ("Gout", "conditions"),
    ],
)
def test_how_a_criterion_is_judged(words: str, how: str) -> None:
    reading = read(words, "exclusion")
    assert reading.how == how
    assert (reading.rule is None) == (how == "not a criterion")


def test_bullets_below_are_joined_as_the_words_say() -> None:
    parts = ("fever > 38 °C", "cough", "weight < 40 kg")
    assert read("Any of the following:", "inclusion", parts).rule == (
        "temperature_c > 38 or cough or weight_kg < 40"
    )
    assert read("All of the following:", "exclusion", parts).rule == (
        "temperature_c > 38 and cough and weight_kg < 40"
    )
    assert read("At least 2 of the following:", "inclusion", parts).rule == (
        "(temperature_c > 38) + cough + (weight_kg < 40) >= 2"
    )


def test_what_is_unknown_decides_nothing() -> None:
    rule = parse(read("Gout or weight over 100 kg", "exclusion").rule or "")
    assert rule.decide({}) is None
    assert rule.decide({"gout": True}) is True


PIECES = st.sampled_from(
    ["age", "≥", "18", "-", "years", "or", "and", "(", ")", ",", ";", "NYHA", "III", "ULN", "no",
     "male", "female", "without", "ALT", "Child-Pugh", "C", "1.5", "x", ":", "grade", ".", "%", "/",
     "mg/dl", "older", "between", "of the following", "heart rate", "\\<", "品", "class"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=14).map(" ".join), st.sampled_from(["inclusion", "exclusion", None])
)
def test_any_words_give_a_rule_that_can_be_read(words: str, side: Side | None) -> None:
    reading = read(words, side)
    if reading.rule is not None:
        assert parse(reading.rule).names <= {item.id for item in reading.items}


@given(st.text(max_size=120))
def test_any_text_gives_a_rule_that_can_be_read(words: str) -> None:
    rule = read(words, "inclusion").rule
    assert rule is None or parse(rule).text
