"""A rehearsal seals its allocation as a trial does, by parties that chance plays."""

from __future__ import annotations

from equipoise.conduct.allocation import ReaderKey
from equipoise.ledger import read_events
from tests.rehearsal.stages import stage


def test_every_party_commits_before_the_list_is_published() -> None:
    kinds = [event.kind for event in read_events(stage().trial.store)]
    assert kinds[-4:] == ["SeedCommitted"] * 3 + ["AllocationSealed"]
    assert kinds[:2] == ["TrialOpened", "ProtocolAdopted"]


def test_the_list_has_the_slots_of_the_protocol_and_can_be_made_again_from_the_seed() -> None:
    first, again, other = stage(), stage(), stage(seed=2)
    sealed = [on.trial.state.sealed for on in (first, again, other)]
    assert sealed[0] is not None
    assert sealed[0].slots == 2 * 90
    assert sealed[0] == sealed[1] != sealed[2]


def test_the_pharmacist_gets_a_key_to_prepare_with() -> None:
    key = stage().pharmacy_key
    assert isinstance(key, ReaderKey)
    assert key.reader.role == "pharmacist"
