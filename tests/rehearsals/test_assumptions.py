"""What the shipped protocols say of their virtual world is what they hold."""

from __future__ import annotations

import math
import re

import pytest

from equipoise.protocol.load import load_study
from equipoise.protocol.parts import Protocol, Rehearsal
from equipoise.rehearsal.draw import number


def _study(name: str) -> tuple[Protocol, Rehearsal]:
    protocol = load_study(name).protocol
    assert protocol is not None
    assert protocol.rehearsal is not None
    return protocol, protocol.rehearsal


def _numbers(protocol: Protocol, assumption: str) -> list[float]:
    (says,) = (each.says.en for each in protocol.assumptions if each.id == assumption)
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", says)]


def test_the_supplements_effects() -> None:
    protocol, rehearsal = _study("NCT04791059")
    first, second = rehearsal.effects["esketamine"], rehearsal.effects["dexmedetomidine"]
    said = [first["pain"], second["pain"], first["sleep"], second["sleep"]]
    assert _numbers(protocol, "supplement_effect") == [-value for value in said]


def test_the_course_and_level_of_pain() -> None:
    protocol, rehearsal = _study("NCT04791059")
    assert rehearsal.pain is not None
    assert _numbers(protocol, "pain_course") == [rehearsal.pain.fading_h]
    mean = str(rehearsal.covariates["pain_person"]["normal"][0])
    reference = number(mean, {"sex": "M", "preoperative_pain": 0.0, "age_y": 27.0})
    extra = rehearsal.covariates["movement_extra"]["normal"][0]
    assert _numbers(protocol, "pain_level") == [reference, extra]


def test_the_course_of_demands() -> None:
    protocol, rehearsal = _study("NCT04791059")
    assert rehearsal.demand is not None
    half_d = float(rehearsal.demand.fading_h) * math.log(2) / 24
    half, night = _numbers(protocol, "demand_course")
    assert half == pytest.approx(half_d, abs=0.05)
    assert night == pytest.approx(100 * (1 - rehearsal.demand.night))


def test_attrition_at_two_years() -> None:
    protocol, rehearsal = _study("NCT05718544")
    assert rehearsal.attrition is not None
    lost, declines = _numbers(protocol, "attrition")
    usual = number(rehearsal.attrition.lost, {"chronic_risk": 0.28})
    assert lost == pytest.approx(100 * usual, abs=0.5)
    assert declines == pytest.approx(100 * float(rehearsal.attrition.withdraws))


def test_an_effect_that_halves_chronic_pain_is_the_logarithm_of_a_half() -> None:
    protocol, _ = _study("NCT05718544")
    changed = protocol.scenarios["hoped"].set
    assert changed == {"effects.esketamine.chronic": pytest.approx(math.log(0.5), abs=1e-4)}
