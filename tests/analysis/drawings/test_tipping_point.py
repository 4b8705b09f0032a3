from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from equipoise.analysis.drawings.tipping_point import tipping_point
from equipoise.analysis.estimators.binary import risk_ratio
from equipoise.analysis.estimators.tipping_point import TippingMap, binary_map
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible, text_boxes

WORDS: dict[str, Any] = {
    "x_label": "events among the 12 missing, placebo",
    "y_label": "活性药组 14 名缺失者中的事件数",
    "below_label": "fewer",
    "above_label": "more",
    "none_label": "no difference shown",
    "at_random_label": "missing at random",
    "nearest_label": "nearest tipping point",
}
LARGE = binary_map(risk_ratio, (55, 85, 14), (75, 88, 12))
SMALL = binary_map(risk_ratio, (30, 60, 4), (47, 62, 3))


def drawn(made: TippingMap, *, nearest: bool = True, **words: Any) -> str:
    tip = made.nearest if nearest else None
    return tipping_point(
        made.assumed,
        made.assumed_ref,
        made.estimate.p_value,
        made.verdict,
        at_random=made.at_random,
        nearest=None if tip is None else (made.assumed[tip[0]], made.assumed_ref[tip[1]]),
        title="Tipping point",
        **words,
    )


def rectangles(svg: str) -> list[tuple[str, float, float]]:
    """Return fill, width and height of each filled rectangle with an edge of its own colour."""
    found = []
    pattern = r'<path d="([^"]*)"[^>]*style="fill: (#\w+); stroke: (#\w+); stroke-width: 0.6'
    for d, fill, stroke in re.findall(pattern, svg):
        if fill == stroke:
            x = [float(a) for a, _ in re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", d)]
            y = [float(b) for _, b in re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", d)]
            found.append((fill, max(x) - min(x), max(y) - min(y)))
    return found


def test_the_area_of_each_shade_is_its_number_of_tables() -> None:
    boxes = rectangles(drawn(LARGE))
    p, verdict = np.asarray(LARGE.estimate.p_value), LARGE.verdict
    one = min(h for _, _, h in boxes) * min(w for _, w, _ in boxes)
    area = {shade: sum(w * h for s, w, h in boxes if s == shade) for shade, _, _ in boxes}
    total = sum(area.values())
    expected = {
        "#f3efe6": (verdict == 0).sum(),
        "#a3c1dd": ((verdict < 0) & (p >= 0.01)).sum(),
        "#4f81b3": ((verdict < 0) & (p < 0.01) & (p >= 0.001)).sum(),
        "#1b4f82": ((verdict < 0) & (p < 0.001)).sum(),
    }
    assert one > 0
    assert set(area) == set(expected)
    for shade, count in expected.items():
        assert area[shade] / total == pytest.approx(count / verdict.size, abs=1e-3)


def test_the_boundary_runs_where_the_verdict_changes() -> None:
    svg = drawn(LARGE)
    lines = re.findall(
        r'<path d="([^"]*)"[^>]*style="fill: none; stroke: #22282e; stroke-width: 1.6', svg
    )
    steps = sum(line.count("M") for line in lines)
    v = LARGE.verdict
    assert steps == (v[:, 1:] != v[:, :-1]).sum() + (v[1:] != v[:-1]).sum()
    flat = tipping_point([0, 1], [0, 1], np.full((2, 2), 0.5), np.zeros((2, 2)), title="")
    assert "stroke-width: 1.6" not in flat


def test_marks_are_drawn_where_asked() -> None:
    assert drawn(LARGE).count("<use") > drawn(LARGE, nearest=False).count("<use")


def test_small_maps_print_their_p_values() -> None:
    texts = [b.text for b in text_boxes(drawn(SMALL))]
    p = np.asarray(SMALL.estimate.p_value).ravel()
    for value in p:
        assert ("<.001" if value < 0.001 else f"{value:.3f}".lstrip("0")) in texts
    assert not [t for t in (b.text for b in text_boxes(drawn(LARGE))) if t.startswith(".")]


@pytest.mark.parametrize("made", [LARGE, SMALL])
def test_it_can_be_read(made: TippingMap) -> None:
    svg = drawn(made, **WORDS)
    assert_legible(svg, width_in=(4, 8))
    for word in ("fewer: P &lt; 0.001", "more: P &lt; 0.05", "no difference shown", "活性药组"):
        assert word in svg


def test_a_stricter_level_has_its_own_key() -> None:
    svg = drawn(LARGE, level=0.995, below_label="fewer")
    assert "P ≥ 0.005" in svg
    assert "fewer: P &lt; 0.005" in svg
    assert "0.01<" not in svg


def test_arrays_must_fit() -> None:
    with pytest.raises(InputError, match="figure"):
        tipping_point([0, 1], [0], np.zeros((2, 2)), np.zeros((2, 1)), title="")
    with pytest.raises(InputError, match="figure"):
        tipping_point([], [0], np.zeros((0, 1)), np.zeros((0, 1)), title="")
