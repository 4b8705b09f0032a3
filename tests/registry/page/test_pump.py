from __future__ import annotations

import re
from decimal import Decimal

import pytest

from equipoise.registry.page.pump import drawing, program

FULL = (
    "Analgesia with balmol 50 mg, salvine 200 microgram, and tarfenil 4 microgram/kg (maximum 250 "
    "microgram), diluted with normal saline to 200 ml, and programmed to administer 2-ml boluses "
    "with a lockout interval of 8 minutes and a background infusion rate at 1 ml/h."
)


def test_a_program_is_read_as_it_is_written() -> None:
    found = program(FULL)
    assert found is not None
    settings = (found.volume_ml, found.bolus_ml, found.lockout_min, found.background_ml_h)
    assert settings == tuple(map(Decimal, (200, 2, 8, 1)))
    told = [(c.name, c.amount, c.unit, c.per_kg, c.most) for c in found.components]
    assert told == [
        ("balmol", Decimal(50), "mg", False, None),
        ("salvine", Decimal(200), "µg", False, None),
        ("tarfenil", Decimal(4), "µg", True, Decimal(250)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "made up to 100 ml with saline. Pump program: 2 ml per bolus, 8-minute lockout",
        "bolus dose of 2 ml, lock-out time 8 min",
        "2 ml bolus; lockout period: 8 min; no background",
    ],
)
def test_other_ways_to_say_it(text: str) -> None:
    found = program(text)
    assert found is not None
    assert (found.bolus_ml, found.lockout_min) == (Decimal(2), Decimal(8))


def test_what_is_not_said_is_not_known() -> None:
    assert program("Balm, daily; a bolus of 2 ml if needed") is None
    found = program("2 ml bolus, 8 min lockout")
    assert found is not None
    assert found.volume_ml is found.background_ml_h is None
    assert found.components == ()


def test_what_follows_by_arithmetic() -> None:
    found = program(FULL)
    assert found is not None
    assert found.boluses_h == 8  # at 0, 8, …, 56 minutes
    assert found.most_ml_h == Decimal(17)
    assert [found.concentration(each) for each in found.components] == [
        "0.25 mg/ml", "1 µg/ml", "",
    ]  # fmt: skip


def test_a_lockout_that_divides_the_hour() -> None:
    found = program("1 ml bolus, 10 min lockout")
    assert found is not None
    assert found.boluses_h == 6


def test_the_drawing_climbs_to_the_most_that_an_hour_gives() -> None:
    found = program(FULL)
    assert found is not None
    told = drawing(found, "<b>", "all", "none")
    assert "&lt;b&gt;" in told
    line = re.findall(r'class="most" points="([^"]*)"', told)[0].split()
    assert len(line) == 2 * 8 + 1
    assert line[-1] == "244.0,20.0"  # 60 minutes, the top
    assert line[1] == f"34.0,{92 - 72 * 2 / 17:.1f}"  # a bolus at once


def test_without_a_lockout_nothing_is_drawn() -> None:
    found = program("2 ml bolus, background of 1 ml/h")
    assert found is not None
    assert drawing(found, "", "", "") == ""
