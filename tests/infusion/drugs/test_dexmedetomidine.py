"""Dexmedetomidine against the reference course, PyTCI and opentiva."""

from __future__ import annotations

import pytest

from equipoise.infusion.drug import Covariates
from equipoise.infusion.drugs.dexmedetomidine import DRUG
from equipoise.infusion.pharmacokinetics import Course
from tests.infusion.drugs.reference_course import Figures, check


def test_reproduces_the_reference_course() -> None:
    check(DRUG, 1.0, Figures("0.0441", "0.0441", "0.532", "0.0281", 16, "0.377"))


@pytest.mark.parametrize("weight_kg", [45, 70, 110])
def test_agrees_with_pytci(weight_kg: int) -> None:
    models = pytest.importorskip("PyTCI.models.dexmedetomidine", reason="PyTCI is not installed")
    theirs = models.Hannivoort(weight_kg)
    theirs.set_integrator("exact")
    theirs.keo = 0.0428 / 60  # theirs is zero
    ours = Course(DRUG.typical(Covariates(weight_kg, 40, 165, "male")))
    for minutes, ug_min in ((1, 2.0), (7, 1 / 60), (1, 2.0), (600, 1 / 60), (90, 0.0)):
        ours.advance(ours.time_min + minutes, ug_min)
        theirs.giveoverseconds(ug_min / 60, 60 * minutes)
        assert ours.plasma() == pytest.approx(theirs.x1, rel=1e-9)
        assert ours.effect() == pytest.approx(theirs.xeo, rel=1e-9)


def test_agrees_with_opentiva() -> None:
    reason = "opentiva, which needs a compiler, is not installed"
    models = pytest.importorskip("opentiva.dexmedetomidine", reason=reason)
    pumps = pytest.importorskip("opentiva.pump", reason=reason)
    pump = pumps.Pump(models.Hannivoort(1, 40, 55, 160), 1, 7202)
    pump.add_infusion(0, 2.0 / 60, 60)
    pump.add_infusion(60, 1.0 / 3600, 7142)
    theirs = pump.run()
    ours = Course(DRUG.typical(Covariates(55, 40, 160, "female")))
    for t in (1, 2, 6, 16, 60, 120):
        ours.advance(t, 2.0 if t == 1 else 1.0 / 60)
        _, plasma, effect = theirs[60 * t]
        assert ours.plasma() == pytest.approx(plasma, rel=1e-9)
        # Their effect site interpolates plasma over seconds and loses the first one.
        assert ours.effect() == pytest.approx(effect, rel=0.02)
