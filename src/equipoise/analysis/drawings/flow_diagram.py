"""Participant flow: who was assessed, randomised, treated, followed and analysed.

The diagram of the CONSORT 2025 statement: Hopewell S et al. BMJ 2025;388:e081123,
doi:10.1136/bmj-2024-081123. Reasons nobody had are shown with their 0. Nothing is drawn unless what
enters each box is what leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from equipoise.analysis.drawings.drawing import COLOURS, FAINT, INK, svg_element, text_width, wrap
from equipoise.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people left the flow, and how many; each person is counted under one reason."""

    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Period:
    """A stage of follow-up in one arm: who entered is followed, lost, or still ``pending``.

    ``discontinued`` stopped the intervention; they stay in follow-up and are counted there.
    """

    label: str
    followed: int
    lost: tuple[Reason, ...] = ()
    discontinued: tuple[Reason, ...] = ()
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis of one arm: everybody allocated is analysed or left out for a reason."""

    label: str
    n: int
    excluded: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """What became of everybody allocated to one arm."""

    label: str
    allocated: int
    received: int
    not_received: tuple[Reason, ...] = ()
    periods: tuple[Period, ...] = ()
    analyses: tuple[Analysis, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole flow; ``pending`` are those still being assessed."""

    assessed: int
    excluded: tuple[Reason, ...]
    randomized: int
    arms: tuple[ArmFlow, ...]
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Captions:
    """The words of the diagram, English by default."""

    enrolment: str = "Enrolment"
    allocation: str = "Allocation"
    follow_up: str = "Follow-up"
    analysis: str = "Analysis"
    assessed: str = "Assessed for eligibility"
    excluded: str = "Excluded"
    in_assessment: str = "Still being assessed"
    randomized: str = "Randomised"
    allocated: str = "Allocated to {}"
    received: str = "Received allocated intervention"
    not_received: str = "Did not receive allocated intervention"
    followed: str = "Followed up: {}"
    pending: str = "Not yet due"
    lost: str = "Lost to follow-up"
    discontinued: str = "Discontinued intervention"
    analysed: str = "Analysed: {}"
    not_analysed: str = "Excluded from analysis"
    count: str = "{} (n = {})"


def check(flow: Flow) -> list[Problem]:
    """Return where more or fewer leave a box than enter it, and where arms do not match."""
    problems = []

    def equal(where: str, enter: int, leave: int, what: str) -> None:
        if enter != leave:
            text = f"{enter} enter and {leave} leave ({what})"
            todo = "Count everybody once, on one way out."
            problems.append(Problem(f"participant flow: {where}", text, todo))

    out = _total(flow.excluded) + flow.pending + flow.randomized
    equal("assessment", flow.assessed, out, "excluded, still assessed, randomised")
    allocated = sum(arm.allocated for arm in flow.arms)
    equal("randomisation", flow.randomized, allocated, "allocated to the arms")
    for arm in flow.arms:
        given = arm.received + _total(arm.not_received)
        equal(arm.label, arm.allocated, given, "received, did not receive")
        enter = arm.allocated
        for period in arm.periods:
            where = f"{arm.label}, {period.label}"
            leave = period.followed + period.pending + _total(period.lost)
            equal(where, enter, leave, "followed, lost, not yet due")
            if _total(period.discontinued) > enter:
                what = f"{_total(period.discontinued)} of {enter} discontinued"
                problems.append(Problem(f"participant flow: {where}", what, "Count people once."))
            enter = period.followed
        for one in arm.analyses:
            leave = one.n + _total(one.excluded)
            equal(f"{arm.label}, {one.label}", arm.allocated, leave, "analysed, excluded")
    return problems + _uneven(flow) + _negative(flow)


def draw(flow: Flow, *, title: str, description: str = "", captions: Captions | None = None) -> str:
    """Return the diagram as SVG text; ``title`` and ``description`` are for a screen reader.

    Raises InputError with the first problem of :func:`check`, or unless there are 2 to 4 arms.
    """
    if not 2 <= len(flow.arms) <= len(COLOURS):
        raise InputError(
            "participant flow", f"{len(flow.arms)} arms", f"Give 2 to {len(COLOURS)} arms."
        )
    if problems := check(flow):
        first = problems[0]
        raise InputError(first.where, first.what, first.todo)
    page = _Page(len(flow.arms))
    words = captions or Captions()
    page.enrolment(flow, words)
    page.row(words.allocation, [list(_allocation(a, words)) for a in flow.arms], accent=True)
    for k in range(len(flow.arms[0].periods)):
        page.row(words.follow_up, [list(_period(a.periods[k], words)) for a in flow.arms])
    if flow.arms[0].analyses:
        page.row(
            words.analysis,
            [[line for one in a.analyses for line in _analysis(one, words)] for a in flow.arms],
        )
    return page.svg(title, description)


