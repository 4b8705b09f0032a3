"""Where the text of a figure stands, so that tests can say that all of it can be read."""

from __future__ import annotations

import re
from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree as ET

from equipoise.analysis.drawings.drawing import text_width

SVG = "{http://www.w3.org/2000/svg}"


class TextBox(NamedTuple):
    """A line of text and the room it takes, in points from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def text_boxes(svg: str) -> list[TextBox]:
    """Return every line of text that stands upright."""
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    found = []
    for element in root.iter(f"{SVG}text"):
        text, style = "".join(element.itertext()), element.get("style", "")
        if element.get("transform"):
            continue
        size = re.search(r"font-size: ([\d.]+)px", style) or re.match(
            r"([\d.]+)", element.get("font-size", "")
        )
        assert size is not None
        anchor = re.search(r"text-anchor: (\w+)", style)
        place = anchor[1] if anchor else element.get("text-anchor", "start")
        width = text_width(text, float(size[1])) * 0.9  # the estimate leaves room
        x, y = float(str(element.get("x"))), float(str(element.get("y")))
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[place]
        found.append(TextBox(text, left, y - 0.72 * float(size[1]), left + width, y))
    return found


def assert_legible(svg: str, *, width_in: tuple[float, float]) -> None:
    """Fail unless the sheet has a sensible width, holds all text, and no text covers another."""
    root = ET.fromstring(svg)  # noqa: S314
    _, _, width, height = (float(v) for v in str(root.get("viewBox")).split())
    assert width_in[0] <= width / 72 <= width_in[1]
    boxes = [b for b in text_boxes(svg) if b.text.strip()]
    for box in boxes:
        assert box.left >= -1, box
        assert box.right <= width + 1, box
        assert box.top >= -1, box
        assert box.bottom <= height + 1, box
    for a, b in combinations(boxes, 2):
        apart = a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top
        assert apart, (a, b)
