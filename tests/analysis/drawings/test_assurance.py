from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.drawings.assurance import assurance_curve
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible


def drawn(n: int = 5, *, discrete: bool = False) -> str:
    power = np.linspace(0.1, 0.9, 5)
    return assurance_curve(
        np.arange(5.0), power[:n], power[:n] - 0.05, power[:n] + 0.05,
        prior_values=[1.0, 2.0, 3.0], prior=[0.5, 1.0, 0.5], discrete=discrete, assurance=0.4,
        power_label="power", prior_label="prior", assurance_label="assurance 40 %",
        title="Assurance", x_label="effect", y_label="power",
    )  # fmt: skip


@pytest.mark.parametrize("discrete", [True, False])
def test_curve_and_prior_are_named(discrete: bool) -> None:
    text = drawn(discrete=discrete)
    assert_legible(text, width_in=(5, 8))
    assert "assurance 40 %" in text


def test_a_curve_of_another_length_is_refused() -> None:
    with pytest.raises(InputError):
        drawn(4)
