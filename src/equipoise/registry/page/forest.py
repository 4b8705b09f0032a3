"""Posted analyses as rows with a forest plot: estimate and confidence interval on a common axis.

Analyses of one outcome share an axis when they estimate the same parameter. A ratio has a
logarithmic axis and no effect at 1, a difference a linear one and no effect at 0; any other
parameter has no line of no effect, for the record does not say where it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from markupsafe import Markup

from equipoise.language import Language
from equipoise.registry.page.reading import number, objects, text, texts
from equipoise.registry.page.words import word

Scale = Literal["ratio", "difference", "value"]

_RATIO = re.compile(r"ratio|odds|hazard|relative risk|\b[HOR]R\b|fold", re.IGNORECASE)
_DIFFERENCE = re.compile(r"differ|\bdiff\b|change|treatment effect|reduction", re.IGNORECASE)
_LOG = re.compile(r"\blog\b|log-", re.IGNORECASE)
_WIDTH, _PAD = 260.0, 10.0
_NARROW, _MOST_TICKS = 5.0, 5


@dataclass(frozen=True, slots=True)
class Row:
    """An analysis: what is compared, what came out, and its picture (empty without interval)."""

    groups: str
    estimate: str
    interval: str
    p_value: str
    method: str
    hypothesis: str
    notes: tuple[str, ...]
    picture: Markup


@dataclass(frozen=True, slots=True)
class Forest:
    """Analyses of one parameter; ``axis`` is the foot of the plots, empty where none is drawn."""

    parameter: str
    rows: tuple[Row, ...]
    axis: Markup


@dataclass(frozen=True, slots=True)
class _Range:
    scale: Scale
    low: float
    high: float

    def x(self, value: float) -> float:
        if self.scale == "ratio":
            value = math.log(value)
        inside = (value - self.low) / (self.high - self.low)
        return _PAD + (_WIDTH - 2 * _PAD) * min(max(inside, 0.0), 1.0)


def forests(measure: Mapping[str, Any], say: Language) -> list[Forest]:
    """Return the analyses of an outcome measure, those of one parameter together."""
    titles = {
        text(each.get("id")): text(each.get("title")) for each in objects(measure.get("groups"))
    }
    analyses = objects(measure.get("analyses"))
    return [
        _forest(parameter, list(members), titles, say)
        for parameter, members in groupby(analyses, lambda each: text(each.get("paramType")))
    ]


def scale(parameter: str, values: Sequence[float]) -> Scale:
    """Return how an axis for a parameter runs, by its name and the values it takes."""
    if _RATIO.search(parameter) and not _LOG.search(parameter):
        if all(value > 0 for value in values) and not _DIFFERENCE.search(parameter):
            return "ratio"
        return "value"
    return "difference" if _DIFFERENCE.search(parameter) else "value"


def _forest(
    parameter: str, analyses: list[Mapping[str, Any]], titles: Mapping[str, str], say: Language
) -> Forest:
    drawn = [limits for each in analyses if (limits := _limits(each))]
    values = [value for limits in drawn for value in limits if math.isfinite(value)]
    across = _across(scale(parameter, values), values) if values else None
    return Forest(
        parameter,
        tuple(_row(each, titles, across, say) for each in analyses),
        _axis(across) if across else Markup(),
    )


def _limits(analysis: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return lower limit, estimate, upper limit; a side without limit is infinite."""
    value = number(analysis.get("paramValue"))
    low, high = number(analysis.get("ciLowerLimit")), number(analysis.get("ciUpperLimit"))
    if value is None or (low is None and high is None):
        return None
    found = (-math.inf if low is None else low, value, math.inf if high is None else high)
    return found if found[0] <= value <= found[2] else None


def _across(kind: Scale, values: Sequence[float]) -> _Range:
    shown = [math.log(v) for v in values] if kind == "ratio" else list(values)
    if kind != "value":
        shown.append(0.0)
    low, high = min(shown), max(shown)
    margin = 0.06 * (high - low) or abs(high) or 1.0
    return _Range(kind, low - margin, high + margin)


