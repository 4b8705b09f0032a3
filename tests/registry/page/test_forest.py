from __future__ import annotations

import re
from typing import Any

import pytest

from equipoise.language import Language
from equipoise.registry.page.forest import forests, scale
from tests.registry.sample import record

EN = Language("en")
MEASURE = record()["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]


def _measure(*analyses: dict[str, Any]) -> dict[str, Any]:
    return {**MEASURE, "analyses": list(analyses)}


def _analysis(kind: str, value: str, low: str, high: str) -> dict[str, Any]:
    return {"groupIds": ["OG000", "OG001"], "paramType": kind, "paramValue": value,
            "ciLowerLimit": low, "ciUpperLimit": high, "ciPctValue": "95"}  # fmt: skip


def _at(picture: str) -> tuple[float, float, float, float]:
    """Return no effect, lower limit, estimate and upper limit across the picture."""
    null = re.search(r'class="null" d="M([\d.]+)', picture)
    a, b = re.search(r'class="ci" d="M([\d.]+) 12H([\d.]+)', picture).groups()  # type: ignore[union-attr]
    point = re.search(r'class="point" x="([\d.]+)"', picture)
    assert null
    assert point
    return float(null[1]), float(a), float(point[1]) + 4, float(b)


@pytest.mark.parametrize(
    ("parameter", "values", "expected"),
    [
        ("Hazard Ratio (HR)", [0.5, 2], "ratio"),
        ("Odds Ratio (OR)", [0.5, 2], "ratio"),
        ("Hazard Ratio, log", [-0.5, 2], "value"),
        ("Odds ratio", [-1, 2], "value"),
        ("Mean Difference (Final Values)", [-1, 2], "difference"),
        ("Slope", [1, 2], "value"),
    ],
)
def test_how_an_axis_runs(parameter: str, values: list[float], expected: str) -> None:
    assert scale(parameter, values) == expected


def test_a_difference_stands_to_the_left_of_no_effect_when_it_is_negative() -> None:
    (forest,) = forests(MEASURE, EN)
    null, low, value, high = _at(forest.rows[0].picture)
    assert low < value < high < null
    assert forest.rows[0].groups == "Balm / Salve"
    assert forest.rows[0].interval == "-2 to -0.2"
    assert (value - low) / (high - low) == pytest.approx(1 / 1.8, abs=0.01)


def test_a_ratio_is_drawn_on_a_logarithmic_axis() -> None:
    (forest,) = forests(_measure(_analysis("Odds Ratio (OR)", "1", "0.25", "4")), EN)
    null, low, value, high = _at(forest.rows[0].picture)
    assert value == pytest.approx(null, abs=0.1)
    assert value - low == pytest.approx(high - value, abs=0.2)
    assert all(f">{tick}<" in forest.axis for tick in ("0.5", "1", "2"))


def test_analyses_of_one_parameter_share_an_axis() -> None:
    a, b = _analysis("Slope", "1", "0", "2"), _analysis("Mean Difference", "1", "0", "2")
    found = forests(_measure(a, a, b), EN)
    assert [len(each.rows) for each in found] == [2, 1]
    assert "null" not in found[0].rows[0].picture
    assert "null" in found[1].rows[0].picture


def test_what_cannot_be_drawn_is_still_told() -> None:
    (forest,) = forests(_measure({"pValue": "0.03", "statisticalMethod": "t"}), EN)
    assert forest.axis == ""
    assert (forest.rows[0].picture, forest.rows[0].p_value) == ("", "0.03")
    (odd,) = forests(_measure(_analysis("Mean Difference", "9", "0", "2")), EN)
    assert odd.rows[0].picture == ""
    assert odd.rows[0].estimate == "9"


def test_an_interval_without_an_end_has_an_arrow() -> None:
    one = _analysis("Mean Difference", "1", "0", "")
    (forest,) = forests(_measure(one), EN)
    assert forest.rows[0].interval == "0 to ∞"
    assert "l5 4-5 4" in forest.rows[0].picture
    assert "l-5 4 5 4" not in forest.rows[0].picture


def test_another_level_than_95_is_said() -> None:
    (forest,) = forests(
        _measure({**_analysis("Mean Difference", "1", "0", "2"), "ciPctValue": "90"}), EN
    )
    assert forest.rows[0].notes == ("90% CI",)


@pytest.mark.parametrize(("low", "high"), [("1", "1"), ("0", "0"), ("-1e9", "1e9"), ("1e-9", "5")])
def test_extreme_limits_stay_on_the_paper(low: str, high: str) -> None:
    for kind in ("Odds Ratio (OR)", "Mean Difference"):
        (forest,) = forests(_measure(_analysis(kind, high, low, high)), EN)
        for x in re.findall(r'(?:M|H|x=")(-?[\d.]+)', forest.rows[0].picture):
            assert -1 <= float(x) <= 261
