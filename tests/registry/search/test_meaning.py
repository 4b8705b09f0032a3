from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.registry.search import plan
from equipoise.registry.search.fields import place
from equipoise.registry.search.meaning import SYNONYM, TOGETHER, meaning
from equipoise.registry.search.synonyms import Synonyms
from tests.refusal import refusal
from tests.registry.search.library import invented
from tests.registry.search.queries import queries
from tests.registry.search.reference import answers

INFARCT = Synonyms({(("myocardial", "infarction"), ("heart", "attack")): 3})


def _plan(text: str, area: str = "BasicSearch") -> plan.Plan:
    return meaning(text, area, INFARCT).plan


def test_a_word_is_itself() -> None:
    assert _plan("pain") == plan.Phrase(place("BasicSearch"), ("pain",))


def test_words_are_preferred_together_taken_apart_and_by_other_names() -> None:
    where = place("BasicSearch")
    heart, attack = (plan.Phrase(where, (each,)) for each in ("heart", "attack"))
    assert _plan("heart attack") == plan.Rather(
        plan.Any((plan.Every((heart, attack)),
                  plan.Prefer(plan.Phrase(where, ("myocardial", "infarction")), SYNONYM))),
        plan.Prefer(plan.Phrase(where, ("heart", "attack")), TOGETHER),
    )  # fmt: skip


def test_the_longest_name_in_a_term_is_expanded() -> None:
    told = str(_plan("aspirin after heart attack"))
    assert "infarction" in told
    assert "('after',)" in told
    assert "infarction" not in str(_plan("heart aspirin attack"))


def test_common_words_need_not_be_there() -> None:
    assert "('of',)" not in str(_plan("cancer of the lung"))
    assert "('of',)" in str(_plan("of"))


def test_places_without_synonyms_have_none() -> None:
    assert "infarction" not in str(_plan("heart attack", "SponsorSearch"))
    assert "infarction" not in str(_plan("EXPANSION[Term]heart attack"))
    assert "infarction" in str(_plan('"heart attack"'))


def test_a_word_of_several_parts_stays_together() -> None:
    assert _plan("COVID-19") == plan.Phrase(place("BasicSearch"), ("covid", "19"))


def test_values_of_a_closed_list_are_whole() -> None:
    assert _plan("AREA[Phase]Phase 1") == plan.Phrase(place("Phase"), ("phase", "1"), True, True)
    assert _plan("area", "BasicSearch") != _plan("AREA[phase]area")  # any case names an area


def test_contexts_reach_into_parentheses_and_the_nearest_counts() -> None:
    found = _plan("AREA[BriefTitle](a1x OR AREA[Keyword]b)")
    assert found == plan.Any(
        (plan.Phrase(place("BriefTitle"), ("a", "1", "x")), plan.Phrase(place("Keyword"), ("b",)))
    )


def test_dates_ages_and_numbers_as_terms() -> None:
    assert _plan("AREA[StartDate]2022-02") == plan.Between("StartDate", 738187.0, 738214.0)
    assert _plan("AREA[EnrollmentCount]100") == plan.Between("EnrollmentCount", 100.0, 100.0)
    assert _plan("AREA[MinimumAge]RANGE[MIN, 1 hour]") == plan.Between("MinimumAge", None, 60.0)


def test_tilt_is_left_aside_with_a_note() -> None:
    found = meaning("TILT[StartDate]pain", "BasicSearch", INFARCT)
    assert found.plan == _plan("pain")
    (note,) = found.notes
    assert "TILT" in note


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("AREA[Condtion]x", 6, "Did you mean Condition"),
        ("TILT[Condtion]x", 6, "Did you mean Condition"),
        ("x OR RANGE[1,2]", 6, "AREA"),
        ("AREA[StartDate]RANGE[soon,MAX]", 22, "2023-01-31"),
        ("AREA[StartDate]RANGE[MIN,2020-13]", 26, "2023-01-31"),
        ("AREA[MinimumAge]RANGE[18,MAX]", 23, "18 years"),
        ("AREA[StartDate]soon", 16, "2023-01-31"),
        ("COVERAGE[Full]x", 10, "Contains, FullMatch"),
        ("EXPANSION[All]x", 11, "None, Term, Concept"),
        ("SEARCH[Arm]x", 8, "Study, Location"),
        ("COVERAGE[FullMatch]EXPANSION[Lossy]x", 36, "EXPANSION[Concept]"),
        ("SEARCH[Location]AREA[BriefTitle]x", 22, "LocationCity"),
        ("SEARCH[Location](a SEARCH[Study]b)", 27, "Take it out"),
        ("a AND --", 7, "Add a word"),
    ],
)
def test_a_fault_is_pointed_at(text: str, at: int, said: str) -> None:
    problem = refusal(_plan, text)
    assert problem.where == f"query, character {at}"
    assert said in problem.todo


@given(st.lists(st.sampled_from(
    ["AREA[Phase]", "AREA[StartDate]", "AREA[x]", "SEARCH[Location]", "SEARCH[Study]", "2022",
     "COVERAGE[FullMatch]", "EXPANSION[Lossy]", "RANGE[2020,MAX]", "MISSING", "ALL", "heart", "(",
     ")", "NOT", "AND", "OR", '"a b"', "-", "TILT[StartDate]"]
), max_size=12).map(" ".join))  # fmt: skip
@settings(deadline=None, max_examples=400)
def test_any_query_has_a_meaning_or_is_refused(text: str) -> None:
    try:
        found = _plan(text)
    except InputError as error:
        what = error.problem.what
    else:
        what = "^" if all(answers(each, found) in {True, False} for each in invented()) else ""
    assert what.endswith("^")


@given(queries(invented()), queries(invented()))
@settings(deadline=None, max_examples=100)
def test_the_laws_of_and_or_not(one: str, other: str) -> None:
    def found(text: str) -> set[int]:
        asked = _plan(text)
        return {n for n, study in enumerate(invented()) if answers(study, asked)}

    everything = found("ALL")
    assert found(f"({one}) AND ({other})") == found(one) & found(other)
    assert found(f"({one}) OR ({other})") == found(one) | found(other)
    assert found(f"NOT ({one})") == everything - found(one)
    assert found(f"NOT (({one}) OR ({other}))") == found(f"(NOT ({one})) AND (NOT ({other}))")
