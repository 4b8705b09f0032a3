from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.language import Language
from equipoise.registry.check import all_rules, check
from equipoise.registry.rules import protocol_section, results_section
from tests.registry.sample import DELETE, put, record

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry"
P = "protocolSection."
STATUS, DESIGN = f"{P}statusModule.", f"{P}designModule."
ARMS = f"{P}armsInterventionsModule."
R = "resultsSection."
OUTCOME = f"{R}outcomeMeasuresModule.outcomeMeasures."
EVENTS = f"{R}adverseEventsModule."
PERIOD = f"{R}participantFlowModule.periods.0."
BASELINE = f"{R}baselineCharacteristicsModule."
VALUE = "0.classes.0.categories.0.measurements.0."

# Rule -> what is put wrong, and where.
FAULTS: dict[str, list[tuple[str, Any]]] = {
    "primary outcome": [(f"{P}outcomesModule.primaryOutcomes", [])],
    "primary time frame": [(f"{P}outcomesModule.primaryOutcomes.0.timeFrame", DELETE)],
    "time frame a number": [(f"{P}outcomesModule.primaryOutcomes.0.timeFrame", "24")],
    "vague outcome": [(f"{P}outcomesModule.primaryOutcomes.0.measure", "Safety")],
    "arms": [(f"{ARMS}armGroups", [])],
    "interventions": [(f"{ARMS}interventions", [])],
    "parallel arms": [(f"{ARMS}armGroups.1", DELETE)],
    "single group": [(f"{DESIGN}designInfo.interventionModel", "SINGLE_GROUP")],
    "allocation stated": [(f"{DESIGN}designInfo.allocation", "NA")],
    "allocation of one arm": [(f"{ARMS}armGroups.1", DELETE)],
    "arm labels": [(f"{ARMS}interventions.0.armGroupLabels", ["Balsam"])],
    "arm interventions": [(f"{ARMS}armGroups.0.interventionNames", DELETE)],
    "start before primary completion": [(f"{STATUS}startDateStruct.date", "2021-02-02")],
    "primary completion before completion": [(f"{STATUS}completionDateStruct.date", "2021-01")],
    "completed date": [(f"{STATUS}completionDateStruct.type", "ESTIMATED")],
    "completed enrollment": [(f"{DESIGN}enrollmentInfo.type", "ESTIMATED")],
    "withdrawn enrollment": [(f"{STATUS}overallStatus", "WITHDRAWN")],
    "why stopped": [(f"{STATUS}overallStatus", "TERMINATED")],
    "ages": [(f"{P}eligibilityModule.maximumAge", "17 Years")],
    "masked roles": [(f"{DESIGN}designInfo.maskingInfo.whoMasked", [])],
    "masking level": [(f"{DESIGN}designInfo.maskingInfo.masking", "TRIPLE")],
    "eligibility": [(f"{P}eligibilityModule.eligibilityCriteria", DELETE)],
    "outcome as criterion": [
        (f"{P}eligibilityModule.eligibilityCriteria", "Exclusion Criteria:\n\n9. Lost to follow-up")
    ],
    "contact": [
        (f"{STATUS}overallStatus", "RECRUITING"),
        (f"{P}contactsLocationsModule.centralContacts", []),
    ],
    "public contact": [
        (f"{P}contactsLocationsModule.centralContacts", []),
        (f"{R}moreInfoModule.pointOfContact", DELETE),
    ],
    "official": [
        (f"{P}contactsLocationsModule.overallOfficials", DELETE),
        (f"{P}sponsorCollaboratorsModule.responsibleParty", DELETE),
    ],
    "flow adds up": [(f"{PERIOD}milestones.1.achievements.0.numSubjects", "8")],
    "reasons add up": [(f"{PERIOD}dropWithdraws.0.reasons.0.numSubjects", "2")],
    "flow is enrollment": [(f"{DESIGN}enrollmentInfo.count", 21)],
    "baseline total": [(f"{BASELINE}denoms.0.counts.2.value", "21")],
    "baseline age": [(f"{BASELINE}measures.0.title", "Weight")],
    "baseline sex": [(f"{BASELINE}measures.1.title", "Handedness")],
    "dispersion": [(f"{OUTCOME}0.dispersionType", DELETE)],
    "count unit": [(f"{OUTCOME}1.unitOfMeasure", "participants sleeping")],
    "unit is a unit": [(f"{OUTCOME}0.unitOfMeasure", "N/A")],
    "title fits unit": [(f"{OUTCOME}1.unitOfMeasure", "nights")],
    "count within denominator": [(f"{OUTCOME}1.classes.0.categories.0.measurements.0.value", "10")],
    "nobody analysed": [
        (f"{OUTCOME}0.denoms.0.counts.0.value", "0"),
        (f"{OUTCOME}0.denoms.0.counts.1.value", "0"),
        (f"{OUTCOME}0.populationDescription", DELETE),
    ],
    "spread possible": [(f"{OUTCOME}{VALUE}spread", "-1")],
    "limits in order": [(f"{OUTCOME}{VALUE}lowerLimit", "5")],
    "result time frame": [(f"{OUTCOME}0.timeFrame", "24")],
    "primary results": [(f"{OUTCOME}0.type", "SECONDARY")],
    "analysis groups": [(f"{OUTCOME}0.analyses.0.groupIds", ["OG000", "OG009"])],
    "interval in order": [(f"{OUTCOME}0.analyses.0.ciUpperLimit", "-3")],
    "estimate inside": [(f"{OUTCOME}0.analyses.0.paramValue", "1")],
    "p possible": [(f"{OUTCOME}0.analyses.0.pValue", "96.9")],
    "level given": [(f"{OUTCOME}0.analyses.0.ciPctValue", DELETE)],
    "affected at risk": [(f"{EVENTS}otherEvents.0.stats.0.numAtRisk", 2)],
    "events affected": [(f"{EVENTS}otherEvents.0.stats.0.numEvents", 2)],
    "deaths": [(f"{EVENTS}eventGroups.0.deathsNumAffected", DELETE)],
    "group totals": [(f"{EVENTS}eventGroups.0.otherNumAffected", 2)],
    "threshold": [(f"{EVENTS}frequencyThreshold", "10")],
    "no conclusions": [(f"{OUTCOME}0.description", "Rated; significantly lower, p < 0.05")],
}


