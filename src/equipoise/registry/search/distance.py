"""Distances on the globe."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from equipoise.registry.search.plan import Near

Points = npt.NDArray[np.float64]
"""Latitude and longitude in degrees, of shape (n, 2)."""

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


def distances_km(here: tuple[float, float], points: Points) -> npt.NDArray[np.float64]:
    """Return the great-circle distance of each point from one in degrees (haversine formula)."""
    start, there = np.radians(here), np.radians(points)
    latitude, longitude = there[:, 0], there[:, 1]
    half = (
        np.sin((latitude - start[0]) / 2) ** 2
        + np.cos(start[0]) * np.cos(latitude) * np.sin((longitude - start[1]) / 2) ** 2
    )
    apart: npt.NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return apart
