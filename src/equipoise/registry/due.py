"""When a record owes something: registration before the first participant, updates, results.

What applies to a study follows from what its record says. Where the record is silent the answer is
unknown, and the reason says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from equipoise.language import Language
from equipoise.registry.record import PartialDate, Study, get, locations, module, partial_date
from equipoise.registry.rules.rule import NEW_FROM

_UNITED_STATES = "United States"
_REGULATION = "42 CFR 11"
_EARLY = frozenset({"EARLY_PHASE1", "PHASE1"})
_TYPES = frozenset({"DRUG", "BIOLOGICAL", "DEVICE", "COMBINATION_PRODUCT", "GENETIC"})
_OVERSIGHT = "protocolSection.oversightModule"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that the record says or leaves out; ``holds`` None where it is silent.

    ``message`` is an English message, its ``fields`` what stands in its braces.
    """

    holds: bool | None
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def text(self, say: Language) -> str:
        """Return the reason in a language."""
        return say(self.message, **self.fields)


def _yes(message: str, **fields: str) -> Reason:
    return Reason(holds=True, message=message, fields=fields)


def _no(message: str, **fields: str) -> Reason:
    return Reason(holds=False, message=message, fields=fields)


def _silent(message: str, **fields: str) -> Reason:
    return Reason(holds=None, message=message, fields=fields)


def _told(holds: bool | None, message: str, **fields: str) -> Reason:  # noqa: FBT001
    return Reason(holds=holds, message=message, fields=fields)


