from __future__ import annotations

import math

import pytest

from equipoise.analysis.drawings.tornado import TornadoBar, tornado_bars
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible


def test_each_assumption_has_a_bar() -> None:
    bars = [
        TornadoBar("effects.drug.pain", -0.13, 0.02, "-0.4", 0.12, 0.02, "-0.6"),
        TornadoBar("attrition.lost", math.nan, 0.0, "–", -0.01, 0.01, "0.1"),
    ]
    text = tornado_bars(bars, low_label="lower", high_label="higher", title="Tornado")
    assert_legible(text, width_in=(3, 10))
    assert "attrition.lost" in text


def test_no_bars_are_refused() -> None:
    with pytest.raises(InputError, match="no bars"):
        tornado_bars([], low_label="", high_label="", title="Tornado")
