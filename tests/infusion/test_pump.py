"""The pump: what each press gets, how the fluid flows, and what is never allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError, Refused
from equipoise.infusion.program import Program
from equipoise.infusion.pump import NEXT, Act, Delivered, Denied, Flow, Pump, State

PROGRAM = Program(
    bolus_ml=2, bolus_rate_ml_h=120, lockout_min=8, background_ml_h=1, reservoir_ml=200
)


def running(program: Program = PROGRAM) -> Pump:
    pump = Pump(program)
    pump.start(0.0)
    return pump


def tell(pump: Pump, story: str) -> list[str]:
    """Tell a pump a story, one ``minute act`` a line; return the answers to the presses."""
    answers = []
    for line in filter(None, map(str.strip, story.splitlines())):
        minute, act, *volume = line.split()
        t = float(minute)
        if act == "press":
            answer = pump.press(t)
            answers.append(
                f"{answer.volume_ml:g} ml" if isinstance(answer, Delivered) else answer.reason
            )
        elif act == "refill":
            pump.refill(t, float(volume[0]))
        elif act in {"pause", "stop"}:
            getattr(pump, act)(t, "test")
        else:
            getattr(pump, act)(t)
    return answers


# --- presses --------------------------------------------------------------------------------------


def test_a_press_gives_a_bolus_and_the_next_waits_for_the_lockout() -> None:
    answers = tell(
        running(),
        """
        10 press
        11 press
        17.983333333333334 press
        18 press
        25 press
        26 press
        """,
    )
    assert answers == ["2 ml", "lockout", "lockout", "2 ml", "lockout", "2 ml"]


@given(st.integers(0, 300_000))
def test_lockout_counts_in_seconds_whatever_the_rounding_of_minutes(second: int) -> None:
    pump = running()
    assert pump.press(second / 60) == Delivered(2)
    assert pump.press((second + 479) / 60) == Denied("lockout")
    assert pump.press((second + 480) / 60) == Delivered(2)


@pytest.mark.parametrize("t", [0.001, float("nan"), float("inf")])
def test_a_press_comes_at_a_whole_second(t: float) -> None:
    with pytest.raises(InputError, match="not a whole second"):
        running().press(t)


def test_a_bolus_flows_at_its_rate_on_top_of_the_background() -> None:
    pump = running()
    pump.press(10.0)
    pump.press(14.0)
    assert pump.flows(0, 20) == (Flow(0, 10, 1), Flow(10, 11, 121), Flow(11, 20, 1))
    assert pump.infused_ml(10.5) == pytest.approx(10.5 / 60 + 1)
    assert pump.infused_ml(20) == pytest.approx(20 / 60 + 2)


def test_halted_pumps_deny_and_say_why() -> None:
    small = Program(2, 120, 8, 1, 5)
    assert tell(Pump(PROGRAM), "3 press") == ["off"]
    assert tell(running(), "3 pause\n4 press\n5 resume\n6 press") == ["paused", "2 ml"]
    assert tell(running(), "3 stop\n4 press") == ["stopped"]
    assert tell(running(small), "400 press") == ["empty"]


# --- the table ------------------------------------------------------------------------------------


def reach(state: State) -> Pump:
    pump = Pump(Program(2, 120, 8, 60, 100))  # runs dry after 100 min
    stories = {
        State.OFF: "",
        State.RUNNING: "50 start",
        State.PAUSED: "50 start\n60 pause",
        State.EMPTY: "0 start\n100 press",
        State.STOPPED: "50 start\n60 stop",
    }
    tell(pump, stories[state])
    return pump


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", [act for act in Act if act is not Act.RUN_DRY])
def test_the_pump_does_what_the_table_says_and_nothing_else(state: State, act: Act) -> None:
    pump = reach(state)
    assert pump.state is state
    volume = " 5" if act is Act.REFILL else ""
    if (state, act) in NEXT:
        tell(pump, f"101 {act.value}{volume}")
        assert pump.state is NEXT[state, act]
        assert pump.changes[-1].act is act
    else:
        before = pump.changes
        with pytest.raises(Refused, match=f"cannot {act.value} at 101 min.*is {state.value}"):
            tell(pump, f"101 {act.value}{volume}")
        assert (pump.state, pump.changes) == (state, before)


def test_running_dry_is_found_by_the_next_act() -> None:
    pump = reach(State.EMPTY)
    assert [(c.t_min, c.act) for c in pump.changes] == [(0, Act.START), (100, Act.RUN_DRY)]


def test_reasons_are_kept() -> None:
    pump = running()
    pump.pause(5, "occlusion")
    pump.stop(6, "end of day 3")
    assert [c.reason for c in pump.changes] == ["", "occlusion", "end of day 3"]


def test_time_does_not_move_back() -> None:
    pump = running()
    pump.press(10.0)
    for act in ("9 press", "9 pause", "9 stop", "9 refill 1", "nan stop", "inf stop"):
        with pytest.raises(InputError):
            tell(pump, act)
    assert pump.state is State.RUNNING


# --- flow -----------------------------------------------------------------------------------------


def test_a_pause_ends_the_bolus_but_not_the_lockout() -> None:
    pump = running()
    answers = tell(pump, "10 press\n10.5 pause\n12 resume\n17 press\n18 press")
    assert answers == ["2 ml", "lockout", "2 ml"]
    assert pump.flows(0, 30) == (
        Flow(0, 10, 1), Flow(10, 10.5, 121), Flow(10.5, 12, 0), Flow(12, 18, 1),
        Flow(18, 19, 121), Flow(19, 30, 1),
    )  # fmt: skip


def test_a_stop_ends_everything() -> None:
    pump = running()
    tell(pump, "10 press\n10.5 stop")
    assert pump.infused_ml(10.5) == pump.infused_ml(1000) == pytest.approx(10.5 / 60 + 1)
    assert pump.flows(10.5, 99) == (Flow(10.5, 99, 0),)
    assert pump.empty_at() is None


def test_nothing_flows_before_the_start() -> None:
    pump = Pump(PROGRAM)
    assert (pump.flows(0, 100), pump.infused_ml(50), pump.empty_at()) == ((), 0, None)
    pump.start(60)
    assert pump.flows(0, 90) == (Flow(60, 90, 1),)
    assert pump.infused_ml(120) == 1


def test_the_reservoir_runs_dry_when_the_arithmetic_says() -> None:
    assert running().empty_at() == 12_000
    pump = running()
    pump.press(0.0)
    assert pump.empty_at() == pytest.approx(11_880)
    assert running(Program(2, 120, 8, 0, 200)).empty_at() is None


def test_a_reservoir_may_end_within_a_bolus() -> None:
    pump = running(Program(2, 120, 8, 1, 3))
    answer = pump.press(119.0)
    dry = 119 + (3 - 119 / 60) / 121 * 60
    assert isinstance(answer, Delivered)
    assert answer.volume_ml == pytest.approx(120 * (dry - 119) / 60)
    assert pump.empty_at() == pytest.approx(dry)
    assert pump.press(130.0) == Denied("empty")
    assert pump.empty_at() == pytest.approx(dry)
    assert pump.remaining_ml(130) == 0
    assert pump.infused_ml(130) == pytest.approx(3, abs=1e-12)
    # The rest of the bolus is not made up for after refilling; the lockout went on.
    pump.refill(140.0, 2.5)
    assert pump.state is State.RUNNING
    assert pump.flows(125, 150) == (Flow(125, 140, 0), Flow(140, 150, 1))
    assert pump.press(150.0) == Delivered(2)


def test_an_empty_pump_remembers_since_when() -> None:
    pump = running(Program(2, 120, 8, 60, 100))
    assert tell(pump, "10 pause\n15 resume\n200 press\n300 press") == ["empty", "empty"]
    assert pump.empty_at() == 105
    pump.refill(300, 100)
    assert pump.empty_at() == 400


def test_a_bolus_that_just_fits_is_whole() -> None:
    pump = running(Program(2, 120, 8, 0, 2))
    assert pump.press(5.0) == Delivered(2)
    assert pump.empty_at() == 6
    assert pump.press(14.0) == Denied("empty")


def test_a_fresh_bag_takes_the_place_of_the_old_one() -> None:
    pump = running()
    assert pump.remaining_ml(600) == pytest.approx(190)
    for wrong in (200.1, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="a reservoir of 200 ml"):
            pump.refill(600, wrong)
    pump.refill(600, 50)
    assert pump.remaining_ml(600) == pytest.approx(50)
    assert pump.remaining_ml(599) == pytest.approx(190 + 1 / 60)
    assert pump.infused_ml(660) == pytest.approx(11)
    assert pump.empty_at() == pytest.approx(600 + 3000)


def test_refilling_does_not_disturb_a_bolus() -> None:
    pump = running()
    tell(pump, "30 press\n30.5 refill 100")
    assert pump.flows(0, 40) == (Flow(0, 30, 1), Flow(30, 31, 121), Flow(31, 40, 1))


def test_the_state_cannot_be_reached_from_outside() -> None:
    pump = running()
    with pytest.raises(AttributeError):
        pump.state = State.STOPPED  # type: ignore[misc]
    with pytest.raises(AttributeError):
        pump.lockout_min = 0  # type: ignore[attr-defined]
    for kept in (pump.flows(0, 9), pump.changes):
        assert isinstance(kept, tuple)
    with pytest.raises(TypeError):
        NEXT[State.STOPPED, Act.START] = State.RUNNING  # type: ignore[index]
