from __future__ import annotations

import keyword

import pytest

from equipoise.protocol.arithmetic import ARITY
from equipoise.registry.draft.lexing import unit_at
from equipoise.registry.draft.quantities import (
    first_named,
    last_named,
    lettered,
    plain,
    quantities,
    slug,
)


def test_a_quantity_is_found_by_each_of_its_names() -> None:
    for name in ("New York Heart Association", "NYHA", "nyha functional class"):
        assert quantities()[plain(name)].name == "NYHA class"


def test_the_longest_name_wins_and_words_around_are_told() -> None:
    last = last_named("serum total bilirubin level")
    assert last is not None
    assert last.quantity is quantities()["bilirubin"]
    assert (last.name, last.before, last.after) == ("serum total bilirubin", "", "level")
    first = first_named("of age and weight")
    assert first is not None
    assert first.quantity.name == "age"
    assert last_named("nothing of the kind") is None


def test_the_unit_is_part_of_the_item() -> None:
    found = unit_at("mg/dl", 0)
    assert found is not None
    creatinine = quantities()["creatinine"]
    assert creatinine.item(found[0]) == "creatinine_mg_dl"
    assert creatinine.item(None) == "creatinine"
    assert quantities()["age"].item(None) == "age_y"


def test_instruments_give_their_scores_and_classes() -> None:
    score = quantities()["child pugh"]
    assert score.low == 5
    assert score.high == 15
    classed = lettered(score)
    assert classed is not None
    assert classed.codes == ("A", "B", "C")
    assert lettered(quantities()["stop bang"]) is None


@pytest.mark.parametrize("word", ["class", "not", "max", "true", *ARITY])
def test_a_name_is_none_that_the_rule_language_keeps(word: str) -> None:
    found = slug(word)
    assert not keyword.iskeyword(found)
    assert found not in ARITY
    assert found != "true"


def test_a_name_is_short_and_begins_with_a_letter() -> None:
    assert slug("5-HT₂ Antagonist") == "ht2_antagonist"
    assert slug("", 50) == "item"
    assert len(slug("word " * 40)) <= 60
    assert not slug("word " * 40).endswith("_")
