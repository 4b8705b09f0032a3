from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from equipoise.analysis.drawings.score_distribution import score_distribution
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = np.array([[[50, 25, 25], [0, 0, 0]], [[10, 10, 80], [1, 1, 2]]])


def drawn(**words: str) -> str:
    return score_distribution(
        ["day 1", "第2天"], ["active", "placebo"], COUNTS, title="Scores", **words
    )


def widths(svg: str) -> list[float]:
    """Return the width of every bar, in the order drawn."""
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    found = []
    for path in root.iter(f"{SVG}path"):
        if "stroke: #ffffff" in str(path.get("style")):
            x = [float(v) for v in re.findall(r"[ML] (-?[\d.]+)", str(path.get("d")))]
            found.append(max(x) - min(x))
    return found


def test_bars_are_as_wide_as_the_share_of_each_score() -> None:
    bars = widths(drawn())
    whole = sum(bars[:3])
    assert len(bars) == 9  # nobody answered in one arm at the second visit
    assert np.array(bars) / whole == pytest.approx(
        [0.5, 0.25, 0.25, 0.1, 0.1, 0.8, 0.25, 0.25, 0.5], abs=1e-4
    )


def test_scores_numbers_and_words_are_written() -> None:
    root = ET.fromstring(drawn(score_label="score", x_label="share"))  # noqa: S314
    found = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    for text in ("day 1", "第2天", "active", "placebo", "n = 100", "n = 0", "n = 4", "score"):
        assert text in found
    assert found.count("2") == 4  # in three bars and the key
    assert "share" in found


def test_scores_may_have_names() -> None:
    svg = score_distribution(
        ["v"], ["a"], [[[1, 1]]], scores=["none", "some"], title="", score_label="pain"
    )
    assert ">some<" in svg


def test_counts_must_fit() -> None:
    with pytest.raises(InputError, match="shape"):
        score_distribution(["v"], ["a", "b"], COUNTS, title="")


def test_all_text_can_be_read() -> None:
    rng = np.arange(2 * 7 * 11).reshape(2, 7, 11) % 13
    visits = ["evening of surgery", *(f"day {d}" for d in range(6))]
    svg = score_distribution(
        visits,
        ["a supplement of two drugs", "安慰剂"],
        rng,
        title="",
        score_label="score",
        x_label="share",
    )
    assert_legible(svg, width_in=(7, 7.3))
