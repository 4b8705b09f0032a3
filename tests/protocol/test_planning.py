from __future__ import annotations

import pytest
from pydantic import ValidationError

from equipoise.protocol.planning import Monitoring, Planning


def test_a_share_lost_is_below_one() -> None:
    with pytest.raises(ValidationError):
        Planning(endpoint="x", reference=0.3, arm=0.2, attrition=1.0, because="", status="assumed")


def test_a_look_is_within_the_trial() -> None:
    with pytest.raises(ValidationError):
        Monitoring(endpoint="x", looks=(0.5, 1.5), spending="Pocock type")
    assert not Monitoring(endpoint="x", looks=(0.5, 1), spending="Pocock type").binding
