"""Programs that a pump can keep, and those it cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest

from equipoise.errors import InputError
from equipoise.infusion.program import Program
from equipoise.protocol import parts


def test_a_program_is_what_the_protocol_prescribes() -> None:
    prescribed = parts.Pump(
        bolus_ml=Decimal("2.5"),
        bolus_rate_ml_h=Decimal(120),
        lockout_min=Decimal(8),
        background_ml_h=Decimal("1.2"),
        reservoir_ml=Decimal(200),
        duration_h=Decimal(72),
        limit_4h_ml=Decimal(30),
    )
    assert Program.of(prescribed) == Program(2.5, 120, 8, 1.2, 200, None, 30)
    prescribed = prescribed.model_copy(update={"limit_1h_ml": Decimal(12), "limit_4h_ml": None})
    assert Program.of(prescribed) == Program(2.5, 120, 8, 1.2, 200, 12, None)


def test_a_bolus_takes_its_time() -> None:
    assert Program(2, 120, 8, 1, 200).bolus_min == 1.0
    assert Program(2, 100, 8, 1, 200).bolus_min == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ((0, 120, 8, 1, 200), "negative, or zero"),
        ((2, 0, 8, 1, 200), "negative, or zero"),
        ((2, 120, 8, 1, 0), "negative, or zero"),
        ((2, 120, 8, -1, 200), "negative, or zero"),
        ((2, 120, float("nan"), 1, 200), "negative, or zero"),
        ((2, 120, 8, 1, float("inf")), "negative, or zero"),
        ((2, 12, 8, 1, 200), "lockout of 8 min is shorter than the bolus, which takes 10 min"),
        ((2, 120, 8, 1, 200, 2.995), "limit_1h_ml: 2.995 ml leaves no room.*\n.*least 3 ml"),
        (
            (2, 120, 8, 1, 200, None, 5.99),
            "limit_4h_ml: 5.99 ml leaves no room.*\n.*least 6 ml",
        ),
    ],
)
def test_an_impossible_program_is_refused(program: tuple[float, ...], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Program(*program)


def test_a_limit_may_leave_room_for_exactly_one_bolus() -> None:
    assert Program(2, 120, 8, 1, 200, 3, 6).limits == ((60, 3), (240, 6))
    assert Program(2, 120, 1, 0, 200).limits == ()
