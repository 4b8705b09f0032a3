from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.characteristics import binary, designs, missing, scores, visits
from benchmarks.characteristics.rate import Rate, enumerated, simulated
from benchmarks.operating_characteristics import DOCS, PAGE, PICTURES, cell, picture, table
from equipoise.analysis.estimators.unconditional import boschloo_p

TWO = [Rate("coverage", "Wald", "n = 10", 91.0, 90.0, 92.0, 95.0, 400)]


def test_a_simulated_rate_reaches_two_monte_carlo_errors() -> None:
    rate = simulated("coverage", "Wald", "n = 10", [True] * 9 + [False], 95)
    assert (rate.percent, rate.trials) == (90.0, 10)
    assert rate.high - rate.percent == pytest.approx(200 * (0.9 * 0.1 / 10) ** 0.5)
    assert rate.percent - rate.low == pytest.approx(rate.high - rate.percent)


def test_an_enumerated_rate_has_the_range_of_the_grid() -> None:
    rate = enumerated("coverage", "Wald", "n = 10", [0.90, 0.94, 0.98], 95)
    assert (rate.low, rate.percent, rate.high) == pytest.approx((90.0, 94.0, 98.0))
    assert cell(rate) == "94.0 (90.0 to 98.0)"


def test_covering_adds_the_chances_of_tables_whose_interval_holds_the_truth() -> None:
    chance = np.array([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])
    low, high = np.array([0.0, 0.5, np.nan]), np.array([0.4, 1.0, np.nan])
    found = binary.covering(chance, np.array([0.4, 0.45]), low, high)
    assert found == pytest.approx([0.2, 0.0])


def test_boschloo_of_every_table_is_that_of_each() -> None:
    p = binary.boschloo(5).reshape(6, 6)  # rows are the reference arm
    for x1 in range(6):
        for x0 in range(6):
            assert p[x0, x1] == pytest.approx(float(boschloo_p(x1, 5, x0, 5)), abs=1e-6)


def test_exact_intervals_cover_at_least_as_often_as_they_say() -> None:
    rates = {(r.panel, r.method): r for r in binary.intervals(quick=True)}
    assert rates["odds ratio", "exact central"].low >= 95
    assert rates["risk difference", "wald"].low < 90
    assert rates["risk difference", "newcombe"].low > 90


def test_exact_tests_keep_their_level_and_mid_p_nearly() -> None:
    rates = {rate.method: rate for rate in binary.tests(quick=True)}
    assert rates["Fisher"].high <= rates["Boschloo"].high <= 5
    assert rates["likelihood ratio"].high > 5
    assert rates["Yates"].percent < rates["Fisher"].percent + 0.1


def test_designs_with_looks_keep_their_level_and_none_does_not() -> None:
    rates = {(rate.method, rate.at): rate for rate in designs.looks(quick=True)}
    assert rates["no correction", "5 looks"].low > 6
    for method, _ in rates:
        if method != "no correction":
            assert rates[method, "3 looks"].percent == pytest.approx(2.5, abs=0.45)


def test_means_are_covered_by_welch_but_not_by_student_with_unequal_variances() -> None:
    rates = {(rate.panel, rate.method, rate.at): rate for rate in scores.means(quick=True)}
    world = "SD 2 in the smaller arm"
    assert rates[world, "Welch", "100 and 200"].percent > 92
    assert rates[world, "Student", "100 and 200"].percent < 93


@pytest.mark.slow
def test_the_degrees_of_freedom_matter_in_small_samples() -> None:
    rates = {(rate.method, rate.at): rate for rate in visits.mixed(quick=True)}
    at = "8 per arm"
    assert rates["Kenward-Roger linear", at].percent <= rates["none (normal)", at].percent


@pytest.mark.slow
def test_imputation_covers_where_complete_cases_do_not() -> None:
    rates = {(rate.panel, rate.method, rate.at): rate for rate in missing.imputed(quick=True)}
    for what in ("difference in means", "risk difference"):
        assert rates[what, "multiple imputation", "at random"].percent > 85
        assert rates[what, "complete cases", "at random"].percent < 60


def test_a_second_run_gives_the_same_figures() -> None:
    assert list(scores.ranks(quick=True)) == list(scores.ranks(quick=True))


def test_the_page_shows_every_picture_and_its_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in PICTURES:
        assert f"(coverage-{name}.svg)" in page
        assert (DOCS / f"coverage-{name}.svg").exists()
        block = re.search(rf"{name}: begin -->\n(.+?)\n<!--[^\n]*{name}: end", page, re.DOTALL)
        assert block is not None
        assert block[1].startswith("| | |")


def test_a_picture_and_a_table_name_panel_method_and_size() -> None:
    shown = picture(TWO)
    axes = shown.axes[0]
    assert axes.get_title() == "coverage"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Wald"]
    assert table(TWO).splitlines()[-1] == "| coverage | Wald | 91.00 ± 0.50 |"
