from __future__ import annotations

import pytest

from equipoise.analysis.estimators.binary import risk_difference
from equipoise.analysis.method_finder import Match, find_methods
from equipoise.errors import InputError

PARENT = (65, 99, 86, 100)


def _found(counts: tuple[int, int, int, int], printed: str) -> set[tuple[str, str]]:
    return {(each.measure, each.method) for each in find_methods(counts, printed)}


def test_the_published_ratio_is_katz_and_no_score_interval() -> None:
    """Zhang Y et al. Br J Anaesth 2023;131:385-396, doi:10.1016/j.bja.2023.05.001."""
    found = _found(PARENT, "RR 0.76 (0.65-0.90)")
    assert ("risk ratio", "katz") in found
    assert not {("risk ratio", "koopman"), ("risk ratio", "miettinen-nurminen")} & found
    assert ("risk ratio", "koopman") in _found(PARENT, "0.76 (0.64 to 0.89)")


def test_numbers_before_rounding_stand_beside_it() -> None:
    (match,) = (m for m in find_methods(PARENT, "0.76 (0.65-0.90)") if m.method == "katz")
    assert match.low == pytest.approx(0.6487, abs=5e-5)
    assert match.high == pytest.approx(0.8986, abs=5e-5)
    assert match.p_value == pytest.approx(0.0012, abs=5e-5)
    assert match.roundings == ("half away from zero", "half to even")


def test_an_interval_that_was_cut_off_is_recognized() -> None:
    found = find_methods(PARENT, "0.76 (0.64-0.89)")
    katz = next(each for each in found if each.method == "katz")
    assert katz.roundings == ("cut off",)


@pytest.mark.parametrize(
    ("printed", "percent"),
    [("−0.203 (−0.319, −0.086)", False), ("-20.3 (-31.9 to -8.6)", True)],
)
def test_differences_are_found_as_shares_and_as_percent(printed: str, percent: bool) -> None:
    matches = [m for m in find_methods(PARENT, printed) if m.method == "skewness-corrected"]
    estimate = risk_difference(*PARENT, method="skewness-corrected")
    assert [(m.percent, m.exchanged, m.value) for m in matches] == [
        (percent, False, float(estimate.value))
    ]


def test_the_other_arm_can_be_the_reference() -> None:
    found = find_methods((86, 100, 65, 99), "0.76 (0.65-0.90)")
    assert found
    assert all(each.exchanged for each in found)


def test_nothing_gives_what_no_method_gives() -> None:
    assert find_methods(PARENT, "0.80 (0.65-0.90)") == []


@pytest.mark.parametrize("counts", [(0, 30, 0, 30), (0, 30, 5, 30), (30, 30, 28, 30)])
def test_empty_cells_are_no_accident(counts: tuple[int, int, int, int]) -> None:
    assert all(isinstance(each, Match) for each in find_methods(counts, "1.07 (0.94-1.20)"))


@pytest.mark.parametrize("printed", ["0.76", "0.76 (0.65)", "0.76 (0.65-0.90), P 0.001", ""])
def test_another_text_is_refused(printed: str) -> None:
    with pytest.raises(InputError, match="instead of an estimate and two limits"):
        find_methods(PARENT, printed)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(InputError):
        find_methods((100, 99, 86, 100), "0.76 (0.65-0.90)")
