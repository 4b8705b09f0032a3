"""Two proportions against R: 14 tables from published trials, and tables with empty cells.

The reference values were made with R 4.2.2 (stats, DescTools, ratesci 1.1) and are not
part of the product; without them these tests are skipped and the published values in
tests/analysis/test_binary.py remain.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from equipoise.analysis.estimators import binary
from equipoise.analysis.estimators.estimate import NO_CONTRAST, NO_EVENTS, ZERO_CELL, Estimate

GOLD = Path(__file__).resolve().parents[2] / "../shared/data/gold.json"
pytestmark = pytest.mark.skipif(
    not GOLD.exists(), reason="the R reference values are not beside this repository"
)

CLOSED_FORM = 1e-8
INVERSION = 1e-6  # ratesci solves to 1e-8
COARSE = 1e-4  # DescTools leaves the root finder at its default tolerance


def items(suffix: str) -> list[Any]:
    if not GOLD.exists():
        return [pytest.param(None, id="absent")]
    found = [i for i in json.loads(GOLD.read_text())["items"] if i["id"].endswith("." + suffix)]
    found = [i for i in found if "counts" in i]
    assert len(found) == 14
    return [pytest.param(i, id=i["id"]) for i in found]


def number(value: Any) -> float:
    return math.nan if value == "NA" else float(value)


def close(ours: Any, theirs: Any, tolerance: float) -> None:
    """Equal up to the tolerance, relative to the larger of 1 and the reference value."""
    assert float(ours) == pytest.approx(number(theirs), rel=tolerance, abs=tolerance, nan_ok=True)


def estimate_close(ours: Estimate, value: Any, low: Any, high: Any, tolerance: float) -> None:
    for a, b in ((ours.value, value), (ours.low, low), (ours.high, high)):
        close(a, b, tolerance)


def desctools_close(ours: Estimate, r: Any, tolerance: float) -> None:
    estimate_close(ours, r["est"], r["lwr.ci"], r["upr.ci"], tolerance)


@pytest.mark.parametrize("item", items("chisq"))
def test_pearson(item: Any) -> None:
    undefined = item["result"]["p"] == "NaN"
    close(binary.pearson_p(*item["counts"]), 1 if undefined else item["result"]["p"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("chisq_cc"))
def test_yates(item: Any) -> None:
    undefined = item["result"]["p"] == "NaN"
    close(binary.yates_p(*item["counts"]), 1 if undefined else item["result"]["p"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("fisher"))
def test_fisher(item: Any) -> None:
    close(binary.fisher_p(*item["counts"]), item["result"]["p"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("rr_wald_log"))
def test_katz(item: Any) -> None:
    ours, r = binary.risk_ratio(*item["counts"]), item["result"]
    if "error" in r:
        assert str(ours.note) in {ZERO_CELL, NO_EVENTS}
        score = binary.risk_ratio(*item["counts"], method="miettinen-nurminen")
        assert (ours.low, ours.high, ours.p_value) == (score.low, score.high, score.p_value)
    else:
        estimate_close(ours, r["rr"], r["lo"], r["hi"], CLOSED_FORM)
        close(ours.p_value, r["p"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("or_woolf"))
def test_woolf(item: Any) -> None:
    ours, r = binary.odds_ratio(*item["counts"]), item["result"]
    if "error" in r:
        assert str(ours.note) in {ZERO_CELL, NO_CONTRAST}
    else:
        estimate_close(ours, r["or"], r["lo"], r["hi"], CLOSED_FORM)
        close(ours.p_value, r["p"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("fm_RR"))
def test_koopman(item: Any) -> None:
    ours, r = binary.risk_ratio(*item["counts"], method="koopman"), item["result"]
    estimate_close(ours, r["est"], r["lo"], r["hi"], INVERSION)


@pytest.mark.parametrize("item", items("mn_RR"))
def test_score_risk_ratio(item: Any) -> None:
    ours, r = binary.risk_ratio(*item["counts"], method="miettinen-nurminen"), item["result"]
    estimate_close(ours, r["est"], r["lo"], r["hi"], INVERSION)
    close(ours.p_value, r["pval2"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("mn_OR"))
def test_score_odds_ratio(item: Any) -> None:
    ours, r = binary.odds_ratio(*item["counts"], method="miettinen-nurminen"), item["result"]
    estimate_close(ours, r["est"], r["lo"], r["hi"], INVERSION)
    close(ours.p_value, r["pval2"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("mn_RD"))
def test_score_risk_difference(item: Any) -> None:
    ours, r = binary.risk_difference(*item["counts"]), item["result"]
    estimate_close(ours, r["est"], r["lo"], r["hi"], INVERSION)
    close(ours.p_value, r["pval2"], CLOSED_FORM)


@pytest.mark.parametrize("item", items("rd"))
def test_risk_difference_by_name(item: Any) -> None:
    wald = binary.risk_difference(*item["counts"], method="wald")
    newcombe = binary.risk_difference(*item["counts"], method="newcombe")
    r = item["result"]
    if wald.note == ZERO_CELL:  # R gives an interval of no width there
        assert r["wald"]["lwr.ci"] == r["wald"]["upr.ci"]
        assert wald.low < r["wald"]["lwr.ci"]
    else:
        desctools_close(wald, r["wald"], CLOSED_FORM)
    desctools_close(newcombe, r["newcombe"], CLOSED_FORM)
    desctools_close(binary.risk_difference(*item["counts"]), r["miettinen_nurminen"], INVERSION)


@pytest.mark.parametrize("item", items("rr_desctools"))
def test_koopman_of_another_program(item: Any) -> None:
    ours, r = binary.risk_ratio(*item["counts"], method="koopman"), item["result"]["koopman"]
    close(ours.low, r["lwr.ci"], COARSE)
    close(ours.high, r["upr.ci"], COARSE)


@pytest.mark.parametrize("item", items("prop_trt"))
@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
def test_proportion(item: Any, method: Any) -> None:
    ours = binary.proportion(*item["counts"][:2], method=method)
    for a, b in zip(ours, item["result"][method].values(), strict=True):
        close(a, b, CLOSED_FORM)


@pytest.mark.parametrize("item", items("nnt"))
def test_number_needed_to_treat(item: Any) -> None:
    r = item["result"]
    ours = binary.number_needed_to_treat(binary.risk_difference(*item["counts"]))
    # ratesci's difference carries 8 decimals, so its reciprocal is compared as a difference
    close(abs(1 / ours.value), 1 / number(r["nnt"]), INVERSION)
    limits = sorted(abs(1 / float(x)) for x in (ours.low, ours.high))
    for a, b in zip(limits, sorted([1 / r["lim1"], 1 / r["lim2"]]), strict=True):
        close(a, b, INVERSION)
    assert (ours.note == "through infinity") == bool(r["crosses_zero"])


def largest_difference(
    suffix: str, ours: Callable[..., Estimate], keys: tuple[str, str], **options: Any
) -> float:
    """For the record: how far the limits are from R's over all tables, relative to 1 or more."""
    worst = 0.0
    for param in items(suffix):
        (item,) = param.values
        if "error" not in item["result"]:
            got = ours(*item["counts"], **options)
            for a, key in ((got.low, keys[0]), (got.high, keys[1])):
                b = number(item["result"][key])
                if math.isfinite(b):
                    worst = max(worst, abs(float(a) - b) / max(1.0, abs(b)))
    return worst


def test_limits_agree_far_below_what_is_printed() -> None:
    katz = largest_difference("rr_wald_log", binary.risk_ratio, ("lo", "hi"))
    score = largest_difference("mn_RD", binary.risk_difference, ("lo", "hi"))
    assert katz < 1e-11
    assert score < 1e-8
