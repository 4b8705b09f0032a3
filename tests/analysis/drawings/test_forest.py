from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from equipoise.analysis.drawings.drawing import COLOURS, INK
from equipoise.analysis.drawings.forest import Row, _log_ticks, _span, event_incidence, forest
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible, text_boxes

SVG = "{http://www.w3.org/2000/svg}"
NAN = float("nan")


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]


def lines(svg: str, colour: str, width: str) -> list[np.ndarray[Any, Any]]:
    root = ET.fromstring(svg)  # noqa: S314
    found = [
        np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", str(p.get("d"))), dtype=float)
        for p in root.iter(f"{SVG}path")
        if f"stroke: {colour}" in str(p.get("style"))
        and f"stroke-width: {width}" in str(p.get("style"))
    ]
    return [p for p in found if len(p) == 2]


def squares(svg: str) -> list[tuple[float, float]]:
    root = ET.fromstring(svg)  # noqa: S314
    return [
        (float(str(u.get("x"))), float(str(u.get("y"))))
        for u in root.iter(f"{SVG}use")
        if f"fill: {COLOURS[0]}" in str(u.get("style"))
    ]


def test_a_ratio_and_its_reciprocal_are_as_far_from_no_effect() -> None:
    rows = [Row("half", 0.5, 0.25, 1.0, "0.50"), Row("twice", 2.0, 1.0, 4.0, "2.00")]
    svg = forest(rows, title="", x_label="risk ratio")
    (a, b), (null, *_) = squares(svg), lines(svg, INK, "0.8")
    middle = null[0, 0]
    assert middle - a[0] == pytest.approx(b[0] - middle, abs=1e-3)
    first, second = lines(svg, COLOURS[0], "1.4")
    assert np.ptp(first[:, 0]) == pytest.approx(np.ptp(second[:, 0]), abs=1e-3)
    assert first[:, 0].mean() == pytest.approx(a[0], abs=1e-3)
    assert a[1] < b[1]  # the first row is above
    label = next(b for b in text_boxes(svg) if b.text == "risk ratio")
    assert (label.left + label.right) / 2 == pytest.approx(middle, abs=0.1)


def test_differences_are_on_a_linear_scale() -> None:
    svg = forest([Row("d", 1.0, -1.0, 3.0)], title="", logarithmic=False, null=0)
    ((x, _),) = squares(svg)
    (interval,) = lines(svg, COLOURS[0], "1.4")
    assert x == pytest.approx(interval[:, 0].mean(), abs=1e-3)


def test_a_limit_beyond_the_axis_is_an_arrow() -> None:
    rows = [Row("none", 0.0, 0.0, 0.9), Row("all", np.inf, 2.0, np.inf), Row("fine", 1, 0.8, 1.2)]
    svg = forest(rows, title="", x_range=(0.1, 10))
    assert len(squares(svg)) == 3  # two arrows and one point
    without = forest([Row("unknown", NAN, 0.0, np.inf, "–")], title="")
    assert squares(without) == []
    assert "–" in texts(without)


def test_columns_headings_and_sides_are_written() -> None:
    rows = [Row("Secondary"), Row("结局", 0.8, 0.6, 1.1, "0.80 (0.60 to 1.10)", ("6/99", "9/100"))]
    svg = forest(
        rows,
        title="t",
        x_label="risk ratio",
        heads=("Outcome", "active", "placebo"),
        text_head="RR",
        sides=("favours active", "favours placebo"),
    )
    wanted = {"Secondary", "结局", "6/99", "9/100", "Outcome", "active", "placebo", "RR"}
    assert wanted <= set(texts(svg))
    assert {"← favours active", "favours placebo →", "risk ratio"} <= set(texts(svg))


def test_the_axis_holds_every_finite_limit_but_not_an_absurd_one() -> None:
    rows = [Row("a", 2.0, 0.5, 8.0), Row("b", np.inf, 1.0, np.inf), Row("heading")]
    low, high = _span(rows, logarithmic=True, null=1.0)
    assert high == pytest.approx(8.8)
    assert low == pytest.approx(1 / 8.8)
    assert _span([Row("c", 900.0, 2.0, 4e5)], logarithmic=True, null=1.0) == (0.02, 50)
    assert _span([Row("d", -2.0, -5.0, 1.0)], logarithmic=False, null=0.0) == pytest.approx(
        (-5.5, 5.5)
    )


