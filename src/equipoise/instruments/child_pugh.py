"""Child-Pugh: five parts of one to three points for the severity of liver disease.

Limits: MSD Manual Professional Edition, Child-Turcotte-Pugh scoring system, in SI units; the
bilirubin limit of 51 umol/l is 3 mg/dl (some tables print 50). Class A is 5-6 points, B 7-9,
C 10-15. Pugh RN et al., Br J Surg 1973;60:646-9, with the INR for the prothrombin time.

Each part can be given as its points, or be computed: bilirubin, albumin and INR as measured,
ascites as 0 (none), 1 (slight) or 2 (moderate or more), encephalopathy as its grade 0 to 4.
Points and a measurement that contradict each other leave the part unknown.
"""

from __future__ import annotations

from decimal import Decimal

from equipoise.instruments._arithmetic import Span, agreed, measure, rising, span, total, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score
from equipoise.instruments._terms import Given, Keep, Pair, Parts, Term, add, agreement, count

CLASSES = ("A", "B", "C")
UNKNOWN = (1, 3)
# The limits of the two-point band, which includes both.
LIMITS = {
    "bilirubin_umol_l": (Decimal(34), Decimal(51)),
    "albumin_g_l": (Decimal(28), Decimal(35)),
    "inr": (Decimal("1.7"), Decimal("2.3")),
}
POINTS = {
    "bilirubin_points": "bilirubin_umol_l",
    "albumin_points": "albumin_g_l",
    "inr_points": "inr",
    "ascites_points": "ascites",
    "encephalopathy_points": "encephalopathy",
}


def make() -> Instrument:
    """Return the Child-Pugh score."""
    return Instrument(
        name="child_pugh",
        title="Child-Pugh",
        parts=(
            measure("bilirubin_umol_l", 0, 2000, "umol/l", 1, required=False),
            measure("albumin_g_l", 0, 100, "g/l", 1, required=False),
            measure("inr", 0, 50, None, 2, required=False),
            whole("ascites", 0, 2, required=False),
            whole("encephalopathy", 0, 4, required=False),
            *(whole(name, 1, 3, required=False) for name in POINTS),
        ),
        scores=(
            Score("child_pugh", "integer", 5, 15, better="lower"),
            Score("child_pugh_class", "choice", codes=CLASSES, better="lower"),
        ),
        licence="Public; a clinical score without a protected form.",
        sources=(
            "Pugh RN et al. Br J Surg 1973;60:646-9. doi:10.1002/bjs.1800600817",
            "MSD Manual Professional Edition, table Child-Turcotte-Pugh Scoring System, 2023",
        ),
        rule=_rule,
        in_terms=_in_terms,
    )


def _rule(known: Known) -> Bounds:
    points = total(_part(known, name, measured) for name, measured in POINTS.items())
    return {"child_pugh": points, "child_pugh_class": rising(_class, points)}


def _part(known: Known, points: str, measured: str) -> Span:
    computed = UNKNOWN
    if measured in known:
        value = _measured(measured, known[measured])
        computed = (value, value)
    return agreed(span(known, points, *UNKNOWN), computed, UNKNOWN)


def _measured(name: str, value: int | Decimal) -> int:
    """Return the points of a measurement; the middle band includes both of its limits."""
    if name == "ascites":
        return int(value) + 1
    if name == "encephalopathy":
        return 1 + (value >= 1) + (value >= 3)
    low, high = LIMITS[name]
    if name == "albumin_g_l":
        return 1 + (value <= high) + (value < low)
    return 1 + (value >= low) + (value > high)


def _in_terms(parts: Parts, keep: Keep) -> dict[str, Pair]:
    pairs = [
        agreement(parts[name], Given(_measured_term(measured, parts[measured].value),
                                     parts[measured].there), *UNKNOWN)
        for name, measured in POINTS.items()
    ]  # fmt: skip
    low, high = keep(add(low for low, _ in pairs)), keep(add(high for _, high in pairs))
    return {
        "child_pugh": (low, high),
        "child_pugh_class": (count(low >= 7, low >= 10), count(high >= 7, high >= 10)),
    }


def _measured_term(name: str, value: Term) -> Term:
    if name == "ascites":
        return value + 1
    if name == "encephalopathy":
        return count(value >= 1, value >= 3) + 1
    low, high = (float(limit) for limit in LIMITS[name])
    if name == "albumin_g_l":
        return count(value <= high, value < low) + 1
    return count(value >= low, value > high) + 1


def _class(points: int) -> str:
    return CLASSES[(points >= 7) + (points >= 10)]
