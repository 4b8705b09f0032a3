from __future__ import annotations

import pytest

from equipoise.analysis.drawings.design_comparison import Measured, design_rows
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible


def test_each_design_has_a_row_and_each_measure_a_panel() -> None:
    panels = [
        Measured("power", [0.5, 0.6], [0.4, 0.5], [0.6, 0.7], share=True),
        Measured("imbalance", [2.0, 16.0], [2.0, 15.0], [2.0, 17.0]),
    ]
    text = design_rows(["blocks 4", "complete"], panels, title="Designs")
    assert_legible(text, width_in=(3, 9))
    for label in ("blocks 4", "complete", "power", "imbalance"):
        assert label in text


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(InputError, match="no panels"):
        design_rows(["blocks 4"], [], title="Designs")
    with pytest.raises(InputError):
        design_rows(["blocks 4"], [Measured("power", [1, 2], [1, 2], [1, 2])], title="Designs")
