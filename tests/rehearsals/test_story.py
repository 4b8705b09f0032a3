"""A whole small trial, told event by event: two people are randomized, and one is treated.

Times are those of the ward.
"""

from __future__ import annotations

from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from equipoise.events import types as t
from equipoise.events.types import Event
from tests.rehearsals.knee import events

TRIAL = """
TrialOpened by inv1
ProtocolAdopted by inv1
7 x StaffDelegated by inv1
3 x SeedCommitted by board1
AllocationSealed by board1
AnalysisPlanSigned by stat1
DataLocked by data1
OpeningSigned by inv1
OpeningSigned by stat1
AllocationOpened by board1
"""

DECLINES = """
04 Mar 13:44 inv1 Screened
04 Mar 13:44 inv1 FormRecorded admission allergic False length_cm 163 sex f weight_kg 86.8 years 70
04 Mar 13:44 inv1 ConsentDeclined does not wish to
"""

TREATED = """
04 Mar 13:44 inv1 Screened
04 Mar 13:44 inv1 FormRecorded admission allergic False length_cm 178 sex m weight_kg 66.9 years 63
04 Mar 13:44 inv1 ConsentGiven
04 Mar 13:44 inv1 EligibilityConfirmed
04 Mar 13:44 inv1 Randomized sex=m 0
05 Mar 09:00 pharm1 BagPrepared
05 Mar 13:22 nurse1 PumpStarted
05 Mar 13:51 nurse1 DemandDelivered 5.00 ml
05 Mar 16:21 nurse1 DemandDelivered 5.00 ml
05 Mar 16:29 nurse1 DemandDenied lockout
05 Mar 16:33 nurse1 DemandDenied lockout
05 Mar 18:14 nurse1 DemandDelivered 5.00 ml
05 Mar 20:04 nurse1 DemandDelivered 5.00 ml
05 Mar 20:04 nurse1 DemandDenied lockout
05 Mar 20:14 nurse1 DemandDenied lockout
05 Mar 20:17 nurse1 DemandDenied lockout
05 Mar 20:17 nurse1 DemandDenied lockout
05 Mar 20:20 nurse1 DemandDelivered 5.00 ml
05 Mar 20:25 nurse1 DemandDenied lockout
05 Mar 20:47 nurse1 FormRecorded evening knee_pain 2 walked False
05 Mar 22:38 nurse1 DemandDelivered 5.00 ml
06 Mar 07:04 nurse1 DemandDelivered 5.00 ml
06 Mar 09:54 assessor1 FormRecorded morning knee_pain 3 walked False
06 Mar 12:42 nurse1 DemandDelivered 5.00 ml
06 Mar 13:26 nurse1 DemandDelivered 5.00 ml
06 Mar 13:32 nurse1 DemandDenied lockout
06 Mar 21:54 assessor1 ValueCorrected knee_pain is 2
07 Mar 01:22 nurse1 PumpStopped after 45.00 ml
05 Apr 11:49 assessor1 FormRecorded month1 stiff 0
09 Jun 11:29 assessor1 FormRecorded month3 stiff 2
"""

LEAVES = """
05 Mar 10:48 inv1 Screened
05 Mar 10:48 inv1 FormRecorded admission allergic False length_cm 168 sex f weight_kg 65.3 years 54
05 Mar 10:48 inv1 ConsentGiven
05 Mar 10:48 inv1 EligibilityConfirmed
05 Mar 10:48 inv1 Randomized sex=f 0
06 Mar 07:00 inv1 ConsentWithdrawn surgery was postponed
"""


def _local(event: Event) -> str:
    return f"{event.occurred_at.astimezone(ZoneInfo('Europe/Madrid')):%d %b %H:%M}"


def _told(event: Event) -> str:
    fact, detail = event.fact, ""
    match fact:
        case t.FormRecorded():
            detail = " ".join([fact.visit, *(f"{k} {v}" for k, v in fact.values.items())])
        case t.ValueCorrected():
            detail = f"{fact.item} is {fact.value}"
        case t.DemandDelivered():
            detail = f"{fact.volume_ml} ml"
        case t.DemandDenied() | t.ConsentWithdrawn() | t.ConsentDeclined():
            detail = fact.reason
        case t.PumpStopped():
            detail = f"after {fact.infused_ml} ml"
        case t.Randomized():
            detail = f"{fact.stratum} {fact.slot}"
        case _:
            pass
    return f"{_local(event)} {event.by} {event.kind} {detail}".rstrip()


def _story(participant: str) -> list[str]:
    return [_told(e) for e in events(1, "plain", 2) if e.participant == participant]


@pytest.mark.parametrize(
    ("participant", "story"), [("P0001", DECLINES), ("P0002", TREATED), ("P0004", LEAVES)]
)
def test_a_participants_story(participant: str, story: str) -> None:
    assert _story(participant) == story.strip().splitlines()


def test_the_story_of_the_trial_around_them() -> None:
    told = [f"{e.kind} by {e.by}" for e in events(1, "plain", 2) if e.participant is None]
    grouped = [(line, len(list(same))) for line, same in groupby(told)]
    lines = [line if count == 1 else f"{count} x {line}" for line, count in grouped]
    assert lines == TRIAL.strip().splitlines()


def test_nobody_is_screened_after_the_last_planned_slot() -> None:
    numbers = [e.participant for e in events(1, "plain", 2) if e.kind == "Screened"]
    assert numbers == ["P0001", "P0002", "P0003", "P0004"]
