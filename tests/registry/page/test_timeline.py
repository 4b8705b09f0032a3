from __future__ import annotations

from datetime import date

from equipoise.language import Language
from equipoise.registry.page.timeline import drawing, moments
from tests.registry.sample import put, record

EN = Language("en")


def test_dates_in_their_order() -> None:
    found = moments(record(), EN)
    assert [(each.label, each.text) for each in found][:3] == [
        ("First submitted", "1 February 2020"),
        ("Start", "1 March 2020"),
        ("Primary completion", "1 February 2021"),
    ]
    assert found[3].text == "March 2021"


def test_later_and_estimated_dates_are_hollow() -> None:
    study = record()
    put(study, "protocolSection.statusModule.completionDateStruct",
        {"date": "2021-03", "type": "ESTIMATED"})  # fmt: skip
    found = moments(study, EN)
    told = drawing(found, "Dates", date(2024, 1, 15))
    assert told.count('circle class="expected"') == 2  # estimated, and updated after that day
    assert told.count("<circle") == len(found)


def test_marks_do_not_cover_each_other() -> None:
    study = record()
    for key in ("studyFirstPostDateStruct", "resultsFirstSubmitDate"):
        put(study, f"protocolSection.statusModule.{key}", "2020-02-02")
    told = drawing(moments(study, EN), "Dates", date(2025, 1, 1))
    places = [
        tuple(part.split('"')[1] for part in circle.split(" ")[2:4])
        for circle in told.split("<circle")[1:]
    ]
    assert len(set(places)) == len(places)


def test_a_single_date_is_not_drawn() -> None:
    study = {"protocolSection": {"statusModule": {"startDateStruct": {"date": "2020-01"}}}}
    assert drawing(moments(study, EN), "Dates", date(2025, 1, 1)) == ""
    assert drawing(moments({}, EN), "Dates", date(2025, 1, 1)) == ""