def _day(found: PartialDate | None) -> str:
    return found.text if found else "?"


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed: by ``source``, since ``due``, with why.

    ``applies`` None when the record does not say enough; ``due`` None when no date follows.
    ``met`` None when it cannot be told.
    """

    id: str
    applies: bool | None
    due: date | None
    met: bool | None
    source: str
    reasons: tuple[Reason, ...]

    def state(self, today: date) -> str:
        """Return where it stands, as an English message."""
        if self.applies is None:
            return "cannot be told from the record"
        if not self.applies:
            return "does not apply"
        if self.met:
            return "met"
        if self.due is None:
            return "has no date"
        if self.due >= today:
            return "not due yet"
        return "cannot be told from the record" if self.met is None else "overdue"


def obligations(study: Study) -> list[Obligation]:
    """Return what the study owes, in the order in which it falls due."""
    return [each(study) for each in _OBLIGATIONS]


def _registered_first(study: Study) -> Obligation:
    status = module(study, "status")
    start = partial_date(status.get("startDateStruct"))
    submitted = partial_date(status.get("studyFirstSubmitDate"))
    met = None
    if start and submitted:
        met = submitted.first <= start.last
    reason = _told(
        met, "first submitted on {submitted}, started on {start}",
        submitted=_day(submitted), start=_day(start),
    )  # fmt: skip
    return Obligation(
        id="registration before the first participant", applies=True,
        due=start.last if start else None, met=met, source="ICMJE, WHO ICTRP", reasons=(reason,),
    )  # fmt: skip


def _updated_yearly(study: Study) -> Obligation:
    status = module(study, "status")
    last = partial_date(
        status.get("lastUpdatePostDateStruct") or status.get("lastUpdateSubmitDate")
    )
    ended = status.get("overallStatus") in ("COMPLETED", "TERMINATED", "WITHDRAWN")
    reasons = (
        _silent("last updated on {day}", day=_day(last)),
        _no("the study has ended") if ended else _yes("the study is under way"),
    )
    due = last.last + timedelta(days=365) if last and not ended else None
    return Obligation(
        id="an update each year", applies=not ended, due=due, met=None,
        source=f"{_REGULATION}.64", reasons=reasons,
    )  # fmt: skip


def _who_results(study: Study) -> Obligation:
    primary = partial_date(module(study, "status").get("primaryCompletionDateStruct"))
    completion = partial_date(module(study, "status").get("completionDateStruct"))
    end = primary or completion
    met = bool(study.get("hasResults") or "resultsSection" in study)
    reasons = (
        _told(bool(end), "primary completion on {day}", day=_day(end))
        if primary
        else _told(
            bool(end), "completion on {day}; primary completion is not given", day=_day(end)
        ),
        _yes("results are posted") if met else _no("no results are posted"),
    )
    return Obligation(
        id="summary results within 12 months", applies=True,
        due=_a_year_after(end.last) if end else None, met=met,
        source="WHO Joint Statement on public disclosure of results, 2017", reasons=reasons,
    )  # fmt: skip


def _fdaaa_results(study: Study) -> Obligation:
    applies, reasons = applicable_clinical_trial(study)
    primary = partial_date(module(study, "status").get("primaryCompletionDateStruct"))
    met = bool(study.get("hasResults") or "resultsSection" in study)
    if applies and primary is None:
        reasons = (*reasons, _silent("the primary completion date is not given"))
    due = _a_year_after(primary.last) if primary and applies else None
    certified = module(study, "status").get("dispFirstSubmitDate")
    if certified and due:
        due = _a_year_after(_a_year_after(due))
        reasons = (*reasons, _yes("a delay was certified on {day}", day=str(certified)))
    return Obligation(
        id="results within one year (United States)", applies=applies, due=due, met=met,
        source=f"{_REGULATION}.44", reasons=reasons,
    )  # fmt: skip


def applicable_clinical_trial(study: Study) -> tuple[bool | None, tuple[Reason, ...]]:
    """Return whether the study is an applicable clinical trial, with a reason for each condition.

    42 CFR 11.22(b), for studies that start on or after 2017-01-18: interventional; neither phase
    1 nor feasibility of a device; a drug or device that the FDA regulates; and a site in the
    United States, an IND or IDE, or a product made there. One condition that fails decides; None
    where nothing fails and something is not said.
    """
    reasons = tuple(each(study) for each in _CONDITIONS)
    if any(reason.holds is False for reason in reasons):
        return False, reasons
    return (None if any(reason.holds is None for reason in reasons) else True), reasons


def _is_new(study: Study) -> Reason:
    start = partial_date(module(study, "status").get("startDateStruct"))
    if start is None:
        return _silent("the start date is not given")
    return _told(start.last >= NEW_FROM, "it started on {day}", day=start.text)


def _assigns(study: Study) -> Reason:
    kind = module(study, "design").get("studyType")
    if kind is None:
        return _silent("the study type is not given")
    holds = kind == "INTERVENTIONAL"
    return _yes("it assigns an intervention") if holds else _no("it assigns no intervention")


def _beyond_phase_1(study: Study) -> Reason:
    phases = module(study, "design").get("phases") or ()
    purpose = get(study, "protocolSection.designModule.designInfo.primaryPurpose")
    if phases and set(phases) <= _EARLY:
        return _no("it is a phase 1 trial")
    if purpose == "DEVICE_FEASIBILITY":
        return _no("it tests the feasibility of a device")
    return _yes("it is no phase 1 trial and tests no device's feasibility")


def _regulated(study: Study) -> Reason:
    drug = get(study, f"{_OVERSIGHT}.isFdaRegulatedDrug")
    device = get(study, f"{_OVERSIGHT}.isFdaRegulatedDevice")
    if drug or device:
        return _yes("it studies a drug or device that the FDA regulates")
    if drug is False and device is False:
        return _no("it studies no drug or device that the FDA regulates")
    kinds = {
        each.get("type")
        for each in module(study, "armsInterventions").get("interventions") or ()
        if isinstance(each, dict)
    }
    if kinds and not kinds & _TYPES:
        return _no("its interventions are no drug, biological or device")
    return _silent("the record does not say whether the FDA regulates the product")


def _touches_the_united_states(study: Study) -> Reason:
    if any(site.get("country") == _UNITED_STATES for site in locations(study)):
        return _yes("it has a site in the United States")
    made = get(study, f"{_OVERSIGHT}.isUsExport")
    if made:
        return _yes("the product is made in and exported from the United States")
    countries = sorted({str(site.get("country")) for site in locations(study)})
    if not countries:
        return _silent("no site is given")
    where = ", ".join(countries)
    if made is False:
        return _no(
            "its sites are in {where}, and nothing is exported from the United States", where=where
        )
    return _no("its sites are in {where}; no IND, IDE or export is mentioned", where=where)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


_CONDITIONS: tuple[Callable[[Study], Reason], ...] = (
    _is_new, _assigns, _beyond_phase_1, _regulated, _touches_the_united_states,
)  # fmt: skip
_OBLIGATIONS: tuple[Callable[[Study], Obligation], ...] = (
    _registered_first, _updated_yearly, _who_results, _fdaaa_results,
)  # fmt: skip
