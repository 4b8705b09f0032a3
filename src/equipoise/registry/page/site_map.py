"""Where a study takes place: its sites by country, and on an outline of the land.

The outline (``land.path``) is Natural Earth's land at 1:50 million, version 4.1.0, in the public
domain (naturalearthdata.com), simplified to 0.2 degrees and without the smallest islands and the
Antarctic. Its numbers are tenths of a degree, east and south. It has no borders: the map says where
a ward is, not whose the ground is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from equipoise.language import Language
from equipoise.registry.page.reading import child, number, objects, text
from equipoise.registry.page.words import word
from equipoise.registry.record import Study, locations

_WIDTH, _HEIGHT = 720, 360
_LEAST_DEGREES = 44.0
_NORTH, _SOUTH = 80.0, -58.0
_MOST_NAMES = 8
_CROWD = 60


@dataclass(frozen=True, slots=True)
class Site:
    """A site: name, place, status in words, who to reach there, and coordinates if known."""

    facility: str
    place: str
    status: str
    contacts: tuple[str, ...]
    city: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Country:
    """The sites of a country; the name empty where the record gives none."""

    name: str
    sites: tuple[Site, ...]


def countries(study: Study, say: Language) -> list[Country]:
    """Return the countries of a study, those with most sites first."""
    found: defaultdict[str, list[Site]] = defaultdict(list)
    for location in locations(study):
        point = child(location, "geoPoint")
        place = (text(location.get(key)) for key in ("city", "state", "zip"))
        site = Site(
            facility=text(location.get("facility")),
            place=", ".join(each for each in place if each),
            status=word(say, "status", location.get("status")),
            contacts=tuple(
                contact(each, say)
                for each in objects(location.get("contacts"))
                if text(each.get("name"))
            ),
            city=text(location.get("city")),
            latitude=number(point.get("lat")),
            longitude=number(point.get("lon")),
        )
        found[text(location.get("country"))].append(site)
    listed = [Country(name, tuple(sites)) for name, sites in found.items()]
    return sorted(listed, key=lambda each: (-len(each.sites), each.name))


def contact(person: Mapping[str, Any], say: Language) -> str:
    """Return a person of a record with role and how to reach them."""
    phone, extension = text(person.get("phone")), text(person.get("phoneExt"))
    parts = (
        text(person.get("name")),
        word(say, "role", person.get("role")),
        text(person.get("affiliation")),
        f"{phone} ext. {extension}" if phone and extension else phone,
        text(person.get("email")),
    )
    return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Place:
    latitude: float
    longitude: float
    name: str
    sites: int


def drawing(found: Sequence[Country], title: str) -> Markup:
    """Draw the sites with coordinates on an outline of the land; empty where there are none."""
    places = _places(found)
    if not places:
        return Markup()
    west, north, scale_x, scale_y = _window(places)
    least = 5.0 if len(places) <= _CROWD else 2.6
    dots, names = [], []
    for place in sorted(places, key=lambda each: -each.sites):
        x, y = (place.longitude - west) * scale_x, (north - place.latitude) * scale_y
        radius = least + min(1.2 * math.sqrt(place.sites - 1), 10.0)
        dots.append(
            Markup(
                '<circle class="site" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{} ({})</title>'
                "</circle>"
            ).format(x, y, radius, place.name, place.sites)
        )
        if len(places) <= _MOST_NAMES:
            names.append((x, y, radius, place.name))
    return Markup(
        '<svg class="map" viewBox="0 0 {w} {h}" role="img" aria-label="{title}">'
        '<title>{title}</title><rect class="sea" width="{w}" height="{h}"/>'
        '<path class="land" vector-effect="non-scaling-stroke"'
        ' transform="matrix({sx:.5f} 0 0 {sy:.5f} {tx:.2f} {ty:.2f})" d="{land}"/>{dots}{names}'
        "</svg>"
    ).format(
        w=_WIDTH, h=_HEIGHT, title=title, sx=scale_x / 10, sy=scale_y / 10, tx=-west * scale_x,
        ty=north * scale_y, land=_land(), dots=Markup("").join(dots), names=_names(names),
    )  # fmt: skip


def _places(found: Sequence[Country]) -> list[_Place]:
    """Return the sites put together that lie in the same tenth of a degree."""
    near: defaultdict[tuple[float, float], list[str]] = defaultdict(list)
    for country in found:
        for site in country.sites:
            if site.latitude is None or site.longitude is None:
                continue
            if abs(site.latitude) <= 90 and abs(site.longitude) <= 180:
                near[round(site.latitude, 1), round(site.longitude, 1)].append(site.city)
    return [_Place(lat, lon, names[0], len(names)) for (lat, lon), names in near.items()]


def _window(places: Sequence[_Place]) -> tuple[float, float, float, float]:
    """Return west, north and pixels per degree east and north of the part that is shown."""
    souths, wests = [p.latitude for p in places], [p.longitude for p in places]
    middle = (max(souths) + min(souths)) / 2
    squeeze = max(math.cos(math.radians(max(min(middle, 60), -60))), 0.5)
    wide = max((max(wests) - min(wests)) * 1.3, _LEAST_DEGREES / squeeze)
    tall = max((max(souths) - min(souths)) * 1.4, _LEAST_DEGREES / 2)
    # One degree east is `squeeze` of a degree north; the picture is twice as wide as it is tall.
    tall = max(tall, wide * squeeze * _HEIGHT / _WIDTH)
    if tall > _NORTH - _SOUTH:
        tall, squeeze = _NORTH - _SOUTH, _WIDTH / _HEIGHT * (_NORTH - _SOUTH) / 360
    wide = tall * _WIDTH / _HEIGHT / squeeze
    if wide >= 360:
        wide = 360.0
    centre = (max(wests) + min(wests)) / 2
    west = min(max(centre - wide / 2, -180.0), 180.0 - wide)
    north = min(max(middle + tall / 2, _SOUTH + tall), _NORTH)
    return west, north, _WIDTH / wide, _HEIGHT / tall


def _names(found: Sequence[tuple[float, float, float, str]]) -> Markup:
    shown, out = list[tuple[float, float]](), []
    for x, y, radius, name in found:
        if any(abs(y - other_y) < 14 and abs(x - other_x) < 110 for other_x, other_y in shown):
            continue
        shown.append((x, y))
        left = x > _WIDTH * 0.75
        out.append(
            Markup('<text class="city" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
                x - radius - 5 if left else x + radius + 5, y + 4.5, "end" if left else "start",
                name,
            )
        )  # fmt: skip
    return Markup("").join(out)


@cache
def _land() -> Markup:
    found = resources.files("equipoise.registry.page") / "land.path"
    # Markup: our own file.
    return Markup(found.read_text(encoding="ascii").strip())  # noqa: S704
