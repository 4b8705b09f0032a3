"""QoR-15: quality of recovery after surgery, fifteen items of 0 to 10, 0 to 150 in all.

Stark PA et al., Anesthesiology 2013;118:1332-40. Bands: Kleif J, Gögenur I, J Surg Res
2018;225:101-7: poor to 89, moderate to 121, good to 135, excellent from 136.

Items 11-15 ask for complaints. From memory of the instrument's form their scale is printed from 10
(never) to 0 (always), so that 10 is the best for every item and nothing is reversed
(``best_is_10``); check against the form that you use, and set ``best_is_0`` where it asks for
complaints with 0 as never.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import Span, rising, span, total, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score, check_setting

BANDS = ("poor", "moderate", "good", "excellent")
CODINGS = ("best_is_10", "best_is_0")


def make(items_11_to_15: str = "best_is_10") -> Instrument:
    """Return the score; ``items_11_to_15`` says which end of those five scales is the best."""
    check_setting("qor15", "items_11_to_15", items_11_to_15, CODINGS)
    return Instrument(
        name="qor15",
        title="Quality of Recovery-15",
        parts=tuple(whole(f"qor15_{item}", 0, 10) for item in range(1, 16)),
        scores=(
            Score("qor15", "integer", 0, 150, better="higher"),
            Score("qor15_band", "choice", codes=BANDS, better="higher"),
        ),
        licence="Free to use with its citation, from memory: ask the authors.",
        sources=(
            "Stark PA et al. Anesthesiology 2013;118:1332-40. doi:10.1097/ALN.0b013e318289b84b",
            "Kleif J, Gögenur I. J Surg Res 2018;225:101-7",
        ),
        rule=lambda known: _rule(known, reverse=items_11_to_15 == "best_is_0"),
        settings=(("items_11_to_15", items_11_to_15),),
    )


def _rule(known: Known, *, reverse: bool) -> Bounds:
    points = total(_item(known, item, reverse=reverse and item >= 11) for item in range(1, 16))
    return {"qor15": points, "qor15_band": rising(_band, points)}


def _item(known: Known, item: int, *, reverse: bool) -> Span:
    low, high = span(known, f"qor15_{item}", 0, 10)
    return (10 - high, 10 - low) if reverse else (low, high)


def _band(points: int) -> str:
    return BANDS[(points >= 90) + (points >= 122) + (points >= 136)]
