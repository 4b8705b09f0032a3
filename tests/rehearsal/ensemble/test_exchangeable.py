"""No effect is exactly none where nothing of the bags reaches the endpoint."""

from __future__ import annotations

import pytest

from equipoise.protocol.load import load_study
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.exchangeable import exchangeable
from equipoise.rehearsal.model import changed, world
from tests.rehearsals.knee import protocol


def found(of: Protocol, scenario: str, **changes: float) -> dict[str, bool]:
    other = changed(of, scenario, {k.replace("__", "."): v for k, v in changes.items()})
    return {
        name: exchangeable(other, world(other, scenario), endpoint)
        for name, endpoint in other.all_endpoints().items()
    }


def test_an_effect_on_pain_reaches_what_is_asked_of_pain() -> None:
    assert found(protocol(), "plain") == {"knee_pain_day1": False}
    assert found(protocol(), "useless") == {"knee_pain_day1": True}


def test_an_effect_on_something_else_does_not() -> None:
    none = {"effects__dexmedetomidine__pain": 0.0}
    assert found(protocol(), "plain", **none) == {"knee_pain_day1": True}


def test_other_amounts_of_the_relieving_drug_do() -> None:
    data = protocol().model_dump()
    data["mixtures"]["esketamine"]["components"][0]["per_kg"] = "2"
    other = Protocol.model_validate(data)
    assert found(other, "useless") == {"knee_pain_day1": False}


@pytest.mark.parametrize(
    ("scenario", "reached"),
    [("published", {"early"}), ("null", set()), ("hoped", {"early", "late"})],
)
def test_the_shipped_studies(scenario: str, reached: set[str]) -> None:
    flagship = load_study("NCT05718544").protocol
    assert flagship is not None
    late = set(flagship.endpoints)
    told = found(flagship, scenario)
    assert {"late" if name in late else "early" for name in told if not told[name]} == reached


def test_leaving_that_depends_on_pain_reaches_everything_later() -> None:
    flagship = load_study("NCT05718544").protocol
    assert flagship is not None
    assert flagship.rehearsal is not None
    rehearsal = flagship.rehearsal.model_dump() | {
        "attrition": {"withdraws": 0.0, "visit_missed": 0.0, "lost": "0.1 * (pain > 5)"}
    }
    other = flagship.model_copy(
        update={"rehearsal": type(flagship.rehearsal).model_validate(rehearsal)}
    )
    assert not any(found(other, "published").values())
