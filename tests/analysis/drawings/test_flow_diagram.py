from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.analysis.drawings.drawing import text_width
from equipoise.analysis.drawings.flow_diagram import (
    Analysis,
    ArmFlow,
    Captions,
    Flow,
    Period,
    Reason,
    check,
    draw,
)
from equipoise.errors import InputError
from tests.analysis.layout import assert_legible

SVG = "{http://www.w3.org/2000/svg}"
WHY = ("withdrew consent", "died", "could not be reached", "other")

few = st.integers(0, 5)


@st.composite
def reasons(draw_: st.DrawFn, most: int) -> tuple[Reason, ...]:
    """Give up to ``most`` people a reason to leave."""
    left, given_ = most, []
    for label in draw_(st.lists(st.sampled_from(WHY), unique=True)):
        n = draw_(st.integers(0, min(left, 5)))
        left -= n
        given_.append(Reason(label, n))
    return tuple(given_)


def total(given_: tuple[Reason, ...]) -> int:
    return sum(r.n for r in given_)


@st.composite
def arms(draw_: st.DrawFn, label: str, periods: int) -> ArmFlow:
    allocated = draw_(st.integers(0, 60))
    refused = draw_(reasons(allocated))
    course, here = [], allocated
    for k in range(periods):
        lost = draw_(reasons(here))
        pending = draw_(st.integers(0, here - total(lost)))
        stopped = draw_(reasons(here))
        here -= total(lost) + pending
        course.append(Period(f"visit {k}", here, lost, stopped, pending))
    out = draw_(reasons(allocated))
    analysis = Analysis("all randomised", allocated - total(out), out)
    return ArmFlow(
        label, allocated, allocated - total(refused), refused, tuple(course), (analysis,)
    )


@st.composite
def flows(draw_: st.DrawFn) -> Flow:
    periods = draw_(st.integers(0, 3))
    names = draw_(st.sampled_from([["a", "b"], ["a", "b", "安慰剂"], ["a", "b", "c", "d"]]))
    parts = tuple(draw_(arms(name, periods)) for name in names)
    randomized = sum(p.allocated for p in parts)
    out, pending = draw_(reasons(20)), draw_(few)
    return Flow(randomized + total(out) + pending, out, randomized, parts, pending)


