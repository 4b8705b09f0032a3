from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from equipoise.analysis.drawings.drawing import COLOURS
from equipoise.analysis.drawings.figures import (
    Bands,
    Reference,
    Spread,
    _aside,
    bands_over_time,
    domain_scores,
    spreads,
    step_curve,
    time_course,
)
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible, text_boxes

SVG = "{http://www.w3.org/2000/svg}"
ARMS = ["active", "安慰剂"]


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]


def markers(svg: str, colour: str) -> np.ndarray[Any, Any]:
    """Return where markers of this outline stand in the panel: columns x and y, key left out."""
    root = ET.fromstring(svg)  # noqa: S314
    found = [
        (float(str(u.get("x"))), float(str(u.get("y"))))
        for u in root.iter(f"{SVG}use")
        if f"stroke: {colour}" in str(u.get("style")) and "stroke-width: 1.3" in str(u.get("style"))
    ]
    return np.array(found)


def paths(svg: str, colour: str) -> list[np.ndarray[Any, Any]]:
    root = ET.fromstring(svg)  # noqa: S314
    lines = [p for p in root.iter(f"{SVG}path") if f"stroke: {colour}" in str(p.get("style"))]
    return [
        np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", str(p.get("d"))), dtype=float) for p in lines
    ]


def course(**changes: Any) -> str:
    centre = np.array([[2.0, 4.0, 6.0], [3.0, 5.0, np.nan]])
    given: dict[str, Any] = {
        "centre": centre,
        "low": centre - 1,
        "high": centre + 2,
        "n": [[99, 98, 97], [100, 96, 0]],
        "title": "Pain",
        "y_label": "NRS",
        "y_range": (0, 10),
        "n_label": "seen",
        **changes,
    }
    return time_course(["day 1", "day 2", "两年"], ARMS, **given)


def test_a_time_course_puts_values_where_they_are() -> None:
    svg = course()
    first, second = markers(svg, COLOURS[0]), markers(svg, COLOURS[1])
    # equal steps of 2 are equal steps down the page, and 0 to 10 is 2.5 in = 180 pt
    heights = sorted(first[:, 1])
    assert {36.0} <= set(np.round(np.diff(heights), 3))
    assert any(len(p) == 2 and np.ptp(p[:, 1]) == pytest.approx(54) for p in paths(svg, COLOURS[0]))
    assert len(first) == 3 * 3 + 1  # a point and two ends of its whisker, three times, and the key
    assert len(second) == 2 * 3 + 1  # NaN is not drawn


def test_a_time_course_tells_how_many_were_seen() -> None:
    found = texts(course())
    for number in ("99", "98", "97", "100", "96", "0", "seen", "NRS", "两年", *ARMS):
        assert number in found


def test_a_time_course_needs_one_value_per_arm_and_visit() -> None:
    with pytest.raises(InputError, match="shape"):
        course(n=[[1, 2], [3, 4]])


def test_spreads_show_every_value_and_its_box() -> None:
    values = [[1.0, 2, 3, 4, 5, 6, 7, 30, np.nan], [5.0, 5, 5]]
    svg = spreads(ARMS, [Spread("volume (ml)", values)], title="Use")
    found = texts(svg)
    assert "n = 8" in found
    assert "n = 3" in found
    assert "volume (ml)" in found
    root = ET.fromstring(svg)  # noqa: S314
    dots = [u for u in root.iter(f"{SVG}use") if "stroke-width: 0.5" in str(u.get("style"))]
    assert len(dots) == 11


def test_points_of_one_height_stand_side_by_side() -> None:
    aside = _aside(np.array([5.0, 5, 5, 9, 9, 1]))
    assert sorted(aside[:3]) == pytest.approx([-0.055, 0, 0.055])
    assert sorted(aside[3:5]) == pytest.approx([-0.0275, 0.0275])
    assert aside[5] == 0
    crowd = _aside(np.full(200, 3.0))
    assert np.abs(crowd).max() < 0.5
    assert len(set(crowd.tolist())) == 200


def bands(**changes: Any) -> Bands:
    times = np.linspace(0, 72, 7)
    middle = np.outer([1, 2], times)
    given: dict[str, Any] = {
        "name": "drug",
        "y_label": "ng/ml",
        "times": times,
        "middle": middle,
        "low": middle / 2,
        "high": middle * 2,
        **changes,
    }
    return Bands(**given)


def test_a_reference_far_above_is_written_and_not_drawn() -> None:
    near, far = Reference(100, "near"), Reference(10_000, "far")
    svg = bands_over_time(
        ARMS, [bands(references=[near, far])], title="C", x_label="hours", x_ticks=[0, 24, 48, 72]
    )
    found = texts(svg)
    assert "near" in found
    assert "far: 10000 ↑" in found
    assert {"0", "24", "48", "72", "hours", "drug"} <= set(found)
    assert sum("stroke-dasharray: 1.6,1.6" in part for part in svg.split("<path")) == 1


def test_the_middle_is_inside_its_band() -> None:
    svg = bands_over_time(
        ["all"], [bands(middle=[range(7)], low=[range(7)], high=[range(7)])], title=""
    )
    line = next(p for p in paths(svg, COLOURS[0]) if len(p) == 7)
    assert np.diff(line[:, 0]) == pytest.approx(np.diff(line[:, 0])[0], abs=1e-3)
    assert np.diff(line[:, 1]) == pytest.approx(np.diff(line[:, 1])[0], abs=1e-3)
    assert line[-1, 1] < line[0, 1]  # up the page


