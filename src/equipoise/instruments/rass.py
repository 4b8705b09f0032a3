"""RASS: the Richmond agitation-sedation scale, -5 to +4, and the names of its levels.

Sessler CN et al., Am J Respir Crit Care Med 2002;166:1338-44. The levels are codes here; how a
level is recognised at the bedside is in the published scale.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import rising, span, whole
from equipoise.instruments._model import Bounds, Instrument, Known, Score

LOW, HIGH = -5, 4
LEVELS = (
    "unrousable",
    "deep_sedation",
    "moderate_sedation",
    "light_sedation",
    "drowsy",
    "alert_and_calm",
    "restless",
    "agitated",
    "very_agitated",
    "combative",
)


def make() -> Instrument:
    """Return the scale."""
    return Instrument(
        name="rass",
        title="Richmond agitation-sedation scale",
        parts=(whole("rass", LOW, HIGH),),
        scores=(Score("rass_level", "choice", codes=LEVELS),),
        licence="Freely used with its citation.",
        sources=("Sessler CN et al. AJRCCM 2002;166:1338-44. doi:10.1164/rccm.2107138",),
        rule=_rule,
    )


def _rule(known: Known) -> Bounds:
    return {"rass_level": rising(lambda level: LEVELS[level - LOW], span(known, "rass", LOW, HIGH))}
