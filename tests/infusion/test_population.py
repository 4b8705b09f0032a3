"""Populations: the same as one by one, whatever the shapes; what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from equipoise.chance import Chance
from equipoise.errors import InputError
from equipoise.infusion.drug import PARAMETERS, Covariates
from equipoise.infusion.drugs import drug, drugs
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from equipoise.infusion.population import Flows, concentrations, individuals

PERSON = Covariates(weight_kg=62, age_y=31, height_cm=165, sex="female")
HOURS = np.linspace(0.0, 4320.0, 73)
SEGMENTS = [(90.0, 1.0), (91.0, 121.0), (500.0, 1.0), (501.0, 121.0), (4000.0, 1.0)]
MODEL = (14.3, 63.1, 261.6, 0.92, 1.55, 0.33, 0.17559)


def normals(people: int, name: str) -> NDArray[np.float64]:
    return np.array(
        [[Chance(5).normal(i, f"pk {name}", k) for k in range(7)] for i in range(people)]
    )


def stepped(model: ThreeCompartment, ug_per_ml: float) -> tuple[list[float], list[float]]:
    course, plasma, effect = Course(model), [], []
    segments = [*SEGMENTS, (float("inf"), 0.0)]
    for t in HOURS:
        while segments[0][0] < t:
            end, rate = segments.pop(0)
            course.advance(end, rate / 60 * ug_per_ml)
        course.advance(t, segments[0][1] / 60 * ug_per_ml)
        plasma.append(course.plasma())
        effect.append(course.effect())
    return plasma, effect


@pytest.mark.parametrize("name", drugs())
def test_people_are_drawn_as_one_by_one(name: str) -> None:
    found = individuals(drug(name), astuple(drug(name).typical(PERSON)), normals(5, name))
    expected = [astuple(drug(name).individual(PERSON, list(row))) for row in normals(5, name)]
    assert found.tolist() == [list(row) for row in expected]


@pytest.mark.parametrize("name", drugs())
def test_a_drug_in_people_is_as_stepped_one_by_one(name: str) -> None:
    models = individuals(drug(name), astuple(drug(name).typical(PERSON)), normals(70, name))
    found = concentrations(models, 2.0, Flows.each([SEGMENTS]), HOURS)
    assert found.plasma_ng_ml.shape == found.effect_ng_ml.shape == (70, HOURS.size)
    for i in (0, 33, 69):
        plasma, effect = stepped(ThreeCompartment(*models[i].tolist()), 2.0)
        assert found.plasma_ng_ml[i] == pytest.approx(plasma, rel=1e-12)
        assert found.effect_ng_ml[i] == pytest.approx(effect, rel=1e-12)


def test_everybody_typical_may_differ() -> None:
    light = drug("sufentanil").typical(PERSON)
    typical = np.array([astuple(light), astuple(replace(light, v1_l=2 * light.v1_l))])
    found = individuals(drug("sufentanil"), typical, np.zeros((2, len(PARAMETERS))))
    assert (found == typical).all()


def test_drugs_that_flow_together_keep_their_axes() -> None:
    models = np.array([[MODEL] * 3, [[2 * p for p in MODEL]] * 3])
    flows = Flows.each([SEGMENTS, SEGMENTS[:1], []])
    both = concentrations(models, [[1.0, 2.0, 3.0], [5.0] * 3], flows, HOURS)
    assert both.plasma_ng_ml.shape == (2, 3, HOURS.size)
    first = concentrations(models[0], [1.0, 2.0, 3.0], flows, HOURS)
    second = concentrations(models[1], 5.0, flows, HOURS)
    for one, two, pair in zip(first, second, both, strict=True):
        assert (pair == [one, two]).all()
    assert (both.effect_ng_ml[:, 1] > 0)[:, 1:].all()
    assert not both.effect_ng_ml[:, 2].any()


def test_threads_change_nothing() -> None:
    models = np.array([MODEL] * 150) * np.linspace(0.5, 2, 150)[:, None]
    one, three = (
        concentrations(models, 1.0, Flows.each([SEGMENTS]), HOURS, threads=n) for n in (1, 3)
    )
    assert all((a == b).all() for a, b in zip(one, three, strict=True))


def test_arrays_in_any_order_of_memory_will_do() -> None:
    models = np.asfortranarray([MODEL] * 3)
    flows = Flows.each([SEGMENTS])
    some = concentrations(models[::2], 1.0, flows, HOURS[::2]).plasma_ng_ml
    assert (some == concentrations([MODEL] * 2, 1.0, flows, HOURS.tolist()[::2]).plasma_ng_ml).all()


ONE = Flows.each([SEGMENTS])
TYPICAL = astuple(drug("sufentanil").typical(PERSON))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: concentrations([MODEL[:6]], 1.0, ONE, HOURS), "an array of shape \\(1, 6\\)"),
        (lambda: concentrations(MODEL, 1.0, ONE, HOURS), "an array of shape \\(7,\\)"),
        (lambda: concentrations([MODEL], [1.0, 2.0], ONE, HOURS), "Give one that fits \\(1,\\)"),
        (lambda: concentrations([MODEL], -1.0, ONE, HOURS), "negative or not finite"),
        (lambda: concentrations([MODEL], 1.0, ONE, [60.0, 30.0]), "do not rise"),
        (lambda: concentrations([MODEL], 1.0, ONE, [-1.0, 30.0]), "do not rise"),
        (lambda: concentrations([MODEL], 1.0, ONE, [float("nan")]), "do not rise"),
        (lambda: concentrations([MODEL], 1.0, ONE, []), "do not rise"),
        (lambda: concentrations([MODEL] * 3, 1.0, Flows.each([[], []]), HOURS), "of 2 people, and"),
        (lambda: Flows.each([[(60.0, 1.0), (30.0, 1.0)]]), "ends before it begins"),
        (lambda: Flows.each([[(-1.0, 1.0)]]), "ends before it begins"),
        (lambda: Flows.each([[(60.0, -1.0)]]), "negative or not a number"),
        (lambda: Flows.each([[(60.0, float("inf"))]]), "negative or not a number"),
        (lambda: Flows.each([[(float("nan"), 1.0)]]), "ends before it begins"),
        (lambda: replace(ONE, offsets=np.array([0, 4])), "do not fit"),
        (lambda: replace(ONE, offsets=np.array([0, 6, 5])), "do not fit"),
        (lambda: replace(ONE, end_min=ONE.end_min[1:]), "do not fit"),
        (lambda: Flows.each([]), "do not fit"),
        (lambda: individuals(drug("sufentanil"), TYPICAL, np.zeros((2, 6))), "shape \\(2, 6\\)"),
        (lambda: individuals(drug("sufentanil"), np.zeros((3, 7)), np.zeros((2, 7))), "that fits"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0), (6, 0.0), (3, -1.0), (2, float("inf"))],
)
def test_models_that_cannot_be_are_refused(place: int, value: float) -> None:
    model = list(MODEL)
    model[place] = value
    with pytest.raises(InputError, match="pharmacokinetic model"):
        ThreeCompartment(*model)
    with pytest.raises(InputError, match="pharmacokinetic models"):
        concentrations([MODEL, model], 1.0, ONE, HOURS)


def test_a_course_may_end_before_it_is_looked_at() -> None:
    flows = Flows.each([[(10.0, 6.0), (10.0, 99.0), (float("inf"), 0.0)]])
    found = concentrations([MODEL], 1.0, flows, [20.0, 30.0])
    again = concentrations([MODEL], 1.0, Flows.each([[(10.0, 6.0)]]), [20.0, 30.0])
    assert (found.plasma_ng_ml == again.plasma_ng_ml).all()
