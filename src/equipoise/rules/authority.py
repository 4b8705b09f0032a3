"""Who may record what: for each kind of event the roles that may sign it. Default deny."""

from __future__ import annotations

from equipoise.protocol.parts import Role

_ROLES: dict[str, tuple[Role, ...]] = {
    "TrialOpened": ("investigator",),
    "ProtocolAdopted": ("investigator",),
    "StaffDelegated": ("investigator",),
    "StaffReleased": ("investigator",),
    "SeedCommitted": ("statistician", "pharmacist", "monitoring board"),
    "AllocationSealed": ("monitoring board",),
    "BoardReported": ("monitoring board",),
    "AnalysisPlanSigned": ("statistician",),
    "DataLocked": ("data manager",),
    "OpeningSigned": ("investigator", "statistician", "data manager", "monitoring board"),
    "MaskingLifted": ("monitoring board",),
    "AllocationOpened": ("monitoring board",),
    "Screened": ("investigator", "caregiver"),
    "ConsentGiven": ("investigator", "outcomes assessor"),
    "ConsentDeclined": ("investigator", "outcomes assessor"),
    "ConsentWithdrawn": ("investigator", "outcomes assessor"),
    "EligibilityConfirmed": ("investigator",),
    "ScreenFailed": ("investigator",),
    "Randomized": ("investigator", "caregiver"),
    "Enrolled": ("investigator", "outcomes assessor"),
    "BagPrepared": ("pharmacist",),
    "PumpStarted": ("caregiver",),
    "DemandDelivered": ("caregiver",),
    "DemandDenied": ("caregiver",),
    "BagReplaced": ("caregiver",),
    "PumpStopped": ("caregiver",),
    "FormRecorded": ("investigator", "caregiver", "outcomes assessor", "participant"),
    "VisitMissed": ("investigator", "caregiver", "outcomes assessor"),
    "ValueCorrected": ("investigator", "caregiver", "outcomes assessor", "data manager"),
    "AdverseEventReported": ("investigator", "caregiver", "outcomes assessor"),
    "EmergencyUnmasked": ("investigator",),
    "AccidentallyUnmasked": ("investigator", "caregiver", "outcomes assessor", "data manager"),
    "FollowUpLost": ("investigator", "outcomes assessor"),
    "DeviationRecorded": ("investigator", "caregiver", "pharmacist", "data manager"),
}
MAY_RECORD: dict[str, frozenset[str]] = {kind: frozenset(roles) for kind, roles in _ROLES.items()}


def may_record(kind: str, role: str) -> bool:
    """Return whether ``role`` may record an event of ``kind``."""
    return role in MAY_RECORD.get(kind, frozenset())