def _row(
    analysis: Mapping[str, Any], titles: Mapping[str, str], across: _Range | None, say: Language
) -> Row:
    low, high = text(analysis.get("ciLowerLimit")), text(analysis.get("ciUpperLimit"))
    level = text(analysis.get("ciPctValue"))
    interval = ""
    if low or high:
        interval = say("{low} to {high}", low=low or "−∞", high=high or "∞")
    spread = text(analysis.get("dispersionValue"))
    dispersion = word(say, "dispersion", analysis.get("dispersionType"))
    notes = (
        say("{level}% CI", level=level) if interval and level and level != "95" else "",
        f"{dispersion} {spread}".strip() if spread else "",
        *(text(analysis.get(key)) for key in (
            "groupDescription", "estimateComment", "nonInferiorityComment", "pValueComment",
            "statisticalComment", "otherAnalysisDescription", "ciLowerLimitComment",
            "ciUpperLimitComment",
        )),
    )  # fmt: skip
    limits = _limits(analysis)
    return Row(
        groups=" / ".join(titles.get(each, each) for each in texts(analysis.get("groupIds"))),
        estimate=text(analysis.get("paramValue")),
        interval=interval,
        p_value=text(analysis.get("pValue")),
        method=text(analysis.get("statisticalMethod")),
        hypothesis=word(say, "hypothesis", analysis.get("nonInferiorityType")),
        notes=tuple(note for note in notes if note),
        picture=_picture(limits, across) if limits and across else Markup(),
    )


def _picture(limits: tuple[float, float, float], across: _Range) -> Markup:
    low, value, high = limits
    a = _PAD / 2 if low == -math.inf else across.x(low)
    b = _WIDTH - _PAD / 2 if high == math.inf else across.x(high)
    at = across.x(value)
    arrows = Markup("")
    if low == -math.inf:
        arrows += Markup('<path class="ci" d="M{:.1f} 8l-5 4 5 4"/>').format(a + 3)
    if high == math.inf:
        arrows += Markup('<path class="ci" d="M{:.1f} 8l5 4-5 4"/>').format(b - 3)
    return Markup(
        '<svg class="forest" viewBox="0 0 {w:g} 24" aria-hidden="true">{null}'
        '<path class="ci" d="M{a:.1f} 12H{b:.1f}"/>{arrows}'
        '<rect class="point" x="{x:.1f}" y="8" width="8" height="8"/></svg>'
    ).format(w=_WIDTH, null=_null(across, 24), a=a, b=b, arrows=arrows, x=at - 4)


def _null(across: _Range, height: int) -> Markup:
    if across.scale == "value":
        return Markup()
    at = across.x(1.0 if across.scale == "ratio" else 0.0)
    return Markup('<path class="null" d="M{:.1f} 0V{}"/>').format(at, height)


def _axis(across: _Range) -> Markup:
    marks = Markup("").join(
        Markup(
            '<path class="axis" d="M{0:.1f} 4v4"/>'
            '<text class="tick" x="{0:.1f}" y="20" text-anchor="middle">{1:g}</text>'
        ).format(across.x(value), value)
        for value in _ticks(across)
    )
    return Markup(
        '<svg class="forest" viewBox="0 0 {w:g} 24" aria-hidden="true">{null}'
        '<path class="axis" d="M{p:g} 4H{q:g}"/>{marks}</svg>'
    ).format(w=_WIDTH, null=_null(across, 4), p=_PAD, q=_WIDTH - _PAD, marks=marks)


def _ticks(across: _Range) -> list[float]:
    if across.scale != "ratio":
        return _even(across.low, across.high)
    low, high = math.exp(across.low), math.exp(across.high)
    if high < _NARROW * low:
        return _even(low, high)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [
        round(step * 10.0**power, 9)
        for power in powers
        for step in (1, 2, 5)
        if low <= step * 10.0**power <= high
    ]
    return found[:: -(-len(found) // _MOST_TICKS)]


def _even(low: float, high: float) -> list[float]:
    """Return round numbers between two."""
    raw = (high - low) / _MOST_TICKS
    step = 10.0 ** math.floor(math.log10(raw))
    step *= next(k for k in (1, 2, 5, 10) if k * step >= raw)
    return [round(k * step, 12) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
