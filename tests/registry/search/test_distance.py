from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.search.distance import box, distances_km
from equipoise.registry.search.plan import Near

LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    return float(distances_km(here, np.array([there]))[0])


def test_known_distances() -> None:
    # A quarter of the meridian of the mean sphere, and one degree on the equator.
    assert distance_km((0, 0), (90, 0)) == pytest.approx(10_007.557, abs=0.001)
    assert distance_km((0, 179.5), (0, -179.5)) == pytest.approx(111.195, abs=0.001)
    assert distance_km((48.8566, 2.3522), (51.5074, -0.1278)) == pytest.approx(343.6, abs=0.1)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, st.floats(0, 20_100))
def test_the_box_holds_the_circle(a: float, b: float, c: float, d: float, km: float) -> None:
    south, north, half_width = box(Near(a, b, km))
    if distance_km((a, b), (c, d)) <= km * (1 - 1e-9):
        assert south - 1e-6 <= c <= north + 1e-6
        apart = abs((d - b + 180) % 360 - 180)
        assert half_width is None or apart <= half_width + 1e-4


def test_a_circle_that_holds_a_pole_has_every_longitude() -> None:
    assert box(Near(89.0, 0.0, 200.0))[2] is None
    assert box(Near(-89.0, 0.0, 200.0))[2] is None
    assert box(Near(0.0, 0.0, 111.195))[2] == pytest.approx(1.0, abs=1e-4)
