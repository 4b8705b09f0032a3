from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import Broken, InputError
from equipoise.events.codec import decode, encode
from equipoise.events.types import BagPrepared, DemandDelivered, Event, FormRecorded, StaffReleased
from tests.strategies import any_event

HEADER = (
    '{"by":"li","codec":1,"command":"act-7","kind":"FormRecorded",'
    '"occurred_at":"2024-03-01T08:30:00Z","participant":"P1","protocol":"' + 64 * "a" + '",'
    '"recorded_at":"2024-03-01T08:31:02.500000Z","role":"护士","seq":7,"study":"NCT00000001"}'
)
PAYLOAD = (
    '{"form":"pain","values":{"asked":true,"rest":3,"site":null,"weight":"52.0"},"visit":"第 1 天"}'
)
EVENT = Event(
    seq=7,
    study="NCT00000001",
    protocol=64 * "a",
    occurred_at=datetime(2024, 3, 1, 16, 30, tzinfo=timezone(timedelta(hours=8))),
    recorded_at=datetime(2024, 3, 1, 8, 31, 2, 500000, tzinfo=UTC),
    by="li",
    role="护士",
    participant="P1",
    command="act-7",
    fact=FormRecorded(
        visit="第 1 天",
        form="pain",
        values={"weight": "52.0", "rest": 3, "asked": True, "site": None},
    ),
)


def test_version_1_is_written_as_it_always_was() -> None:
    assert encode(EVENT) == (HEADER.encode(), PAYLOAD.encode())


def test_version_1_is_read_as_it_always_was() -> None:
    event = decode(HEADER.encode(), PAYLOAD.encode(), 7)
    assert event == EVENT
    assert isinstance(event.fact, FormRecorded)
    assert event.fact.values["asked"] is True
    assert event.occurred_at.utcoffset() == timedelta(0)


@given(any_event())
def test_every_event_is_read_back_exactly(event: Event) -> None:
    header, payload = encode(event)
    again = decode(header, payload, event.seq)
    assert again == event
    assert encode(again) == (header, payload)


@given(any_event(), st.data())
def test_an_altered_byte_is_refused_or_says_something_else(
    event: Event, data: st.DataObject
) -> None:
    header, payload = encode(event)
    text = bytearray(header + payload)
    text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))
    altered = bytes(text[: len(header)]), bytes(text[len(header) :])
    read = _try(*altered, event.seq)
    assert read != event
    assert read is None or encode(read) == altered


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        ("2", "2"),
        ("2.0", "2.0"),
        ("2.50", "2.50"),
        ("1E+2", "100"),
        ("1E-7", "0.0000001"),
        ("-0.00", "0.00"),
        ("-0.5", "-0.5"),
        ("0E+3", "0"),
        ("1E+39", "1" + 39 * "0"),
        ("1E-39", "0." + 38 * "0" + "1"),
    ],
)
def test_decimals_keep_their_precision_and_have_no_exponent(quantity: str, written: str) -> None:
    event = _with(fact=DemandDelivered(volume_ml=Decimal(quantity)))
    header, payload = encode(event)
    assert payload.decode() == f'{{"volume_ml":"{written}"}}'
    assert decode(header, payload, 7) == event


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"by":', ' "by":'),
        ('"by":"li",', ""),
        ('"by":"li"', '"by":null'),
        ('"by":"li"', '"by":"li","bz":1'),
        ('"by":"li"', '"by":"li","by":"li"'),
        ('"by":"li"', '"by":"l\\u0069"'),
        ('"role":"护士"', '"role":"\\u62a4\\u58eb"'),
        ('"role":"护士"', '"role":"\\ud800"'),
        ('"codec":1', '"codec":1.0'),
        ('"codec":1', '"codec":true'),
        ('"kind":"FormRecorded"', '"kind":["FormRecorded"]'),
        ('"kind":"FormRecorded"', '"kind":"VisitMissed"'),
        ('"seq":7', '"seq":"7"'),
        ('"seq":7', '"seq":7.0'),
        ('"seq":7', '"seq":8'),
        ("08:30:00Z", "08:30:00+00:00"),
        ("08:30:00Z", "08:30:00.000000Z"),
        ("08:30:00Z", "08:30:00"),
        ("08:31:02.500000Z", "08:31:02.5Z"),
        ("2024-03-01T08:30:00Z", "9999-12-31T23:59:59Z"),
        (64 * "a", 64 * "A"),
        (64 * "a", 63 * "a"),
        ("}", "} "),
        (HEADER, ""),
        (HEADER, "[]"),
        (HEADER, "[" * 100_000),
        (HEADER, "\ufeff" + HEADER),
    ],
    ids=lambda text: text[-20:],
)
def test_a_header_written_in_another_way_is_refused(old: str, new: str) -> None:
    _refuse(HEADER.replace(old, new).encode(), PAYLOAD.encode(), HEADER)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rest":3', '"rest":3.0'),
        ('"rest":3', '"rest":3e0'),
        ('"rest":3', '"rest":NaN'),
        ('"rest":3', '"rest":[3]'),
        ('"rest":3', f'"rest":{2**64}'),
        ('"rest":3', '"rest":' + 5000 * "9"),
        ('"rest":3,"site":null', '"site":null,"rest":3'),
        ('"visit":', '"note":"","visit":'),
        (',"visit":"第 1 天"', ""),
        (PAYLOAD, ""),
        (PAYLOAD, "null"),
    ],
    ids=lambda text: text[-20:],
)
def test_a_payload_written_in_another_way_is_refused(old: str, new: str) -> None:
    _refuse(HEADER.encode(), PAYLOAD.replace(old, new).encode(), PAYLOAD)


