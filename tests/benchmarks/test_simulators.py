"""The comparison with other simulators: its inputs, its arithmetic, its page."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.simulators import bound, measure, page
from benchmarks.simulators.case import PROGRAM, STOP_MIN, Case, case, flows
from equipoise.kernels.ward import BODY

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
FEW = case(2, seed=5)


def test_given_doses_fill_the_time_and_respect_the_lockout() -> None:
    pieces = flows(FEW, 0)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == STOP_MIN
    assert [end for _, end, _ in pieces[:-1]] == [start for start, _, _ in pieces[1:]]
    ml = sum((end - start) * rate for start, end, rate in pieces)
    assert ml == pytest.approx(72 * PROGRAM.background_ml_h + 8 * PROGRAM.bolus_ml)
    assert np.diff(FEW.bolus_min, axis=1).min() > PROGRAM.lockout_min


def test_part_of_a_case_is_the_same_people() -> None:
    last = FEW.part(1, 2)
    assert (last.people, last.first) == (1, 2)
    assert np.array_equal(last.models[:, 0], FEW.models[:, 1])
    assert flows(last, 0) == flows(FEW, 1)


@pytest.fixture(scope="module")
def exact() -> Any:
    return import_module("benchmarks.simulators.lsoda").open_loop(FEW, 240, (1e-11, 1e-13))


@pytest.mark.parametrize(
    ("peer", "tolerance"),
    [("ours", 1e-9), ("numpy_loop", 1e-9), ("lsoda", 1e-6)],
)
def test_peers_follow_the_same_doses(peer: str, tolerance: float, exact: Any) -> None:
    found = import_module(f"benchmarks.simulators.{peer}").open_loop(FEW, 240)
    assert found.shape == (2, 3, 2, STOP_MIN // 240)
    assert max(measure.agreement(found, exact)) < tolerance


def test_agreement_is_the_worst_course_as_a_share_of_its_peak() -> None:
    exact = np.ones((2, 1, 2, 3)) * np.array([1.0, 4.0])[None, None, :, None]
    found = exact.copy()
    found[1, 0, 0, 2] += 0.5
    found[0, 0, 1, 0] -= 1.0
    assert measure.agreement(found, exact) == (0.5, 0.25)


def test_people_who_never_press_are_given_nothing() -> None:
    calm = _with(FEW, "per_min", 1e-12)
    found = import_module("benchmarks.simulators.thinning").live(calm, lambda *_: _no_drug)
    assert found.demands.tolist() == [0, 0]
    assert found.pain.shape == (2, 8)


def test_the_pump_denies_within_the_lockout() -> None:
    eager = _with(_with(FEW, "per_min", 2.0), "start", 9.0)
    found = import_module("benchmarks.simulators.thinning").live(eager, lambda *_: _no_drug)
    assert (found.delivered < found.demands).all()
    assert (found.delivered <= STOP_MIN / PROGRAM.lockout_min).all()


def _no_drug(minutes: float, rate: float) -> float:
    assert minutes > 0
    assert rate > 0
    return 0.0


def _with(of: Case, name: str, value: float) -> Case:
    part = of.part(0, of.people)
    body = part.body.copy()
    body[:, BODY.index(name)] = value
    return Case(part.models, part.ug_per_ml, part.bolus_min, body)


# --- arithmetic -----------------------------------------------------------------------------------


def test_spread_and_ratios_are_by_round() -> None:
    assert measure.spread([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)
    assert measure.ratios([10.0, 40.0, 30.0], [1.0, 2.0, 10.0]) == (10.0, 3.0, 20.0)


def test_rates_are_of_the_median_repeat() -> None:
    job = measure.Job("ours", "feedback", 100)
    one = measure.Measured(job, [1.0, 2.0, 9.0], [4.0, 5.0, 6.0], 1.0, 2.0, {})
    assert (one.per_cpu_s, one.per_wall_s) == (50.0, 20.0)


def test_the_bound_counts_what_happens() -> None:
    each = bound.events(case(50), demands=12.0, delivered=8.0)
    assert each["boluses"] == 8.0
    assert each["candidates"] > 8
    more = each | {"looks": each["looks"] + bound.PER_CYCLE}
    added = bound.least_cycles(more) - bound.least_cycles(each)
    assert added == pytest.approx(bound.OPERATIONS["looks"])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567.0, "1,230,000"),
        (999.6, "1,000"),
        (12.34, "12.3"),
        (0.0123, "0.0123"),
        (1e-5, "1.0e-05"),
        (0, "0"),
    ],
)
def test_numbers_have_three_digits(value: float, said: str) -> None:
    assert page.number(value) == said


# --- the page -------------------------------------------------------------------------------------


def test_the_page_shows_the_record() -> None:
    record = Path(__file__).parents[2] / "benchmarks" / "record" / "simulators.json"
    if not record.exists():
        pytest.skip("nothing has been recorded")
    text = PAGE.read_text("utf-8")
    assert page.renewed(text, json.loads(record.read_text("utf-8"))) == text


def test_a_page_without_its_marks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "parts", lambda record: {"machine": "new"})
    begin, end = (page.MARK.format("machine", word) for word in ("begin", "end"))
    assert page.renewed(f"a\n{begin}\nold\n{end}\nb", {}) == f"a\n{begin}\n\nnew\n\n{end}\nb"
    with pytest.raises(ValueError, match="machine"):
        page.renewed("nothing", {})
