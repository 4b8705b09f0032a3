from __future__ import annotations

from equipoise.protocol.expression import parse
from equipoise.protocol.facts import DEVIATION, FACTS, VISIT_H, deviation


def test_a_kind_of_deviation_is_a_name_that_a_rule_can_ask_for() -> None:
    assert deviation("Pump  settings") == "deviation_pump_settings"
    assert parse(f"{deviation('wrong kit')} == 0").names == {"deviation_wrong_kit"}


def test_facts_are_apart_from_what_is_made_up_of_them() -> None:
    assert VISIT_H not in FACTS
    assert not any(name.startswith(DEVIATION) for name in FACTS)
    assert set(FACTS.values()) <= {"boolean", "number"}
