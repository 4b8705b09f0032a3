"""Rules that tie the fields of a registration to each other.

How bad a breach is follows how often public records break the rule: what holds in every one of
3,794 records is an error, what up to 3 % break is an error for new studies, what more break is a
note (shares measured in 2026; `docs/registry/rules.md` repeats them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from equipoise.registry.record import (
    PartialDate,
    Study,
    arms,
    get,
    interventions,
    locations,
    module,
    partial_date,
)
from equipoise.registry.rules.rule import Look, Rule

_REGISTRY = "ClinicalTrials.gov, Protocol Registration Data Element Definitions"
_STATUS = "protocolSection.statusModule"
_DESIGN = "protocolSection.designModule"
_ARMS = "protocolSection.armsInterventionsModule"
_OUTCOMES = "protocolSection.outcomesModule"
_ELIGIBILITY = "protocolSection.eligibilityModule"
_ROLES = {"NONE": 0, "SINGLE": 1, "DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_STOPPED = frozenset({"TERMINATED", "SUSPENDED", "WITHDRAWN"})
_AGE = re.compile(r"(\d+)\s*(year|month|week|day|hour|minute)s?", re.IGNORECASE)
_HOURS = {"year": 8766, "month": 730.5, "week": 168, "day": 24, "hour": 1, "minute": 1 / 60}
_ONLY_A_NUMBER = re.compile(r"[\d\s.,-]+")


def interventional(study: Study) -> bool:
    """Return whether the study assigns interventions."""
    return bool(module(study, "design").get("studyType") == "INTERVENTIONAL")


def masking(study: Study) -> str | None:
    """Return the level of masking."""
    return get(study, f"{_DESIGN}.designInfo.maskingInfo.masking")  # type: ignore[no-any-return]


def _dates(study: Study, *names: str) -> list[PartialDate | None]:
    return [partial_date(get(study, f"{_STATUS}.{name}DateStruct")) for name in names]


def _primary_outcome(study: Study) -> Iterator[Look]:
    if interventional(study):
        yield f"{_OUTCOMES}.primaryOutcomes", bool(module(study, "outcomes").get("primaryOutcomes"))


def _outcomes(study: Study, *kinds: str) -> Iterator[tuple[str, dict[str, str]]]:
    for kind in kinds or ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes"):
        for place, outcome in enumerate(module(study, "outcomes").get(kind) or ()):
            if isinstance(outcome, dict):
                yield f"{_OUTCOMES}.{kind}.{place}", outcome


def _time_frames(study: Study) -> Iterator[Look]:
    if interventional(study):
        for where, outcome in _outcomes(study, "primaryOutcomes"):
            yield f"{where}.timeFrame", bool(outcome.get("timeFrame"))


def _time_frame_says_more(study: Study) -> Iterator[Look]:
    for where, outcome in _outcomes(study):
        text = outcome.get("timeFrame")
        if text:
            yield f"{where}.timeFrame", _ONLY_A_NUMBER.fullmatch(text.strip()) is None


def _vague_titles(study: Study) -> Iterator[Look]:
    vague = {"safety", "efficacy", "tolerability", "safety and tolerability", "pharmacokinetics"}
    for where, outcome in _outcomes(study):
        yield f"{where}.measure", str(outcome.get("measure", "")).strip(" .").lower() not in vague


def _has_arms(study: Study) -> Iterator[Look]:
    if interventional(study):
        yield f"{_ARMS}.armGroups", bool(arms(study))


def _has_interventions(study: Study) -> Iterator[Look]:
    if interventional(study):
        yield f"{_ARMS}.interventions", bool(interventions(study))


def _parallel(study: Study) -> Iterator[Look]:
    if get(study, f"{_DESIGN}.designInfo.interventionModel") == "PARALLEL" and arms(study):
        yield f"{_ARMS}.armGroups", len(arms(study)) >= 2


def _single_group(study: Study) -> Iterator[Look]:
    if get(study, f"{_DESIGN}.designInfo.interventionModel") == "SINGLE_GROUP" and arms(study):
        yield f"{_ARMS}.armGroups", len(arms(study)) == 1


def _allocation_of_several(study: Study) -> Iterator[Look]:
    if interventional(study) and len(arms(study)) > 1:
        allocation = get(study, f"{_DESIGN}.designInfo.allocation")
        yield f"{_DESIGN}.designInfo.allocation", allocation in ("RANDOMIZED", "NON_RANDOMIZED")


def _allocation_of_one(study: Study) -> Iterator[Look]:
    if interventional(study) and len(arms(study)) == 1:
        where = f"{_DESIGN}.designInfo.allocation"
        yield where, get(study, where) == "NA"


def _arm_labels(study: Study) -> Iterator[Look]:
    labels = {arm.get("label") for arm in arms(study)}
    for place, intervention in enumerate(interventions(study)):
        for label in intervention.get("armGroupLabels") or ():
            yield f"{_ARMS}.interventions.{place}.armGroupLabels", label in labels


def _arm_interventions(study: Study) -> Iterator[Look]:
    if interventional(study):
        for place, arm in enumerate(arms(study)):
            if arm.get("type") != "NO_INTERVENTION":
                names = arm.get("interventionNames")
                yield f"{_ARMS}.armGroups.{place}.interventionNames", bool(names)


def _start_first(study: Study) -> Iterator[Look]:
    start, primary = _dates(study, "start", "primaryCompletion")
    if start and primary:
        yield f"{_STATUS}.primaryCompletionDateStruct", not start.surely_after(primary)


def _primary_before_completion(study: Study) -> Iterator[Look]:
    primary, completion = _dates(study, "primaryCompletion", "completion")
    if primary and completion:
        yield f"{_STATUS}.completionDateStruct", not primary.surely_after(completion)


def _completed(study: Study) -> bool:
    return bool(module(study, "status").get("overallStatus") == "COMPLETED")


def _completed_date(study: Study) -> Iterator[Look]:
    (completion,) = _dates(study, "completion")
    if _completed(study) and completion and completion.actual is not None:
        yield f"{_STATUS}.completionDateStruct.type", completion.actual


def _completed_enrollment(study: Study) -> Iterator[Look]:
    kind = get(study, f"{_DESIGN}.enrollmentInfo.type")
    if _completed(study) and kind:
        yield f"{_DESIGN}.enrollmentInfo.type", kind == "ACTUAL"


def _nobody_when_withdrawn(study: Study) -> Iterator[Look]:
    count = get(study, f"{_DESIGN}.enrollmentInfo.count")
    if module(study, "status").get("overallStatus") == "WITHDRAWN" and count is not None:
        yield f"{_DESIGN}.enrollmentInfo.count", count == 0


def _why_stopped(study: Study) -> Iterator[Look]:
    if module(study, "status").get("overallStatus") in _STOPPED:
        yield f"{_STATUS}.whyStopped", bool(module(study, "status").get("whyStopped"))


def age_in_hours(text: object) -> float | None:
    """Return an age of the registry (``18 Years``) in hours, None where it says no number."""
    match = _AGE.fullmatch(text.strip()) if isinstance(text, str) else None
    return float(match[1]) * _HOURS[match[2].lower()] if match else None


def _ages(study: Study) -> Iterator[Look]:
    eligibility = module(study, "eligibility")
    youngest = age_in_hours(eligibility.get("minimumAge"))
    oldest = age_in_hours(eligibility.get("maximumAge"))
    if youngest is not None and oldest is not None:
        yield f"{_ELIGIBILITY}.maximumAge", youngest <= oldest


def _roles_listed(study: Study) -> Iterator[Look]:
    if masking(study) in ("SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"):
        where = f"{_DESIGN}.designInfo.maskingInfo.whoMasked"
        yield where, bool(get(study, where))


def _roles_counted(study: Study) -> Iterator[Look]:
    where = f"{_DESIGN}.designInfo.maskingInfo.whoMasked"
    roles = get(study, where)
    if roles and masking(study) in _ROLES:
        yield where, len(roles) == _ROLES[str(masking(study))]


def _criteria(study: Study) -> Iterator[Look]:
    yield (
        f"{_ELIGIBILITY}.eligibilityCriteria",
        bool(module(study, "eligibility").get("eligibilityCriteria")),
    )


_FOLLOW_UP = re.compile(
    r"^[\s*\d.)\-]*(lost|loss) (to|of) follow[- ]?up[\s.;]*$", re.IGNORECASE | re.MULTILINE
)


def _no_outcome_as_criterion(study: Study) -> Iterator[Look]:
    text = module(study, "eligibility").get("eligibilityCriteria")
    if text:
        yield f"{_ELIGIBILITY}.eligibilityCriteria", _FOLLOW_UP.search(text) is None


def _somebody_to_ask(study: Study) -> Iterator[Look]:
    contacts = module(study, "contactsLocations")
    if module(study, "status").get("overallStatus") in ("RECRUITING", "NOT_YET_RECRUITING"):
        named = contacts.get("centralContacts") or any(
            site.get("contacts") for site in locations(study)
        )
        yield "protocolSection.contactsLocationsModule.centralContacts", bool(named)


def _anybody_to_ask(study: Study) -> Iterator[Look]:
    contacts = module(study, "contactsLocations")
    named = contacts.get("centralContacts") or any(
        each.get("contacts") for each in locations(study)
    )
    answers = get(study, "resultsSection.moreInfoModule.pointOfContact")
    yield "protocolSection.contactsLocationsModule.centralContacts", bool(named or answers)


def _officials(study: Study) -> Iterator[Look]:
    found = module(study, "contactsLocations").get("overallOfficials")
    party = get(study, "protocolSection.sponsorCollaboratorsModule.responsibleParty")
    yield "protocolSection.contactsLocationsModule.overallOfficials", bool(found or party)


RULES: tuple[Rule, ...] = (
    Rule("primary outcome", "error", "no primary outcome is registered",
         "Add the primary outcome with measure and time frame.", _REGISTRY, _primary_outcome,
         older="warning"),
    Rule("primary time frame", "error", "a primary outcome has no time frame",
         "Say when it is measured, counted from what.", _REGISTRY, _time_frames, older="warning"),
    Rule("time frame a number", "error", "a time frame is only a number",
         "Give the unit and what it is counted from, such as `24 months after surgery`.",
         "PRS validation message, 2018", _time_frame_says_more, older="warning"),
    Rule("vague outcome", "warning", "an outcome's title names no measurement",
         "Name what is measured and on which scale.", "PRS validation message, 2018",
         _vague_titles),
    Rule("arms", "error", "no arms are registered", "Add each arm with its type.", _REGISTRY,
         _has_arms, older="warning"),
    Rule("interventions", "error", "no intervention is registered", "Add at least one.", _REGISTRY,
         _has_interventions),
    Rule("parallel arms", "error", "a parallel design has a single arm",
         "Add the other arm, or change the model.", _REGISTRY, _parallel, older="warning"),
    Rule("single group", "note", "a single-group design has several arms",
         "Check the model of the study.", _REGISTRY, _single_group),
    Rule("allocation stated", "error", "several arms, and no word on how people get into them",
         "Say RANDOMIZED or NON_RANDOMIZED.", _REGISTRY, _allocation_of_several, older="warning"),
    Rule("allocation of one arm", "note", "one arm needs no allocation", "Say NA.", _REGISTRY,
         _allocation_of_one),
    Rule("arm labels", "error", "an intervention names an arm that does not exist",
         "Use the label of a registered arm.", _REGISTRY, _arm_labels),
    Rule("arm interventions", "error", "an arm has no intervention and is not one without",
         "Link its interventions, or make it a no-intervention arm.", _REGISTRY,
         _arm_interventions, older="warning"),
    Rule("start before primary completion", "error", "primary completion is before the start",
         "Correct one of the dates.", _REGISTRY, _start_first),
    Rule("primary completion before completion", "error",
         "completion is before primary completion", "Correct one of the dates.", _REGISTRY,
         _primary_before_completion),
    Rule("completed date", "error", "the study is completed, its completion date an estimate",
         "Give the actual date.", _REGISTRY, _completed_date),
    Rule("completed enrollment", "error", "the study is completed, its enrolment an estimate",
         "Give the actual number.", _REGISTRY, _completed_enrollment, older="warning"),
    Rule("withdrawn enrollment", "error", "a withdrawn study has enrolled somebody",
         "Enrolment of a withdrawn study is 0; a study with participants is terminated.", _REGISTRY,
         _nobody_when_withdrawn, older="warning"),
    Rule("why stopped", "note", "the study was stopped, and no reason is given", "Say why.",
         _REGISTRY, _why_stopped),
    Rule("ages", "error", "the minimum age is above the maximum age", "Correct one of them.",
         _REGISTRY, _ages),
    Rule("masked roles", "error", "the study is masked, and nobody is named as masked",
         "Name who is masked.", _REGISTRY, _roles_listed, older="warning"),
    Rule("masking level", "error", "the level of masking is not the number of masked roles",
         "Name as many roles as the level says.", _REGISTRY, _roles_counted),
    Rule("eligibility", "error", "there are no eligibility criteria", "Add them.", _REGISTRY,
         _criteria),
    Rule("outcome as criterion", "warning",
         "loss to follow-up is listed as an eligibility criterion, and is none",
         "Nobody can be screened for what happens later. Treat it as missing data: an exclusion "
         "after randomization breaks intention to treat.", "ICH E9(R1), section A.5",
         _no_outcome_as_criterion),
    Rule("contact", "warning", "people are sought, and nobody can be asked", "Add a contact.",
         _REGISTRY, _somebody_to_ask),
    Rule("public contact", "note", "there is no contact, public or scientific",
         "Give one: the WHO's data set asks for both in every record.",
         "WHO Trial Registration Data Set 1.3.1, items 7 and 8", _anybody_to_ask),
    Rule("official", "warning", "nobody is named as responsible for the study",
         "Name the investigator or the responsible party.", _REGISTRY, _officials),
)  # fmt: skip
