from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.analysis.facts import Facts
from equipoise.analysis.outcomes import at_any, at_visits, outcomes, under_curve
from equipoise.errors import InputError
from equipoise.protocol.estimand import Intercurrent, Variable
from equipoise.protocol.parts import Protocol
from tests.analysis.diaries import facts, protocol_with

NAN = np.nan
BALM = np.zeros(4, np.int64)


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return protocol_with(tmp_path)


def _value(
    protocol: Protocol, people: Facts, name: str, *events: dict[str, Any], **variable: Any
) -> Any:
    endpoint = protocol.endpoints[name]
    estimand = endpoint.estimand.model_copy(
        update={"intercurrent": tuple(Intercurrent.model_validate(e) for e in events)}
    )
    changed = endpoint.variable.model_copy(update=variable)
    return outcomes(
        protocol, people, endpoint.model_copy(update={"estimand": estimand, "variable": changed})
    )


@pytest.mark.parametrize(
    ("noon", "night", "available", "strict"),
    [
        (1.0, 0.0, 1.0, 1.0),
        (0.0, 1.0, 1.0, 1.0),
        (0.0, 0.0, 0.0, 0.0),
        (NAN, 1.0, 1.0, 1.0),
        (0.0, NAN, 0.0, NAN),
        (NAN, NAN, NAN, NAN),
    ],
)
def test_at_any_visit(noon: float, night: float, available: float, strict: float) -> None:
    seen = np.array([noon, night])
    assert at_any(seen, strict=False) == pytest.approx(available, nan_ok=True)
    assert at_any(seen, strict=True) == pytest.approx(strict, nan_ok=True)


def test_an_area_is_the_mean_over_the_time_as_planned(protocol: Protocol) -> None:
    visits = ("noon", "night", "later")
    later = protocol.visit("night").model_copy(update={"visit": "later", "day": 3})
    protocol = protocol.model_copy(update={"schedule": (*protocol.schedule, later)})
    noon, night, last = (protocol.visit(each).planned_h or 0.0 for each in visits)
    assert last - night > night - noon > 0
    seen = np.array([[2.0, 4.0, 0.0], [1.0, NAN, 3.0], [NAN, 5.0, 1.0], [NAN, NAN, 2.0]])
    whole = ((night - noon) * 3 + (last - night) * 2) / (last - noon)
    available = under_curve(protocol, visits, seen, strict=False)
    assert available == pytest.approx([whole, 2.0, 3.0, NAN], nan_ok=True)
    strict = under_curve(protocol, visits, seen, strict=True)
    assert strict == pytest.approx([whole, NAN, NAN, NAN], nan_ok=True)


def test_a_value_is_that_of_its_visit_and_none_without_a_form(protocol: Protocol) -> None:
    people = facts([0, 1], {("night", "soreness"): [3, NAN]})
    variable = Variable(expression="soreness * 2", form="diary", visits=("night",))
    assert at_visits(protocol, people, variable, ("night",)).ravel() == pytest.approx(
        [6.0, NAN], nan_ok=True
    )
    assert np.isnan(at_visits(protocol, people, variable, ("noon",))).all()


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=24, max_size=24))
def test_trials_at_once_are_trials_one_by_one(given: list[float]) -> None:
    seen = np.array(given).reshape(2, 3, 4)
    for strict in (True, False):
        whole = at_any(seen, strict=strict)
        for place in product(range(2), range(3)):
            assert whole[place] == pytest.approx(at_any(seen[place], strict=strict), nan_ok=True)


STOPPED = {"event": "stopped early", "rule": "stopped_early and visit_h > 15"}
ANSWERS = {
    ("noon", "sore"): [0, 1, NAN, 0], ("night", "sore"): [0, 0, 0, NAN],
    ("noon", "soreness"): [2, 3, NAN, 5], ("night", "soreness"): [7, 8, 9, NAN],
}  # fmt: skip
STOPS = {"stopped_early": [1, 0, 1, 1]}


@pytest.mark.parametrize(
    ("strategy", "sore_any", "night"),
    [
        ("treatment policy", [0, 1, 0, 0], [7, 8, 9, NAN]),
        ("composite", [1, 1, 1, 1], [10, 8, 10, 10]),
        ("hypothetical", [0, 1, NAN, 0], [NAN, 8, NAN, NAN]),
        ("while on treatment", [0, 1, NAN, 0], [2, 8, NAN, 5]),
    ],
)
def test_the_strategies(
    protocol: Protocol, strategy: str, sore_any: list[float], night: list[float]
) -> None:
    people = facts(BALM, ANSWERS, **STOPS)
    event = STOPPED | {"strategy": strategy}
    assert _value(protocol, people, "ever_sore", event) == pytest.approx(sore_any, nan_ok=True)
    with_worst = event | ({"failure": 10} if strategy == "composite" else {})
    assert _value(protocol, people, "soreness", with_worst) == pytest.approx(night, nan_ok=True)


def test_an_event_stays_once_it_happened(protocol: Protocol) -> None:
    people = facts(BALM, ANSWERS)
    event = {"event": "sore", "rule": "sore", "form": "diary", "strategy": "hypothetical"}
    seen = _value(protocol, people, "soreness", event, over="each", visits=("noon", "night"))
    assert seen == pytest.approx(np.array([[2, 7], [NAN, NAN], [NAN, 9], [5, NAN]]), nan_ok=True)


def test_strategies_are_applied_in_their_order(protocol: Protocol) -> None:
    people = facts(BALM, ANSWERS, **STOPS)
    unknown = STOPPED | {"strategy": "hypothetical"}
    worst = STOPPED | {"strategy": "composite", "failure": 10}
    assert _value(protocol, people, "soreness", unknown, worst)[0] == 10
    assert np.isnan(_value(protocol, people, "soreness", worst, unknown)[0])


def test_failure_is_the_worse_of_two(protocol: Protocol) -> None:
    endpoint = protocol.endpoints["ever_sore"].model_copy(update={"better": "higher"})
    people = facts(BALM, ANSWERS, **STOPS)
    changed = protocol.model_copy(update={"endpoints": {"ever_sore": endpoint}})
    event = STOPPED | {"strategy": "composite", "rule": "stopped_early"}
    assert _value(changed, people, "ever_sore", event).tolist() == [0, 1, 0, 0]


def test_what_no_method_can_tell_is_refused(protocol: Protocol) -> None:
    people = facts(BALM, ANSWERS)
    with pytest.raises(InputError, match="who would have had the event under the other treatment"):
        _value(protocol, people, "ever_sore", {"event": "x", "strategy": "principal stratum"})
    with pytest.raises(InputError, match="needs the value that stands for failure"):
        _value(protocol, people, "soreness", STOPPED | {"strategy": "composite"})
