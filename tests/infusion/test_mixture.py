"""Worksheets: the right amounts for the weight, by steps that do not tell the arm."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.infusion.mixture import Line, Step, Worksheet, worksheet
from equipoise.protocol.parts import Mixture

SUFENTANIL = {"drug": "sufentanil", "unit": "ug", "per_kg": 4, "maximum": 250,
              "ampoule": {"amount": 50, "volume_ml": 1}}  # fmt: skip
ESKETAMINE = {"drug": "esketamine", "unit": "mg", "amount": 50,
              "ampoule": {"amount": 50, "volume_ml": 2}}  # fmt: skip
DEXMEDETOMIDINE = {"drug": "dexmedetomidine", "unit": "ug", "amount": 200,
                   "ampoule": {"amount": 200, "volume_ml": 2}}  # fmt: skip


def bag(*components: dict[str, Any], volume_ml: int = 200, diluent: str = "saline") -> Mixture:
    return Mixture.model_validate(
        {"diluent": diluent, "volume_ml": volume_ml, "components": components}
    )


def without_ampoule(component: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in component.items() if name != "ampoule"}


COMBINED = bag(SUFENTANIL, ESKETAMINE, DEXMEDETOMIDINE)
PLACEBO = bag(SUFENTANIL)
BOTH = (COMBINED, PLACEBO)
weights = st.decimals(40, 150, places=1)


def drawn(sheet: Worksheet) -> list[tuple[str | None, str]]:
    return [(step.drug, str(step.volume_ml)) for step in sheet.steps]


def what_masked_eyes_see(sheet: Worksheet) -> tuple[Any, ...]:
    steps = [(step.number, step.volume_ml) for step in sheet.steps]
    return sheet.weight_kg, sheet.volume_ml, sheet.diluent, steps, repr(sheet)


# --- amounts --------------------------------------------------------------------------------------


def test_a_bag_for_fifty_five_kilograms() -> None:
    sheet = worksheet(COMBINED, BOTH, Decimal(55))
    assert sheet.lines == (
        Line("sufentanil", "ug", Decimal(220), False, Decimal("4.4"), Decimal("1.1")),
        Line("esketamine", "mg", Decimal(50), False, Decimal(2), Decimal("0.25")),
        Line("dexmedetomidine", "ug", Decimal(200), False, Decimal(2), Decimal(1)),
    )
    assert drawn(sheet) == [
        ("sufentanil", "4.40"),
        ("esketamine", "2.00"),
        ("dexmedetomidine", "2.00"),
        (None, "191.60"),
    ]


def test_even_the_smallest_weight_is_a_weight() -> None:
    assert worksheet(PLACEBO, BOTH, Decimal("0.9")).lines[0].amount == Decimal("3.6")


def test_a_bolus_holds_its_share() -> None:
    two_ml = Decimal(2)
    suf, esk, dex = worksheet(COMBINED, BOTH, Decimal(55)).lines
    assert [line.in_ml(two_ml) for line in (suf, esk, dex)] == [Decimal("2.2"), Decimal("0.5"), 2]
    assert [line.ug_per_ml for line in (suf, esk, dex)] == [Decimal("1.1"), 250, 1]


@pytest.mark.parametrize(
    ("weight", "amount", "capped"),
    [("40", "160", False), ("55.3", "221.2", False), ("62.4", "249.6", False),
     ("62.5", "250", True), ("62.6", "250", True), ("150", "250", True)],
)  # fmt: skip
def test_the_maximum_binds_from_where_it_is_reached(weight: str, amount: str, capped: bool) -> None:
    for mixture in BOTH:
        line = worksheet(mixture, BOTH, Decimal(weight)).lines[0]
        assert (line.amount, line.capped) == (Decimal(amount), capped)
        assert line.per_ml == Decimal(amount) / 200


def test_rounding_is_half_up_to_the_declared_digits_and_never_over_the_maximum() -> None:
    third = bag(SUFENTANIL | {"per_kg": "0.333", "maximum": "20.999"})
    line = worksheet(third, [third], Decimal("50.15")).lines[0]
    # 16.69995 ug; 0.334 ml; 0.0835 ug/ml
    assert (str(line.amount), str(line.volume_ml), str(line.per_ml)) == (
        "16.70", "0.33", "0.083500",
    )  # fmt: skip
    line = worksheet(third, [third], Decimal("63.06")).lines[0]  # 20.99898
    assert (line.amount, line.capped) == (Decimal("20.999"), False)
    half = bag(SUFENTANIL | {"per_kg": "0.005", "maximum": None})
    assert worksheet(half, [half], Decimal(101)).lines[0].amount == Decimal("0.51")  # 0.505


# --- the same steps in every arm ------------------------------------------------------------------


def test_an_arm_without_a_drug_draws_diluent_instead() -> None:
    assert drawn(worksheet(PLACEBO, BOTH, Decimal(55))) == [
        ("sufentanil", "4.40"),
        (None, "2.00"),
        (None, "2.00"),
        (None, "191.60"),
    ]


def test_arms_with_different_doses_draw_the_same_portions() -> None:
    low, medium, high = (
        bag(SUFENTANIL, ESKETAMINE | {"amount": mg}, DEXMEDETOMIDINE) for mg in (50, 100, 150)
    )
    arms = (low, medium, high)
    esketamine = [drawn(worksheet(arm, arms, Decimal(70)))[1:4] for arm in arms]
    drug, saline = ("esketamine", "2.00"), (None, "2.00")
    assert esketamine == [[drug, saline, saline], [drug, drug, saline], [drug, drug, drug]]


def test_the_order_of_steps_is_the_protocols_whatever_the_arm() -> None:
    swapped = bag(DEXMEDETOMIDINE, SUFENTANIL)
    sheet = worksheet(swapped, (COMBINED, swapped), Decimal(50))
    assert [step.drug for step in sheet.steps] == ["sufentanil", None, "dexmedetomidine", None]


@given(weights)
def test_the_steps_do_not_tell_the_arm(weight_kg: Decimal) -> None:
    combined, placebo = (worksheet(mixture, BOTH, weight_kg) for mixture in BOTH)
    assert what_masked_eyes_see(combined) == what_masked_eyes_see(placebo)


@given(weights)
def test_what_is_drawn_is_what_is_ordered_and_fills_the_bag(weight_kg: Decimal) -> None:
    for mixture in BOTH:
        sheet = worksheet(mixture, BOTH, weight_kg)
        assert sum(step.volume_ml or 0 for step in sheet.steps) == 200
        for line, component in zip(sheet.lines, mixture.components, strict=True):
            ampoule = component.ampoule
            assert ampoule is not None
            volume = sum(s.volume_ml or 0 for s in sheet.steps if s.drug == line.drug)
            assert volume == line.volume_ml
            per_step = ampoule.amount / ampoule.volume_ml * Decimal("0.005")
            assert abs(volume * ampoule.amount / ampoule.volume_ml - line.amount) <= per_step
            assert abs(line.per_ml * 200 - line.amount) <= Decimal("0.0001")


arms_of_any_kind = st.lists(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 9)),
        max_size=3,
        unique_by=lambda drug: drug[0],
    ),
    min_size=1,
    max_size=4,
)


@given(arms_of_any_kind, weights)
def test_no_set_of_arms_can_be_told_apart(
    arms: list[list[tuple[str, int]]], weight_kg: Decimal
) -> None:
    mixtures = [
        bag(*[SUFENTANIL | {"drug": drug, "per_kg": dose, "maximum": None} for drug, dose in arm])
        for arm in arms
    ]
    sheets = [worksheet(mixture, mixtures, weight_kg) for mixture in mixtures]
    assert all(what_masked_eyes_see(s) == what_masked_eyes_see(sheets[0]) for s in sheets)
    for sheet in sheets:
        for line in sheet.lines:
            assert (
                sum(s.volume_ml or 0 for s in sheet.steps if s.drug == line.drug) == line.volume_ml
            )


def test_a_worksheet_does_not_name_its_drugs_by_accident() -> None:
    sheet = worksheet(COMBINED, BOTH, Decimal(55))
    assert repr(sheet) == str(sheet) == "Worksheet(volume_ml=200, steps=4)"


# --- what cannot be made up -----------------------------------------------------------------------


def test_without_ampoules_a_drug_of_every_arm_is_drawn_by_amount() -> None:
    everyone = without_ampoule(SUFENTANIL)
    arms = (bag(everyone, ESKETAMINE), bag(everyone))
    for arm in arms:
        sheet = worksheet(arm, arms, Decimal(55))
        assert sheet.lines[0].volume_ml is None
        assert sheet.steps[0] == Step(1, "sufentanil", None)
        assert sheet.steps[-1] == Step(3, None, None)


def test_a_drug_of_one_arm_needs_its_ampoule() -> None:
    arms = (bag(SUFENTANIL, without_ampoule(ESKETAMINE)), bag(SUFENTANIL))
    for arm in arms:
        with pytest.raises(InputError, match="esketamine: its amount differs between the arms"):
            worksheet(arm, arms, Decimal(55))


def test_a_mixture_is_one_of_the_arms_even_when_it_is_not_listed() -> None:
    assert drawn(worksheet(PLACEBO, [COMBINED], Decimal(55)))[1] == (None, "2.00")
    assert drawn(worksheet(COMBINED, [PLACEBO], Decimal(55)))[1] == ("esketamine", "2.00")


@pytest.mark.parametrize(
    ("arms", "weight", "complaint"),
    [
        ([bag(SUFENTANIL), bag(SUFENTANIL, volume_ml=100)], 55, "differ in volume or diluent"),
        ([bag(SUFENTANIL), bag(SUFENTANIL, diluent="glucose")], 55, "differ in volume or diluent"),
        ([bag(SUFENTANIL, SUFENTANIL)], 55, "stands twice"),
        ([bag(ESKETAMINE, volume_ml=1)], 55, "exceeds the bag of 1 ml by 1.00 ml"),
        ([bag(ESKETAMINE | {"amount": "0.1"})], 55, "less than 0.01 ml of the ampoule"),
        ([PLACEBO], 0, "not a body weight"),
        ([PLACEBO], -55, "not a body weight"),
        ([PLACEBO], "nan", "not a body weight"),
    ],
)
def test_what_cannot_be_prepared_is_refused(
    arms: list[Mixture], weight: int | str, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        worksheet(arms[0], arms, Decimal(weight))


def test_a_bag_may_be_filled_by_drugs_alone() -> None:
    full = bag(ESKETAMINE, volume_ml=2)
    assert drawn(worksheet(full, [full], Decimal(55))) == [("esketamine", "2.00"), (None, "0.00")]
