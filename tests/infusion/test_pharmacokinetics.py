"""Courses of concentration: units, order of time, and models that cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment

MODEL = ThreeCompartment(14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.17559)


def test_micrograms_in_litres_are_nanograms_in_millilitres() -> None:
    course = Course(MODEL)
    course.advance(1e-9, 143.0 / 1e-9)  # all at once: 143 ug into 14.3 l
    assert course.plasma() == pytest.approx(10.0)


def test_a_course_begins_without_drug_and_may_stand_still() -> None:
    course = Course(MODEL)
    assert (course.time_min, course.plasma(), course.effect()) == (0, 0, 0)
    course.advance(0.0, 5.0)
    assert (course.plasma(), course.effect()) == (0, 0)


def test_steady_state_is_rate_over_clearance() -> None:
    course = Course(MODEL)
    course.advance(1e7, 0.92)
    assert (course.plasma(), course.effect()) == pytest.approx((1.0, 1.0))


@given(st.lists(st.floats(0.01, 500.0), min_size=1, max_size=8))
def test_looking_more_often_changes_nothing(waits: list[float]) -> None:
    once, often = Course(MODEL, start_min=30.0), Course(MODEL, start_min=30.0)
    t = 30.0
    for wait in waits:
        t += wait
        often.advance(t, 2.5)
    once.advance(t, 2.5)
    assert often.time_min == once.time_min == t
    assert often.plasma() == pytest.approx(once.plasma(), rel=1e-12)
    assert often.effect() == pytest.approx(once.effect(), rel=1e-12)


def test_time_does_not_move_back() -> None:
    course = Course(MODEL, start_min=5.0)
    with pytest.raises(InputError, match=r"cannot move back from 5\.0 to 4\.0 min"):
        course.advance(4.0, 0.0)
    with pytest.raises(InputError):
        course.advance(float("nan"), 0.0)


def test_a_course_shows_no_state_to_change() -> None:
    course = Course(MODEL)
    with pytest.raises(AttributeError):
        course.time_min = 3.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        course.ke0 = 1.0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "parameters",
    [
        (0.0, 63.1, 261.6, 0.92, 1.55, 0.33, 0.1),
        (14.3, 63.1, 261.6, 0.0, 1.55, 0.33, 0.1),
        (14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.0),
        (14.3, 0.0, 261.6, 0.92, 1.55, 0.33, 0.1),
        (14.3, 63.1, 0.0, 0.92, 1.55, 0.33, 0.1),
        (14.3, 63.1, 261.6, -0.92, 1.55, 0.33, 0.1),
        (14.3, 63.1, float("nan"), 0.92, 1.55, 0.33, 0.1),
        (14.3, 63.1, float("inf"), 0.92, 1.55, 0.33, 0.1),
    ],
)
def test_impossible_models_are_refused(parameters: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="pharmacokinetic model"):
        ThreeCompartment(*parameters)


def test_fewer_compartments_need_no_volumes() -> None:
    course = Course(ThreeCompartment(10.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.1))
    course.advance(1e6, 1.0)
    assert course.plasma() == pytest.approx(1.0)
