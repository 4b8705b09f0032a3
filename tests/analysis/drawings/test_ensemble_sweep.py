from __future__ import annotations

import numpy as np

from equipoise.analysis.drawings.ensemble_sweep import Sweep, sweep_curves, sweep_map
from tests.analysis.layout import assert_legible
from tests.refusal import refusal


def test_curves_name_their_scenarios_and_values() -> None:
    power = np.array([0.9, 0.3, 0.6])
    sweeps = [Sweep(name, power, power - 0.05, power + 0.05) for name in ("hoped", "published")]
    text = sweep_curves([300, 100, 200], sweeps, title="Power", x_label="participants",
                        y_label="power")  # fmt: skip
    assert_legible(text, width_in=(5, 8))
    for label in ("hoped", "published", "100", "200", "300"):
        assert f"{label}</text>" in text


def test_a_curve_of_another_length_is_refused() -> None:
    sweep = Sweep("x", [0.1, 0.2], [0.1, 0.2], [0.1, 0.2])
    assert "shape" in refusal(sweep_curves, [1, 2, 3], [sweep], title="x").what


def test_a_map_writes_the_power_of_each_place_and_labels_its_contours() -> None:
    text = sweep_map([1, 2, 3], [0.2, 0.1], [[0.11, 0.42, 0.73], [0.24, 0.55, 0.86]],
                     title="Power", x_label="across", y_label="up")  # fmt: skip
    for label in ("11", "42", "73", "24", "55", "86"):
        assert f">{label}</text>" in text
    assert "80 %" in text
    lowest_row_first = text.index(">24</text>") < text.index(">11</text>")
    assert lowest_row_first  # 0.1 stands below 0.2


def test_a_flat_map_has_no_contours() -> None:
    text = sweep_map([1, 2], [1, 2], [[0.5, 0.5], [0.5, 0.5]], title="Power")
    assert "%" not in text.split("<title>")[1].split("</title>")[1]


def test_what_is_no_map_is_refused() -> None:
    assert "two values each way" in refusal(sweep_map, [1], [1, 2], [[0.1], [0.2]], title="x").what
    assert "shape" in refusal(sweep_map, [1, 2], [1, 2], [[0.1, 0.2]], title="x").what
