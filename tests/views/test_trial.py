from __future__ import annotations

from equipoise.protocol.load import digest
from equipoise.views.trial import TrialState
from tests.small import PARENT, PEOPLE, STUDY, events


def _folded(until: str | None = None) -> TrialState:
    state = TrialState()
    for event in events():
        if event.kind == until:
            break
        state.apply(event)
    return state


def test_the_state_at_the_end() -> None:
    state = _folded()
    assert list(state.protocols) == [PARENT, STUDY]
    assert state.protocol.study == STUDY
    assert state.protocol.parent is state.protocols[PARENT]
    assert {name: digest(p) for name, p in state.protocols.items()} == state.digests
    assert state.taken == {"all": PEOPLE}
    assert set(state.locked) == set(state.plans) == {PARENT, STUDY}
    assert set(state.signatures[STUDY]) == {"investigator", "statistician"}
    assert state.rehearsal
    assert (state.rehearsal.seed, state.rehearsal.scenario) == (3, "published")
    assert state.opened
    assert len(state.opened.slots) == state.protocol.root.allocation.length  # type: ignore[union-attr]


def test_the_state_on_the_way() -> None:
    assert _folded(until="ProtocolAdopted").masking is None
    before = _folded(until="AllocationSealed")
    assert before.sealed is None
    assert set(before.seed_commitments) == {"trial statistician", "pharmacy", "monitoring board"}
    assert before.masking == before.protocol.root.masking
    assert _folded(until="AllocationOpened").opened is None


def test_every_event_is_found_by_its_command() -> None:
    state = _folded()
    assert sorted(seq for seqs in state.commands.values() for seq in seqs) == list(
        range(1, len(events()) + 1)
    )
