from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from equipoise.analysis.populations import Left, arms_of, members, sets
from equipoise.protocol.estimand import Population
from equipoise.protocol.parts import Protocol
from tests.analysis.diaries import facts, protocol_with

ALL = "  all: {title: All randomized, rule: randomized}\n"
KEPT = "treated and (visits_missed < 2 or age_y > 60) and deviation_wrong_kit == 0"


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return protocol_with(
        tmp_path,
        (
            ALL,
            ALL + "  kept: {title: Kept, rule: " + KEPT + "}\n",
        ),
    )


PEOPLE = facts(
    [0, 0, 1, 1, 1],
    {("entry", "age_y"): [50, 70, 50, np.nan, 50]},
    treated=[1, 1, 1, 1, 0],
    visits_missed=[0, 5, 2, 3, 4],
)


def test_a_set_says_who_is_left_out_and_why(protocol: Protocol) -> None:
    everybody, kept = sets(protocol, PEOPLE)
    assert (everybody.sizes, everybody.left) == ({"balm": 2, "salve": 3}, ())
    assert kept.sizes == {"balm": 2, "salve": 0}
    missed = "visits_missed < 2 or age_y > 60"
    assert kept.left == (
        Left("P3", "salve", (missed,)),
        Left("P4", "salve", (missed,)),  # not known to be older
        Left("P5", "salve", ("treated", missed)),
    )
    assert kept.reasons() == {(missed, "salve"): 2, ("treated", "salve"): 1}


def test_a_kind_of_deviation_counts_only_where_there_is_one(protocol: Protocol) -> None:
    strayed = replace(PEOPLE, facts={**PEOPLE.facts, "deviation_wrong_kit": np.eye(5)[0]})
    assert members(protocol, strayed, protocol.populations["kept"]).tolist() == [
        False, True, False, False, False,
    ]  # fmt: skip


def test_an_ensemble_has_a_set_in_each_trial(protocol: Protocol) -> None:
    many = facts(np.zeros((2, 3), np.int64), {}, treated=np.array([[1, 0, 1], [0, 0, np.nan]]))
    rule = Population(title=protocol.title, rule="randomized and treated")
    assert members(protocol, many, rule).tolist() == [[True, False, True], [False, False, False]]
    everybody = rule.model_copy(update={"rule": "randomized"})
    assert members(protocol, many, everybody).all()


def test_safety_counts_people_for_what_they_got(protocol: Protocol) -> None:
    swapped = replace(PEOPLE, arm_treated=np.array([1, 0, 1, 1, 1]))
    title = protocol.title
    given = Population(title=title, rule="treated", as_treated=True)
    assert arms_of(swapped, given).tolist() == [1, 0, 1, 1, 1]
    assert arms_of(swapped, given.model_copy(update={"as_treated": False})).tolist() == [
        0, 0, 1, 1, 1,
    ]  # fmt: skip
    with_safety = protocol.model_copy(update={"populations": {"safety": given}})
    assert sets(with_safety, swapped)[0].sizes == {"balm": 1, "salve": 3}
