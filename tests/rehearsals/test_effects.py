"""Drugs act through the bag alone: not through an arm's name, its place, or its slot."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from statistics import fmean
from typing import Any

import pytest

from equipoise.conduct.trial import Trial
from equipoise.events import types as t
from equipoise.protocol.load import Loaded
from equipoise.protocol.parts import Protocol
from tests.rehearsals.knee import protocol, rehearsed, study

ANIMALS = {"both": "zebra", "one": "yak", "other": "xerus"}
PEOPLE = 45
Life = list[tuple[str, str]]


def _changed(**parts: Any) -> Loaded:
    changed = Protocol.model_validate(protocol().model_dump() | parts)
    return replace(study(), protocol=changed)


def _swapped() -> Loaded:
    """Return the study with the mixtures of the first and the last arm exchanged."""
    arms = protocol().model_dump()["arms"]
    arms["both"]["mixture"], arms["other"]["mixture"] = "dexmedetomidine", "both"
    return _changed(arms=arms)


def _renamed() -> Loaded:
    """Return the study with other names for its arms."""
    data = protocol().model_dump()
    allocation = data["allocation"] | {"ratio": dict.fromkeys(ANIMALS.values(), 1)}
    endpoints = data["endpoints"]
    endpoints["knee_pain_day1"]["estimand"]["compare"] = ("zebra", "yak")
    arms = {ANIMALS[name]: arm for name, arm in data["arms"].items()}
    return _changed(arms=arms, allocation=allocation, endpoints=endpoints)


def _bags(trial: Trial) -> dict[str, frozenset[str]]:
    """Return the drugs in each treated participant's bag, from the opened allocation."""
    opened = trial.state.opened
    assert opened is not None
    arm_of = {(slot.stratum, slot.slot): slot.arm for slot in opened.slots}
    root = trial.state.protocol.root
    found = {}
    for person in trial.participants.by_number.values():
        if person.treated:
            mixture = root.mixtures[
                root.arms[arm_of[str(person.stratum), person.slot or 0]].mixture
            ]
            found[person.number] = frozenset(part.drug for part in mixture.components)
    return found


def _lives(trial: Trial) -> dict[str, Life]:
    """Return what happened to each participant, and when, but not under which kit or slot."""
    found: dict[str, Life] = {}
    for event in trial.events():
        if event.participant is not None and not isinstance(event.fact, t.Randomized):
            fact = event.fact.model_dump(mode="json")
            fact.pop("kit", None)
            fact.pop("corrects", None)
            what = f"{event.kind} {json.dumps(fact, sort_keys=True)}"
            found.setdefault(event.participant, []).append((str(event.occurred_at), what))
    return found


@cache
def _plain() -> Trial:
    return rehearsed(participants=PEOPLE)


def _compare(one: Trial, other: Trial) -> Counter[tuple[bool, bool]]:
    """Count the people of two rehearsals by (same bag, same life)."""
    bags, lives = (_bags(one), _bags(other)), (_lives(one), _lives(other))
    assert bags[0].keys() == bags[1].keys()
    return Counter(
        (bags[0][number] == bags[1][number], lives[0][number] == lives[1][number])
        for number in bags[0]
    )


def test_people_with_the_same_bag_live_the_same_life_whatever_their_arm_is_given() -> None:
    found = _compare(_plain(), rehearsed(participants=PEOPLE, loaded=_swapped()))
    assert not found[True, False]
    assert found[True, True] > 10
    assert found[False, False] > 20
    assert found[False, True] < 8  # who never presses gets no esketamine from a bag that holds some


def test_an_arms_name_has_no_effect() -> None:
    found = _compare(_plain(), rehearsed(participants=PEOPLE, loaded=_renamed()))
    assert not found[True, False]
    assert found[True, True] > 10


def test_in_a_world_without_effects_only_those_whose_bag_had_some_live_otherwise() -> None:
    plain, useless = _plain(), rehearsed(participants=PEOPLE, scenario="useless")
    bags, lives = _bags(plain), (_lives(plain), _lives(useless))
    changed = {number for number in bags if lives[0][number] != lives[1][number]}
    assert changed == {number for number, bag in bags.items() if "dexmedetomidine" in bag}
    assert 20 < len(changed) < len(bags)


def test_a_drug_in_the_bag_lowers_pain_and_stiffness_as_its_effects_say() -> None:
    plain, useless = _plain(), rehearsed(participants=PEOPLE, scenario="useless")
    lower = Counter[str]()
    for number, bag in _bags(plain).items():
        if "dexmedetomidine" not in bag:
            continue
        with_effect, without = (x.participant(number).forms for x in (plain, useless))
        for place in with_effect.keys() & without.keys():
            for item in ("knee_pain", "stiff"):
                pair = (with_effect[place].values.get(item), without[place].values.get(item))
                if isinstance(pair[0], int) and isinstance(pair[1], int):
                    lower[f"{item} {pair[0] - pair[1]}"] += 1
    pain = Counter({what: n for what, n in lower.items() if what.startswith("knee_pain")})
    assert pain.most_common(1)[0][0] == "knee_pain -2"
    # Presses, and with them relief and the moments at which noise is drawn, differ as well.
    by = [int(what.split()[1]) for what in pain.elements()]
    assert fmean(by) == pytest.approx(-2, abs=0.5)
    assert {what for what in lower if what.startswith("stiff")} <= {"stiff -1", "stiff 0"}
    assert lower["stiff -1"] > 30


def test_no_event_names_an_arm_before_the_allocation_is_opened() -> None:
    trial = rehearsed(participants=PEOPLE, loaded=_renamed())
    *before, opening = trial.events()
    assert isinstance(opening.fact, t.AllocationOpened)
    assert "zebra" in opening.fact.model_dump_json()
    named = [e.kind for e in before if any(a in e.model_dump_json() for a in ANIMALS.values())]
    assert set(named) <= {"ProtocolAdopted", "AllocationSealed"}
    sealed = next(e.fact for e in before if isinstance(e.fact, t.AllocationSealed))
    words = [word for word in ANIMALS.values() if word in sealed.sealed_list]
    assert not words


def test_the_arms_bags_cannot_be_told_apart_by_what_is_recorded_of_them() -> None:
    trial = _plain()
    bags = _bags(trial)
    steps: dict[frozenset[str], set[tuple[object, int]]] = {}
    for event in trial.events():
        if isinstance(event.fact, t.BagPrepared):
            told = (event.fact.volume_ml, event.fact.steps)
            steps.setdefault(bags[str(event.participant)], set()).add(told)
    assert len(steps) == 3
    assert len(set.union(*steps.values())) == 1
