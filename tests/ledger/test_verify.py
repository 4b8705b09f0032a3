from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import Broken, Problem
from equipoise.events.codec import encode
from equipoise.events.types import Event, FormRecorded
from equipoise.ledger.chain import GENESIS, Entry, Head, link, payload_hash
from equipoise.ledger.verify import Verification, verify
from tests.diary import STUDY, adoption, small_trial
from tests.ledger.sealing import sealed
from tests.strategies import trials

TRIAL = sealed(small_trial())
LAST = len(TRIAL)


def test_a_ledger_as_it_was_written_verifies() -> None:
    found = verify(TRIAL)
    assert found.verified
    assert (found.events, found.head, found.problems) == (LAST, TRIAL[-1].head, ())


def test_an_empty_ledger_verifies() -> None:
    found = verify([])
    assert found.verified
    assert (found.events, found.head) == (0, GENESIS)


@settings(max_examples=50)
@given(trials())
def test_every_legal_trial_verifies(events: list[Event]) -> None:
    assert verify(sealed(events)).problems == ()


@settings(max_examples=200)
@given(st.data())
def test_an_altered_byte_anywhere_is_found_and_its_event_named_first(data: st.DataObject) -> None:
    events = data.draw(trials(max_steps=6))
    entries = sealed(events)
    place = data.draw(st.integers(0, len(entries) - 1))
    part = data.draw(st.sampled_from(["header", "payload", "salt", "digest"]))
    value = bytearray(getattr(entries[place], part))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    change: dict[str, Any] = {part: bytes(value)}
    entries[place] = replace(entries[place], **change)
    found = verify(entries)
    assert not found.verified
    assert found.problems[0].where == f"event {place + 1}"
    assert found.events == len(entries)


@given(st.integers(0, LAST - 2))
def test_a_missing_event_is_named(place: int) -> None:
    found = verify(TRIAL[:place] + TRIAL[place + 1 :])
    assert found.problems[0].where == f"event {place + 1}"
    assert "is missing" in found.problems[0].what
    assert not found.verified


@given(st.integers(0, LAST - 1))
def test_a_doubled_event_is_named(place: int) -> None:
    found = verify([*TRIAL[: place + 1], *TRIAL[place:]])
    assert found.problems[0].where == f"event {place + 1}"
    assert "there twice" in found.problems[0].what


@given(st.integers(0, LAST - 1), st.integers(0, LAST - 1))
def test_two_events_that_changed_places_are_named(one: int, other: int) -> None:
    entries = TRIAL.copy()
    entries[one], entries[other] = entries[other], entries[one]
    found = verify(entries)
    assert found.verified == (one == other)
    if one != other:
        assert found.problems[0].where == f"event {min(one, other) + 1}"


@given(st.integers(0, LAST - 1), st.integers(0, LAST - 1))
def test_the_bytes_of_another_event_are_named(one: int, other: int) -> None:
    entries = TRIAL.copy()
    entries[one] = replace(TRIAL[other], seq=one + 1)
    found = verify(entries)
    assert found.verified == (one == other)
    if one != other:
        assert found.problems[0].where == f"event {one + 1}"


def test_each_altered_event_is_reported_once() -> None:
    entries = TRIAL.copy()
    for place in (3, 9):
        entries[place] = replace(entries[place], payload=entries[place].payload + b" ")
    assert [problem.where for problem in verify(entries).problems] == ["event 4", "event 10"]


def test_after_an_event_that_cannot_be_read_only_the_chain_is_checked() -> None:
    """Event 4, the screening, is unreadable; that nobody was screened then is no news."""
    entries = _chained_anew([replace(TRIAL[3], header=b"?"), *TRIAL[4:]], TRIAL[2].head)
    found = verify([*TRIAL[:3], *entries])
    assert [str(problem.where) for problem in found.problems] == ["event 4"]


def test_a_cut_off_end_shows_only_against_a_published_head() -> None:
    cut = TRIAL[:10]
    assert verify(cut).verified
    found = verify(cut, expected_head=TRIAL[-1].head)
    assert not found.verified
    assert found.problems[0].where == "event 11"
    assert f"had {LAST} events" in found.problems[0].what


