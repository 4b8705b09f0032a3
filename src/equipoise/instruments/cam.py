"""CAM and CAM-ICU: delirium is feature 1 and feature 2, and feature 3 or feature 4.

Feature 1 is acute onset or fluctuation, 2 inattention, 3 disorganised thinking, 4 an altered level
of consciousness: Inouye SK et al., Ann Intern Med 1990;113:941-8; Ely EW et al., JAMA
2001;286:2703-10. Nobody can be assessed at a RASS of -4 or -5: delirium is then unknown, whatever
the features say. Where the RASS is not given the features speak for themselves.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import span, whole, yes_no
from equipoise.instruments._model import Bounds, Instrument, Known, Score

DEEPEST_ASSESSABLE = -3


def make() -> Instrument:
    """Return the algorithm."""
    return Instrument(
        name="cam",
        title="Confusion assessment method",
        parts=(
            *(yes_no(f"cam_{feature}") for feature in range(1, 5)),
            whole("rass", -5, 4, required=False),
        ),
        scores=(
            Score("delirium", "boolean", better="lower"),
            Score("cam_assessable", "boolean"),
        ),
        licence=(
            "CAM: S. K. Inouye and the Hospital Elder Life Program, permission needed."
            " CAM-ICU: copyright 2002 E. W. Ely and Vanderbilt University."
        ),
        sources=(
            "Inouye SK et al. Ann Intern Med 1990;113:941-8. doi:10.7326/0003-4819-113-12-941",
            "Ely EW et al. JAMA 2001;286:2703-10. doi:10.1001/jama.286.21.2703",
        ),
        rule=_rule,
    )


def _rule(known: Known) -> Bounds:
    if "rass" not in known:
        return {"delirium": _delirium(known), "cam_assessable": (False, True)}
    assessable = known["rass"] >= DEEPEST_ASSESSABLE
    return {
        "delirium": _delirium(known) if assessable else (False, True),
        "cam_assessable": (assessable, assessable),
    }


def _delirium(known: Known) -> tuple[bool, bool]:
    features = [span(known, f"cam_{feature}", 0, 1) for feature in range(1, 5)]
    low, high = ([each[end] for each in features] for end in (0, 1))
    return (_present(low), _present(high))


def _present(features: list[int]) -> bool:
    onset, inattention, thinking, consciousness = features
    return bool(onset and inattention and (thinking or consciousness))
