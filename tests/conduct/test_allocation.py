from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.chance import SeededEntropy
from equipoise.conduct import close
from equipoise.conduct.allocation import (
    Annex,
    commit,
    commit_seed_part,
    lift_masking,
    new_reader_key,
    open_allocation,
    publish,
    seal,
    specification,
)
from equipoise.errors import InputError, Refused
from tests.conduct.ward import (
    BOARD,
    DATA,
    INVESTIGATOR,
    PARTIES,
    STATISTICIAN,
    STUDY,
    Ward,
    study,
)


def test_the_specification_is_what_the_protocol_says(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path, ("ratio: {balm: 1, salve: 1}", "ratio: {salve: 2, balm: 4}")))
    spec = specification(ward.trial.state.protocol)
    assert (spec.trial, spec.arms, spec.ratio) == (STUDY, ("balm", "salve"), (2, 1))
    assert (spec.strata, spec.length) == (("hand=left", "hand=right"), 40)


def test_without_strata_there_is_one(tmp_path: Path) -> None:
    ward = Ward(study(tmp_path, ("strata: [{item: hand}]", "strata: []")))
    assert specification(ward.trial.state.protocol).strata == ("all",)


def test_only_the_protocols_parties_commit(ward: Ward) -> None:
    with pytest.raises(InputError, match="party 'eve': is not among the parties"):
        commit_seed_part(ward.trial, BOARD, "eve", bytes(32), bytes(32))


@pytest.mark.parametrize(
    ("skip", "roles", "says"),
    [
        ("board", ("pharmacy", "board", "duty desk", "notary"), "the parts committed to"),
        (None, ("pharmacy", "board"), "the protocol's readers"),
    ],
)
def test_a_list_of_other_origin_is_not_published(
    ward: Ward, skip: str | None, roles: tuple[str, ...], says: str
) -> None:
    entropy = SeededEntropy(5, "another ceremony")
    spec = specification(ward.trial.state.protocol)
    annex = Annex(entropy.bytes(32), [2])
    parts = {party: entropy.bytes(32) for party in PARTIES}
    promised = {p: commit(spec, annex.commitment(spec), p, part) for p, part in parts.items()}
    for party, commitment in promised.items():
        if party != skip:
            commit_seed_part(ward.trial, BOARD, party, annex.commitment(spec), commitment)
    readers = [new_reader_key(role, entropy).reader for role in roles]
    with pytest.raises(Refused, match=f"does not fit {says}"):
        publish(ward.trial, BOARD, seal(spec, annex, parts, promised, readers, entropy))
    assert ward.trial.sealed_list is None


def test_the_list_is_published_once(ward: Ward) -> None:
    ward.sealed()
    with pytest.raises(Refused, match="cannot follow 'sealed'"):
        commit_seed_part(ward.trial, BOARD, "board", bytes(32), bytes(32))


PLAN, CODE = "a" * 64, "b" * 64


def _open(ward: Ward) -> None:
    open_allocation(ward.trial, BOARD, STUDY, ward.keys["board"], PLAN, CODE)


def test_opening_needs_lock_plan_and_signatures_and_proves_each_slot(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    with pytest.raises(Refused, match="study XX0001: is not locked"):
        _open(ward)
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, PLAN, CODE, "fixed")
    close.lock(ward.trial, DATA, STUDY, "complete")
    with pytest.raises(Refused, match="the opening is not signed by the investigator"):
        _open(ward)
    close.sign_opening(ward.trial, INVESTIGATOR, STUDY, PLAN, CODE, "agreed")
    _open(ward)
    opened = ward.trial.state.opened
    assert opened
    assert len(opened.slots) == 80
    for pair in zip(opened.slots[::2], opened.slots[1::2], strict=True):
        assert {slot.arm for slot in pair} == {"balm", "salve"}
    assert set(opened.seed_parts) == set(PARTIES)
    with pytest.raises(Refused, match="cannot follow 'allocation opened'"):
        _open(ward)


@pytest.mark.parametrize(
    ("plan", "code", "what"), [("c" * 64, CODE, "plan"), (PLAN, "c" * 64, "code")]
)
def test_another_plan_or_code_than_the_signed_opens_nothing(
    ward: Ward, plan: str, code: str, what: str
) -> None:
    ward.sealed().randomized("P1")
    close.lock(ward.trial, DATA, STUDY, "complete")
    with pytest.raises(Refused, match="has no signed analysis plan"):
        close.sign_opening(ward.trial, INVESTIGATOR, STUDY, PLAN, CODE, "agreed")
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, PLAN, CODE, "fixed")
    says = f"the analysis {what} is not the one that was signed"
    with pytest.raises(Refused, match=says):
        close.sign_opening(ward.trial, INVESTIGATOR, STUDY, plan, code, "agreed")
    close.sign_opening(ward.trial, INVESTIGATOR, STUDY, PLAN, CODE, "agreed")
    with pytest.raises(Refused, match=says):
        open_allocation(ward.trial, BOARD, STUDY, ward.keys["board"], plan, code)
    assert ward.trial.state.opened is None


def test_a_key_that_is_no_readers_opens_nothing(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    close.sign_plan(ward.trial, STATISTICIAN, STUDY, PLAN, CODE, "fixed")
    close.lock(ward.trial, DATA, STUDY, "complete")
    close.sign_opening(ward.trial, INVESTIGATOR, STUDY, PLAN, CODE, "agreed")
    stranger = new_reader_key("board", SeededEntropy(9, "stranger"))
    with pytest.raises(InputError):
        open_allocation(ward.trial, BOARD, STUDY, stranger, PLAN, CODE)
    assert ward.trial.state.opened is None


def test_nothing_sealed_nothing_opened(ward: Ward) -> None:
    key = new_reader_key("board", SeededEntropy(1, "key"))
    with pytest.raises(Refused, match="was never sealed"):
        open_allocation(ward.trial, BOARD, STUDY, key, PLAN, CODE)


def test_masking_is_lifted_for_persons_and_not_for_who_still_records(ward: Ward) -> None:
    ward.sealed().randomized("P1")
    close.lock(ward.trial, DATA, STUDY, "complete")
    with pytest.raises(Refused, match="eve: is not delegated"):
        lift_masking(ward.trial, BOARD, STUDY, ["eve"], "publication")
    lift_masking(ward.trial, BOARD, STUDY, ["stan"], "publication")
    assert ward.trial.grants.may_know("stan", "P1")
    assert not ward.trial.grants.may_know("ada", "P1")
