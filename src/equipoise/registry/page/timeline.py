"""The dates of a study on one line: registered, under way, ended, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from equipoise.language import Language
from equipoise.registry.page.words import day
from equipoise.registry.record import PartialDate, Study, get, partial_date

_STATUS = "protocolSection.statusModule"
_DATES = (
    ("studyFirstSubmitDate", "First submitted"),
    ("studyFirstPostDateStruct", "First posted"),
    ("startDateStruct", "Start"),
    ("primaryCompletionDateStruct", "Primary completion"),
    ("completionDateStruct", "Completion"),
    ("dispFirstSubmitDate", "Delay of results certified"),
    ("resultsFirstSubmitDate", "Results first submitted"),
    ("resultsFirstPostDateStruct", "Results posted"),
    ("lastUpdatePostDateStruct", "Last update posted"),
    ("statusVerifiedDate", "Record verified"),
)
"""Field of the status module -> English message."""

_WIDTH, _LEFT, _RIGHT = 720.0, 14.0, 706.0
_LINE, _STEP, _NEAR = 46.0, 17.0, 17.0
_MOST_YEARS = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of the record: what it is, when, and the date in words."""

    key: str
    label: str
    when: PartialDate
    text: str


def moments(study: Study, say: Language) -> list[Moment]:
    """Return the dates that the record gives, in the order in which they fell."""
    found = []
    for key, message in _DATES:
        when = partial_date(get(study, f"{_STATUS}.{key}"))
        if when:
            found.append(Moment(key, say(message), when, day(say, when)))
    return sorted(found, key=lambda each: (each.when.first, each.when.last))


def drawing(found: list[Moment], title: str, today: date) -> Markup:
    """Draw the dates, numbered as in the list; estimated ones hollow. Empty for fewer than two."""
    if len(found) < 2:
        return Markup()
    first, last = found[0].when.first, max(each.when.last for each in found)
    span = max((last - first).days, 1)

    def x(when: date) -> float:
        return _LEFT + 6 + (_RIGHT - _LEFT - 12) * (when - first).days / span

    marks, taken = [], list[tuple[float, int]]()
    for number, moment in enumerate(found, start=1):
        at = x(moment.when.first)
        row = 0
        while any(abs(at - other) < _NEAR and row == level for other, level in taken):
            row += 1
        taken.append((at, row))
        kind = "expected" if moment.when.actual is False or moment.when.first > today else "held"
        marks.append(
            Markup(
                '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="8"/>'
                '<text class="n {}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
            ).format(kind, at, _LINE - _STEP * row, kind, at, _LINE - _STEP * row + 3.8, number)
        )
    highest = max(level for _, level in taken)
    top = _LINE - _STEP * highest - 12
    bar = {each.key: each.when for each in found}
    conduct = Markup()
    if "startDateStruct" in bar and "completionDateStruct" in bar:
        a, b = x(bar["startDateStruct"].first), x(bar["completionDateStruct"].first)
        if b > a:
            conduct = Markup(
                '<rect class="conduct" x="{:.1f}" y="{}" width="{:.1f}" height="6" rx="3"/>'
            ).format(a, _LINE - 3, b - a)
    return Markup(
        '<svg class="timeline" viewBox="0 {top:.0f} {width:.0f} {height:.0f}" role="img"'
        ' aria-label="{title}"><title>{title}</title>'
        '<path class="axis" d="M{left} {line}H{right}"/>{years}{conduct}{marks}</svg>'
    ).format(
        top=top, width=_WIDTH, height=_LINE + 34 - top, title=title, left=_LEFT, line=_LINE,
        right=_RIGHT, years=_years(first, last, x), conduct=conduct, marks=Markup("").join(marks),
    )  # fmt: skip


def _years(first: date, last: date, x: object) -> Markup:
    assert callable(x)
    step = max(1, -(-(last.year - first.year) // _MOST_YEARS))
    years = range(first.year + 1, last.year + 1, step)
    return Markup("").join(
        Markup(
            '<path class="axis" d="M{0:.1f} {1}v6"/>'
            '<text class="tick" x="{0:.1f}" y="{2}" text-anchor="middle">{3}</text>'
        ).format(x(date(year, 1, 1)), _LINE + 8, _LINE + 26, year)
        for year in years
    )