def broken(study: dict[str, Any]) -> set[str]:
    return {finding.rule.id for finding in check(study)}


@pytest.mark.parametrize("results", [True, False])
def test_the_record_without_mistakes_passes(results: bool) -> None:
    assert [f"{f.rule.id}: {f.where}" for f in check(record(results=results))] == []


@pytest.mark.parametrize("rule", [r.id for r in (*protocol_section.RULES, *results_section.RULES)])
def test_every_rule_catches_its_fault(rule: str) -> None:
    study = record()
    for path, value in FAULTS[rule]:
        put(study, path, value)
    assert rule in broken(study)


def _first(study: dict[str, Any], path: str) -> str | None:
    """Return the path with the first element of each list on its way; None where it ends early."""
    place: Any = study
    way: list[str] = []
    for name in path.split("."):
        while isinstance(place, list):
            if not place:
                return None
            way.append("0")
            place = place[0]
        if not isinstance(place, dict) or name not in place:
            return None
        way.append(name)
        place = place[name]
    return ".".join(way)


def test_every_field_rule_about_a_field_of_the_sample_catches_its_fault() -> None:
    caught = 0
    for rule in all_rules():
        kind, _, path = rule.id.partition(": ")
        if not path or (here := _first(record(), path)) is None:
            continue
        study = record()
        if kind == "needed":
            put(study, here, DELETE)
        else:
            wrong = "x" * 40_000 if kind == "length" else "NO_SUCH_VALUE"
            is_list = isinstance(_at(study, here), list)
            put(study, here, [wrong] if is_list else wrong)
        if kind == "needed" and rule.check(study) is not None and not list(rule.check(study)):
            continue  # what it hangs on is gone with it
        assert rule.id in broken(study), rule.id
        caught += 1
    assert caught > 120


def _at(study: Any, path: str) -> Any:
    for name in path.split("."):
        study = study[int(name)] if name.isdigit() else study[name]
    return study


def test_older_studies_are_judged_more_mildly() -> None:
    study = record()
    put(study, f"{P}outcomesModule.primaryOutcomes", [])
    assert check(study)[0].severity == "error"
    put(study, f"{STATUS}startDateStruct.date", "2010-03")
    (finding,) = [f for f in check(study) if f.rule.id == "primary outcome"]
    assert finding.severity == "warning"


def test_the_worst_comes_first() -> None:
    study = record()
    for rule in ("why stopped", "vague outcome", "ages"):
        for path, value in FAULTS[rule]:
            put(study, path, value)
    severities = [finding.severity for finding in check(study)]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


def test_every_rule_speaks_chinese_and_has_a_name_of_its_own() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    zh = Language("zh")
    for rule in rules:
        assert zh(rule.says, **rule.fields) != Language("en")(rule.says, **rule.fields), rule.says
        assert zh(rule.todo, **rule.fields) != Language("en")(rule.todo, **rule.fields), rule.todo


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    ),
    st.sampled_from(sorted(FAULTS)),
)
def test_a_damaged_record_never_stops_the_check(junk: Any, rule: str) -> None:
    study = record()
    put(study, FAULTS[rule][0][0], junk)
    check(study)


@pytest.mark.skipif(not DATA.exists(), reason="the registry's records are not here")
def test_what_holds_in_every_accepted_record_is_an_error_and_what_many_break_is_none() -> None:
    with gzip.open(
        DATA / "records" / "ctgov_v2_studies.ndjson.gz", "rt", encoding="utf-8"
    ) as lines:
        studies = [json.loads(line) for place, line in enumerate(lines) if place % 5 == 0]
    for rule in (*protocol_section.RULES, *results_section.RULES):
        looks = [holds for study in studies for _, holds in rule.check(study)]
        share = sum(looks) / len(looks) if looks else 1.0
        if rule.severity == "error":
            assert share >= 0.97, rule.id
        elif rule.severity == "note":
            assert share < 1, rule.id
