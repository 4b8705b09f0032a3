"""Where the modules of an API v2 study are."""

from __future__ import annotations

ID = "protocolSection.identificationModule"
STATUS = "protocolSection.statusModule"
SPONSORS = "protocolSection.sponsorCollaboratorsModule"
OVERSIGHT = "protocolSection.oversightModule"
DESIGN = "protocolSection.designModule"
INFO = f"{DESIGN}.designInfo"
ARMS = "protocolSection.armsInterventionsModule"
OUTCOMES = "protocolSection.outcomesModule"
ELIGIBLE = "protocolSection.eligibilityModule"
PLACES = "protocolSection.contactsLocationsModule"
REFERENCES = "protocolSection.referencesModule"
SHARING = "protocolSection.ipdSharingStatementModule"
MISC = "derivedSection.miscInfoModule"
UNPOSTED = "annotationSection.annotationModule.unpostedAnnotation"
