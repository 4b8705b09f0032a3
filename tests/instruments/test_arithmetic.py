from __future__ import annotations

from decimal import Decimal, localcontext

from equipoise.instruments._arithmetic import (
    agreed,
    hull,
    mean,
    measure,
    rising,
    span,
    total,
    whole,
)

UNKNOWN = (0, 1)


def test_a_known_answer_is_a_span_of_one_value() -> None:
    assert span({"a": Decimal(2)}, "a", 0, 5) == (2, 2)
    assert span({"a": 2}, "b", -1, 5) == (-1, 5)


def test_spans_add_end_by_end() -> None:
    assert total([(0, 3), (2, 2), (-1, 0)]) == (1, 5)
    assert total([]) == (0, 0)


def test_the_hull_reaches_from_the_lowest_to_the_highest() -> None:
    assert hull([(2, 3), (0, 1)]) == (0, 3)


def test_a_rising_function_maps_the_ends() -> None:
    assert rising(lambda points: points >= 3, (2, 5)) == (False, True)


def test_an_answer_and_a_measurement_agree_or_leave_it_unknown() -> None:
    yes, no = (1, 1), (0, 0)
    assert agreed(yes, UNKNOWN, UNKNOWN) == yes
    assert agreed(UNKNOWN, no, UNKNOWN) == no
    assert agreed(yes, yes, UNKNOWN) == yes
    assert agreed(yes, no, UNKNOWN) == UNKNOWN
    assert agreed(no, yes, UNKNOWN) == UNKNOWN
    assert agreed(UNKNOWN, UNKNOWN, UNKNOWN) == UNKNOWN


def test_a_mean_is_exact_where_it_ends_and_28_digits_where_it_does_not() -> None:
    assert mean(17, 5) == Decimal("3.4")
    assert mean(11, 3) == Decimal("3.666666666666666666666666667")


def test_a_mean_does_not_depend_on_the_context_of_the_caller() -> None:
    with localcontext(prec=3):
        assert mean(11, 3) == Decimal("3.666666666666666666666666667")


def test_parts_carry_their_unit_and_precision() -> None:
    assert whole("age_y", 0, 130, unit="y").unit == "y"
    part = measure("bmi", 5, 150, "kg/m2", 1, required=False)
    assert (part.precision, part.required, part.high) == (1, False, Decimal(150))
