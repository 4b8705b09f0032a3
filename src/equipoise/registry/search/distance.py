"""Distances on the globe."""

from __future__ import annotations

import math

from equipoise.registry.search.plan import Near

EARTH_KM = 6371.0088
"""Mean radius (IUGG; Moritz 2000, J Geod 74:128-133)."""


def box(near: Near) -> tuple[float, float, float | None]:
    """Return the latitudes, and the half width in degrees of longitude, that hold a circle.

    No half width where the circle holds a pole.
    """
    angle = near.radius_km / EARTH_KM
    south = near.latitude_deg - math.degrees(angle)
    north = near.latitude_deg + math.degrees(angle)
    if south <= -90 or north >= 90:
        return south, north, None
    ratio = math.sin(angle) / math.cos(math.radians(near.latitude_deg))
    return south, north, math.degrees(math.asin(min(1.0, ratio)))


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the great-circle distance of two points in degrees (haversine formula)."""
    (lat_1, lon_1), (lat_2, lon_2) = here, there
    half = (
        math.sin(math.radians(lat_2 - lat_1) / 2) ** 2
        + math.cos(math.radians(lat_1)) * math.cos(math.radians(lat_2))
        * math.sin(math.radians(lon_2 - lon_1) / 2) ** 2
    )  # fmt: skip
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
