"""Rules over posted results: counts that must add up, and what reviewers send back.

Those that hold in every one of 662 public records with results are errors (shares measured in
2026). The reviewers' points are those of ClinicalTrials.gov's published list of major comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from equipoise.registry.record import Study, get, module
from equipoise.registry.rules.rule import Look, Rule

_PRS = "ClinicalTrials.gov, Results Data Element Definitions"
_REVIEW = "ClinicalTrials.gov, major comments of reviewers"
_MESSAGE = "PRS validation message, 2018"
_FLOW = "resultsSection.participantFlowModule"
_BASELINE = "resultsSection.baselineCharacteristicsModule"
_OUTCOMES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"
_EVENTS = "resultsSection.adverseEventsModule"
_CONTINUOUS = frozenset(
    {"MEAN", "MEDIAN", "LEAST_SQUARES_MEAN", "GEOMETRIC_MEAN", "GEOMETRIC_LEAST_SQUARES_MEAN"}
)
_NO_UNIT = re.compile(r"(n/?a|number|none|unit|[\d\s.,]+)", re.IGNORECASE)
_CONCLUDES = re.compile(r"\bp\s*[<=>]\s*0?\.\d|\bsignificant(ly)?\b", re.IGNORECASE)

Object = Mapping[str, Any]


def _objects(study: Study, path: str) -> Iterator[tuple[str, Object]]:
    for place, each in enumerate(get(study, path) or ()):
        if isinstance(each, Mapping):
            yield f"{path}.{place}", each


def _inside(where: str, parent: Object, name: str) -> Iterator[tuple[str, Object]]:
    for place, each in enumerate(parent.get(name) or ()):
        if isinstance(each, Mapping):
            yield f"{where}.{name}.{place}", each


def number(text: object) -> float | None:
    """Return a posted number, None for what is none (``NA``, ``<0.1``)."""
    try:
        return float(str(text).replace(",", ""))
    except ValueError:
        return None


def _has_results(study: Study) -> bool:
    return isinstance(study.get("resultsSection"), Mapping)


# --- participant flow -------------------------------------------------------------------------


def _milestones(period: Object) -> dict[str, dict[str, float]]:
    """Return the number of subjects by milestone and group."""
    found: dict[str, dict[str, float]] = {}
    for milestone in period.get("milestones") or ():
        for achieved in milestone.get("achievements") or ():
            subjects = number(achieved.get("numSubjects"))
            if subjects is not None:
                found.setdefault(str(milestone.get("type")), {})[achieved.get("groupId")] = subjects
    return found


def _flow_adds_up(study: Study) -> Iterator[Look]:
    for where, period in _objects(study, f"{_FLOW}.periods"):
        marks = _milestones(period)
        for group, started in marks.get("STARTED", {}).items():
            done = marks.get("COMPLETED", {}).get(group)
            left = marks.get("NOT COMPLETED", {}).get(group)
            if done is not None and left is not None:
                yield where, started == done + left


def _reasons_add_up(study: Study) -> Iterator[Look]:
    for where, period in _objects(study, f"{_FLOW}.periods"):
        given: dict[str, float] = {}
        for reason in period.get("dropWithdraws") or ():
            for share in reason.get("reasons") or ():
                count = number(share.get("numSubjects")) or 0.0
                given[share.get("groupId")] = given.get(share.get("groupId"), 0.0) + count
        for group, left in _milestones(period).get("NOT COMPLETED", {}).items():
            if group in given:
                yield where, given[group] == left


def _flow_is_enrollment(study: Study) -> Iterator[Look]:
    enrolled = get(study, "protocolSection.designModule.enrollmentInfo.count")
    for where, period in list(_objects(study, f"{_FLOW}.periods"))[:1]:
        started = _milestones(period).get("STARTED", {})
        if started and isinstance(enrolled, int):
            yield where, sum(started.values()) == enrolled


# --- baseline -----------------------------------------------------------------------------------


def _baseline_total(study: Study) -> Iterator[Look]:
    groups = [group for _, group in _objects(study, f"{_BASELINE}.groups")]
    total = next((g.get("id") for g in groups if g.get("title") == "Total"), None)
    for where, denominator in _objects(study, f"{_BASELINE}.denoms"):
        counts = {c.get("groupId"): number(c.get("value")) for c in denominator.get("counts") or ()}
        others = [value for group, value in counts.items() if group != total and value is not None]
        whole = counts.get(total)
        if total and whole is not None and len(groups) > 2 and len(others) == len(groups) - 1:
            yield where, whole == sum(others)


def _baseline_has(word: str) -> Any:
    def check(study: Study) -> Iterator[Look]:
        measures = list(_objects(study, f"{_BASELINE}.measures"))
        if measures:
            titles = " ".join(str(measure.get("title")) for _, measure in measures).lower()
            yield f"{_BASELINE}.measures", any(each in titles for each in word.split("|"))

    return check


# --- outcomes -----------------------------------------------------------------------------------


def _measures(study: Study) -> Iterator[tuple[str, Object]]:
    yield from _objects(study, _OUTCOMES)
    yield from _objects(study, f"{_BASELINE}.measures")


def _dispersion(study: Study) -> Iterator[Look]:
    for where, measure in _measures(study):
        if measure.get("paramType") in _CONTINUOUS:
            yield f"{where}.dispersionType", bool(measure.get("dispersionType"))


def _count_unit(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        if measure.get("paramType") == "COUNT_OF_PARTICIPANTS":
            unit = str(measure.get("unitOfMeasure", "")).lower()
            yield f"{where}.unitOfMeasure", unit == "participants"


def _unit_is_a_unit(study: Study) -> Iterator[Look]:
    for where, measure in _measures(study):
        unit = measure.get("unitOfMeasure")
        if unit is not None:
            yield f"{where}.unitOfMeasure", _NO_UNIT.fullmatch(str(unit).strip()) is None


def _title_fits_unit(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        title, unit = str(measure.get("title", "")).lower(), str(measure.get("unitOfMeasure", ""))
        unit = unit.lower()
        if title.startswith("number of participants"):
            yield f"{where}.unitOfMeasure", "participant" in unit or "subject" in unit
        elif title.startswith("percentage of participants"):
            yield (
                f"{where}.unitOfMeasure",
                "percent" in unit or "%" in unit or "participant" in unit,
            )


def _values(measure: Object) -> Iterator[tuple[Object, Object]]:
    """Yield each measurement with the class that it belongs to."""
    for part in measure.get("classes") or ():
        for category in part.get("categories") or ():
            for measurement in category.get("measurements") or ():
                yield part, measurement


def _within_denominator(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        if measure.get("paramType") != "COUNT_OF_PARTICIPANTS":
            continue
        whole = _counts(measure.get("denoms"))
        for part, measurement in _values(measure):
            value = number(measurement.get("value"))
            of = (_counts(part.get("denoms")) or whole).get(measurement.get("groupId"))
            if value is not None and of is not None:
                yield where, value <= of


def _counts(denominators: Any) -> dict[Any, float]:
    found: dict[Any, float] = {}
    for each in denominators or ():
        if each.get("units") == "Participants":
            for count in each.get("counts") or ():
                value = number(count.get("value"))
                if value is not None:
                    found[count.get("groupId")] = value
    return found


def _nobody_explained(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        counts = _counts(measure.get("denoms"))
        if counts and not any(counts.values()):
            yield f"{where}.populationDescription", bool(measure.get("populationDescription"))


def _spread_possible(study: Study) -> Iterator[Look]:
    for where, measure in _measures(study):
        if measure.get("dispersionType") in ("Standard Deviation", "Standard Error"):
            for _, measurement in _values(measure):
                spread = number(measurement.get("spread"))
                if spread is not None:
                    yield where, spread >= 0


def _limits_in_order(study: Study) -> Iterator[Look]:
    for where, measure in _measures(study):
        for _, measurement in _values(measure):
            low, high = number(measurement.get("lowerLimit")), number(measurement.get("upperLimit"))
            if low is not None and high is not None:
                yield where, low <= high


def _result_time_frame(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        text = str(measure.get("timeFrame") or "").strip()
        yield f"{where}.timeFrame", bool(text) and not text.replace(".", "").isdigit()


def _primary_results(study: Study) -> Iterator[Look]:
    registered = module(study, "outcomes").get("primaryOutcomes") or ()
    if _has_results(study) and registered:
        posted = [m for _, m in _objects(study, _OUTCOMES) if m.get("type") == "PRIMARY"]
        yield _OUTCOMES, len(posted) >= len(registered)


# --- analyses -----------------------------------------------------------------------------------


def _analyses(study: Study) -> Iterator[tuple[str, Object, Object]]:
    for where, measure in _objects(study, _OUTCOMES):
        for place, analysis in _inside(where, measure, "analyses"):
            yield place, analysis, measure


def _analysis_groups(study: Study) -> Iterator[Look]:
    for where, analysis, measure in _analyses(study):
        groups = {group.get("id") for group in measure.get("groups") or ()}
        for group in analysis.get("groupIds") or ():
            yield f"{where}.groupIds", group in groups


def _interval_in_order(study: Study) -> Iterator[Look]:
    for where, analysis, _ in _analyses(study):
        low, high = number(analysis.get("ciLowerLimit")), number(analysis.get("ciUpperLimit"))
        if low is not None and high is not None:
            yield where, low <= high


def _estimate_inside(study: Study) -> Iterator[Look]:
    for where, analysis, _ in _analyses(study):
        low, high = number(analysis.get("ciLowerLimit")), number(analysis.get("ciUpperLimit"))
        value = number(analysis.get("paramValue"))
        if low is not None and high is not None and value is not None:
            yield where, low <= value <= high


def _p_possible(study: Study) -> Iterator[Look]:
    for where, analysis, _ in _analyses(study):
        value = number(str(analysis.get("pValue", "")).lstrip("<>=≤≥ "))
        if value is not None:
            yield f"{where}.pValue", 0 <= value <= 1


def _level_given(study: Study) -> Iterator[Look]:
    for where, analysis, _ in _analyses(study):
        if "ciLowerLimit" in analysis or "ciUpperLimit" in analysis:
            yield f"{where}.ciPctValue", bool(analysis.get("ciPctValue"))


# --- adverse events -----------------------------------------------------------------------------


def _event_stats(study: Study) -> Iterator[tuple[str, Object]]:
    for kind in ("seriousEvents", "otherEvents"):
        for where, event in _objects(study, f"{_EVENTS}.{kind}"):
            for stats in event.get("stats") or ():
                yield where, stats


def _affected_at_risk(study: Study) -> Iterator[Look]:
    for where, stats in _event_stats(study):
        if isinstance(stats.get("numAffected"), int) and isinstance(stats.get("numAtRisk"), int):
            yield where, stats["numAffected"] <= stats["numAtRisk"]


def _events_affected(study: Study) -> Iterator[Look]:
    for where, stats in _event_stats(study):
        if isinstance(stats.get("numEvents"), int) and isinstance(stats.get("numAffected"), int):
            yield where, stats["numEvents"] >= stats["numAffected"]


def _deaths(study: Study) -> Iterator[Look]:
    for where, group in _objects(study, f"{_EVENTS}.eventGroups"):
        yield f"{where}.deathsNumAffected", "deathsNumAffected" in group


def _group_totals(study: Study) -> Iterator[Look]:
    for kind, total in (("seriousEvents", "serious"), ("otherEvents", "other")):
        most: dict[Any, int] = {}
        for _, event in _objects(study, f"{_EVENTS}.{kind}"):
            for stats in event.get("stats") or ():
                affected = stats.get("numAffected")
                if isinstance(affected, int):
                    most[stats.get("groupId")] = max(most.get(stats.get("groupId"), 0), affected)
        for where, group in _objects(study, f"{_EVENTS}.eventGroups"):
            whole = group.get(f"{total}NumAffected")
            if isinstance(whole, int) and group.get("id") in most:
                yield where, whole >= most[group.get("id")]


def _threshold(study: Study) -> Iterator[Look]:
    value = number(get(study, f"{_EVENTS}.frequencyThreshold"))
    if value is not None:
        yield f"{_EVENTS}.frequencyThreshold", value <= 5


def _no_conclusions(study: Study) -> Iterator[Look]:
    for where, measure in _objects(study, _OUTCOMES):
        text = f"{measure.get('title', '')} {measure.get('description', '')}"
        yield f"{where}.description", _CONCLUDES.search(text) is None


RULES: tuple[Rule, ...] = (
    Rule("flow adds up", "error", "started is not completed plus not completed",
         "Correct the participant flow.", _PRS, _flow_adds_up),
    Rule("reasons add up", "error", "the reasons for not completing do not add up to those who "
         "did not complete", "Give one reason for each participant who left.", _PRS,
         _reasons_add_up),
    Rule("flow is enrollment", "note", "those who started are not those enrolled",
         "Explain the difference, or correct the actual enrolment.", _PRS, _flow_is_enrollment),
    Rule("baseline total", "error", "the baseline total is not the sum of its groups",
         "Correct the numbers analysed.", _PRS, _baseline_total),
    Rule("baseline age", "error", "age is not among the baseline characteristics", "Add it.", _PRS,
         _baseline_has("age")),
    Rule("baseline sex", "error", "sex is not among the baseline characteristics", "Add it.", _PRS,
         _baseline_has("sex|gender|male"), older="warning"),
    Rule("dispersion", "error", "a mean or median has no dispersion",
         "Give its standard deviation, interval or range.", _REVIEW, _dispersion),
    Rule("count unit", "error", "a count of participants has another unit",
         "The unit is Participants.", _PRS, _count_unit),
    Rule("unit is a unit", "warning", "the unit says nothing", "Name what is counted or measured.",
         _MESSAGE, _unit_is_a_unit),
    Rule("title fits unit", "warning", "title and unit of an outcome do not fit together",
         "A number of participants is counted in participants, a percentage in percent.", _MESSAGE,
         _title_fits_unit),
    Rule("count within denominator", "error", "more participants are counted than analysed",
         "Correct the count or the number analysed.", _PRS, _within_denominator),
    Rule("nobody analysed", "warning", "nobody was analysed, and it is not said why",
         "Say why in the description of the analysis population.", _MESSAGE, _nobody_explained),
    Rule("spread possible", "error", "a standard deviation or error is negative", "Correct it.",
         _REVIEW, _spread_possible),
    Rule("limits in order", "error", "a lower limit is above its upper limit", "Swap them.",
         _REVIEW, _limits_in_order),
    Rule("result time frame", "warning", "the time frame of a result is missing or only a number",
         "Say when it was measured, counted from what.", _MESSAGE, _result_time_frame),
    Rule("primary results", "error", "fewer primary results are posted than primary outcomes "
         "registered", "Post a result for each registered primary outcome.", "42 CFR 11.48",
         _primary_results),
    Rule("analysis groups", "error", "an analysis compares a group that the outcome does not have",
         "Use the groups of the outcome.", _PRS, _analysis_groups),
    Rule("interval in order", "error", "the interval of an analysis runs backwards",
         "Swap its limits.", _REVIEW, _interval_in_order),
    Rule("estimate inside", "error", "the estimate lies outside its interval",
         "Correct the estimate or the limits.", _REVIEW, _estimate_inside),
    Rule("p possible", "warning", "a P value is not between 0 and 1",
         "Correct it; a posterior probability or a percentage is no P value.", _REVIEW,
         _p_possible),
    Rule("level given", "warning", "an interval does not say its level", "Give it, such as 95.",
         _REVIEW, _level_given),
    Rule("affected at risk", "error", "more participants are affected than at risk",
         "Correct the counts of the event.", _PRS, _affected_at_risk),
    Rule("events affected", "error", "fewer events than participants affected",
         "Everybody affected has one event at least.", _PRS, _events_affected),
    Rule("deaths", "note", "deaths from any cause are not reported", "Give them, 0 included.",
         "42 CFR 11.48", _deaths),
    Rule("group totals", "error", "fewer participants have any event than have one of them",
         "Correct the total of the group.", _REVIEW, _group_totals),
    Rule("threshold", "warning", "the threshold for other events is above 5 %",
         "Report events of 5 % of an arm and more.", "42 CFR 11.48", _threshold),
    Rule("no conclusions", "note", "a description speaks of significance",
         "Describe what was measured; results stand in the analyses.", _REVIEW, _no_conclusions),
)  # fmt: skip
