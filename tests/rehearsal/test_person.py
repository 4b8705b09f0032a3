"""Who a virtual person is: drawn in order, recorded as staff would, the same whenever asked."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from equipoise.chance import Chance
from equipoise.rehearsal.model import world
from equipoise.rehearsal.person import Person, draw_person
from tests.rehearsals.knee import protocol


def _people(count: int = 400, trial: int = 0) -> list[Person]:
    plan, chance = world(protocol(), "plain"), Chance(7, trial)
    return [draw_person(protocol(), plan, chance, n) for n in range(1, count + 1)]


def test_items_of_the_screening_form_are_recorded_as_it_asks() -> None:
    for person in _people(50):
        assert person.screening.keys() == {"sex", "years", "length_cm", "weight_kg", "allergic"}
        assert isinstance(person.screening["years"], int)
        assert str(person.screening["weight_kg"]).partition(".")[2].isdigit()


def test_expressions_know_what_was_recorded_and_what_stays_hidden() -> None:
    person = _people(1)[0]
    assert person.known.keys() == person.screening.keys() | {"soreness"}
    assert person.known["weight_kg"] == float(str(person.screening["weight_kg"]))


def test_a_covariate_depends_on_those_before_it() -> None:
    heights: dict[object, list[float]] = {"m": [], "f": []}
    for person in _people():
        heights[person.known["sex"]].append(float(person.known["length_cm"]))
    assert fmean(heights["m"]) - fmean(heights["f"]) == pytest.approx(12, abs=2.5)
    assert len(heights["f"]) / 400 == pytest.approx(0.6, abs=0.1)


def test_a_person_is_the_same_whoever_else_is_drawn() -> None:
    forwards, backwards = _people(20), _people(20)[::-1]
    assert [p.known for p in forwards] == [p.known for p in backwards[::-1]]
    plan = world(protocol(), "plain")
    assert draw_person(protocol(), plan, Chance(7), 20).known == forwards[-1].known
    assert [p.number for p in forwards[:2]] == ["P0001", "P0002"]


def test_people_of_another_trial_are_others() -> None:
    assert [p.known for p in _people(5)] != [p.known for p in _people(5, trial=1)]


def test_a_missing_covariate_is_not_recorded_and_counts_as_nothing() -> None:
    plan = world(protocol(), "plain")
    absent = {name: plan.covariates[name] | {"missing": 1} for name in ("years", "soreness")}
    plan = replace(plan, covariates=plan.covariates | absent)
    person = draw_person(protocol(), plan, Chance(7), 1)
    assert person.screening["years"] is None
    assert (person.known["years"], person.known["soreness"]) == (0.0, 0.0)
