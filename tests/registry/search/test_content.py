from __future__ import annotations

from equipoise.registry.search import content
from equipoise.registry.search.fields import areas, location_values, values
from tests.registry.search.library import BONN, invented


def test_the_words_of_pieces_and_areas() -> None:
    texts = content.texts(values(invented()[0]))
    assert texts["Condition"] == "^ heart attack $ ^ pain $"
    assert "StartDate" not in texts
    together = content.gathered("ConditionSearch", texts)
    assert together.startswith("^ heart attack $ ^ pain $ ^ balm for heart attack $")
    assert content.gathered("ConditionSearch", {}) == ""


def test_orders_and_counted_values_once_each() -> None:
    found = content.ordered(values(invented()[0]))
    assert found["EnrollmentCount"] == [20.0]
    assert "BriefTitle" not in found
    counted = content.facets(values(invented()[0]))
    assert counted["LocationCountry"] == ["Germany"]
    assert counted["HasResults"] == ["false"]


def test_points() -> None:
    point = BONN["geoPoint"]
    assert content.points({"LocationGeoPoint": [point]}) == [(50.73438, 7.09549)]
    odd = [None, {"lat": 1}, {"lat": "north", "lon": 2}]
    assert content.points({"LocationGeoPoint": odd}) == []


def test_closed_values_are_terms_as_a_whole() -> None:
    found = content.wholes(values(invented()[3]))
    assert "OverallStatus=not yet recruiting" in found
    assert "OverallStatus=recruiting" not in found
    assert "HasResults=true" in found
    assert not any(each.startswith("BriefTitle") for each in found)


def test_the_terms_of_a_site() -> None:
    assert content.site_terms(location_values({"city": "New York", "status": "COMPLETED"})) == {
        "LocationCity:new", "LocationSearch:new", "LocationCity:york", "LocationSearch:york",
        "LocationStatus=completed",
    }  # fmt: skip


def test_serials_order_numbers() -> None:
    assert content.serial("NCT00000012") == 12
    assert content.serial("none") == 0


def test_what_is_gathered_and_weighty_is_known() -> None:
    assert set(content.GATHERED) <= set(areas())
    assert {"BasicSearch", "ConditionSearch", "LocationSearch"} <= set(content.GATHERED)
    assert content.PRIZED["ConditionSearch"] == ("Condition",)
    assert "BriefTitle" in content.PRIZED["BasicSearch"]
    texts = content.texts(values(invented()[0]))
    assert content.prized("ConditionSearch", texts) == "^ heart attack $ ^ pain $"
