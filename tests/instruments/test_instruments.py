from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.instruments import Answer, instrument, instrument_names
from tests.instruments.strategies import answers, inside, place

SETTINGS: list[tuple[str, dict[str, str | int]]] = [
    *((name, {}) for name in instrument_names()),
    ("stop_bang", {"neck": "original"}),
    ("srs22", {"satisfaction_minimum": 2}),
    ("cpsp", {"cut_off": 4}),
    ("nrs", {"cut_off": 3}),
    ("id_pain", {"cut_off": 3}),
    ("qor15", {"items_11_to_15": "best_is_0"}),
]


def test_the_instruments_that_ship_are_found_by_their_files() -> None:
    assert instrument_names() == (
        "bpi",
        "cam",
        "child_pugh",
        "cpsp",
        "dn4",
        "hads",
        "id_pain",
        "nrs",
        "psqi",
        "qor15",
        "rass",
        "srs22",
        "stop_bang",
    )


def test_an_unknown_instrument_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="stop_bang") as refused:
        instrument("stopbang")
    assert refused.value.problem.where == "instrument stopbang"


@pytest.mark.parametrize("name", ["_model", "_arithmetic", "", "os", "instruments.nrs"])
def test_nothing_else_of_the_folder_is_an_instrument(name: str) -> None:
    with pytest.raises(InputError, match="no instrument"):
        instrument(name)


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="Its settings are: neck"):
        instrument("stop_bang", nek="original")
    with pytest.raises(InputError, match="Its settings are: none"):
        instrument("rass", neck="original")


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("stop_bang", "neck", "old"),
        ("srs22", "satisfaction_minimum", 0),
        ("srs22", "satisfaction_minimum", 3),
        ("cpsp", "cut_off", 0),
        ("cpsp", "cut_off", 11),
        ("nrs", "cut_off", 0),
        ("nrs", "cut_off", 11),
        ("nrs", "cut_off", "4"),
        ("nrs", "cut_off", True),
        ("id_pain", "cut_off", 1),
        ("qor15", "items_11_to_15", "reversed"),
    ],
)
def test_a_setting_without_such_a_value_is_refused(
    name: str, setting: str, value: str | int
) -> None:
    with pytest.raises(InputError, match=setting) as refused:
        instrument(name, **{setting: value})
    assert refused.value.problem.where == f"instrument {name}"


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
def test_an_instrument_says_what_it_is(name: str, chosen: dict[str, str | int]) -> None:
    made = instrument(name, **chosen)
    assert made.name == name
    assert made.title
    assert made.licence
    assert made.sources
    assert chosen.items() <= dict(made.settings).items()


@pytest.mark.parametrize("name", instrument_names())
def test_its_names_can_stand_side_by_side_as_items_of_a_form(name: str) -> None:
    made = instrument(name)
    names = [part.name for part in made.parts] + [score.name for score in made.scores]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in names)


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
@settings(max_examples=60)
@given(st.data())
def test_scores_and_bounds_stay_on_their_scales(
    name: str, chosen: dict[str, str | int], data: st.DataObject
) -> None:
    made = instrument(name, **chosen)
    given_answers = data.draw(answers(made))
    scores = made.score(given_answers)
    assert list(scores) == [score.name for score in made.scores]
    for score in made.scores:
        low, high = inside(made, given_answers, score.name)
        top = len(score.codes) - 1 if score.codes else score.high
        assert score.low <= low <= high <= top
        value = scores[score.name]
        if value is not None:
            assert low <= place(score, value) <= high
            kinds = {"integer": int, "decimal": Decimal, "boolean": bool, "choice": str}
            assert type(value) is kinds[score.type]


@pytest.mark.parametrize(("name", "chosen"), SETTINGS)
@settings(max_examples=60)
@given(st.data())
def test_whatever_is_answered_later_stays_within_the_bounds(
    name: str, chosen: dict[str, str | int], data: st.DataObject
) -> None:
    made = instrument(name, **chosen)
    later = data.draw(answers(made, full=True))
    required = [part.name for part in made.parts if part.required]
    withheld = data.draw(st.sets(st.sampled_from(required)) if required else st.just(set()))
    earlier = {part: None if part in withheld else given for part, given in later.items()}
    for score in made.scores:
        low, high = inside(made, earlier, score.name)
        later_low, later_high = inside(made, later, score.name)
        assert low <= later_low <= later_high <= high
        value = made.score(later)[score.name]
        if value is not None:
            assert low <= place(score, value) <= high


@pytest.mark.parametrize("name", instrument_names())
@settings(max_examples=30)
@given(st.data())
def test_an_answer_of_none_is_no_answer(name: str, data: st.DataObject) -> None:
    made = instrument(name)
    drawn = data.draw(answers(made))
    some = {part: given for part, given in drawn.items() if given is not None}
    assert made.score(drawn) == made.score(some)


@pytest.mark.parametrize("name", instrument_names())
def test_without_answers_nothing_is_known_and_everything_is_possible(name: str) -> None:
    made = instrument(name)
    nothing: dict[str, Answer] = {}
    assert set(made.score(nothing).values()) == {None}
    for score in made.scores:
        top = len(score.codes) - 1 if score.codes else score.high
        assert inside(made, nothing, score.name) == [score.low, top]
