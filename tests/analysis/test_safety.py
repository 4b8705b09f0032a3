from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from equipoise.analysis.safety import Safety, safety
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset
from tests.conduct.ward import Ward

START = datetime(2024, 3, 1, 8, tzinfo=UTC)


def data(arm_treated: str = "plain") -> Dataset:
    """Two people: P1 on the pump for 24 h and called at 48 h, P2 never treated."""
    people = pl.DataFrame(
        {
            "participant": ["P1", "P2"],
            "arm": ["full", "plain"],
            "arm_treated": [arm_treated, "plain"],
            "treated": [True, False],
            "pump_started_at": [START, None],
            "pump_h": [24.0, None],
        }
    )
    rows = [("P1", hour, hour == 30) for hour in (-1, 6, 12, 30)] + [("P2", 3, False)]
    events = pl.DataFrame(
        {
            "participant": [who for who, _, _ in rows],
            "arm": ["full"] * 4 + ["plain"],
            "onset": [START + timedelta(hours=hour) for _, hour, _ in rows],
            "ended": [None] * 5,
            "organ_system": ["Gut"] * 5,
            "term": ["Hiccups"] * 5,
            "severity": ["mild"] * 5,
            "serious": [serious for _, _, serious in rows],
            "related": ["possible"] * 5,
            "outcome": ["recovered"] * 5,
        },
        schema_overrides={"ended": pl.Datetime("us", "UTC")},
    )
    values = pl.DataFrame(
        {"participant": ["P1"], "visit": ["call"], "at": [START + timedelta(hours=48)]}
    )
    return Dataset(people, values, pl.DataFrame(), events, {})


@pytest.fixture
def protocol(ward: Ward) -> Protocol:
    return ward.trial.state.protocol


def of(protocol: Protocol, given: Dataset) -> Safety:
    return safety(protocol, given)


def arms(protocol: Protocol) -> list[str]:
    return list(protocol.root.arms)


def test_people_count_where_they_were_treated(protocol: Protocol) -> None:
    first, second = arms(protocol)
    given = data()
    people = given.participants.with_columns(
        pl.Series("arm", [first, second]), pl.Series("arm_treated", [second, second])
    )
    found = of(protocol, replace(given, participants=people))
    assert dict(zip(found.table.arms, found.table.n, strict=True)) == {first: 0, second: 1}


def test_events_before_treatment_and_of_the_untreated_are_outside(protocol: Protocol) -> None:
    first, second = arms(protocol)
    given = data()
    people = given.participants.with_columns(
        pl.Series("arm", [first, second]), pl.Series("arm_treated", [first, second])
    )
    found = of(protocol, replace(given, participants=people))
    assert found.outside == 2
    assert sum(c.events for c in found.table.kinds["any"].counts) == 3
    assert [(e.participant, arm, day) for e, arm, day in found.serious] == [("P1", first, 2)]
    rates = {(i.period, i.arm): i for i in found.incidence}
    on, after = rates["treatment", first], rates["follow-up", first]
    assert (on.people, on.events, on.person_h, on.first_h) == (1, 2, 24, 6)
    assert (after.people, after.events, after.person_h, after.first_h) == (1, 1, 24, 6)
    assert float(on.rate.value) == 2 / 24


def test_while_the_pump_runs_treatment_lasts_until_the_last_record(protocol: Protocol) -> None:
    first, second = arms(protocol)
    given = data()
    people = given.participants.with_columns(
        pl.Series("arm", [first, second]),
        pl.Series("arm_treated", [first, second]),
        pl.Series("pump_h", [None, None], dtype=pl.Float64),
    )
    found = of(protocol, replace(given, participants=people))
    (on,) = (i for i in found.incidence if (i.period, i.arm) == ("treatment", first))
    assert (on.events, on.person_h) == (3, 48)
