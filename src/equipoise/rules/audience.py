"""Who may read what: for each kind of event the roles that see its content. Default deny.

Whoever recorded an event sees it. The monitoring board sees everything. What nobody needs to see
to do their work (times of preparation, ciphertexts) is shown to nobody else, because small things
tell arms apart: ICH E6(R3) 4.1 asks that masking be designed into every surface.
"""

from __future__ import annotations

EVERYBODY = frozenset(
    ("caregiver", "investigator", "outcomes assessor", "data manager", "statistician", "pharmacist")
)
_WARD = frozenset(("caregiver", "investigator", "data manager"))
_DATA = frozenset(("investigator", "data manager", "statistician"))
_PUMP = _WARD | {"statistician"}

MAY_READ: dict[str, frozenset[str]] = {
    "TrialOpened": EVERYBODY,
    "ProtocolAdopted": EVERYBODY,
    "StaffDelegated": EVERYBODY,
    "StaffReleased": EVERYBODY,
    "SeedCommitted": EVERYBODY,
    "AllocationSealed": EVERYBODY,
    "BoardReported": EVERYBODY,
    "AnalysisPlanSigned": EVERYBODY,
    "DataLocked": EVERYBODY,
    "OpeningSigned": EVERYBODY,
    "MaskingLifted": EVERYBODY,
    "AllocationOpened": EVERYBODY,
    "Screened": _WARD,
    "ConsentGiven": _WARD,
    "ConsentDeclined": _WARD,
    "ConsentWithdrawn": _WARD | {"statistician"},
    "EligibilityConfirmed": _WARD | {"pharmacist"},
    "ScreenFailed": _WARD,
    "Randomized": _WARD | {"pharmacist", "statistician"},
    "Enrolled": _WARD | {"statistician"},
    "BagPrepared": frozenset(("pharmacist",)),
    "PumpStarted": _PUMP,
    "DemandDelivered": _PUMP,
    "DemandDenied": _PUMP,
    "BagReplaced": _PUMP,
    "PumpStopped": _PUMP,
    "FormRecorded": _DATA,
    "VisitMissed": _DATA,
    "ValueCorrected": _DATA,
    "AdverseEventReported": _DATA | {"caregiver"},
    "EmergencyUnmasked": frozenset(("investigator", "data manager", "pharmacist")),
    "AccidentallyUnmasked": frozenset(("data manager",)),
    "FollowUpLost": _DATA,
    "DeviationRecorded": _DATA,
}

WITHHELD: dict[str, frozenset[str]] = {
    "AllocationSealed": frozenset(("sealed_list", "root", "publication")),
    "BoardReported": frozenset(("report",)),
    "EmergencyUnmasked": frozenset(("explanation",)),
    "AccidentallyUnmasked": frozenset(("how",)),
    "Screened": frozenset(("fingerprint",)),
    "DataLocked": frozenset(("events",)),
}
"""Fields that even those who may read the kind do not see, unless they recorded it."""

UNMASKED_WORDS: dict[str, frozenset[str]] = {
    "DeviationRecorded": frozenset(("category", "description")),
}
"""Fields in which a pharmacist writes freely: only pharmacists read what pharmacists wrote there.

Whoever mixes the bags knows the arms, and a sentence such as "an ampoule broke" tells one.
"""


def may_read(kind: str, role: str) -> bool:
    """Return whether ``role`` sees the content of events of ``kind`` that others recorded."""
    if role == "monitoring board":
        return True
    return role in MAY_READ.get(kind, frozenset())


def withheld(kind: str, role: str, recorder: str) -> frozenset[str]:
    """Return the fields of ``kind`` that ``role`` does not see in what a ``recorder`` recorded.

    ``recorder`` is the role in which the other person recorded it.
    """
    if role == "monitoring board":
        return frozenset()
    hidden = WITHHELD.get(kind, frozenset())
    if recorder == "pharmacist" and role != "pharmacist":
        hidden |= UNMASKED_WORDS.get(kind, frozenset())
    return hidden