def numbers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where the counts of a flow stand, as paths of field names and positions."""
    if isinstance(value, int):
        return [path]
    if isinstance(value, tuple):
        return [p for i, v in enumerate(value) for p in numbers(v, (*path, i))]
    if isinstance(value, str):
        return []
    return [p for f in value.__dataclass_fields__ for p in numbers(getattr(value, f), (*path, f))]


def changed(value: Any, path: tuple[Any, ...], by: int) -> Any:
    if not path:
        return value + by
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return (*value[:key], changed(value[key], rest, by), *value[key + 1 :])
    return replace(value, **{key: changed(getattr(value, key), rest, by)})


@settings(max_examples=60)
@given(flows())
def test_a_flow_that_adds_up_has_no_problem(flow: Flow) -> None:
    assert check(flow) == []


@settings(max_examples=60)
@given(flows(), st.data())
def test_one_person_too_many_anywhere_is_found(flow: Flow, data: st.DataObject) -> None:
    places = [p for p in numbers(flow) if "discontinued" not in p]
    place = data.draw(st.sampled_from(places))
    assert check(changed(flow, place, 1))


def small(**changes: Any) -> Flow:
    arm = ArmFlow(
        "active",
        10,
        9,
        (Reason("surgery cancelled", 1),),
        (
            Period("72 h", 9, (Reason("died", 1),), (Reason("adverse event", 2),)),
            Period("2 years", 7, (Reason("died", 0), Reason("could not be reached", 2))),
        ),
        (Analysis("pain", 10), Analysis("chronic pain", 7, (Reason("no assessment", 3),))),
    )
    given_: dict[str, Any] = {
        "assessed": 30,
        "excluded": (Reason("declined", 10), Reason("not eligible", 0)),
        "randomized": 20,
        "arms": (arm, replace(arm, label="placebo")),
        **changes,
    }
    return Flow(**given_)


def test_a_problem_says_where_and_by_how_much() -> None:
    flow = small(assessed=31)
    (problem,) = check(flow)
    assert problem.where == "participant flow: assessment"
    assert "31 enter and 30 leave" in problem.what
    with pytest.raises(InputError, match="31 enter and 30 leave"):
        draw(flow, title="")


def test_more_cannot_stop_than_began_and_no_count_is_negative() -> None:
    flow = small()
    stop = changed(flow, ("arms", 0, "periods", 0, "discontinued", 0, "n"), 9)
    assert [p.what for p in check(stop)] == ["11 of 10 discontinued"]
    below = changed(flow, ("arms", 0, "periods", 0, "discontinued", 0, "n"), -3)
    assert [p.what for p in check(below)] == ["a count of -1"]


def test_arms_have_the_same_stages() -> None:
    flow = small()
    odd = replace(flow, arms=(flow.arms[0], replace(flow.arms[1], periods=(), analyses=())))
    assert {p.what for p in check(odd)} == {
        "the arms have different periods",
        "the arms have different analyses",
    }


@pytest.mark.parametrize("count", [1, 5])
def test_two_to_four_arms(count: int) -> None:
    arm = replace(small().arms[0])
    flow = Flow(10 * count, (), 10 * count, (arm,) * count)
    with pytest.raises(InputError, match="2 to 4"):
        draw(flow, title="")


def words(svg: str) -> str:
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text")).replace("\u00a0", " ")


def test_every_number_is_printed_zeros_too() -> None:
    said = words(draw(small(), title="flow"))
    for text in (
        "Assessed for eligibility (n = 30)",
        "Excluded (n = 10)",
        "not eligible (n = 0)",
        "Randomised (n = 20)",
        "Allocated to placebo (n = 10)",
        "Received allocated intervention (n = 9)",
        "surgery cancelled (n = 1)",
        "Followed up: 72 h (n = 9)",
        "Lost to follow-up (n = 1)",
        "Discontinued intervention (n = 2)",
        "died (n = 0)",
        "Analysed: pain (n = 10)",
        "Excluded from analysis (n = 0)",
        "Analysed: chronic pain (n = 7)",
    ):
        assert text in said


def test_heads_are_bold_and_stages_are_named_once_beside_their_rows() -> None:
    root = ET.fromstring(draw(small(), title="flow"))  # noqa: S314
    upright = [t for t in root.iter(f"{SVG}text") if not t.get("transform")]
    bold = {str(t.text).split(" ")[0] for t in upright if t.get("font-weight")}
    assert bold == {"Assessed", "Excluded", "Randomised", "Allocated", "Followed", "Analysed:"}
    stages = [t for t in root.iter(f"{SVG}text") if t.get("transform")]
    assert [t.text for t in stages] == ["Enrolment", "Allocation", "Follow-up", "Analysis"]
    tags = [at(r, "height")[0] for r in root.iter(f"{SVG}rect") if r.get("rx")]
    for stage, height in zip(stages, tags, strict=True):
        assert 5 < at(stage, "font-size")[0] <= 8
        assert text_width(str(stage.text), at(stage, "font-size")[0]) < height


def test_the_words_may_be_of_any_language() -> None:
    zh = Captions(assessed="评估合格性", allocated="分配至{}", count="{}（n = {}）")
    said = words(draw(small(), title="流程", captions=zh))
    assert "评估合格性（n = 30）" in said
    assert "分配至placebo（n = 10）" in said


def at(element: Any, *names: str) -> list[float]:
    return [float(element.get(name)) for name in names]


@settings(max_examples=40)
@given(flows())
def test_boxes_hold_their_text_and_do_not_overlap(flow: Flow) -> None:
    root = ET.fromstring(draw(flow, title="flow"))  # noqa: S314
    boxes = [at(r, "x", "y", "width", "height") for r in root.iter(f"{SVG}rect") if r.get("stroke")]
    for i, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[i + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    for t in root.iter(f"{SVG}text"):
        if t.get("transform"):
            continue
        (x, y), length = at(t, "x", "y"), text_width(str(t.text), 8.5)
        start = x - length / 2 if t.get("text-anchor") else x
        assert any(
            bx <= start and start + length <= bx + bw and by < y - 5 and y <= by + bh
            for bx, by, bw, bh in boxes
        )


def test_every_arrow_ends_at_a_box() -> None:
    root = ET.fromstring(draw(small(), title="flow"))  # noqa: S314
    boxes = [at(r, "x", "y", "width", "height") for r in root.iter(f"{SVG}rect") if r.get("stroke")]
    arrows = [
        [tuple(float(v) for v in p.split(",")) for p in str(a.get("points")).split()]
        for a in root.iter(f"{SVG}polygon")
    ]
    assert len(arrows) == 2 + 2 * 4  # to randomised and excluded; per arm four stages
    for (x, y), (xa, ya), (xb, yb) in arrows:
        downward = ya == yb
        assert any(
            (
                y == pytest.approx(by)
                and bx < x < bx + bw
                and ya < y
                and (xa + xb) / 2 == pytest.approx(x)
            )
            if downward
            else (x == pytest.approx(bx) and by < y < by + bh and xa < x)
            for bx, by, bw, bh in boxes
        )
    for line in root.iter(f"{SVG}polyline"):
        points = [tuple(float(v) for v in p.split(",")) for p in str(line.get("points")).split()]
        assert all(y0 <= y1 for (_, y0), (_, y1) in pairwise(points))  # nothing flows upward


def test_all_text_can_be_read() -> None:
    two, four = small(), small(assessed=50, randomized=40)
    four = replace(four, arms=tuple(replace(four.arms[0], label=f"dose {k}") for k in range(4)))
    assert_legible(draw(two, title=""), width_in=(7, 7.3))
    assert_legible(draw(four, title=""), width_in=(9, 11))


def test_a_hundred_reasons_make_it_longer_and_never_wider() -> None:
    many = tuple(Reason(f"reason {k} " + "long " * 9, 0) for k in range(100))
    short, long = (
        draw(small(), title=""),
        draw(small(excluded=(Reason("declined", 10), *many)), title=""),
    )
    sizes = [ET.fromstring(s).get("viewBox", "").split() for s in (short, long)]  # noqa: S314
    assert sizes[0][2] == sizes[1][2]
    assert float(sizes[1][3]) > float(sizes[0][3]) + 1000


def test_what_stands_in_a_label_cannot_break_the_page() -> None:
    svg = draw(small(excluded=(Reason("<script> & co", 10),)), title="<b>")
    assert "<script>" not in svg
    assert "<script> & co (n = 10)" in words(svg)
