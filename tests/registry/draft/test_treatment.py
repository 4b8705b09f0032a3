from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.draft.treatment import Program, bag, program

BAG = (
    "Pump with examplol 50 mg, otheramine 0.2 g, and thirdine 4 mcg/kg (maximum 0.25 mg), diluted "
    "with normal saline to 200 ml, programmed to give 2-ml boluses with a lock-out interval of 8 "
    "minutes and a background infusion rate at 1 ml/h for 72 hours."
)
NAMES = ("Examplol", "Otheramine and thirdine")


def test_a_bag_with_fixed_amounts_and_one_per_kg() -> None:
    found = bag(BAG, NAMES)
    assert found is not None
    assert found.diluent == "normal saline"
    assert found.volume_ml == 200
    assert [(p.drug, p.unit, p.amount, p.per_kg, p.maximum) for p in found.parts] == [
        ("examplol", "mg", 50, None, None),
        ("otheramine", "mg", 200, None, None),
        ("thirdine", "ug", None, 4, 250),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "Examplol 0.4 mg/kg/h until the end of surgery, to 50 ml",
        "Examplol 1-2 mg/kg for induction, in 20 ml saline",
        "Examplol 50 mg twice daily",
        "Otheramine",
    ],
)
def test_rates_ranges_and_tablets_are_no_bag(words: str) -> None:
    assert bag(words, ("Examplol",)) is None


def test_a_bag_on_a_pump_may_lack_its_volume() -> None:
    found = bag("Patient-controlled analgesia with examplol 4 mg/kg, not more than 250 mg.", NAMES)
    assert found is not None
    assert (found.volume_ml, found.diluent) == (None, None)
    assert found.parts[0].maximum == 250


def test_a_drug_that_nobody_named_is_none() -> None:
    assert bag("unheardol 50 mg diluted to 100 ml", ("Examplol",)) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (BAG, (2, 8, 1, 72)),
        ("2 ml per bolus, 8-minute lockout, background of 1 ml/h", (2, 8, 1, None)),
        (
            "PCA bolus dose 0.5 ml, lockout time: 15 min, no background infusion",
            ("0.5", 15, 0, None),
        ),
        ("PCA pump, demand dose of 3 ml, lock out 1 h", (3, 60, None, None)),
    ],
)
def test_a_pump_program(words: str, expected: tuple[str | int | None, ...]) -> None:
    found = program(words)
    assert found is not None
    given_ = (found.bolus_ml, found.lockout_min, found.background_ml_h, found.duration_h)
    assert given_ == tuple(None if each is None else Decimal(each) for each in expected)


def test_limits_count_what_they_say() -> None:
    found = program("PCA bolus 2 ml, lockout 8 min, 1-hour limit of 12 ml, 4-hour limit 40 ml")
    assert isinstance(found, Program)
    assert found.limit_1h_ml == 12
    assert found.limit_4h_ml == 40


def test_a_bolus_alone_makes_no_program() -> None:
    assert program("A fluid bolus of 250 ml") is None
    assert program("Tablets") is None


@given(st.text(alphabet=st.sampled_from("0123456789., mglk/h()µPCAbolus-to"), max_size=80))
def test_any_words_are_read(words: str) -> None:
    bag(words, ("Examplol", ""))
    program(words)
