from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from equipoise.errors import InputError
from equipoise.instruments import Answer, instrument

STOP_BANG = instrument("stop_bang")


@pytest.mark.parametrize(
    ("part", "answer", "says"),
    [
        ("snoring", 2, "true or false"),
        ("snoring", -1, "true or false"),
        ("snoring", "yes", "neither"),
        ("snoring", 1.0, "binary fraction"),
        ("age_y", True, "not a number"),
        ("age_y", 131, "0 to 130 y"),
        ("age_y", -1, "0 to 130 y"),
        ("age_y", Decimal("50.5"), "not a whole number"),
        ("bmi_kg_m2", Decimal("NaN"), "5 to 150 kg/m2"),
        ("bmi_kg_m2", Decimal("Infinity"), "5 to 150 kg/m2"),
        ("bmi_kg_m2", 35.5, "binary fraction"),
    ],
)
def test_an_answer_that_its_part_does_not_allow_is_refused(
    part: str, answer: Any, says: str
) -> None:
    with pytest.raises(InputError, match=says) as refused:
        STOP_BANG.score({part: answer})
    assert refused.value.problem.where == f"stop_bang.{part}"


def test_a_name_that_is_no_part_is_refused_with_the_parts() -> None:
    with pytest.raises(InputError, match="snoring") as refused:
        STOP_BANG.bounds({"snores": True})
    assert refused.value.problem.where == "stop_bang.snores"


def test_a_name_that_is_no_score_is_refused_with_the_scores() -> None:
    with pytest.raises(InputError, match="stop_bang_risk"):
        STOP_BANG.bounds({}, "risk")


def test_the_same_number_counts_the_same_however_it_is_written() -> None:
    written: list[dict[str, Answer]] = [
        {"snoring": True, "age_y": 51},
        {"snoring": 1, "age_y": Decimal(51)},
        {"snoring": Decimal(1), "age_y": Decimal("51.0")},
    ]
    assert {STOP_BANG.bounds(answers) for answers in written} == {(2, 8)}


def test_bounds_are_of_the_first_score_unless_another_is_named() -> None:
    answers = {"snoring": True, "tired": True, "male": True}
    assert STOP_BANG.bounds(answers) == (3, 8)
    assert STOP_BANG.bounds(answers) == STOP_BANG.bounds(answers, "stop_bang")
    assert STOP_BANG.bounds(answers, "stop_bang_risk") == ("high", "high")


def test_a_score_is_known_as_soon_as_its_bounds_meet() -> None:
    answers = {"snoring": True, "tired": True, "male": True}
    assert STOP_BANG.score(answers) == {"stop_bang": None, "stop_bang_risk": "high"}


def test_the_limits_of_a_part_are_allowed() -> None:
    assert STOP_BANG.bounds({"age_y": 0}) == (0, 7)
    assert STOP_BANG.bounds({"age_y": 130}) == (1, 8)
