from __future__ import annotations

from equipoise.language import Language
from equipoise.registry.page.posted import baseline, flow, more, outcomes, value_text, what_is_given
from tests.registry.sample import put, record

EN, ZH = Language("en"), Language("zh")


def test_the_flow_of_each_group() -> None:
    (period,) = flow(record(), EN)
    balm, salve = period.courses
    assert (balm.started, balm.completed, balm.left, balm.share) == ("10", "9", "1", 0.9)
    assert balm.reasons == (("Lost to follow-up", "1"),)
    assert salve.reasons == ()
    assert [line.label for line in period.grid.lines] == [
        "Started", "Completed", "Not completed", "Lost to follow-up",
    ]  # fmt: skip


def test_other_milestones_are_kept() -> None:
    study = record()
    put(study, "resultsSection.participantFlowModule.periods.0.milestones.2", {
        "type": "Treated", "achievements": [{"groupId": "FG000", "numSubjects": "8"}],
    })  # fmt: skip
    (period,) = flow(study, EN)
    assert period.courses[0].others == (("Treated", "8"),)
    assert period.courses[1].others == ()


def test_baseline_counts_have_their_share_and_means_their_dispersion() -> None:
    grid = baseline(record(), EN)
    assert grid is not None
    lines = {line.label: line.cells for line in grid.lines}
    assert lines["Participants"] == ("10", "10", "20")
    assert lines["Sex: Female, Male"] == ("5 (50.0%)", "6 (60.0%)", "11 (55.0%)")
    assert lines["Age, Continuous"] == ("40 (9)", "", "")
    assert "Age, Continuous (Mean (standard deviation), years)" in lines


def test_outcome_measures_come_primary_first() -> None:
    study = record()
    found = study["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    found.reverse()
    primary, secondary = outcomes(study, EN)
    assert (primary.kind, secondary.kind) == ("Primary", "Secondary")
    assert primary.grid.lines[1].cells == ("3 (2 – 4)", "")
    assert secondary.grid.lines[1].cells == ("5 (55.6%)", "6 (60.0%)")
    assert primary.forests[0].rows[0].estimate == "-1"


def test_classes_with_categories_have_a_heading() -> None:
    study = record()
    put(study, "resultsSection.outcomeMeasuresModule.outcomeMeasures.1.classes", [
        {"title": "Week 1", "categories": [
            {"title": "well", "measurements": [{"groupId": "OG000", "value": "4"}]},
            {"title": "ill", "measurements": [{"groupId": "OG001", "value": "5"}]},
        ]},
        {"title": "Week 2", "denoms": [{"units": "Participants", "counts": [
            {"groupId": "OG000", "value": "8"}]}], "categories": [
            {"measurements": [{"groupId": "OG000", "value": "4"}]}]},
    ])  # fmt: skip
    lines = outcomes(study, EN)[1].grid.lines
    assert [(line.label, line.level, line.cells) for line in lines[1:]] == [
        ("Week 1", 0, ()),
        ("well", 1, ("4 (44.4%)", "")),
        ("ill", 1, ("", "5 (50.0%)")),
        ("Week 2", 0, ("4 (50.0%)", "")),  # of the eight seen in that week
    ]


def test_what_the_numbers_are() -> None:
    measure = {"paramType": "MEDIAN", "dispersionType": "Full Range", "unitOfMeasure": "days"}
    assert what_is_given(measure, EN) == "Median (range), days"
    assert what_is_given(measure, ZH) == "中位数 (全距), days"


def test_a_value_with_what_qualifies_it() -> None:
    assert value_text({"value": "1", "spread": "2"}) == "1 (2)"
    assert value_text({"value": "1", "lowerLimit": "0", "upperLimit": "NA"}) == "1 (0 – NA)"
    assert value_text({"value": "3"}, "12") == "3 (25.0%)"
    assert value_text({"value": "NA"}, "12") == "NA"
    assert value_text({"value": "3"}, "0") == "3"


def test_a_record_without_results_has_none() -> None:
    study = record(results=False)
    assert flow(study, EN) == []
    assert outcomes(study, EN) == []
    assert baseline(study, EN) is None
    assert more(study) == {}
