"""What the pump keeps whatever happens: hour limits, and every drop accounted for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.infusion.program import Program
from equipoise.infusion.pump import NEXT, Act, Delivered, Denied, Pump

programs = st.builds(
    Program,
    bolus_ml=st.sampled_from([0.5, 1.0, 2.0]),
    bolus_rate_ml_h=st.sampled_from([30.0, 100.0, 120.0]),
    lockout_min=st.sampled_from([4.0, 5.5, 10.0]),
    background_ml_h=st.sampled_from([0.0, 1.0, 6.0]),
    reservoir_ml=st.sampled_from([15.0, 200.0]),
    limit_1h_ml=st.sampled_from([None, 9.0, 10.3]),
    limit_4h_ml=st.sampled_from([None, 27.0, 33.3]),
)
# Seconds to wait, and what somebody then does; presses are frequent.
deeds = st.lists(
    st.tuples(
        st.sampled_from([1, 20, 150, 240, 330, 600, 3601]),
        st.sampled_from(["press", "press", "press", "press", "pause", "resume", "refill"]),
    ),
    max_size=60,
)


def live(program: Program, what: list[tuple[int, str]]) -> tuple[Pump, float, float]:
    """Return a pump to which all legal deeds were done, the time after, and the ml thus gained."""
    pump, second, gained = Pump(program), 0, 0.0
    pump.start(0.0)
    for wait, deed in what:
        second += wait
        t = second / 60
        pump.press(t)  # also lets the pump notice an empty reservoir
        if deed == "press" or (pump.state, Act(deed)) not in NEXT:
            continue
        if deed == "pause":
            pump.pause(t, "test")
        elif deed == "resume":
            pump.resume(t)
        else:
            gained += 9.5 - pump.remaining_ml(t)
            pump.refill(t, 9.5)
    return pump, second / 60, gained


def fullest_window(pump: Pump, window_min: float, until_min: float) -> float:
    """Return the largest volume in any window: one that begins or ends where the flow changes."""
    edges = {t for f in pump.flows(0, until_min) for t in (f.start_min, f.end_min)}
    ends = edges | {t + window_min for t in edges}
    return max(pump.infused_ml(t) - pump.infused_ml(t - window_min) for t in ends)


def test_a_bolus_that_future_background_would_take_over_the_limit_is_denied() -> None:
    # Exception case 13 of the Open PCA Pump, found wanting at ICLP 2024
    # (doi:10.1017/S1471068424000280): background 6 ml/h, bolus 1 ml in 1 min, 30 min from the end
    # of one bolus to the next, in 4 h at most a window of background and 2.5 boluses. Started at
    # 60 min, pressed at 100, 140 and 180. Counting only what has flowed so far, the third bolus
    # passes, and from 295 min on the background alone takes the window over the limit.
    pump = Pump(Program(1, 60, 31, 6, 1000, limit_4h_ml=4 * 6 + 2.5))
    pump.start(60.0)
    assert pump.press(100.0) == pump.press(140.0) == Delivered(1)
    assert pump.infused_ml(180.0) + 1 + 6 / 60 < 26.5
    assert pump.press(180.0) == Denied("limit")
    had_it_flowed = pump.infused_ml(295.0) + 1 - pump.infused_ml(295.0 - 240)
    assert had_it_flowed == pytest.approx(26.5)
    # The window that closes with a new bolus is free of the first one half a bolus too late.
    assert pump.press(339.0) == Denied("limit")
    assert pump.press(340.0) == Delivered(1)
    assert fullest_window(pump, 240, 900) == pytest.approx(26)


@pytest.mark.parametrize(("limit_ml", "boluses"), [(26.99, 2), (27.0, 3), (27.99, 3), (28.0, 4)])
def test_the_limit_is_the_background_of_the_window_and_the_boluses(
    limit_ml: float, boluses: int
) -> None:
    pump = Pump(Program(1, 60, 31, 6, 1000, limit_4h_ml=limit_ml))
    pump.start(0.0)
    given = [pump.press(600.0 + 31 * i) for i in range(5)]
    assert given == [Delivered(1)] * boluses + [Denied("limit")] * (5 - boluses)


def test_part_of_a_bolus_in_the_window_counts_as_that_part() -> None:
    # Limit: 2.5 boluses of 2 ml, 1 ml/min, no background. The first flows from 0 to 2 min.
    pump = Pump(Program(2, 60, 8, 0, 100, limit_1h_ml=5))
    pump.start(0.0)
    assert pump.press(0.0) == pump.press(20.0) == Delivered(2)
    assert pump.press(58 + 59 / 60) == Denied("limit")  # closes at 60 59/60: more than half inside
    assert pump.press(59.0) == Delivered(2)  # closes at 61: half of the first is inside
    assert fullest_window(pump, 60, 300) == pytest.approx(5)


def test_an_interrupted_bolus_counts_as_what_flowed() -> None:
    pump = Pump(Program(2, 60, 8, 0, 100, limit_1h_ml=5))
    pump.start(0.0)
    pump.press(0.0)
    pump.pause(1.0, "occlusion")
    pump.resume(2.0)
    assert pump.press(20.0) == pump.press(30.0) == Delivered(2)
    assert pump.press(40.0) == Denied("limit")


@given(programs, deeds)
def test_no_window_ever_exceeds_its_limit(program: Program, what: list[tuple[int, str]]) -> None:
    pump, now, _ = live(program, what)
    for window_min, limit_ml in program.limits:
        assert fullest_window(pump, window_min, now + 300) <= limit_ml + 1e-9


@given(programs, st.lists(st.sampled_from([240, 331, 601]), min_size=10, max_size=60))
def test_a_limit_denies_only_what_would_exceed_it(program: Program, waits: list[int]) -> None:
    # After a full window of background, beside a pump of the same life that has no limits.
    settings = (program.bolus_ml, program.bolus_rate_ml_h, program.lockout_min)
    limited = Pump(
        Program(*settings, program.background_ml_h, 1e6, program.limit_1h_ml, program.limit_4h_ml)
    )
    free = Pump(Program(*settings, program.background_ml_h, 1e6))
    limited.start(0.0)
    free.start(0.0)
    second = 4 * 3600
    for wait in waits:
        second += wait
        t, end = second / 60, second / 60 + program.bolus_min
        answer = limited.press(t)
        if answer == Denied("lockout"):
            continue
        assert free.press(t) == Delivered(program.bolus_ml)
        over = [
            free.infused_ml(end) - free.infused_ml(end - window_min) > limit_ml + 1e-9
            for window_min, limit_ml in program.limits
        ]
        assert any(over) is (answer == Denied("limit"))
        if any(over):
            return


@given(programs, deeds)
def test_flow_is_contiguous_and_is_what_left_the_reservoir(
    program: Program, what: list[tuple[int, str]]
) -> None:
    pump, now, gained = live(program, what)
    end = now + 100
    flows = pump.flows(-1, end)
    assert (flows[0].start_min, flows[-1].end_min) == (0, end)
    for before, after in pairwise(flows):
        assert before.end_min == after.start_min
        assert before.rate_ml_h != after.rate_ml_h
    background = program.background_ml_h
    assert {f.rate_ml_h for f in flows} <= {0, background, background + program.bolus_rate_ml_h}
    infused = sum(f.volume_ml for f in flows)
    assert infused == pytest.approx(pump.infused_ml(end), abs=1e-9)
    left = pump.remaining_ml(end)
    assert 0 <= left <= program.reservoir_ml
    assert infused + left == pytest.approx(program.reservoir_ml + gained, abs=1e-8)


@given(programs, deeds, st.floats(0, 1))
def test_looking_ahead_is_what_comes_if_nobody_acts(
    program: Program, what: list[tuple[int, str]], part: float
) -> None:
    pump, now, _ = live(program, what)
    look, later = now + part * 500, now + 500
    infused, remaining = pump.infused_ml(look), pump.remaining_ml(look)
    dry, flows = pump.empty_at(), pump.flows(now, later)
    if (pump.state, Act.STOP) in NEXT:
        pump.stop(later, "test")
    assert pump.infused_ml(look) == pytest.approx(infused, abs=1e-9)
    assert pump.remaining_ml(look) == pytest.approx(remaining, abs=1e-9)
    assert pump.flows(now, later) == flows
    ran_dry = [change.t_min for change in pump.changes if change.act is Act.RUN_DRY]
    assert (dry in ran_dry) is (dry is not None and dry <= later)
