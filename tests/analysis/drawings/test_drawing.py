from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.drawings import drawing
from equipoise.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"


def one_line(value: float = 2.0, title: str = "A line") -> str:
    with drawing.look():
        figure = drawing.sheet(3, 2)
        axes = drawing.panel(figure, 0.5, 0.5, 2, 1)
        axes.plot([0, 1], [1, value], **drawing.arm_style(0))
        drawing.write(figure, 0.5, 1.8, "difference -0.5, NRS 0-10 <中文>")
        return drawing.svg(figure, {"title": title, "description": 'He said "<3"'})


def test_a_figure_is_one_element_that_speaks() -> None:
    root = ET.fromstring(one_line())  # noqa: S314 - our own text
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'A line. He said "<3"'
    assert root.findtext(f"{SVG}title") == "A line"
    assert root.findtext(f"{SVG}desc") == 'He said "<3"'
    assert (root.get("width"), root.get("viewBox")) == ("216pt", "0 0 216 144")


def test_text_stays_text_and_minus_is_a_minus() -> None:
    root = ET.fromstring(one_line())  # noqa: S314
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    assert "difference −0.5, NRS 0-10 <中文>" in texts
    assert "DejaVu" not in one_line()


def test_the_same_figure_is_the_same_bytes_on_any_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: one_line(), range(8))) == {one_line()}


def test_two_figures_on_a_page_share_no_name_and_style_nothing_else() -> None:
    first, second = one_line(2), one_line(3)
    names = [set(re.findall(r' id="([^"]+)"', text)) for text in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    used = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', first)
    assert {a or b for a, b in used} == names[0]
    assert "<style" not in first
    assert "<?xml" not in first


def test_drawing_leaves_no_trace_in_the_settings() -> None:
    before = dict(mpl.rcParams)
    one_line()
    assert dict(mpl.rcParams) == before


def test_arms_differ_in_colour_marker_dash_and_grey() -> None:
    styles = [drawing.arm_style(i) for i in range(4)]
    for name in ("color", "marker"):
        assert len({s[name] for s in styles}) == 4
    assert len({str(s["linestyle"]) for s in styles}) == 4
    red, green, blue = np.array([mpl.colors.to_rgb(c) for c in drawing.COLOURS[:2]]).T
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    assert abs(grey[0] - grey[1]) > 0.25


def test_wide_characters_are_as_wide_as_they_are_high() -> None:
    assert drawing.text_width("中文", 10) == 20
    assert 20 < drawing.text_width("sense", 10) < 30


def test_lines_break_at_spaces_and_between_chinese_signs() -> None:
    assert drawing.wrap("one two three", 45, 10) == ["one two", "three"]
    assert drawing.wrap("安慰剂组（对照）", 45, 10) == ["安慰剂组", "（对照）"]
    assert drawing.wrap("安慰剂，组", 30, 10) == ["安慰", "剂，组"]
    assert drawing.wrap("一\n二", 100, 10) == ["一", "二"]
    assert drawing.wrap("(n\u00a0=\u00a012)", 10, 10) == ["(n\u00a0=\u00a012)"]


@given(st.text("ab 中文，（）\n", max_size=30), st.floats(5, 100))
def test_wrapping_loses_nothing_but_space(text: str, width: float) -> None:
    lines = drawing.wrap(text, width, 10)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line == line.rstrip() for line in lines)


def test_labels_that_share_a_row_are_broken_alike() -> None:
    with drawing.look():
        figure = drawing.sheet(4, 2)
        axes = drawing.panel(figure, 0.5, 0.8, 3, 1)
        axes.set_xlim(-0.5, 2.5)
        deep = drawing.write_below(
            figure, axes, [0, 1, 2], ["day 1 late morning", "day 1 eve", "end"]
        )
        root = ET.fromstring(drawing.svg(figure, {"title": ""}))  # noqa: S314
    texts = {t.text: float(str(t.get("x"))) for t in root.iter(f"{SVG}text") if t.text}
    assert deep == 2
    # every line is centred under its position: 0.5 in + (0 + 0.5) / 3 of 3 in = 1 in = 72 pt
    assert texts["day 1 late"] == texts["morning"] == 72
    assert texts["day 1 eve"] == 144
    assert texts["end"] == 216


def test_arrays_must_fit_their_labels() -> None:
    assert drawing.fit((2, 1), [[1], [2]])[0].tolist() == [[1.0], [2.0]]
    with pytest.raises(InputError, match="shape"):
        drawing.fit((2, 3), [[1, 2], [3, 4]])
    with pytest.raises(InputError, match="told apart"):
        drawing.fit((5, 1), np.zeros((5, 1)))
