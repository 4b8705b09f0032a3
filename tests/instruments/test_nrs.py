from __future__ import annotations

import pytest

from equipoise.instruments import instrument


@pytest.mark.parametrize(
    ("rating", "band", "moderate_to_severe"),
    [
        (0, "none", False),
        (1, "mild", False),
        (3, "mild", False),
        (4, "moderate", True),
        (6, "moderate", True),
        (7, "severe", True),
        (10, "severe", True),
    ],
)
def test_bands(rating: int, band: str, moderate_to_severe: bool) -> None:
    assert instrument("nrs").score({"nrs": rating}) == {
        "moderate_to_severe": moderate_to_severe,
        "nrs_band": band,
    }


@pytest.mark.parametrize(("rating", "counts"), [(2, False), (3, True)])
def test_the_cut_off_is_a_setting_of_the_boolean_only(rating: int, counts: bool) -> None:
    scores = instrument("nrs", cut_off=3).score({"nrs": rating})
    assert scores == {"moderate_to_severe": counts, "nrs_band": "mild"}
