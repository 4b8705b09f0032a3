from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.drawings.power import Curve, power_curves
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible

SIZES = np.linspace(10, 600, 50)


def drawn(*curves: Curve) -> str:
    return power_curves(
        SIZES, curves, planned=(199, 0.37), target=0.8, planned_label="199 planned",
        target_label="80 % wanted", title="Power", x_label="Participants", y_label="Power",
    )  # fmt: skip


def test_each_curve_is_named() -> None:
    text = drawn(Curve("20 % against 30 %", SIZES / 800), Curve("10 % against 30 %", SIZES / 650))
    assert_legible(text, width_in=(5, 8))
    for label in ("20 % against 30 %", "10 % against 30 %", "199 planned", "80 % wanted"):
        assert label in text


def test_curves_that_end_together_keep_their_names_apart() -> None:
    curves = (Curve(f"curve {k}", np.full(50, 1.0)) for k in range(3))
    assert_legible(drawn(*curves), width_in=(5, 8))


def test_a_curve_of_another_length_is_refused() -> None:
    with pytest.raises((InputError, ValueError)):
        drawn(Curve("short", [0.1, 0.2]))
