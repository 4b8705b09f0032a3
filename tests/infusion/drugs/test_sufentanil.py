"""Sufentanil against the reference course and opentiva's coding of the same paper."""

from __future__ import annotations

import pytest

from equipoise.infusion.drugs.sufentanil import DRUG
from equipoise.infusion.pharmacokinetics import Course, ThreeCompartment
from tests.infusion.drugs.reference_course import PERSON, Figures, check


def test_reproduces_the_reference_course() -> None:
    check(DRUG, 1.1, Figures("0.0259", "0.0277", "0.1398", "0.0544", 6, "0.216"))


def test_effect_peaks_when_ke0_says() -> None:
    course = Course(DRUG.typical(PERSON))
    course.advance(1e-6, 1e6)
    for t, rising in ((5.59, True), (5.61, False)):
        course.advance(t, 0.0)
        assert (course.plasma() > course.effect()) is rising


def test_agrees_with_opentiva() -> None:
    reason = "opentiva, which needs a compiler, is not installed"
    model = pytest.importorskip("opentiva.sufentanil", reason=reason).Gepts(1, 15, 55, 160)
    pump = pytest.importorskip("opentiva.pump", reason=reason).Pump(model, 1, 7202)
    pump.add_infusion(0, 2.2 / 60, 60)
    pump.add_infusion(60, 1.1 / 3600, 7142)
    theirs = pump.run()
    v1, k10, k12, k13 = model.v1, model.k10, model.k12, model.k13
    same = ThreeCompartment(
        v1, v1 * k12 / model.k21, v1 * k13 / model.k31, v1 * k10, v1 * k12, v1 * k13, model.ke0
    )
    exact, ours = Course(same), Course(DRUG.typical(PERSON))
    for t in (1, 2, 6, 15, 60, 120):
        for course in (exact, ours):
            course.advance(t, 2.2 if t == 1 else 1.1 / 60)
        _, plasma, effect = theirs[60 * t]
        assert exact.plasma() == pytest.approx(plasma, rel=1e-9)
        # Their effect site interpolates plasma over seconds and loses the first one.
        assert exact.effect() == pytest.approx(effect, rel=0.02)
        # They round the paper's parameters to rate constants of two to four digits.
        assert ours.plasma() == pytest.approx(plasma, rel=0.003)
