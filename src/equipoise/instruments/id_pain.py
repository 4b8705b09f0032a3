"""ID Pain: six yes/no questions that tell a neuropathic component, -1 to 5.

Items 1-5 count one each, item 6 takes one away: Portenoy R, Curr Med
Res Opin 2006;22:1555-65. Published cut-offs are two and three (``cut_off``), from memory of the
literature; check which one your trial has registered.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import rising, span, total, yes_no
from equipoise.instruments._model import Bounds, Instrument, Known, Score, check_setting


def make(cut_off: int = 2) -> Instrument:
    """Return the score; ``cut_off`` (2 or 3) points and more are likely neuropathic."""
    check_setting("id_pain", "cut_off", cut_off, (2, 3))
    return Instrument(
        name="id_pain",
        title="ID Pain",
        parts=tuple(yes_no(f"id_pain_{item}") for item in range(1, 7)),
        scores=(
            Score("id_pain", "integer", -1, 5, better="lower"),
            Score("id_pain_neuropathic", "boolean", better="lower"),
        ),
        licence="Copyright Pfizer, from memory: ask before use.",
        sources=("Portenoy R. Curr Med Res Opin 2006;22:1555-65. PMID 16870080",),
        rule=lambda known: _rule(known, cut_off),
        settings=(("cut_off", cut_off),),
    )


def _rule(known: Known, cut_off: int) -> Bounds:
    five = total(span(known, f"id_pain_{item}", 0, 1) for item in range(1, 6))
    sixth = span(known, "id_pain_6", 0, 1)
    points = (five[0] - sixth[1], five[1] - sixth[0])
    return {
        "id_pain": points,
        "id_pain_neuropathic": rising(lambda value: value >= cut_off, points),
    }