def _total(reasons: Sequence[Reason]) -> int:
    return sum(r.n for r in reasons)


def _uneven(flow: Flow) -> list[Problem]:
    kinds = {
        "periods": {tuple(p.label for p in a.periods) for a in flow.arms},
        "analyses": {tuple(one.label for one in a.analyses) for a in flow.arms},
    }
    return [
        Problem(
            "participant flow", f"the arms have different {kind}", "Give every arm the same ones."
        )
        for kind, seen in kinds.items()
        if len(seen) > 1
    ]


def _negative(flow: Flow) -> list[Problem]:
    counts = [("assessment", n) for n in (flow.assessed, flow.randomized, flow.pending)]
    counts += [(r.label, r.n) for r in flow.excluded]
    for arm in flow.arms:
        counts += [(arm.label, n) for n in (arm.allocated, arm.received)]
        groups = [arm.not_received, *(p.lost for p in arm.periods)]
        groups += [p.discontinued for p in arm.periods] + [a.excluded for a in arm.analyses]
        counts += [(f"{arm.label}, {r.label}", r.n) for group in groups for r in group]
        counts += [(arm.label, n) for p in arm.periods for n in (p.followed, p.pending)]
        counts += [(arm.label, a.n) for a in arm.analyses]
    return [
        Problem(f"participant flow: {where}", f"a count of {n}", "Counts are 0 or more.")
        for where, n in counts
        if n < 0
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a box: level 0 is its head, 1 an item, 2 a reason under an item."""

    level: int
    text: str


def _counted(label: str, n: int, words: Captions) -> str:
    """Return ``label (n = 5)``, the count kept together at the end of a line."""
    return words.count.replace(" = ", "\u00a0=\u00a0").format(label, n)


def _reasons(head: str, reasons: Sequence[Reason], words: Captions, level: int) -> Iterator[_Line]:
    yield _Line(level, _counted(head, _total(reasons), words))
    for r in reasons:
        yield _Line(level + 1, _counted(r.label, r.n, words))


def _allocation(arm: ArmFlow, words: Captions) -> Iterator[_Line]:
    yield _Line(0, _counted(words.allocated.format(arm.label), arm.allocated, words))
    yield _Line(1, _counted(words.received, arm.received, words))
    yield from _reasons(words.not_received, arm.not_received, words, 1)


def _period(period: Period, words: Captions) -> Iterator[_Line]:
    yield _Line(0, _counted(words.followed.format(period.label), period.followed, words))
    yield from _reasons(words.lost, period.lost, words, 1)
    if period.discontinued:
        yield from _reasons(words.discontinued, period.discontinued, words, 1)
    if period.pending:
        yield _Line(1, _counted(words.pending, period.pending, words))


def _analysis(one: Analysis, words: Captions) -> Iterator[_Line]:
    yield _Line(0, _counted(words.analysed.format(one.label), one.n, words))
    yield from _reasons(words.not_analysed, one.excluded, words, 1)


_SIZE, _LEADING, _PAD, _GAP, _TAG = 8.5, 11.5, 7.0, 20.0, 22.0


@dataclass
class _Page:
    """The growing drawing, from the top down; lengths in points."""

    arms: int
    parts: list[str] = field(default_factory=list)
    tags: list[tuple[str, float, float]] = field(default_factory=list)
    y: float = 6.0

    @property
    def column(self) -> float:
        return {2: 236.0, 3: 196.0, 4: 172.0}[self.arms]

    @property
    def width(self) -> float:
        return _TAG + self.arms * (self.column + 12) + 4

    def middle(self, arm: int) -> float:
        return _TAG + 12 + arm * (self.column + 12) + self.column / 2

    def enrolment(self, flow: Flow, words: Captions) -> None:
        """Draw assessment, exclusions beside it and randomisation, down to the arms' arrows."""
        top, centre = self.y, (self.middle(0) + self.middle(self.arms - 1)) / 2
        head = [_Line(0, _counted(words.assessed, flow.assessed, words))]
        beside = list(_reasons(words.excluded, flow.excluded, words, 0))
        if flow.pending:
            beside.append(_Line(0, _counted(words.in_assessment, flow.pending, words)))
        wide = 190.0
        bottom = self._box(centre - wide / 2, top, wide, head, centred=True)
        left = centre + 26
        side = min(self.width - 4 - left, 260.0)
        y = bottom + 12
        end = self._box(left, y, side, beside)
        turn = (y + end) / 2
        self._arrow([(centre, bottom), (centre, end + 14)])
        self._arrow([(centre, turn), (left, turn)])
        last = [_Line(0, _counted(words.randomized, flow.randomized, words))]
        low = self._box(centre - wide / 2, end + 14, wide, last, centred=True)
        self.tags.append((words.enrolment, top, low))
        bar = low + _GAP / 2
        ends = [self.middle(0), self.middle(self.arms - 1)]
        self._line([(centre, low), (centre, bar)])
        self._line([(ends[0], bar), (ends[1], bar)])
        self.y = low + _GAP + 4
        for arm in range(self.arms):
            self._arrow([(self.middle(arm), bar), (self.middle(arm), self.y)])

    def row(self, tag: str, boxes: Sequence[Sequence[_Line]], *, accent: bool = False) -> None:
        """Draw one box per arm, all as tall as the tallest, and arrows from the row above."""
        top = self.y
        tall = max(self._height(lines, self.column) for lines in boxes)
        for arm, lines in enumerate(boxes):
            x = self.middle(arm) - self.column / 2
            self._box(x, top, self.column, lines, tall=tall)
            if accent:
                bar = f'x="{x:g}" y="{top:g}" width="{self.column:g}" height="3"'
                self.parts.append(f'<rect {bar} fill="{COLOURS[arm]}"/>')
            else:
                self._arrow([(self.middle(arm), top - _GAP), (self.middle(arm), top)])
        begin = self.tags.pop()[1] if self.tags[-1][0] == tag else top
        self.tags.append((tag, begin, top + tall))
        self.y = top + tall + _GAP

    def svg(self, title: str, description: str) -> str:
        height = self.y - _GAP + 6
        paper = f'<rect width="{self.width:g}" height="{height:g}" fill="#ffffff"/>'
        for tag in self.tags:
            self._tag(*tag)
        body = paper + "".join(self.parts)
        return svg_element(body, self.width, height, title, description)

    def _set(self, lines: Sequence[_Line], width: float) -> list[tuple[int, str, bool]]:
        """Break lines to the width; the flag marks the first line of each, which has the dot."""
        broken = []
        for line in lines:
            size = _SIZE * (1.07 if line.level == 0 else 1.0)  # heads are bold, so wider
            texts = wrap(line.text, width - 2 * _PAD - 11 * line.level, size)
            broken += [(line.level, text, k == 0) for k, text in enumerate(texts)]
        return broken

    def _height(self, lines: Sequence[_Line], width: float) -> float:
        return len(self._set(lines, width)) * _LEADING + 2 * _PAD - 2

    def _box(
        self,
        x: float,
        y: float,
        width: float,
        lines: Sequence[_Line],
        *,
        tall: float = 0.0,
        centred: bool = False,
    ) -> float:
        """Draw a box with its text and return where it ends."""
        height = tall or self._height(lines, width)
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self.parts.append(f'<rect {place} fill="#ffffff" stroke="{FAINT}" stroke-width="0.8"/>')
        for k, (level, text, first) in enumerate(self._set(lines, width)):
            baseline = y + _PAD + 7.5 + k * _LEADING
            weight = ' font-weight="bold"' if level == 0 else ""
            anchor = ' text-anchor="middle"' if centred else ""
            at = x + width / 2 if centred else x + _PAD + 11 * level
            self.parts.append(
                f'<text x="{at:g}" y="{baseline:g}" font-size="{_SIZE}"{weight}{anchor}'
                f' fill="{INK}">{escape(text)}</text>'
            )
            if level and first:
                dot = f'cx="{at - 5:g}" cy="{baseline - 3:g}" r="{1.5 if level == 1 else 1.1:g}"'
                self.parts.append(f'<circle {dot} fill="{INK if level == 1 else FAINT}"/>')
        return y + height

    def _line(self, points: Sequence[tuple[float, float]]) -> None:
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{FAINT}" stroke-width="1"/>'
        )

    def _arrow(self, points: Sequence[tuple[float, float]]) -> None:
        y0, (x, y) = points[-2][1], points[-1]
        self._line([*points[:-1], (x - 3, y) if y == y0 else (x, y - 3)])
        tip = [(x, y), (x - 5, y - 2.6), (x - 5, y + 2.6)]
        if y != y0:
            tip = [(x, y), (x - 2.6, y - 5), (x + 2.6, y - 5)]
        path = " ".join(f"{a:g},{b:g}" for a, b in tip)
        self.parts.append(f'<polygon points="{path}" fill="{FAINT}"/>')

    def _tag(self, text: str, top: float, bottom: float) -> None:
        """Name the stage at the left, along the row; if the row is short, in smaller type."""
        size = min(8.0, 8.0 * (bottom - top - 4) / text_width(text, 8.0))
        x, y = _TAG / 2 + 2, (top + bottom) / 2
        place = f'x="2" y="{top:g}" width="{_TAG - 4:g}" height="{bottom - top:g}"'
        self.parts.append(f'<rect {place} rx="3" fill="#e3ebf3"/>')
        self.parts.append(
            f'<text transform="translate({x:g} {y:g}) rotate(-90)" font-size="{size:.3g}"'
            f' text-anchor="middle" font-weight="bold" fill="{COLOURS[0]}">{escape(text)}</text>'
        )
