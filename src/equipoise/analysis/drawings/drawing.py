"""What all figures share: the look of an arm, measured panels, and SVG that can stand in a page.

Sizes are in inches and text in points, as on paper. Text stays text: it is set in whatever
sans-serif font the reader has, so widths are estimated here and room is left for it. The bytes of a
figure depend on nothing but what it shows.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Required, TypedDict

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

INK = "#22282e"
FAINT = "#6b747c"
RULE = "#d9dde0"

# Dark and light in turn, so that arms differ in grey too; with marker and dash they differ thrice.
COLOURS = ("#1b4f82", "#e08a2c", "#58998a", "#8a5aa3")
MARKERS = ("o", "s", "^", "D")
DASHES: tuple[Any, ...] = ("solid", (0, (4, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))

FONT = (
    "'Helvetica Neue', Helvetica, Arial, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
)

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "equipoise",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # travels with matplotlib: the same metrics everywhere
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.5,
    "lines.markersize": 5.5,
    "patch.linewidth": 0.0,
    "legend.frameon": False,
}


class Words(TypedDict, total=False):
    """The words around a figure, handed over by keyword.

    ``title`` and ``description`` are read out and not drawn; the others stand at the axes, before
    the key of scores and before a row of numbers.
    """

    title: Required[str]
    description: str
    x_label: str
    y_label: str
    score_label: str
    n_label: str


# matplotlib's settings belong to the process: one figure at a time.
_LOCK = threading.RLock()


@contextmanager
def look() -> Iterator[None]:
    """Draw inside this: sets the look for one figure and puts everything back after it."""
    with _LOCK, mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def sheet(width_in: float, height_in: float) -> Figure:
    """Return an empty figure of this size, tied to no screen and no global state."""
    figure = Figure(figsize=(width_in, height_in), facecolor="white")
    FigureCanvasSVG(figure)
    return figure


def panel(
    figure: Figure, left_in: float, bottom_in: float, width_in: float, height_in: float
) -> Axes:
    """Return axes at a measured place of the sheet."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left_in / w, bottom_in / h, width_in / w, height_in / h))


def write(figure: Figure, x_in: float, y_in: float, text: str, **style: Any) -> None:
    """Put text at a measured place of the sheet, by default starting there on the middle line.

    A hyphen before a number is set as the minus sign that the axes have.
    """
    w, h = figure.get_size_inches()
    style = {"ha": "left", "va": "center", **style}
    figure.text(x_in / w, y_in / h, re.sub(r"(?<!\w)-(?=[\d∞])", "−", text), **style)


def write_below(figure: Figure, axes: Axes, at: Sequence[float], labels: Sequence[str]) -> int:
    """Write a label under each position of the x axis, broken evenly; return the lines needed.

    Each line is centred by itself, whatever font it is read in.
    """
    w, h = figure.get_size_inches()
    box, (first, last) = axes.get_position(), axes.get_xlim()
    room = 72 * box.width * w * (1 / max(len(labels), 1)) - 4
    deep = max(len(wrap(label, room, 8.5)) for label in labels)
    while room > 20 and max(len(wrap(label, room - 4, 8.5)) for label in labels) == deep:
        room -= 4
    axes.set_xticks(at, [""] * len(labels))
    for x, label in zip(at, labels, strict=True):
        x_in = (box.x0 + (x - first) / (last - first) * box.width) * w
        for k, line in enumerate(wrap(label, room, 8.5)):
            write(figure, x_in, box.y0 * h - 0.15 - 0.145 * k, line, ha="center")
    return deep


def arm_style(i: int) -> dict[str, Any]:
    """Return how the ``i``-th arm (up to four) is drawn as a line with markers."""
    return {
        "color": COLOURS[i],
        "marker": MARKERS[i],
        "linestyle": DASHES[i],
        "markeredgecolor": COLOURS[i],
        "markerfacecolor": COLOURS[i] if i % 2 == 0 else "white",
        "markeredgewidth": 1.3,
    }


KEY_LINE_IN = 0.17
"""From one arm of a key to the next below it; figures leave room for two lines."""


