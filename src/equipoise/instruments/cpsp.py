"""CPSP: whether pain is chronic postsurgical pain, as the IASP and ICD-11 (MG30.21) define it.

Pain that is new or has increased after surgery, is present at least three months after it, lies in
the surgical field, in the territory of a nerve of that area, or in a dermatome referred to it, and
is neither explained by another cause (infection, malignancy) nor the continuation of a pain that
was there before: Schug SA et al., Pain 2019;160:45-52.

The definition names no intensity. Trials ask for a rating of the pain as well; ``cut_off`` is the
lowest that counts (1 any pain; Fletcher 2015 used 3 for moderate to severe).
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import Span, measure, rising, span, whole, yes_no
from equipoise.instruments._model import Bounds, Instrument, Known, Score, check_setting
from equipoise.instruments._terms import Pair, Parts, count, each_of, either

MONTHS = 3


def make(cut_off: int = 1) -> Instrument:
    """Return the definition; the pain must be rated at least ``cut_off`` (1 to 10)."""
    check_setting("cpsp", "cut_off", cut_off, range(1, 11))
    return Instrument(
        name="cpsp",
        title="Chronic postsurgical pain (IASP, ICD-11)",
        parts=(
            whole("nrs", 0, 10),
            yes_no("new_pain"),
            yes_no("increased_pain"),
            measure("since_surgery_months", 0, 1200, "months", 1),
            yes_no("in_surgical_field"),
            yes_no("in_nerve_territory"),
            yes_no("in_dermatome"),
            yes_no("other_cause"),
            yes_no("continued_pain"),
        ),
        scores=(Score("cpsp", "boolean", better="lower"),),
        licence="A definition, free to use.",
        sources=(
            "Schug SA et al. Pain 2019;160:45-52. doi:10.1097/j.pain.0000000000001413",
            "Fletcher D et al. Eur J Anaesthesiol 2015;32:725-34. doi:10.1097/EJA.0000000000000319",
        ),
        rule=lambda known: _rule(known, cut_off),
        settings=(("cut_off", cut_off),),
        in_terms=lambda parts, _: _in_terms(parts, cut_off),
    )


def _rule(known: Known, cut_off: int) -> Bounds:
    late: Span = (0, 1)
    if "since_surgery_months" in known:
        reached = int(known["since_surgery_months"] >= MONTHS)
        late = (reached, reached)
    all_of = (
        rising(lambda rating: int(rating >= cut_off), span(known, "nrs", 0, 10)),
        _either(known, "new_pain", "increased_pain"),
        late,
        _either(known, "in_surgical_field", "in_nerve_territory", "in_dermatome"),
        _not(span(known, "other_cause", 0, 1)),
        _not(span(known, "continued_pain", 0, 1)),
    )
    return {"cpsp": (all(low for low, _ in all_of), all(high for _, high in all_of))}


def _in_terms(parts: Parts, cut_off: int) -> dict[str, Pair]:
    def yes(name: str, at_least: float = 1) -> Pair:
        part = parts[name]
        reached = part.value >= at_least
        return part.there & reached, ~part.there | reached

    def one_of(*names: str) -> Pair:
        pairs = [yes(name) for name in names]
        return either(low for low, _ in pairs), either(high for _, high in pairs)

    other, before = yes("other_cause"), yes("continued_pain")
    all_of = (
        yes("nrs", cut_off),
        one_of("new_pain", "increased_pain"),
        yes("since_surgery_months", MONTHS),
        one_of("in_surgical_field", "in_nerve_territory", "in_dermatome"),
        (~other[1], ~other[0]),
        (~before[1], ~before[0]),
    )
    low, high = each_of(low for low, _ in all_of), each_of(high for _, high in all_of)
    return {"cpsp": (count(low), count(high))}


def _either(known: Known, *names: str) -> Span:
    spans = [span(known, name, 0, 1) for name in names]
    return (max(low for low, _ in spans), max(high for _, high in spans))


def _not(of: Span) -> Span:
    return (1 - of[1], 1 - of[0])
