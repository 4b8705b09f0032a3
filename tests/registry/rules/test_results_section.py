from __future__ import annotations

import pytest

from equipoise.registry.rules.results_section import number


@pytest.mark.parametrize(
    ("text", "value"), [("1,234.5", 1234.5), ("-0.2", -0.2), ("NA", None), (None, None), (3, 3.0)]
)
def test_posted_numbers_are_texts(text: object, value: float | None) -> None:
    assert number(text) == value
