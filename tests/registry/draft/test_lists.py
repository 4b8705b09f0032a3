from __future__ import annotations

import pytest

from equipoise.registry.draft.bounds import elements
from equipoise.registry.draft.chunks import Told
from equipoise.registry.draft.grouping import prepared
from equipoise.registry.draft.lexing import lex
from equipoise.registry.draft.lists import read
from equipoise.registry.draft.rules import Joined, text


def _rule(words: str, default: Joined = "or", told: Told | None = None) -> str | None:
    node = read(prepared(elements(lex(words))), words, default, told or Told())
    return text(node) if node is not None else None


@pytest.mark.parametrize(
    ("words", "default", "rule"),
    [
        ("gout, asthma", "or", "gout or asthma"),
        ("gout, asthma", "and", "gout and asthma"),
        ("gout, asthma and age > 70 years", "or", "gout or (asthma and age_y > 70)"),
        ("gout without asthma", "or", "gout and not asthma"),
        ("gout without asthma or migraine", "or", "gout and not (asthma or migraine)"),
        ("gout without asthma, migraine", "or", "(gout and not asthma) or migraine"),
        ("ALT or AST > 100 U/L", "or", "alt_u_l > 100 or ast_u_l > 100"),
        ("fever or heart rate > 100 mmHg", "or", None),
        ("hemoglobin < 9 g/dl at screening", "or", "hemoglobin_g_dl < 9"),
    ],
)
def test_lists(words: str, default: Joined, rule: str | None) -> None:
    found = _rule(words, default)
    if rule is None:  # a state is no name that shares the number after it
        assert found is not None
        assert "temperature" not in found
    else:
        assert found == rule


def test_and_between_conditions_that_exclude_is_doubted() -> None:
    told = Told()
    assert _rule("gout and asthma", "or", told) == "gout or asthma"
    assert told.doubts == ["`and` between conditions is read as or"]
    assert _rule("both gout and asthma") == "gout and asthma"
    assert _rule("gout and asthma", "and") == "gout and asthma"


def test_a_stretch_that_stays_whole_tells_what_could_be_computed() -> None:
    told = Told()
    rule = _rule("weight < 40 kg or which was never measured by anyone", "or", told)
    assert rule is not None
    assert "<" not in rule
    assert told.doubts == ["asked as a whole, though this could be computed: weight_kg < 40"]


def test_a_head_that_may_rule_what_follows_keeps_the_list_whole() -> None:
    rule = _rule("recovered from surgery, radiation or other therapy with LVEF > 40 %")
    assert rule is not None
    assert " " not in rule
    assert _rule("allergy to balm or weight > 100 kg") == "allergy_to_balm or weight_kg > 100"


def test_nothing_is_nothing() -> None:
    assert _rule("") is None
    assert _rule(", or ,") is None
