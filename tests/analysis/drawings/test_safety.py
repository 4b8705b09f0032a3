from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from equipoise.analysis.drawings.drawing import COLOURS, FAINT
from equipoise.analysis.drawings.safety import Effect, volcano
from equipoise.errors import InputError
from tests.analysis.layout import SVG, assert_legible, text_boxes

NAN = float("nan")
NAUSEA = Effect("nausea", -0.12, 0.001, 40)
DIZZY = Effect("dizziness", 0.06, 0.1, 10)
RASH = Effect("rash", 0.0, 1.0, 2)


def drawn(*effects: Effect, named: int = 8) -> str:
    return volcano(
        effects, sides=("more in placebo", "more in active"), level_label="P = 0.05",
        x_label="risk difference, %", y_label="-log10 P", title="AE", named=named,
    )  # fmt: skip


def points(svg: str) -> dict[str, tuple[float, float, float]]:
    """Return middle and area of the point of each colour; one each in these tests."""
    found = {}
    for path in ET.fromstring(svg).iter(f"{SVG}path"):  # noqa: S314 - our own text
        hue = re.search(r"fill: (#\w+); fill-opacity: 0.75", str(path.get("style")))
        if hue:
            pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", str(path.get("d")))
            x, y = ([float(pair[k]) for pair in pairs] for k in (0, 1))
            found[hue[1]] = ((max(x) + min(x)) / 2, (max(y) + min(y)) / 2, (max(x) - min(x)) ** 2)
    return found


def test_difference_and_p_value_are_the_axes() -> None:
    found = points(drawn(NAUSEA, DIZZY, RASH))
    more, fewer, same = found[COLOURS[0]], found[COLOURS[1]], found[FAINT]
    assert (same[0] - fewer[0]) / (more[0] - same[0]) == pytest.approx(0.12 / 0.06, rel=0.01)
    # y runs down: P = 0.001 is three times as high over P = 1 as P = 0.1
    assert (same[1] - fewer[1]) / (same[1] - more[1]) == pytest.approx(3, rel=0.01)


def test_the_area_is_by_the_people_who_had_it() -> None:
    found = points(drawn(NAUSEA, DIZZY))
    areas = {people: found[hue][2] for people, hue in ((40, COLOURS[1]), (10, COLOURS[0]))}
    assert areas[40] / areas[10] == pytest.approx((18 + 160) / (18 + 40), rel=0.02)


def test_the_smallest_p_values_are_named() -> None:
    svg = drawn(NAUSEA, DIZZY, RASH, named=1)
    shown = {box.text for box in text_boxes(svg)}
    assert "nausea" in shown
    assert not {"dizziness", "rash"} & shown
    assert {"← more in placebo", "more in active →", "P = 0.05"} <= shown
    assert_legible(svg, width_in=(5, 8))


def test_names_that_would_cover_each_other_are_left_out() -> None:
    crowd = [Effect(f"event number {k}", 0.05, 0.02, 5) for k in range(6)]
    svg = drawn(*crowd, NAUSEA)
    assert 0 < sum(box.text.startswith("event number") for box in text_boxes(svg)) < len(crowd)
    assert_legible(svg, width_in=(5, 8))


def test_the_line_stands_at_its_level() -> None:
    svg = volcano([NAUSEA, RASH], sides=("a", "b"), level=0.001, level_label="level", title="AE")
    label = next(box for box in text_boxes(svg) if box.text == "level")
    assert (label.top + label.bottom) / 2 == pytest.approx(points(svg)[COLOURS[1]][1], abs=2)


def test_a_p_value_of_zero_is_drawn() -> None:
    assert math.isfinite(points(drawn(Effect("all", 1.0, 0.0, 9), RASH))[COLOURS[0]][1])


@pytest.mark.parametrize(
    "effect", [Effect("nobody", 0.0, 1.0, 0), Effect("x", NAN, 0.5, 3), Effect("x", 0.1, NAN, 3)]
)
def test_without_anything_to_draw_it_is_refused(effect: Effect) -> None:
    with pytest.raises(InputError):
        drawn(effect)
    assert set(points(drawn(effect, NAUSEA, RASH))) == {COLOURS[1], FAINT}