def arm_key(
    figure: Figure, x_in: float, y_in: float, arms: Sequence[str], *, markers: bool = True
) -> None:
    """Write the key of the arms on one line, or one below the other if they need it."""
    w, h = figure.get_size_inches()
    lengths = [0.38 + text_width(arm, 8.5) / 72 + 0.25 for arm in arms]
    in_rows = x_in + sum(lengths) > w
    for i, arm in enumerate(arms):
        x = x_in if in_rows else x_in + sum(lengths[:i])
        y = y_in - KEY_LINE_IN * i if in_rows else y_in
        ends = [x / w, (x + 0.3) / w]
        figure.add_artist(Line2D(ends, [y / h] * 2, **{**arm_style(i), "marker": ""}))
        if markers:
            middle = [(x + 0.15) / w]
            figure.add_artist(Line2D(middle, [y / h], **{**arm_style(i), "linestyle": ""}))
        write(figure, x + 0.38, y, arm)


def fit(shape: tuple[int, ...], *given: ArrayLike) -> list[NDArray[np.float64]]:
    """Return the arrays as floats, each of this shape, arms first.

    Raises InputError where one has another shape, or there are more arms than can be told apart.
    """
    arrays = [np.array(g, dtype=np.float64) for g in given]
    for array in arrays:
        if array.shape != shape:
            raise InputError(
                "figure",
                f"an array has shape {array.shape} where {shape} is needed",
                "Give one value for each label, arms first.",
            )
    if len(shape) > 1 and shape[0] > len(COLOURS):
        raise InputError(
            "figure", f"{shape[0]} arms; up to {len(COLOURS)} can be told apart", "Draw fewer."
        )
    return arrays


def text_width(text: str, size: float) -> float:
    """Return about how wide ``text`` is in points at ``size`` points, in a common sans-serif."""
    return size * sum(_width_em(c) for c in text)


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break ``text`` into lines of at most ``width`` points: at spaces, or between CJK signs.

    A word longer than a line is left whole. Line breaks in the text are kept.
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def svg(figure: Figure, words: Words) -> str:
    """Return the figure as one ``<svg>`` element to stand in a page, with text for a screen reader.

    Inside, names are unique to the content and nothing styles the page around it.
    """
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    body = out.getvalue()
    body = re.sub(r"^.*?<svg [^>]*>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r"font-family: [^;\"]*; ", "", body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    body = _own_names(body.removesuffix("\n").removesuffix("</svg>"))
    width, height = (72 * float(v) for v in figure.get_size_inches())
    return svg_element(body, width, height, words["title"], words.get("description", ""))


def svg_element(body: str, width: float, height: float, title: str, description: str) -> str:
    """Wrap drawn content of this size in points into an accessible ``<svg>`` element."""
    label = f"{title}. {description}" if description else title
    told = f"<desc>{escape(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' width="{width:g}pt" height="{height:g}pt" viewBox="0 0 {width:g} {height:g}"'
        f' role="img" aria-label="{escape(label)}" font-family="{FONT}"'
        ' style="max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt">'
        f"<title>{escape(title)}</title>{told}{body}</svg>\n"
    )


def _own_names(body: str) -> str:
    """Drop names nothing refers to; make the others differ from those of any other figure."""
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    key = hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="f{key}-{m[1]}"' if m[1] in used else "", body)
    return re.sub(r'(url\(#|href="#)', rf"\1f{key}-", body)


def _width_em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in " \u00a0.,:;|!'ijlIft()[]-":
        return 0.32
    return 0.68 if character.isupper() or character in "mwMW%@" else 0.54


def _pieces(text: str) -> Iterator[str]:
    """Yield words with the space before them; each CJK sign by itself, with what must follow it."""
    piece = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        tied = unicodedata.category(character) in {"Pe", "Pf", "Po"} or (
            bool(piece) and unicodedata.category(piece[-1]) in {"Ps", "Pi"}
        )
        after_wide = bool(piece) and unicodedata.east_asian_width(piece[-1]) in "WF"
        if piece and not tied and (character == " " or wide or after_wide):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece
