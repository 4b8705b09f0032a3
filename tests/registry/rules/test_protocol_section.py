from __future__ import annotations

import pytest

from equipoise.registry.rules.protocol_section import age_in_hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [("18 Years", 18 * 8766), ("1 Month", 730.5), ("6 Hours", 6), ("N/A", None), (None, None)],
)
def test_ages_of_any_unit_compare(text: str | None, hours: float | None) -> None:
    assert age_in_hours(text) == hours
