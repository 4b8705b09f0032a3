from __future__ import annotations

from equipoise.registry.search import fields
from tests.registry.sample import record


def test_every_field_has_its_name_path_and_kind() -> None:
    known = fields.by_piece()
    assert len(known) == 454
    assert known["NCTId"].path == "protocolSection.identificationModule.nctId"
    kinds = {"StartDate": "date", "EnrollmentCount": "number", "MinimumAge": "time",
             "Phase": "enum", "HasResults": "boolean", "BriefTitle": "text", "Location": "struct",
             "LocationGeoPoint": "point", "LargeDocSize": "number"}  # fmt: skip
    assert {piece: known[piece].kind for piece in kinds} == kinds
    assert known["LocationCity"].in_location
    assert not known["BriefTitle"].in_location
    assert known["LocationCity"].repeats
    assert known["Phase"].repeats
    assert not known["StartDate"].repeats


def test_names_in_any_case_and_by_path() -> None:
    assert fields.known_name("brieftitle") == "BriefTitle"
    assert fields.known_name(" protocolSection.statusModule.overallStatus ") == "OverallStatus"
    assert fields.known_name("conditionsearch") == "ConditionSearch"
    assert fields.known_name("Condtion") is None
    assert fields.similar_names("Condtion")[0] == "Condition"
    assert fields.similar_names("qqqqqqq") == []


def test_every_area_is_made_of_known_pieces_and_every_enum_has_values() -> None:
    for parts in fields.areas().values():
        for part in parts:
            assert set(part.pieces) <= set(fields.by_piece())
            assert 0 < part.weight <= 1
    types = {f.type.removesuffix("[]") for f in fields.by_piece().values() if f.is_enum}
    assert types == set(fields.enums())
    assert fields.parameters()["cond"] == "ConditionSearch"


def test_a_place_lists_its_weightiest_pieces_first() -> None:
    area = fields.place("TitleSearch")
    assert area.pieces == ("Acronym", "BriefTitle", "OfficialTitle")
    assert area.synonyms
    assert not fields.place("SponsorSearch").synonyms
    assert fields.place("Phase").whole
    struct = fields.place("StartDateStruct")
    assert struct.pieces == ("StartDate", "StartDateType")
    assert struct.texts == ("StartDateType",)


def test_the_values_of_a_record() -> None:
    found = fields.values(record())
    assert found["NCTId"] == ["NCT00000001"]
    assert found["Phase"] == ["PHASE4"]
    assert found["ArmGroupLabel"] == ["Balm", "Salve"]
    assert found["IsFDARegulatedDevice"] == [False]
    assert found["DesignModule"] == []
    assert "Keyword" not in found
    odd = {"protocolSection": {"conditionsModule": {"conditions": [], "keywords": "one"}, "x": 1},
           "derivedSection": [None, 5]}  # fmt: skip
    assert fields.values(odd) == {
        "ProtocolSection": [], "ConditionsModule": [], "Keyword": ["one"], "DerivedSection": [],
    }  # fmt: skip


def test_the_values_of_a_site() -> None:
    site = {"city": "Bonn", "geoPoint": {"lat": 1, "lon": 2}, "contacts": [{"name": "A"}]}
    assert fields.location_values(site) == {
        "Location": [], "LocationCity": ["Bonn"], "LocationGeoPoint": [{"lat": 1, "lon": 2}],
        "LocationContact": [], "LocationContactName": ["A"],
    }  # fmt: skip
