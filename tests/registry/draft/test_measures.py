from __future__ import annotations

import pytest

from equipoise.registry.draft.bounds import Bound, elements
from equipoise.registry.draft.chunks import words_of
from equipoise.registry.draft.lexing import lex
from equipoise.registry.draft.measures import measured, quantity, sex, sexes
from equipoise.registry.draft.rules import Atom


def _found(text: str) -> str | None:
    parts = elements(lex(text))
    place = next(n for n, part in enumerate(parts) if isinstance(part, Bound))
    bound = parts[place]
    assert isinstance(bound, Bound)
    found = quantity(parts, place, bound, words_of(parts[:place]), words_of(parts[place + 1 :]))
    return found[0].name if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("serum potassium < 3.5 mmol/L", "potassium"),
        ("at least 90 % oxygen saturation", "oxygen saturation"),
        ("fever > 38 °C", "temperature"),
        ("> 38 °C", "temperature"),
        ("weight of 30 kg/m2 or more", "BMI"),
        ("over 65 years", "age"),
        ("gout for more than 5 years", None),
        ("gout within 3 months", None),
        ("block of grade II", "block grade"),
        ("wobble factor < 3 mg/dl", "wobble factor"),
        ("more than 2 episodes", None),
        ("life expectancy ≥ 12 weeks", "life expectancy"),
        ("creatinine within 7 days", None),
    ],
)
def test_the_quantity_of_a_number(text: str, name: str | None) -> None:
    assert _found(text) == name


def test_a_known_quantity_brings_its_limits_and_unit() -> None:
    atom = measured_of("weight < 40 kg")
    (item,) = atom.items
    assert (item.id, item.unit, item.type) == ("weight_kg", "kg", "decimal")
    assert item.low == 1
    assert item.high == 350
    assert atom.sure
    (item,) = measured_of("weight < 90 lb").items
    assert (item.low, item.high) == (None, None)


def measured_of(text: str) -> Atom:
    parts = elements(lex(text))
    bound = parts[-1]
    assert isinstance(bound, Bound)
    found = quantity(parts, len(parts) - 1, bound, words_of(parts[:-1]), "")
    assert found is not None
    return measured(found[0], bound)


def test_numbers_that_the_usual_unit_cannot_hold_are_in_another() -> None:
    assert measured_of("LVEF ≥ 50").rule == "ejection_fraction_percent >= 50"
    assert measured_of("LVEF ≥ 0.50").rule == "ejection_fraction >= 0.5"


def test_sexes() -> None:
    assert sexes("Women") == {"F"}
    assert sexes("human") == set()
    assert sex({"M", "F"}, 0, 1).rule == 'sex in ["F", "M"]'
