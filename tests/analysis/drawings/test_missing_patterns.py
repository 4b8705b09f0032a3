from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from equipoise.analysis.drawings.drawing import COLOURS
from equipoise.analysis.drawings.missing_patterns import missing_patterns
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible, text_boxes

OBSERVED = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1]], dtype=bool)
COUNTS = np.array([[80, 76], [11, 14], [6, 7], [2, 2], [0, 1]])
VISITS = ["week 1", "三个月", "2 years after surgery"]


def drawn(**labels: str) -> str:
    return missing_patterns(
        VISITS, ["placebo", "esketamine"], OBSERVED, COUNTS, title="Missing visits", **labels
    )


def fills(svg: str) -> list[str]:
    return re.findall(r'<path d="[^"]*"[^>]* style="fill: (#\w+); stroke: #\w+', svg)


def test_a_full_box_for_each_visit_seen_and_an_empty_one_for_each_missing() -> None:
    boxes = fills(drawn())
    assert len(boxes) == OBSERVED.size
    assert [box == COLOURS[0] for box in boxes] == OBSERVED.ravel().tolist()


def test_every_count_stands_in_its_row_under_its_arm() -> None:
    places = {b.text: b for b in text_boxes(drawn())}
    assert places["80"].bottom == pytest.approx(places["76"].bottom)
    assert places["80"].right == pytest.approx(places["placebo"].right, abs=4)
    assert places["76"].right == pytest.approx(places["esketamine"].right, abs=8)
    assert places["80"].bottom < places["11"].bottom < places["6"].bottom


def test_it_can_be_read() -> None:
    svg = drawn(observed_label="observed", missing_label="缺失")
    assert_legible(svg, width_in=(3.9, 7.3))
    assert "缺失" in svg
    assert len(fills(svg)) == OBSERVED.size + 2
    assert "Missing visits" in str(ET.fromstring(svg).get("aria-label"))  # noqa: S314


def test_arrays_must_fit() -> None:
    with pytest.raises(InputError, match="figure"):
        missing_patterns(VISITS[:2], ["a", "b"], OBSERVED, COUNTS, title="")
    with pytest.raises(InputError, match="figure"):
        missing_patterns(VISITS, ["a"], OBSERVED, COUNTS, title="")
