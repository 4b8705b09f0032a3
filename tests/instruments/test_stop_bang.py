from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.instruments import Answer, Instrument, instrument
from tests.instruments.strategies import inside

STOP = ["snoring", "tired", "observed_apnoea", "hypertension"]
FLAGS = [*STOP, "bmi_over_35", "age_over_50", "neck_large", "male"]
ORIGINAL = instrument("stop_bang", neck="original")
UPDATED = instrument("stop_bang")


def _yes(*names: str) -> dict[str, Answer]:
    return {name: name in names for name in FLAGS}


@pytest.mark.parametrize("flag", FLAGS)
def test_each_part_is_one_point(flag: str) -> None:
    assert UPDATED.score(_yes(flag))["stop_bang"] == 1


@pytest.mark.parametrize(
    ("yes", "points", "risk"),
    [
        ([], 0, "low"),
        (["snoring", "male"], 2, "low"),
        (["snoring", "age_over_50", "male"], 3, "intermediate"),
        (["snoring", "bmi_over_35", "neck_large", "male"], 4, "intermediate"),
        (["snoring", "bmi_over_35", "age_over_50", "neck_large", "male"], 5, "high"),
        (["snoring", "tired", "age_over_50"], 3, "intermediate"),
        (["snoring", "tired", "observed_apnoea", "hypertension"], 4, "intermediate"),
        (["snoring", "tired", "male"], 3, "high"),
        (["tired", "hypertension", "bmi_over_35"], 3, "high"),
        (["tired", "hypertension", "neck_large"], 3, "high"),
        (FLAGS, 8, "high"),
    ],
)
def test_points_and_risk(yes: list[str], points: int, risk: str) -> None:
    assert UPDATED.score(_yes(*yes)) == {"stop_bang": points, "stop_bang_risk": risk}


@pytest.mark.parametrize(
    ("measured", "value", "point"),
    [
        ("age_y", 50, 0),
        ("age_y", 51, 1),
        ("bmi_kg_m2", Decimal("35.0"), 0),
        ("bmi_kg_m2", Decimal("35.1"), 1),
    ],
)
def test_age_and_body_mass_are_computed(measured: str, value: Answer, point: int) -> None:
    assert UPDATED.bounds({measured: value}) == (point, 7 + point)


@pytest.mark.parametrize(
    ("neck_cm", "male", "original", "updated"),
    [
        ("40.0", True, 0, 0),
        ("40.5", True, 1, 0),
        ("42.9", True, 1, 0),
        ("43.0", True, 1, 1),
        ("40.0", False, 0, 0),
        ("40.9", False, 1, 0),
        ("41.0", False, 1, 1),
    ],
)
def test_the_neck_has_two_versions(neck_cm: str, male: bool, original: int, updated: int) -> None:
    answers = {**_yes(*(["male"] if male else [])), "neck_large": None, "neck_cm": Decimal(neck_cm)}
    assert ORIGINAL.score(answers)["stop_bang"] == original + male
    assert UPDATED.score(answers)["stop_bang"] == updated + male


def test_a_neck_between_the_limits_is_a_point_for_either_sex() -> None:
    answers = {**_yes(), "neck_large": None, "male": None, "neck_cm": Decimal(42)}
    assert UPDATED.bounds(answers) == (1, 1)
    assert ORIGINAL.bounds(answers) == (1, 2)


def test_an_answer_that_contradicts_a_measurement_leaves_the_point_unknown() -> None:
    answers = _yes("age_over_50") | {"age_y": 30}
    assert UPDATED.bounds(answers) == (0, 1)
    assert UPDATED.score(answers)["stop_bang"] is None
    assert UPDATED.score(_yes("age_over_50") | {"age_y": 51})["stop_bang"] == 1


def test_three_yes_decide_the_rule_before_all_is_answered() -> None:
    answers: dict[str, Answer] = {"snoring": True, "tired": True, "hypertension": True}
    low, _ = UPDATED.bounds(answers)
    assert low == 3
    answers = {**_yes("snoring", "male"), "tired": None}
    assert UPDATED.bounds(answers) == (2, 3)


@pytest.mark.parametrize("made", [UPDATED, ORIGINAL])
@settings(max_examples=25)
@given(data=st.data())
def test_the_bounds_are_reached_by_some_way_of_answering_the_rest(
    made: Instrument, data: st.DataObject
) -> None:
    some = data.draw(st.fixed_dictionaries({name: st.none() | st.booleans() for name in FLAGS}))
    neck_cm = data.draw(st.none() | st.sampled_from([40, 41, 42, 43]))
    if neck_cm is not None:
        some |= {"neck_large": None}
    missing = [name for name in FLAGS if some[name] is None]
    if neck_cm is not None:
        missing.remove("neck_large")
    reached: dict[str, set[Decimal]] = {"stop_bang": set(), "stop_bang_risk": set()}
    for chosen in product([False, True], repeat=len(missing)):
        answers = {**some, "neck_cm": neck_cm, **dict(zip(missing, chosen, strict=True))}
        for name, places in reached.items():
            places.add(inside(made, answers, name)[0])
    for name, places in reached.items():
        assert inside(made, {**some, "neck_cm": neck_cm}, name) == [min(places), max(places)]
