"""DN4: ten yes/no findings that tell neuropathic pain; seven of them need no examination.

Bouhassira D et al., Pain 2005;114:29-36. Items 1-7 are asked, 8-10 examined. Four or more of ten
are positive; the cut-off of three of seven for the interview alone, and that of four, are from
memory of the instrument's manual: check against the licensed form.
"""

from __future__ import annotations

from equipoise.instruments._arithmetic import rising, span, total, yes_no
from equipoise.instruments._model import Bounds, Instrument, Known, Score


def make() -> Instrument:
    """Return the full score and the interview score."""
    return Instrument(
        name="dn4",
        title="Douleur neuropathique 4",
        parts=tuple(yes_no(f"dn4_{item}") for item in range(1, 11)),
        scores=(
            Score("dn4", "integer", 0, 10, better="lower"),
            Score("dn4_neuropathic", "boolean", better="lower"),
            Score("dn4_interview", "integer", 0, 7, better="lower"),
            Score("dn4_interview_neuropathic", "boolean", better="lower"),
        ),
        licence="Copyright D. Bouhassira; distributed by the Mapi Research Trust.",
        sources=("Bouhassira D et al. Pain 2005;114:29-36. doi:10.1016/j.pain.2004.12.010",),
        rule=_rule,
    )


def _rule(known: Known) -> Bounds:
    items = [span(known, f"dn4_{item}", 0, 1) for item in range(1, 11)]
    full, interview = total(items), total(items[:7])
    return {
        "dn4": full,
        "dn4_neuropathic": rising(lambda points: points >= 4, full),
        "dn4_interview": interview,
        "dn4_interview_neuropathic": rising(lambda points: points >= 3, interview),
    }