def test_a_ledger_written_anew_shows_only_against_a_published_head() -> None:
    """Its owner changes a pain score in event 10 and chains everything again."""
    score = TRIAL[9].event()
    assert isinstance(score.fact, FormRecorded)
    better = score.model_copy(
        update={"fact": score.fact.model_copy(update={"values": {"rest": 1, "movement": 1}})}
    )
    header, payload = encode(better)
    changed = [replace(TRIAL[9], header=header, payload=payload), *TRIAL[10:]]
    anew = [*TRIAL[:9], *_chained_anew(changed, TRIAL[8].head)]
    assert verify(anew).verified
    assert verify(anew, expected_head=TRIAL[8].head).verified
    for published in (TRIAL[9].head, TRIAL[12].head, TRIAL[-1].head):
        found = verify(anew, expected_head=published)
        assert [problem.where for problem in found.problems] == [f"event {published.seq}"]
        assert "published" in found.problems[0].what


def test_a_ledger_that_grew_after_its_head_was_published_verifies() -> None:
    for entry in TRIAL:
        assert verify(TRIAL, expected_head=entry.head).verified
    assert verify(TRIAL, expected_head=GENESIS).verified


def test_problems_come_in_the_order_of_their_events() -> None:
    entries = TRIAL.copy()
    entries[12] = replace(entries[12], payload=b"?")
    found = verify(entries, expected_head=Head(5, bytes(32)))
    assert [problem.where for problem in found.problems] == ["event 5", "event 13"]


def test_a_protocol_that_is_not_the_file_is_refused_with_its_event() -> None:
    digest = adoption().digest
    assert verify(TRIAL, protocols={(STUDY, 1): digest}).verified
    assert verify(TRIAL, protocols={(STUDY, 2): "f" * 64, ("NCT9", 1): "f" * 64}).verified
    found = verify(TRIAL, protocols={(STUDY, 1): "f" * 64})
    assert [problem.where for problem in found.problems] == ["event 2"]
    assert "not the protocol file" in found.problems[0].what


def test_a_storage_that_cannot_be_read_on_is_a_problem_after_what_was_read() -> None:
    def damaged() -> Iterator[Entry]:
        yield from TRIAL[:5]
        raise Broken("event 6", "cannot be read", "Restore a backup.")

    found = verify(damaged())
    assert (found.events, found.head) == (5, TRIAL[4].head)
    assert [problem.where for problem in found.problems] == ["event 6"]


def test_notes_and_warnings_are_no_errors() -> None:
    events = small_trial()
    before = events[4].recorded_at
    events[5] = events[5].model_copy(
        update={"recorded_at": before.replace(year=2023), "occurred_at": before.replace(year=2022)}
    )
    found = verify(sealed(events))
    assert found.verified
    assert [problem.severity for problem in found.problems] == ["note"]


def test_the_first_error_can_be_raised() -> None:
    note = Problem("event 1", "a note", "", "note")
    warning = Problem("event 2", "a warning", "", "warning")
    error = Problem("event 3", "an error", "Restore a backup.")
    Verification(3, GENESIS, (note, warning)).raise_first()
    with pytest.raises(Broken) as caught:
        Verification(4, GENESIS, (note, warning, error, Problem("event 4", "", ""))).raise_first()
    assert caught.value.problem == error


@pytest.mark.parametrize("part", ["header", "payload"])
@given(raw=st.binary(max_size=200))
def test_no_bytes_make_verification_fail(part: str, raw: bytes) -> None:
    """Even when the chain is right, what is no event is named."""
    change: dict[str, Any] = {part: raw}
    entries = _chained_anew([replace(TRIAL[4], **change), *TRIAL[5:]], TRIAL[3].head)
    found = verify([*TRIAL[:4], *entries])
    assert found.problems[0].where == "event 5"
    assert not found.verified


def _chained_anew(entries: list[Entry], previous: Head) -> list[Entry]:
    """Return what an owner of the ledger makes of altered entries: digests that match."""
    chained = []
    digest = previous.digest
    for entry in entries:
        digest = link(digest, entry.header, payload_hash(entry.salt, entry.payload))
        chained.append(replace(entry, digest=digest))
    return chained
