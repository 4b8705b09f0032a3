from __future__ import annotations

from equipoise.language import Language
from equipoise.registry.page import facts
from tests.registry.sample import put, record

EN, ZH = Language("en"), Language("zh")


def test_at_a_glance() -> None:
    told = {fact.label: fact for fact in facts.at_a_glance(record(), EN)}
    assert (told["Status"].value, told["Status"].tone) == ("Completed", "done")
    assert (told["Enrollment"].value, told["Enrollment"].note) == ("20 participants", "actual")
    assert told["Completion"].value == "March 2021"
    assert facts.at_a_glance(record(), ZH)[1].value == "IV期"


def test_what_a_record_does_not_give_is_left_out() -> None:
    assert facts.at_a_glance({}, EN) == []
    assert facts.design({}, EN) == facts.people({}, EN) == facts.identifiers({}, EN) == []


def test_a_status_that_nobody_keeps_up_says_what_was_known_last() -> None:
    study = record()
    put(study, "protocolSection.statusModule.overallStatus", "UNKNOWN")
    put(study, "protocolSection.statusModule.lastKnownStatus", "RECRUITING")
    first = facts.at_a_glance(study, EN)[0]
    assert (first.tone, first.note) == ("unknown", "last known: Recruiting")


def test_the_design() -> None:
    told = {fact.label: fact.value for fact in facts.design(record(), EN)}
    assert told == {
        "Allocation": "Randomized", "Intervention model": "Parallel",
        "Primary purpose": "Treatment", "Masking": "Double",
        "Who is masked": "Participants, Investigators",
    }  # fmt: skip


def test_people_and_who_answers_for_the_record() -> None:
    told = [(fact.label, fact.value, fact.note) for fact in facts.people(record(), EN)]
    assert told[0] == ("Lead sponsor", "City hospital", "Other")
    assert told[1] == (
        "Responsible party", "A. Nurse, Professor, City hospital", "Principal investigator",
    )  # fmt: skip


def test_a_sponsor_may_answer_for_it() -> None:
    study = record()
    put(study, "protocolSection.sponsorCollaboratorsModule.responsibleParty", {"type": "SPONSOR"})
    assert facts.people(study, EN)[1].value == "City hospital"


def test_oversight_and_sharing() -> None:
    study = record()
    sharing = {"ipdSharing": "YES", "infoTypes": ["SAP"], "url": "https://example.org"}
    put(study, "protocolSection.ipdSharingStatementModule", {**sharing, "accessCriteria": "ask"})
    told = {fact.label: fact for fact in facts.oversight(study, EN)}
    assert told["Drug regulated by the FDA"].value == "Yes"
    assert told["Device regulated by the FDA"].value == "No"
    assert told["Shared with them"].value == "Statistical analysis plan"
    assert told["Access"].href == "https://example.org"


def test_who_can_take_part() -> None:
    told = {fact.label: fact.value for fact in facts.who_can_take_part(record(), ZH)}
    assert told["最小年龄"] == "18岁"
    assert told["健康志愿者"] == "否"


def test_documents() -> None:
    study = record()
    put(study, "documentSection", {"largeDocumentModule": {"largeDocs": [
        {"label": "Plan", "filename": "SAP.pdf", "date": "2020-01-02"}]}})  # fmt: skip
    (found,) = facts.documents(study, EN)
    assert (found.label, found.value, found.note) == ("Plan", "SAP.pdf", "2 January 2020")
