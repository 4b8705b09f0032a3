from __future__ import annotations

import pytest

from equipoise.registry.draft.bounds import elements
from equipoise.registry.draft.chunks import Told, named_class, read
from equipoise.registry.draft.lexing import lex
from equipoise.registry.draft.quantities import quantities
from equipoise.registry.draft.rules import text


def _rule(words: str, told: Told | None = None) -> str | None:
    node = read(elements(lex(words)), words, told or Told(), lambda parts, quiet: None)
    return text(node) if node is not None else None


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("heart failure with LVEF < 40 %", "heart_failure and ejection_fraction_percent < 40"),
        ("more than Killip class 2", "killip_class > 2"),
        ("men over 40 years", 'sex == "M" and age_y > 40'),
        ("APACHE II > 25", "apache_ii > 25"),
        ("healthy volunteers aged 18 to 45 years", "healthy_volunteers and 18 <= age_y <= 45"),
        ("fever (> 38 °C)", "temperature_c > 38"),
        ("blood pressure ≥ 140/90 mmHg",
         "systolic_pressure_mmhg >= 140 or diastolic_pressure_mmhg >= 90"),
        ("either sex", 'sex in ["F", "M"]'),
        ("stage II-IIIA", "stage_ii_iiia"),
        ("patients", None),
    ],
)  # fmt: skip
def test_a_stretch_is_a_test_or_a_question(words: str, rule: str | None) -> None:
    assert _rule(words) == rule


def test_a_number_alone_is_of_the_quantity_before() -> None:
    told = Told(last=quantities()["sodium"])
    assert _rule("> 150 mmol/L in men", told) == 'sex == "M" and sodium_mmol_l > 150'
    assert _rule("> 150 mmol/L in men", Told()) != 'sex == "M" and sodium_mmol_l > 150'
    assert _rule("> 3 in men", Told()) != 'sex == "M"'


def test_an_adult_is_doubted() -> None:
    told = Told()
    assert _rule("adults", told) == "age_y >= 18"
    assert told.doubts == ["adult is read as 18 years or more"]


def test_only_instruments_have_classes_with_letters() -> None:
    found = named_class("severe child pugh class")
    assert found is not None
    assert found.codes == ("A", "B", "C")
    assert named_class("ecog") is None
    assert named_class("child pugh was not measured in") is None
