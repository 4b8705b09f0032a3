from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.search.words import END, START, bounded, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Heart ATTACK", "heart attack"),
        ("COVID-19", "covid19"),
        ("Alzheimer's disease", "alzheimer disease"),
        ("Alzheimer’s disease", "alzheimer disease"),
        ("studies of therapies", "study of therapy"),
        ("tumours", "tumor"),
        ("Anaesthesia", "anesthesia"),
        ("haemophilia and anaemia", "hemophilia and anemia"),
        ("café au lait", "cafe au lait"),
        ("NOT_YET_RECRUITING", "Not yet recruiting"),
        ("PHASE2", "Phase 2"),
        ("β-blocker", "β blockers"),
    ],
)
def test_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other) != []


@pytest.mark.parametrize(
    ("plural", "singular"),
    # Harman 1991, table 1: the three rules and their exceptions
    [("skies", "sky"), ("aeies", "aeie"), ("plates", "plate"), ("goes", "goe"),
     ("employees", "employee"),
     ("dogs", "dog"), ("virus", "virus"), ("glass", "glass"), ("gas", "gas")],
)  # fmt: skip
def test_plurals(plural: str, singular: str) -> None:
    assert words(plural) == [singular]


def test_different_words() -> None:
    assert words("heart") != words("heartland")
    assert words("心脏病") == ["心", "脏", "病"]
    assert words("a---b, (c)") == ["a", "b", "c"]
    assert words("---") == []
    assert words(True) == ["true"]
    assert len(words("x" * 500)[0]) == 60


def test_values_are_kept_apart() -> None:
    assert bounded(["Heart attack", "Pain", "Pain"]) == "^ heart attack $ ^ pain $"
    assert bounded([]) == ""


@given(st.text(max_size=60))
def test_words_hold_nothing_that_an_index_would_misread(text: str) -> None:
    found = words(text)
    assert all(each.isalnum() or each.isidentifier() for each in found)
    assert START not in found
    assert END not in found
    assert bounded([text]).split() == [START, *found, END]
