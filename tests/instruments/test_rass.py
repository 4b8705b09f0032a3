from __future__ import annotations

import pytest

from equipoise.errors import InputError
from equipoise.instruments import instrument

RASS = instrument("rass")


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (4, "combative"),
        (3, "very_agitated"),
        (2, "agitated"),
        (1, "restless"),
        (0, "alert_and_calm"),
        (-1, "drowsy"),
        (-2, "light_sedation"),
        (-3, "moderate_sedation"),
        (-4, "deep_sedation"),
        (-5, "unrousable"),
    ],
)
def test_every_level_has_its_name(level: int, name: str) -> None:
    assert RASS.score({"rass": level}) == {"rass_level": name}


@pytest.mark.parametrize("level", [-6, 5])
def test_there_are_no_other_levels(level: int) -> None:
    with pytest.raises(InputError, match="-5 to 4"):
        RASS.score({"rass": level})


def test_neither_end_is_the_better() -> None:
    assert RASS.scores[0].better is None