@pytest.mark.parametrize(
    "volume", ["2.", "02", "+2", "2e0", "1_0", "２", " 2", "NaN", "1E+999999999"]
)
def test_a_decimal_written_in_another_way_is_refused(volume: str) -> None:
    header, payload = encode(_with(fact=DemandDelivered(volume_ml=Decimal(2))))
    _refuse(header, payload.replace(b'"2"', f'"{volume}"'.encode()), payload.decode())


def test_bytes_that_are_not_utf8_are_refused() -> None:
    _refuse(HEADER.encode("gb18030"), PAYLOAD.encode(), HEADER)
    _refuse(HEADER.encode("utf-16"), PAYLOAD.encode(), HEADER)
    _refuse(HEADER.encode(), PAYLOAD.encode("gb18030"), PAYLOAD)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"codec":1', '"codec":2', "version 2"),
        ('"codec":1,', "", "version None"),
        ("FormRecorded", "DreamRecorded", "kind 'DreamRecorded'"),
        ('"kind":"FormRecorded",', "", "kind None"),
    ],
)
def test_what_a_newer_program_wrote_asks_for_the_newer_program(
    old: str, new: str, says: str
) -> None:
    with pytest.raises(Broken) as caught:
        decode(HEADER.replace(old, new).encode(), PAYLOAD.encode(), 7)
    assert caught.value.problem.where == "event 7"
    assert says in caught.value.problem.what
    assert "newer version" in caught.value.problem.todo


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**64,
        -(2**64),
        pytest.param(10**5000, id="5000 digits"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+40"),
        Decimal("1E-40"),
        "\ud800",
        datetime(2024, 3, 1),  # noqa: DTZ001 - that is the fault
        datetime(1, 1, 1, tzinfo=UTC),
        {1: "a"},
        {"a": {"\udfff": 1}},
        b"bytes",
        {"a"},
    ],
)
def test_a_value_without_a_canonical_form_is_refused(value: Any) -> None:
    fact = StaffReleased.model_construct(person="li", reason=value)
    with pytest.raises(InputError) as caught:
        encode(_with(fact=fact, participant=None))
    assert caught.value.problem.where == "event 7"


def test_the_largest_seed_can_be_written() -> None:
    fact = StaffReleased.model_construct(person="li", reason=2**64 - 1)  # type: ignore[arg-type]
    _, payload = encode(_with(fact=fact, participant=None))
    assert payload == b'{"person":"li","reason":18446744073709551615}'


@pytest.mark.parametrize("year", [2, 9998])
def test_a_time_that_every_zone_can_show_can_be_written(year: int) -> None:
    event = _with(occurred_at=datetime(year, 1, 1, tzinfo=UTC))
    assert f'"occurred_at":"{year:04}-01-01T00:00:00Z"'.encode() in encode(event)[0]


def test_another_kind_s_payload_is_refused() -> None:
    bag = BagPrepared(kit="K", weight_kg=Decimal(52), volume_ml=Decimal(200), steps=9)
    _, payload = encode(_with(fact=bag))
    with pytest.raises(Broken, match="event 7: is no FormRecorded event"):
        decode(HEADER.encode(), payload, 7)


def _with(**changes: Any) -> Event:
    return EVENT.model_copy(update=changes)


def _try(header: bytes, payload: bytes, seq: int) -> Event | None:
    try:
        return decode(header, payload, seq)
    except Broken:
        return None


def _refuse(header: bytes, payload: bytes, original: str) -> None:
    assert original.encode() not in {header, payload}, "this case changes nothing"
    with pytest.raises(Broken) as caught:
        decode(header, payload, 7)
    assert caught.value.problem.where == "event 7"
