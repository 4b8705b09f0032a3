"""BPI short form: pain severity and interference, means from 0 to 10.

Severity is the mean of its four ratings, all of which are needed. Interference is the mean of the
answered of its seven ratings, of which four are needed (electronic Persistent Pain Outcomes
Collaboration, note on the Brief Pain Inventory).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from equipoise.instruments._arithmetic import mean, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score, Value

SEVERITY = ("bpi_worst", "bpi_least", "bpi_average", "bpi_now")
INTERFERENCE = tuple(f"bpi_interference_{item}" for item in range(1, 8))
SCALES = {"bpi_severity": (SEVERITY, 4), "bpi_interference": (INTERFERENCE, 4)}
HIGH = 10


def make() -> Instrument:
    """Return the short form."""
    return Instrument(
        name="bpi",
        title="Brief Pain Inventory, short form",
        parts=tuple(whole(name, 0, HIGH) for name in (*SEVERITY, *INTERFERENCE)),
        scores=tuple(Score(name, "decimal", 0, HIGH, better="lower") for name in SCALES),
        licence=(
            "Copyright C. S. Cleeland 1991, all derivatives and languages; permission is needed and"
            " fees may apply."
        ),
        sources=(
            "Cleeland CS, Ryan KM. Ann Acad Med Singap 1994;23:129-38",
            "Four of seven: electronic Persistent Pain Outcomes Collaboration (ePPOC), BPI",
        ),
        rule=_rule,
        missing_rule=_scores,
    )


def _rule(known: Known) -> Bounds:
    return {name: _range(known, parts) for name, (parts, _) in SCALES.items()}


def _range(known: Known, parts: tuple[str, ...]) -> tuple[Decimal, Decimal]:
    answers = [int(known[part]) for part in parts if part in known]
    missing = len(parts) - len(answers)
    return (mean(sum(answers), len(parts)), mean(sum(answers) + HIGH * missing, len(parts)))


def _scores(known: Known) -> Mapping[str, Value | None]:
    scores: dict[str, Value | None] = {}
    for name, (parts, needed) in SCALES.items():
        answers = [int(known[part]) for part in parts if part in known]
        scores[name] = mean(sum(answers), len(answers)) if len(answers) >= needed else None
    return scores
