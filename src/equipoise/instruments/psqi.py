"""PSQI: sleep over a month, seven components of 0 to 3 and their sum, 0 to 21.

Buysse DJ et al., Psychiatry Res 1989;28:193-213; the bands are those of the scoring sheet of the
University of Pittsburgh. Items 1 and 3, the times of going to bed and of getting up, are minutes
after midnight; item 2 is minutes, item 4 hours; items 5a-5j and 6-9 are coded 0 to 3. Item 5j, the
other reasons, is 0 where it is not answered (rule of 20 May 2005). Some printings exchange items 6
and 7; here 6 is the rating of quality and 7 medication. A sum over 5 is poor sleep.

Times in bed that are shorter than the time asleep, or of no length, leave component 4 unknown.
Bounds hold but can be wider than need be: components 3 and 4 share item 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equipoise.instruments._arithmetic import Span, measure, rising, span, total, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score, Value, settled

DISTURBANCES = tuple(f"psqi_5{letter}" for letter in "bcdefghij")
UNKNOWN = (0, 3)
DAY_MIN = 24 * 60


def make() -> Instrument:
    """Return the index and its components."""
    return Instrument(
        name="psqi",
        title="Pittsburgh Sleep Quality Index",
        parts=(
            whole("psqi_1_min", 0, DAY_MIN - 1, unit="min"),
            whole("psqi_2_min", 0, DAY_MIN, unit="min"),
            whole("psqi_3_min", 0, DAY_MIN - 1, unit="min"),
            measure("psqi_4_h", 0, 24, "h", 2),
            whole("psqi_5a", 0, 3),
            *(whole(name, 0, 3, required=name != "psqi_5j") for name in DISTURBANCES),
            *(whole(f"psqi_{item}", 0, 3) for item in range(6, 10)),
        ),
        scores=(
            Score("psqi", "integer", 0, 21, better="lower"),
            Score("psqi_poor", "boolean", better="lower"),
            *(Score(f"psqi_c{each}", "integer", 0, 3, better="lower") for each in range(1, 8)),
        ),
        licence=(
            "Copyright University of Pittsburgh 1989; free for non-commercial research and"
            " education only, and not to be changed."
        ),
        sources=(
            "Buysse DJ et al. Psychiatry Res 1989;28:193-213. doi:10.1016/0165-1781(89)90047-4",
            "University of Pittsburgh, PSQI form administration instructions and scoring, 2005",
        ),
        rule=_rule,
        missing_rule=_scores,
    )


def _scores(known: Known) -> Mapping[str, Value | None]:
    return settled(_rule({"psqi_5j": 0, **known}))


def _rule(known: Known) -> Bounds:
    components = (
        span(known, "psqi_6", 0, 3),
        rising(_of_six, total((_latency(known), span(known, "psqi_5a", 0, 3)))),
        _duration(known),
        _efficiency(known),
        rising(_of_twenty_seven, total(span(known, name, 0, 3) for name in DISTURBANCES)),
        span(known, "psqi_7", 0, 3),
        rising(_of_six, total(span(known, f"psqi_{item}", 0, 3) for item in (8, 9))),
    )
    index = total(components)
    return {
        "psqi": index,
        "psqi_poor": rising(lambda points: points > 5, index),
        **{f"psqi_c{number}": each for number, each in enumerate(components, start=1)},
    }


def _latency(known: Known) -> Span:
    if "psqi_2_min" not in known:
        return UNKNOWN
    minutes = known["psqi_2_min"]
    points = (minutes > 15) + (minutes > 30) + (minutes > 60)
    return (points, points)


def _duration(known: Known) -> Span:
    if "psqi_4_h" not in known:
        return UNKNOWN
    hours = known["psqi_4_h"]
    points = (hours <= 7) + (hours < 6) + (hours < 5)
    return (points, points)


def _efficiency(known: Known) -> Span:
    if not {"psqi_1_min", "psqi_3_min", "psqi_4_h"} <= known.keys():
        return UNKNOWN
    in_bed_min = (known["psqi_3_min"] - known["psqi_1_min"]) % DAY_MIN
    asleep_min = Fraction(known["psqi_4_h"]) * 60  # exact in any decimal context
    if in_bed_min == 0 or asleep_min > in_bed_min:
        return UNKNOWN
    percent = [asleep_min * 100 < limit * in_bed_min for limit in (85, 75, 65)]
    return (sum(percent), sum(percent))


def _of_six(points: int) -> int:
    """Return the component of a sum of two items: 0, 1-2, 3-4, 5-6."""
    return (points + 1) // 2


def _of_twenty_seven(points: int) -> int:
    """Return the component of a sum of nine items: 0, 1-9, 10-18, 19-27."""
    return (points + 8) // 9
