from __future__ import annotations

from typing import Any

import pytest

from equipoise.exchange.ctgov_legacy_xml import read, write
from equipoise.exchange.ctgov_legacy_xml_old import modern
from equipoise.exchange.xml_map import get
from equipoise.exchange.xml_tree import parse, serialize
from tests.exchange.real import canonical

RESULTS = b"""<clinical_study>
  <clinical_results>
    <baseline>
      <group_list><group group_id="B1"><title>Balm</title></group></group_list>
      <measure_list>
        <measure>
          <title>Number of Participants</title>
          <category_list><category><measurement_list>
            <measurement group_id="B1" value="36"/>
          </measurement_list></category></category_list>
        </measure>
        <measure>
          <title>Gender</title>
          <category_list>
            <category><sub_title>Female</sub_title><measurement_list>
              <measurement group_id="B1" value="13"/>
            </measurement_list></category>
          </category_list>
        </measure>
      </measure_list>
    </baseline>
    <outcome_list>
      <outcome>
        <type>Primary</type>
        <title>Soreness</title>
        <group_list><group group_id="O1"><title>Balm</title></group></group_list>
        <measure_list>
          <measure>
            <title>Number of Participants</title>
            <category_list><category><measurement_list>
              <measurement group_id="O1" value="30"/>
            </measurement_list></category></category_list>
          </measure>
          <measure>
            <title>Soreness</title>
            <units>points</units>
            <param>Mean</param>
            <category_list><category><measurement_list>
              <measurement group_id="O1" value="3.1" spread="1"/>
            </measurement_list></category></category_list>
          </measure>
        </measure_list>
      </outcome>
    </outcome_list>
  </clinical_results>
</clinical_study>"""


def _study(xml: str) -> dict[str, Any]:
    return read(f"<clinical_study>{xml}</clinical_study>".encode())


def test_older_names_of_dates_are_read() -> None:
    status = _study(
        "<firstreceived_date>July 3, 2001</firstreceived_date>"
        "<lastchanged_date>June 4, 2012</lastchanged_date>"
    )["protocolSection"]["statusModule"]
    assert status == {"studyFirstSubmitDate": "2001-07-03", "lastUpdateSubmitDate": "2012-06-04"}


def test_the_newer_name_wins() -> None:
    root = parse(
        b"<clinical_study><study_first_submitted>a</study_first_submitted>"
        b"<firstreceived_date>b</firstreceived_date></clinical_study>"
    )
    assert [each.tag for each in modern(root)] == ["study_first_submitted", "firstreceived_date"]


@pytest.mark.parametrize(
    ("line", "info"),
    [
        (
            (
                "Allocation:  Randomized, Endpoint Classification: Efficacy Study, "
                "Intervention Model: Parallel Assignment, "
                "Masking: Double Blind (Subject, Caregiver), Primary Purpose: "
                "Treatment"
            ),
            {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {
                    "masking": "DOUBLE",
                    "whoMasked": ["PARTICIPANT", "CARE_PROVIDER"],
                },
            },
        ),
        (
            "Observational Model: Case Control, Time Perspective: Cross-Sectional",
            {"observationalModel": "CASE_CONTROL", "timePerspective": "CROSS_SECTIONAL"},
        ),
    ],
)
def test_a_design_in_one_line_is_taken_apart(line: str, info: dict[str, Any]) -> None:
    study = _study(f"<study_design>{line}</study_design>")
    assert get(study, "protocolSection.designModule.designInfo") == info


def test_older_results_are_read() -> None:
    results = read(RESULTS)["resultsSection"]
    baseline = results["baselineCharacteristicsModule"]
    assert baseline["denoms"] == [
        {"units": "Participants", "counts": [{"groupId": "BG000", "value": "36"}]}
    ]
    (measure,) = baseline["measures"]
    (group,) = measure["classes"]
    assert group["categories"] == [
        {"title": "Female", "measurements": [{"groupId": "BG000", "value": "13"}]}
    ]
    (outcome,) = results["outcomeMeasuresModule"]["outcomeMeasures"]
    assert outcome["unitOfMeasure"] == "points"
    assert outcome["denoms"][0]["counts"] == [{"groupId": "OG000", "value": "30"}]
    assert outcome["reportingStatus"] == "POSTED"


def test_an_older_file_comes_back_as_it_was() -> None:
    assert canonical(write(read(RESULTS))) == canonical(RESULTS)


def test_the_file_itself_is_not_changed() -> None:
    root = parse(RESULTS)
    before = serialize(root)
    modern(root)
    assert serialize(root) == before
