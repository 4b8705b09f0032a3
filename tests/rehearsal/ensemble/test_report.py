"""The page of an ensemble says that it is synthetic, loads nothing, and is whole in Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest

from equipoise.language import Language
from equipoise.rehearsal.ensemble.report import number, percent, report
from equipoise.rehearsal.ensemble.run import here, run
from equipoise.rehearsal.ensemble.summary import summary
from tests.rehearsal.ensemble.knees import knees, made, nothing
from tests.rehearsals.knee import protocol, study


def page(found: dict[str, Any] | None = None, language: str = "en") -> str:
    return report(found or summary(study(), made()), protocol(), Language(language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_says_that_it_is_synthetic_and_needs_no_network(language: str) -> None:
    text = page(language=language)
    warning = Language(language)(
        "REHEARSAL: virtual participants. No patient took part, and nothing here is evidence."
    )
    assert text.count(warning) == 2
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert text == page(language=language)


def test_it_shows_the_figures_of_the_summary() -> None:
    found = summary(study(), made())
    each = found["cells"][0]["comparisons"][0]
    text = page(found)
    assert percent(each["rejection_rate"]) in text
    assert "exactly no effect" in text
    assert "pooled" in text
    assert number(found["cells"][0]["arms"]["both"]["demands"]["mean"]) in text
    assert text.count("<svg") == 2


@pytest.mark.parametrize(
    ("vary", "svgs"),
    [
        ({"demand.per_h": [0.2, 2.0]}, 3),
        ({"demand.per_h": [0.2, 2.0], "attrition.lost": [0.1]}, 3),
        ({"demand.per_h": [0.2, 2.0], "attrition.lost": [0.1, 0.5]}, 4),
        ({"demand.per_h": [0.2, 2.0], "attrition.lost": [0.1, 0.5], "slips": [0.0, 0.5]}, 2),
    ],
)
def test_one_thing_varied_is_a_curve_two_are_a_map_more_a_table(
    vary: dict[str, list[float]], svgs: int, tmp_path: object
) -> None:
    whole = knees(vary=vary, trials=4, people=False)
    folder = run(study(), whole, tmp_path / "it", nothing, here(1))  # type: ignore[operator]
    text = page(summary(study(), folder))
    assert text.count("<svg") == svgs
    for path in vary:
        assert f"<code>{path}</code>" in text


def test_numbers_have_places_that_suit_them() -> None:
    assert [number(v) for v in (None, 0.0, 0.0123, 0.5, 12.34, 1234.5)] == [
        "–", "0.00", "0.0123", "0.50", "12.3", "1235",
    ]  # fmt: skip
    assert percent(0.1234) == "12.3 %"
    assert percent(None) == "–"
