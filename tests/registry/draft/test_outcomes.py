from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.registry.draft.outcomes import Outcome, moments, outcomes, visits


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        ("Up to 72 hours after surgery", ["day3"]),
        ("1, 3, 6, 24, and 48 hours", ["hour1", "hour3", "hour6", "day1", "day2"]),
        ("Baseline, 1, 3 and 6 months", ["month1", "month3", "month6"]),
        ("2 years", ["month24"]),
        ("week 4 and week 12", ["day28", "day84"]),
        ("Postoperative day 1, 2", ["day1", "day2"]),
        ("on the 1st and 3rd day", ["day1", "day3"]),
        ("five minutes after injection", ["minute5"]),
        ("during surgery", ["day0"]),
        ("52 weeks", ["month12"]),
        ("through study completion, an average of 1 year", ["month12"]),
        ("at discharge", []),
    ],
)
def test_moments_of_a_time_frame(frame: str, names: list[str]) -> None:
    assert [each.name for each in moments(frame)] == names


def _outcome(measure: str, description: str = "", frame: str = "24 hours") -> Outcome:
    given_ = {"measure": measure, "description": description, "timeFrame": frame}
    (found,) = outcomes({"primaryOutcomes": [given_]})
    return found


@pytest.mark.parametrize(
    ("measure", "of_events"),
    [
        ("Incidence of nausea", True), ("Percent of patients with pain", True), ("Mortality", True),
        ("Number of participants with fever", True), ("Success rate", True),
        ("Heart rate", False), ("Pain score", False), ("Time to first request", False),
        ("Duration of surgery", False), ("Infusion rate", False),
    ],
)  # fmt: skip
def test_a_share_is_of_a_yes_or_no(measure: str, of_events: bool) -> None:
    assert _outcome(measure).of_events is of_events


def test_a_scale_gives_its_range() -> None:
    found = _outcome("Pain", "on an 11-point scale")
    assert found.low == 0
    assert found.high == 10
    assert _outcome("Soreness, 0 to 100").high == 100
    assert _outcome("Soreness, 0 to 24 hours").high is None


def test_a_time_to_an_event_is_doubted() -> None:
    assert _outcome("Overall survival").doubts
    assert not _outcome("Pain").doubts


def test_names_differ_and_nonsense_is_left_out() -> None:
    found = outcomes({"primaryOutcomes": [{"measure": "Pain"}, None, {"measure": " "}],
                      "secondaryOutcomes": [{"measure": "Pain"}]})  # fmt: skip
    assert [(each.name, each.role) for each in found] == [
        ("pain", "primary"),
        ("pain_2", "secondary"),
    ]
    assert outcomes({"primaryOutcomes": "no list"}) == []


def test_windows_of_one_schedule_do_not_meet() -> None:
    frame = "5 minutes, 1, 2, 24 and 48 hours, 1 and 3 months"
    planned = outcomes({"primaryOutcomes": [{"measure": "Pain", "timeFrame": frame}]})
    found = visits(planned)
    assert [each["visit"] for each in found] == [
        "minute5", "hour1", "hour2", "day1", "day2", "month1", "month3",
    ]  # fmt: skip
    hours = [(each["day"] * 24 + int(each["at"][:2]) + int(each["at"][3:]) / 60, each["window_h"])
             for each in found[:5]]  # fmt: skip
    assert all(a + float(w) <= b - float(v) for (a, w), (b, v) in pairwise(hours))
    assert found[-1]["phase"] == "follow-up"


@given(st.text(alphabet=st.sampled_from("0123456789 ,.-andhoursweekmth/"), max_size=60))
def test_any_time_frame_is_read(frame: str) -> None:
    hours = [each.hours for each in moments(frame)]
    assert hours == sorted(hours)
