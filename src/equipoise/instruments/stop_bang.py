"""STOP-Bang: eight yes/no points for the risk of obstructive sleep apnoea.

Points and risk: Chung F et al., Anesthesiology 2008;108:812-21, and the scoring sheet of the
University Health Network. 0-2 points are low risk, 3-4 intermediate, 5-8 high; two or more of the
first four together with male sex, a body mass index over 35 or a large neck are high as well.

The neck part has two published versions: over 40 cm for everybody (``original``), or at least
43 cm in men and 41 cm in women (``updated``).

Age over 50, body mass index over 35 and the neck can be answered yes or no, or be computed from
``age_y``, ``bmi_kg_m2`` and ``neck_cm``. An answer and a measurement that contradict each other
leave the point unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from equipoise.instruments._arithmetic import (
    Span,
    agreed,
    hull,
    measure,
    rising,
    span,
    total,
    whole,
    yes_no,
)
from equipoise.instruments._model import Bounds, Instrument, Known, Score, check_setting
from equipoise.instruments._terms import (
    YES,
    Given,
    Keep,
    Pair,
    Parts,
    Term,
    add,
    agreement,
    choose,
    count,
    ends,
    larger,
    lesser,
)

NECKS = ("updated", "original")
RISKS = ("low", "intermediate", "high")
STOP = ("snoring", "tired", "observed_apnoea", "hypertension")
UNKNOWN = (0, 1)


def make(neck: str = "updated") -> Instrument:
    """Return STOP-Bang with the ``updated`` or the ``original`` neck part."""
    check_setting("stop_bang", "neck", neck, NECKS)
    return Instrument(
        name="stop_bang",
        title="STOP-Bang",
        parts=(
            *(yes_no(name) for name in STOP),
            yes_no("bmi_over_35", required=False),
            yes_no("age_over_50", required=False),
            yes_no("neck_large", required=False),
            yes_no("male"),
            measure("bmi_kg_m2", 5, 150, "kg/m2", 1, required=False),
            whole("age_y", 0, 130, unit="y", required=False),
            measure("neck_cm", 10, 100, "cm", 1, required=False),
        ),
        scores=(
            Score("stop_bang", "integer", 0, 8, better="lower"),
            Score("stop_bang_risk", "choice", codes=RISKS, better="lower"),
        ),
        licence="Proprietary to the University Health Network, Toronto (www.stopbang.ca).",
        sources=(
            "Chung F et al. Anesthesiology 2008;108:812-21. doi:10.1097/ALN.0b013e31816d83e4",
            "Chung F et al. 2013, bicarbonate and STOP-Bang. PMID 23238577",
            "Both versions of the neck part: PMC9214376, table 2",
        ),
        rule=lambda known: _rule(known, neck),
        settings=(("neck", neck),),
        in_terms=lambda parts, keep: _in_terms(parts, keep, neck),
    )


def _rule(known: Known, neck: str) -> Bounds:
    # Sex decides a point and, in the updated version, the limit of the neck; the points are
    # independent once it is fixed, so the bounds over both sexes are attained.
    male = span(known, "male", 0, 1)
    cases = [_points(known, sex, neck) for sex in range(male[0], male[1] + 1)]
    risk = hull((_risk(low), _risk(high)) for low, high in cases)
    return {
        "stop_bang": hull((sum(low), sum(high)) for low, high in cases),
        "stop_bang_risk": rising(RISKS.__getitem__, risk),
    }


def _points(known: Known, male: int, neck: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the lowest and highest of (first four, body mass, age, neck, male) for one sex."""
    bmi = _over(known, "bmi_kg_m2", "bmi_over_35", lambda value: value > 35)
    age = _over(known, "age_y", "age_over_50", lambda value: value > 50)
    if neck == "original":
        large = _over(known, "neck_cm", "neck_large", lambda value: value > 40)
    else:
        limit_cm = 43 if male else 41
        large = _over(known, "neck_cm", "neck_large", lambda value: value >= limit_cm)
    stop = total(span(known, name, 0, 1) for name in STOP)
    each: tuple[Span, ...] = (stop, bmi, age, large, (male, male))
    return (tuple(low for low, _ in each), tuple(high for _, high in each))


def _in_terms(parts: Parts, keep: Keep, neck: str) -> dict[str, Pair]:
    male = parts["male"]
    cases = [_case_in_terms(parts, keep, sex, neck) for sex in (0, 1)]

    def end(name: str, which: int, furthest: Callable[[Term, Term], Term]) -> Term:
        woman, man = cases[0][name][which], cases[1][name][which]
        known = choose(male.value >= 1, man, woman)
        return keep(choose(male.there, known, furthest(woman, man)))

    return {name: (end(name, 0, lesser), end(name, 1, larger)) for name in cases[0]}


def _case_in_terms(parts: Parts, keep: Keep, male: int, neck: str) -> dict[str, Pair]:
    limit_cm = 43 if male else 41
    large = (
        parts["neck_cm"].value > 40 if neck == "original" else parts["neck_cm"].value >= limit_cm
    )
    bmi = _over_in_terms(parts, "bmi_kg_m2", "bmi_over_35", parts["bmi_kg_m2"].value > 35)
    age = _over_in_terms(parts, "age_y", "age_over_50", parts["age_y"].value > 50)
    wide = _over_in_terms(parts, "neck_cm", "neck_large", large)
    stop = [ends(parts[name], 0, 1) for name in STOP]
    points, risks = [], []
    for end in (0, 1):
        first = keep(add(pair[end] for pair in stop))
        total_ = keep(first + bmi[end] + age[end] + wide[end] + male)
        more = Term(YES) if male else (bmi[end] >= 1) | (wide[end] >= 1)
        high = (total_ >= 5) | ((first >= 2) & more)
        points.append(total_)
        risks.append(choose(high, 2, count(total_ >= 3)))
    return {"stop_bang": (points[0], points[1]), "stop_bang_risk": (risks[0], risks[1])}


def _over_in_terms(parts: Parts, measured: str, flag: str, test: Term) -> Pair:
    return agreement(parts[flag], Given(count(test), parts[measured].there), *UNKNOWN)


def _over(known: Known, measured: str, flag: str, test: Callable[[int | Decimal], bool]) -> Span:
    """Return the point of a part that is answered directly, measured, or both."""
    computed = UNKNOWN
    if measured in known:
        point = int(test(known[measured]))
        computed = (point, point)
    return agreed(span(known, flag, 0, 1), computed, UNKNOWN)


def _risk(points: tuple[int, ...]) -> int:
    stop, bmi, _, neck, male = points
    if sum(points) >= 5 or (stop >= 2 and (male or bmi or neck)):
        return 2
    return int(sum(points) >= 3)
