from __future__ import annotations

import pytest
from hypothesis import given, settings

from equipoise.registry.search import plan
from equipoise.registry.search.fields import place
from equipoise.registry.search.meaning import meaning
from equipoise.registry.search.postgres_query import Asking, Sql, condition, phrase, score
from equipoise.registry.search.synonyms import Synonyms
from tests.registry.search.library import invented
from tests.registry.search.queries import queries

ASKING = Asking("r", "texts", "id", lambda _, _among: ["NCT00000001"])


@given(queries(invented()))
@settings(deadline=None, max_examples=60)
def test_every_value_has_its_place(text: str) -> None:
    asked = meaning(text, "BasicSearch", Synonyms()).plan
    made = condition(asked, ASKING)
    assert made.text.count("%s") == len(made.values)
    assert made.text.count("(") == made.text.count(")")
    weighed = score(asked, ASKING)
    assert weighed is None or weighed.text.count("%s") == len(weighed.values)


def test_what_people_write_is_a_value_not_a_statement() -> None:
    made = condition(plan.Ids(frozenset({"'; DROP TABLE records; --"})), ASKING)
    assert "DROP" not in made.text


def test_a_phrase_is_its_words_and_then_their_order() -> None:
    one = phrase(plan.Phrase(place("Keyword"), ("heart",)), ASKING)
    assert "LIKE" not in one.text
    two = phrase(plan.Phrase(place("Keyword"), ("heart", "attack"), first=True), ASKING)
    assert two.values[1:] == ["'heart' & 'attack'", "% ^ heart attack %"]


def test_nothing_is_weighed_in_a_filter_or_in_what_is_not_wanted() -> None:
    word = plan.Phrase(place("Keyword"), ("heart",))
    assert score(plan.Prefer(word, 0), ASKING) is None
    assert score(plan.Neither(word), ASKING) is None
    doubled = score(plan.Every((plan.Prefer(word, 2.0), word)), ASKING)
    assert doubled is not None
    assert 2.0 in doubled.values
    assert 1.0 in doubled.values


@pytest.mark.parametrize(("parts", "text"), [((), "true"), ((plan.Everything(),), "(true)")])
def test_joining(parts: tuple[plan.Plan, ...], text: str) -> None:
    assert condition(plan.Every(parts), ASKING).text == text
    assert Sql("a", [1]).joined(Sql("b", [2]), by="OR") == Sql("(a OR b)", [1, 2])
