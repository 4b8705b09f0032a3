from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.drawings.ensemble import (
    Distribution,
    Rejections,
    distributions,
    rejections,
)
from tests.analysis.layout import assert_legible
from tests.refusal import refusal

EDGES = np.linspace(0.3, 2.0, 61)
COUNTS = np.concatenate([np.arange(30), np.arange(30)[::-1]])
WORDS = {"truth_label": "true value", "no_effect_label": "no effect", "title": "Estimates"}


def test_each_distribution_is_named() -> None:
    panels = [Distribution("hoped", EDGES, COUNTS, 0.7), Distribution("null", EDGES, COUNTS, 1.0)]
    text = distributions(panels, no_effect=1.0, logarithmic=True, x_label="risk ratio", **WORDS)
    assert_legible(text, width_in=(5, 8))
    for label in ("hoped", "null", "true value", "no effect", "risk ratio"):
        assert f"{label}</text>" in text


def test_all_estimates_alike_and_an_unknown_truth_can_be_drawn() -> None:
    alike = Distribution("one", [1.0, 2.0], [7], float("nan"))
    assert "<svg" in distributions([alike], no_effect=0.0, logarithmic=False, **WORDS)


def test_nothing_is_no_figure() -> None:
    said = refusal(distributions, [], no_effect=0.0, logarithmic=False, **WORDS)
    assert "no distribution" in said.what


def test_rejections_name_every_comparison_and_scenario() -> None:
    labels = ["Pain", "A very long name of an outcome that takes more than a single line to write"]
    each = [Rejections(name, [0.9, 0.05], [0.85, 0.03], [0.93, 0.07], [False, True])
            for name in ("hoped", "published")]  # fmt: skip
    text = rejections(labels, each, alpha=0.05, power_label="filled: power",
                      error_label="hollow: error", title="Power", x_label="share")  # fmt: skip
    assert_legible(text, width_in=(5, 8))
    assert "A very long name" in text


@pytest.mark.parametrize("many", [0, 5])
def test_scenarios_that_cannot_be_told_apart_are_refused(many: int) -> None:
    each = [Rejections("x", [0.5], [0.4], [0.6], [False])] * many
    said = refusal(rejections, ["a"], each, alpha=0.05, power_label="", error_label="", title="x")
    assert f"{many} scenarios" in said.what
