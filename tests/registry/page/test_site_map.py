from __future__ import annotations

import re
from typing import Any

import pytest

from equipoise.language import Language
from equipoise.registry.page.site_map import contact, countries, drawing

EN = Language("en")


def _study(*sites: dict[str, Any]) -> dict[str, Any]:
    return {"protocolSection": {"contactsLocationsModule": {"locations": list(sites)}}}


def _site(city: str, country: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {
        "facility": f"{city} hospital", "city": city, "country": country,
        "geoPoint": {"lat": latitude, "lon": longitude},
    }  # fmt: skip


def _dots(study: dict[str, Any]) -> list[tuple[float, float]]:
    told = drawing(countries(study, EN), "Map")
    return [(float(x), float(y)) for x, y in re.findall(r'cx="([^"]+)" cy="([^"]+)"', told)]


def test_countries_with_most_sites_come_first() -> None:
    study = _study(_site("Lima", "Peru", -12, -77), _site("Bern", "Switzerland", 47, 7.4),
                   _site("Basel", "Switzerland", 47.6, 7.6))  # fmt: skip
    assert [(c.name, len(c.sites)) for c in countries(study, EN)] == [
        ("Switzerland", 2), ("Peru", 1),
    ]  # fmt: skip


def test_a_site_stands_in_the_middle_of_its_map() -> None:
    ((x, y),) = _dots(_study(_site("Lima", "Peru", -12, -77)))
    assert (x, y) == pytest.approx((360, 180), abs=1)


def test_north_is_up_and_east_is_right() -> None:
    rome, oslo = _dots(_study(_site("Oslo", "Norway", 60, 10.7), _site("Rome", "Italy", 42, 12.5)))
    assert oslo[1] < rome[1]
    assert oslo[0] < rome[0]


@pytest.mark.parametrize(("latitude", "longitude"), [(89, 179), (-89, -179), (0, 0)])
def test_every_site_is_on_the_map_of_the_world(latitude: float, longitude: float) -> None:
    far = _study(_site("A", "X", 40, -120), _site("B", "Y", -35, 150))
    far["protocolSection"]["contactsLocationsModule"]["locations"].append(
        _site("C", "Z", latitude, longitude)
    )
    assert all(0 <= x <= 720 for x, _ in _dots(far))
    if latitude == 0:
        assert all(0 <= y <= 360 for _, y in _dots(far))


def test_sites_of_one_town_are_one_greater_mark() -> None:
    here = _site("Bern", "Switzerland", 46.95, 7.45)
    told = drawing(countries(_study(here, here, here), EN), "Map")
    assert told.count("<circle") == 1
    assert "Bern (3)" in told


def test_without_coordinates_there_is_no_map() -> None:
    study = _study({"facility": "A", "country": "Peru"}, {"geoPoint": {"lat": "x", "lon": 1}},
                   {"geoPoint": {"lat": 100, "lon": 1}})  # fmt: skip
    assert drawing(countries(study, EN), "Map") == ""
    assert len(countries(study, EN)) == 2


def test_names_are_text() -> None:
    told = drawing(countries(_study(_site("<b>Bern", "CH", 47, 7)), EN), "Map")
    assert "<b>" not in told
    assert "&lt;b&gt;Bern" in told


def test_a_person_and_how_to_reach_them() -> None:
    person = {"name": "A. Nurse", "role": "PRINCIPAL_INVESTIGATOR", "phone": "1", "phoneExt": "2"}
    assert contact(person, EN) == "A. Nurse, Principal investigator, 1 ext. 2"
