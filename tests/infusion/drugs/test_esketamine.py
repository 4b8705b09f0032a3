"""Esketamine against the reference course and opentiva."""

from __future__ import annotations

from dataclasses import replace

import pytest

from equipoise.infusion.drugs.esketamine import DRUG
from equipoise.infusion.pharmacokinetics import Course
from tests.infusion.drugs.reference_course import PERSON, Figures, check


def test_reproduces_the_reference_course() -> None:
    check(DRUG, 250.0, Figures("5.42", "5.43", "22.9", "6.73", 8, "49.6"))


def test_half_life_of_equilibration_is_six_minutes() -> None:
    assert 0.6931 / DRUG.typical(PERSON).ke0_min == pytest.approx(6.3, abs=0.05)


def test_agrees_with_opentiva() -> None:
    reason = "opentiva, which needs a compiler, is not installed"
    model = pytest.importorskip("opentiva.ketamine", reason=reason).Klamp(1, 40, 55, 160)
    pump = pytest.importorskip("opentiva.pump", reason=reason).Pump(model, 1, 7202)
    pump.add_infusion(0, 500.0 / 60, 60)
    pump.add_infusion(60, 250.0 / 3600, 7142)
    theirs = pump.run()
    ours = Course(replace(DRUG.typical(PERSON), ke0_min=model.ke0))
    for t in (1, 2, 6, 16, 60, 120):
        ours.advance(t, 500.0 if t == 1 else 250.0 / 60)
        _, plasma, effect = theirs[60 * t]
        assert ours.plasma() == pytest.approx(plasma, rel=1e-9)
        assert ours.effect() == pytest.approx(effect, rel=0.02)
