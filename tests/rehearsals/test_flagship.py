"""The studies that ship, rehearsed whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from equipoise.events import types as t
from equipoise.ledger import MemoryStore, read_events, verify
from equipoise.protocol.load import load_study, shipped
from equipoise.rehearsal.run import rehearse
from tests.rehearsals.knee import nothing


def _scenarios() -> Iterator[tuple[str, str]]:
    for study in shipped():
        protocol = load_study(study).protocol
        for scenario in protocol.scenarios if protocol else ():
            yield study, scenario


@pytest.mark.parametrize(("study", "scenario"), list(_scenarios()))
def test_every_scenario_of_every_study_can_be_rehearsed(study: str, scenario: str) -> None:
    store = MemoryStore()
    rehearse(load_study(study), store, 5, scenario, 6, nothing)
    assert verify(store.read()).problems == ()
    kinds = Counter(event.kind for event in read_events(store))
    assert (kinds["Randomized"], kinds["PumpStarted"]) == (6, 5)


@pytest.mark.slow
def test_the_flagship_randomizes_200_of_whom_199_are_treated() -> None:
    store = MemoryStore()
    rehearse(load_study("NCT05718544"), store, 1, "published", None, nothing)
    kinds = Counter(event.kind for event in read_events(store))
    assert (kinds["Randomized"], kinds["PumpStarted"], kinds["PumpStopped"]) == (200, 199, 199)
    assert kinds["Enrolled"] + kinds["FollowUpLost"] > 180
    assert verify(store.read()).problems == ()


@pytest.mark.slow
def test_in_heavy_use_bags_are_replaced_and_nobody_finds_one_empty() -> None:
    store = MemoryStore()
    rehearse(load_study("NCT05718544"), store, 1, "heavy_use", 60, nothing)
    events = list(read_events(store))
    replaced = {event.participant for event in events if event.kind == "BagReplaced"}
    assert 15 < len(replaced) < 50
    denied = {e.fact.reason for e in events if isinstance(e.fact, t.DemandDenied)}
    assert denied == {"lockout"}