def test_a_series_of_which_nothing_is_known_is_left_out() -> None:
    nothing = np.full((2, 7), np.nan)
    svg = bands_over_time(ARMS, [bands(middle=nothing, low=nothing, high=nothing)], title="none")
    assert "drug" in texts(svg)


def test_four_panels_take_two_rows() -> None:
    one = bands_over_time(ARMS, [bands()] * 3, title="")
    two = bands_over_time(ARMS, [bands()] * 4, title="")
    heights = [float(re.findall(r'height="([\d.]+)pt"', svg)[0]) for svg in (one, two)]
    assert heights[1] - heights[0] == pytest.approx(2.35 * 72, abs=1e-3)


def test_domain_scores_are_in_order_and_to_scale() -> None:
    value = np.array([[2.0, 3.0, 4.0], [2.5, 3.5, 4.5]])
    svg = domain_scores(
        ["first", "second", "third"],
        ARMS,
        value,
        value - 0.2,
        value + 0.3,
        title="",
        x_range=(1, 5),
    )
    panel = markers(svg, COLOURS[0])[:3]
    inside = panel[np.argsort(panel[:, 1])]
    assert np.diff(inside[:, 0]) == pytest.approx(np.diff(inside[:, 0])[0], abs=1e-3)
    assert np.diff(inside[:, 0])[0] > 0  # the first domain, 2.0, is at the top
    assert {"first", "second", "third"} <= set(texts(svg))
    # the arms stand to either side of the line of their domain
    other = markers(svg, COLOURS[1])[:3]
    line = np.array(
        [(b.top + b.bottom) / 2 for b in text_boxes(svg) if b.text in {"first", "second", "third"}]
    )
    assert (np.sort(panel[:, 1]) + np.sort(other[:, 1])) / 2 == pytest.approx(np.sort(line), abs=1)


def test_a_curve_steps_after_its_time_and_is_held_to_the_end() -> None:
    svg = step_curve(
        ARMS,
        [[0, 12, 24], []],
        [[0, 0.25, 0.5], []],
        at_risk=([0, 24, 48], [[99, 70, 50], [100, 90, 80]]),
        title="First dose",
        n_label="at risk",
    )
    curve = next(p for p in paths(svg, COLOURS[0]) if len(p) > 4)
    x, y = curve.T
    at = np.interp
    span = (x.max() - x.min()) / 48
    assert at(x.min() + 11.9 * span, x, y) == pytest.approx(y[0])
    assert y[0] - y[-1] == pytest.approx(90)  # half of 2.5 in
    assert x[-1] - x[0] == pytest.approx(48 * span)
    assert {"99", "80", "at risk", "100%"} <= set(texts(svg))


def test_an_amount_need_not_be_a_percentage() -> None:
    svg = step_curve(["one"], [[0, 5]], [[0, 40]], percent=False, title="", y_label="ml")
    assert not any("%" in text for text in texts(svg))
    assert "40" in texts(svg)


def test_numbers_at_risk_must_fit() -> None:
    with pytest.raises(InputError, match="shape"):
        step_curve(["one"], [[0]], [[0]], at_risk=([0, 1], [[5]]), title="")


VISITS = [
    "evening of surgery",
    *(f"day {d} {t}" for d in (1, 2, 3) for t in ("morning", "evening")),
]
LONG = ["a supplement of two drugs", "安慰剂", "third", "fourth"]


@pytest.mark.parametrize("arms", [LONG[:1], LONG[:2], LONG])
def test_all_text_of_every_figure_can_be_read(arms: list[str]) -> None:
    value = np.full((len(arms), 7), 4.0) + np.arange(len(arms))[:, None]
    n = np.full(value.shape, 100)
    svg = time_course(VISITS, arms, value, value - 1, value + 1, n, title="", n_label="assessed")
    assert_legible(svg, width_in=(7, 7.3))
    given = [[1.0, 2, 3]] * len(arms)
    panels = [Spread("volume", given), Spread("boluses", given)]
    assert_legible(spreads(arms, panels, title=""), width_in=(7, 7.3))
    middle = np.ones((len(arms), 7))
    one = bands(middle=middle, low=middle / 2, high=middle * 2, references=[Reference(9, "far")])
    svg = bands_over_time(arms, [one] * 4, title="", x_label="h", x_ticks=[0, 24, 48, 72])
    assert_legible(svg, width_in=(7, 7.3))
    svg = domain_scores(VISITS, arms, value, value, value, title="", x_label="score")
    assert_legible(svg, width_in=(4, 7.3))
    risk = ([0, 24, 48, 72], np.full((len(arms), 4), 100))
    steps = [[0.0, 30.0]] * len(arms), [[0.0, 0.3]] * len(arms)
    svg = step_curve(arms, *steps, at_risk=risk, title="", x_label="hours", n_label="at risk")
    assert_legible(svg, width_in=(5, 5.4))


def test_numbers_stand_under_their_visit() -> None:
    centre = {box.text: (box.left + box.right) / 2 for box in text_boxes(course())}
    down = {box.text: box.bottom for box in text_boxes(course())}
    for day, first, second in (("day 1", "99", "100"), ("day 2", "98", "96"), ("两年", "97", "0")):
        assert centre[first] == pytest.approx(centre[day], abs=0.1)
        assert centre[second] == pytest.approx(centre[day], abs=0.1)
        assert down[day] < down["seen"] < down[first] < down[second]
    # the two arms stand to either side of the visit
    panels = [markers(course(), colour) for colour in COLOURS[:2]]
    inside = [min(found[found[:, 1] > 20, 0]) for found in panels]  # the key is above
    assert sum(inside) / 2 == pytest.approx(centre["day 1"], abs=0.1)