@pytest.mark.parametrize("span", [(0.6, 1.6), (0.1, 10), (0.02, 50), (0.9, 1.15)])
def test_a_ratio_axis_has_a_few_round_ticks(span: tuple[float, float]) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    axes = Figure().add_subplot()
    axes.set_xscale("log")
    _log_ticks(axes, span)
    ticks = axes.get_xticks()
    assert 1.0 in ticks
    assert 2 <= len(ticks) <= 12
    assert all(span[0] <= t <= span[1] for t in ticks)


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([], {}),
        ([Row("a", 1, 0.5, 2, cells=("1",))], {}),
        ([Row("a", -1, -2, 0.5)], {}),
        ([Row("a", 1, 0.5, 2)], {"x_range": (0, 2)}),
    ],
)
def test_what_cannot_be_drawn_is_refused(rows: list[Row], options: Any) -> None:
    with pytest.raises(InputError):
        forest(rows, title="", **options)


COUNTS = np.array([[10, 0], [5, 2]])


def test_events_are_drawn_at_their_share() -> None:
    svg = event_incidence(["nausea", "眩晕"], ["active", "placebo"], COUNTS, [50, 100], title="AE")
    found = texts(svg)
    assert {"nausea", "眩晕", "10", "5", "active", "placebo"} <= set(found)
    # 10/50 v 5/100 and 0 v 2/100: the connecting rules are as long as 15 and 2 points
    rules = [np.ptp(p[:, 0]) for p in lines(svg, "#d9dde0", "2")]
    assert rules[0] / rules[1] == pytest.approx(15 / 2, rel=1e-3)


def test_differences_stand_beside_them() -> None:
    svg = event_incidence(
        ["nausea", "dizziness"],
        ["active", "placebo"],
        COUNTS,
        [50, 100],
        title="AE",
        difference=([0.15, -0.02], [0.02, -0.07], [0.28, 0.05]),
        difference_label="difference",
    )
    assert "difference" in texts(svg)
    spans = [np.ptp(p[:, 0]) for p in lines(svg, INK, "1.2")]
    assert spans[0] / spans[1] == pytest.approx(0.26 / 0.12, rel=1e-3)


@pytest.mark.parametrize(
    ("events", "counts", "n"),
    [([], np.zeros((2, 0)), [1, 1]), (["a"], [[1], [2], [3]], [9, 9]), (["a"], [[9], [2]], [8, 9])],
)
def test_counts_that_do_not_fit_are_refused(events: Any, counts: Any, n: Any) -> None:
    with pytest.raises(InputError):
        event_incidence(events, ["a", "b"], counts, n, title="")


def test_all_text_of_a_forest_can_be_read_row_by_row() -> None:
    rows = [Row("Secondary outcomes"), *(ROW for _ in range(3))]
    svg = forest(
        rows,
        title="",
        x_label="risk ratio (95% CI)",
        heads=("outcome", "supplement", "安慰剂"),
        text_head="risk ratio (95% CI)",
        sides=("favours supplement", "利于安慰剂"),
    )
    assert_legible(svg, width_in=(6, 9))
    boxes = text_boxes(svg)
    heights = {box.text: box.bottom for box in boxes}
    assert heights["outcome"] < heights["Secondary outcomes"] < heights[ROW.label]
    assert heights[ROW.label] < heights["risk ratio (95% CI)"] < heights["利于安慰剂 →"]
    for cell, head in zip(ROW.cells, ("supplement", "安慰剂"), strict=True):
        over, under = (next(b for b in boxes if b.text == t) for t in (head, cell))
        middle = (over.left + over.right) / 2
        assert (under.left + under.right) / 2 == pytest.approx(middle, abs=0.1)
    # a point stands on the line of its words
    assert squares(svg)[0][1] == pytest.approx(
        next(b.top + b.bottom for b in boxes if b.text == ROW.label) / 2, abs=2
    )


ROW = Row("Moderate or severe", 0.8, 0.6, 1.1, "0.80 (0.60 to 1.10)", ("65/99", "86/100"))


def test_all_text_of_events_can_be_read_row_by_row() -> None:
    events = ["nausea or vomiting", "dizziness", "呼吸抑制"]
    counts = np.array([[30, 22, 0], [33, 15, 1]])
    low_high = ([0.1, 0.0, -0.1], [0.0, -0.1, -0.2], [0.2, 0.1, 0.0])
    for difference in (None, low_high):
        svg = event_incidence(
            events,
            ["a supplement of two drugs", "placebo"],
            counts,
            [100, 100],
            title="",
            x_label="participants, %",
            difference=difference,
            difference_label="risk difference",
        )
        assert_legible(svg, width_in=(4, 9))
        boxes = {b.text: b for b in text_boxes(svg)}
        for k, event in enumerate(events):
            for count in counts[:, k]:
                assert boxes[str(count)].bottom == pytest.approx(boxes[event].bottom, abs=2)
