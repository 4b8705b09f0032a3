from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import Problem
from equipoise.rules.allocation import Annex, Specification, combine, commit
from tests.refusal import refusal
from tests.rules.allocation import twin

VECTORS: list[dict[str, Any]] = json.loads(twin.VECTORS.read_text("utf-8"))
SPEC = Specification("T", ("a", "b"), (1, 1), "complete", ("all",), 30)
ANNEX = Annex(bytes(32)).commitment(SPEC)
PARTS = {"statistician": b"\x01" * 32, "pharmacy": b"\x02" * 32, "board": b"\x03" * 32}
COMMITMENTS = {party: commit(SPEC, ANNEX, party, part) for party, part in PARTS.items()}


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_commitments_and_seed_are_the_published_ones(case: dict[str, Any]) -> None:
    spec = Specification(
        case["trial"],
        tuple(case["arms"]),
        tuple(case["ratio"]),
        case["design"],
        tuple(case["strata"]),
        case["length"],
    )
    annex = bytes.fromhex(case["annex_commitment"])
    parts = {party: bytes.fromhex(part) for party, part in case["parts"].items()}
    commitments = {party: commit(spec, annex, party, part) for party, part in parts.items()}
    assert {p: c.hex() for p, c in commitments.items()} == case["part_commitments"]
    assert combine(spec, annex, parts, commitments).hex() == case["seed"]


def test_the_order_in_which_parties_are_listed_does_not_matter() -> None:
    turned = dict(reversed(PARTS.items()))
    assert combine(SPEC, ANNEX, turned, COMMITMENTS) == combine(SPEC, ANNEX, PARTS, COMMITMENTS)


@given(st.sampled_from(sorted(PARTS)), st.binary(min_size=32, max_size=32))
def test_each_part_alone_changes_the_seed(party: str, part: bytes) -> None:
    parts = PARTS | {party: part}
    commitments = COMMITMENTS | {party: commit(SPEC, ANNEX, party, part)}
    same = combine(SPEC, ANNEX, parts, commitments) == combine(SPEC, ANNEX, PARTS, COMMITMENTS)
    assert same == (part == PARTS[party])


def test_the_seed_is_of_the_trial_and_not_of_the_arms_names() -> None:
    def seed_of(spec: Specification) -> bytes:
        made = {party: commit(spec, ANNEX, party, part) for party, part in PARTS.items()}
        return combine(spec, ANNEX, PARTS, made)

    assert seed_of(replace(SPEC, arms=("b", "a"))) == seed_of(SPEC)
    assert seed_of(replace(SPEC, trial="U")) != seed_of(SPEC)


@pytest.mark.parametrize("party", sorted(PARTS))
def test_a_part_that_was_not_committed_to_names_its_party(party: str) -> None:
    problem = refusal(combine, SPEC, ANNEX, PARTS | {party: b"\x04" * 32}, COMMITMENTS)
    assert problem == Problem(
        f"allocation.seed: {party}",
        "its part does not match its commitment",
        "Ask for the part that it committed to, for this specification and annex.",
    )


def test_a_commitment_is_bound_to_specification_annex_and_party() -> None:
    part = PARTS["board"]
    assert len({
        commit(SPEC, ANNEX, "board", part),
        commit(replace(SPEC, length=31), ANNEX, "board", part),
        commit(SPEC, bytes(32), "board", part),
        commit(SPEC, ANNEX, "pharmacy", part),
        commit(SPEC, ANNEX, "board", bytes(32)),
    }) == 5  # fmt: skip
    copied = COMMITMENTS | {"board": COMMITMENTS["pharmacy"]}
    problem = refusal(combine, SPEC, ANNEX, PARTS | {"board": PARTS["pharmacy"]}, copied)
    assert problem.where == "allocation.seed: board"


def test_a_missing_part_names_its_party() -> None:
    parts = {party: part for party, part in PARTS.items() if party != "pharmacy"}
    assert refusal(combine, SPEC, ANNEX, parts, COMMITMENTS) == Problem(
        "allocation.seed: pharmacy",
        "its part is missing",
        "Ask for the part that it committed to.",
    )


def test_a_part_without_a_commitment_names_its_party() -> None:
    assert refusal(combine, SPEC, ANNEX, PARTS | {"sponsor": bytes(32)}, COMMITMENTS) == Problem(
        "allocation.seed: sponsor",
        "it reveals a part without having committed to one",
        "Start again.",
    )


def test_two_parties_are_too_few() -> None:
    parts = {party: PARTS[party] for party in ("board", "pharmacy")}
    commitments = {party: COMMITMENTS[party] for party in parts}
    assert refusal(combine, SPEC, ANNEX, parts, commitments) == Problem(
        "allocation.seed",
        "2 parties committed to a part",
        "Let at least 3 parties contribute, so that no two can fix the seed.",
    )


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_part_has_32_bytes(size: int) -> None:
    stated = Problem(
        "allocation.seed: board",
        f"the part has {size} bytes instead of 32",
        "Draw it from the operating system's generator.",
    )
    assert refusal(commit, SPEC, ANNEX, "board", bytes(size)) == stated
    assert refusal(combine, SPEC, ANNEX, PARTS | {"board": bytes(size)}, COMMITMENTS) == stated


def test_a_party_has_a_plain_name() -> None:
    problem = refusal(commit, SPEC, ANNEX, "the\nboard", bytes(32))
    assert problem.where == "allocation.party"
