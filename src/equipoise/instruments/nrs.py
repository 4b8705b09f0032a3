"""NRS: the numeric rating scale of pain, 0 to 10, and its bands.

A rating of four or more is moderate to severe: Gerbershagen HJ et al., Br J Anaesth
2011;107:619-26. The bands 1-3, 4-6 and 7-10 are conventional, from memory of the literature.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import rising, span, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score, check_setting

BANDS = ("none", "mild", "moderate", "severe")


def make(cut_off: int = 4) -> Instrument:
    """Return the scale; ratings of ``cut_off`` (1 to 10) and more are moderate to severe."""
    check_setting("nrs", "cut_off", cut_off, range(1, 11))
    return Instrument(
        name="nrs",
        title="Numeric rating scale",
        parts=(whole("nrs", 0, 10),),
        scores=(
            Score("moderate_to_severe", "boolean", better="lower"),
            Score("nrs_band", "choice", codes=BANDS, better="lower"),
        ),
        licence="Public domain.",
        sources=("Gerbershagen HJ et al. Br J Anaesth 2011;107:619-26. doi:10.1093/bja/aer195",),
        rule=lambda known: _rule(known, cut_off),
        settings=(("cut_off", cut_off),),
    )


def _rule(known: Known, cut_off: int) -> Bounds:
    rating = span(known, "nrs", 0, 10)
    return {
        "moderate_to_severe": rising(lambda value: value >= cut_off, rating),
        "nrs_band": rising(lambda value: BANDS[(value >= 1) + (value >= 4) + (value >= 7)], rating),
    }
