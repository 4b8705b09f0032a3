"""HADS: anxiety and depression, seven items each, 0 to 21.

Answers are coded 0 to 3 with 3 the worst for every item; the printed order belongs to the licensed
form. Odd items are anxiety, even items depression: Zigmond AS, Snaith RP, Acta Psychiatr Scand
1983;67:361-70. The bands 0-7, 8-10 and 11-21 are from memory of the instrument's manual; check
against the licensed form. All seven items are needed for a score; a band can be settled earlier.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import rising, span, total, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score

BANDS = ("normal", "borderline", "abnormal")
SCALES = {"hads_anxiety": range(1, 15, 2), "hads_depression": range(2, 15, 2)}


def make() -> Instrument:
    """Return both scales and their bands."""
    return Instrument(
        name="hads",
        title="Hospital Anxiety and Depression Scale",
        parts=tuple(whole(f"hads_{item}", 0, 3) for item in range(1, 15)),
        scores=(
            *(Score(name, "integer", 0, 21, better="lower") for name in SCALES),
            *(Score(f"{name}_band", "choice", codes=BANDS, better="lower") for name in SCALES),
        ),
        licence="GL Assessment; fees are payable.",
        sources=("Zigmond AS, Snaith RP. 1983. doi:10.1111/j.1600-0447.1983.tb09716.x",),
        rule=_rule,
    )


def _rule(known: Known) -> Bounds:
    sums = {
        name: total(span(known, f"hads_{item}", 0, 3) for item in items)
        for name, items in SCALES.items()
    }
    return {**sums, **{f"{name}_band": rising(_band, scale) for name, scale in sums.items()}}


def _band(points: int) -> str:
    return BANDS[(points >= 8) + (points >= 11)]
