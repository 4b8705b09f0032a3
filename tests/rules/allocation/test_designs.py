from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate, pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from equipoise.errors import Problem
from equipoise.rules.allocation import (
    Annex,
    Specification,
    big_stick,
    complete,
    generate,
    permuted_blocks,
)
from tests.refusal import refusal
from tests.rules.allocation import twin
from tests.rules.allocation.paths import all_paths

VECTORS: list[dict[str, Any]] = json.loads(twin.VECTORS.read_text("utf-8"))
Draw = Callable[[int], int]
Design = Callable[[Draw], list[int]]


def _chances(design: Design) -> dict[tuple[int, ...], Fraction]:
    return all_paths(lambda draw: tuple(design(draw)))


def _shares(chances: dict[tuple[int, ...], Fraction], slot: int, arms: int) -> list[Fraction]:
    return [
        sum((p for arms_drawn, p in chances.items() if arms_drawn[slot] == arm), Fraction(0))
        for arm in range(arms)
    ]


# --- the published vectors --------------------------------------------------------------------


def test_the_published_vectors_are_the_twins() -> None:
    assert twin.vectors() == VECTORS


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_the_sequences_are_the_published_ones(case: dict[str, Any]) -> None:
    spec, annex = _of(case)
    made = generate(spec, annex, bytes.fromhex(case["seed"]))
    assert {s: "".join(map(str, arms)) for s, arms in made.items()} == case["sequences"]
    assert list(made) == case["strata"]


def _of(case: dict[str, Any]) -> tuple[Specification, Annex]:
    spec = Specification(
        case["trial"],
        tuple(case["arms"]),
        tuple(case["ratio"]),
        case["design"],
        tuple(case["strata"]),
        case["length"],
    )
    return spec, Annex(bytes.fromhex(case["nonce"]), case["block_sizes"], case["limit"])


# --- complete randomization -------------------------------------------------------------------


def test_complete_randomization_draws_each_arm_by_the_ratio() -> None:
    share = [Fraction(2, 4), Fraction(1, 4), Fraction(1, 4)]
    stated = {(a, b): share[a] * share[b] for a, b in product(range(3), repeat=2)}
    assert _chances(lambda draw: complete(draw, (2, 1, 1), 2)) == stated


# --- permuted blocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "size", "length", "sequences"),
    [((1, 1), 2, 6, 8), ((1, 1), 4, 4, 6), ((2, 1), 3, 6, 9), ((2, 1, 1), 4, 4, 12)],
)
def test_every_permitted_sequence_of_blocks_is_equally_likely(
    ratio: tuple[int, ...], size: int, length: int, sequences: int
) -> None:
    chances = _chances(lambda draw: permuted_blocks(draw, ratio, (size,), length))
    assert len(chances) == sequences
    assert set(chances.values()) == {Fraction(1, sequences)}
    for arms in chances:
        for start in range(0, length, size):
            counts = Counter(arms[start : start + size])
            assert [counts[arm] for arm in range(len(ratio))] == [
                weight * size // sum(ratio) for weight in ratio
            ]


def test_mixed_blocks_are_chosen_alike_and_the_last_is_cut() -> None:
    def in_blocks(arms: tuple[int, ...]) -> Fraction:
        """Condition on the sizes drawn: 4; 2 then 2; 2 then the first half of 4."""
        first, second = sum(arms[:2]), sum(arms[2:])
        four = Fraction(int(first + second == 2), 6)
        two = Fraction(int(first == 1), 2)
        after_two = (Fraction(int(second == 1), 2) + Fraction(1 + (second == 1), 6)) / 2
        return (four + two * after_two) / 2

    chances = _chances(lambda draw: permuted_blocks(draw, (1, 1), (2, 4), 4))
    stated = {arms: in_blocks(arms) for arms in product((0, 1), repeat=4)}
    assert chances == {arms: p for arms, p in stated.items() if p}
    assert sum(chances.values()) == 1


@pytest.mark.parametrize(("ratio", "size"), [((1, 1), 4), ((2, 1), 3), ((3, 1), 4)])
def test_blocks_keep_the_ratio_at_every_slot(ratio: tuple[int, ...], size: int) -> None:
    chances = _chances(lambda draw: permuted_blocks(draw, ratio, (size,), size))
    for slot in range(size):
        assert _shares(chances, slot, 2) == [Fraction(w, sum(ratio)) for w in ratio]


# --- big stick ----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_big_stick_is_that_of_soares_and_wu(limit: int) -> None:
    """A fair coin while the difference is within the limit; at the limit the lesser arm."""
    stated: dict[tuple[int, ...], Fraction] = {}
    for arms in product((0, 1), repeat=7):
        differences = [0, *accumulate(1 if arm == 0 else -1 for arm in arms)]
        if max(map(abs, differences)) <= limit:
            fair = sum(abs(difference) < limit for difference in differences[:-1])
            stated[arms] = Fraction(1, 2**fair)
    assert _chances(lambda draw: big_stick(draw, (1, 1), limit, 7)) == stated
    assert sum(stated.values()) == 1


@pytest.mark.parametrize(
    ("ratio", "limit", "length"),
    [((2, 1), 1, 6), ((2, 1), 2, 6), ((1, 1, 1), 2, 6), ((3, 1), 1, 5)],
)
def test_the_big_stick_keeps_ratio_and_limit_at_every_slot(
    ratio: tuple[int, ...], limit: int, length: int
) -> None:
    chances = _chances(lambda draw: big_stick(draw, ratio, limit, length))
    assert sum(chances.values()) == 1
    for slot in range(length):
        assert _shares(chances, slot, len(ratio)) == [Fraction(w, sum(ratio)) for w in ratio]
    assert max(max(_imbalances(arms, ratio)) for arms in chances) <= limit


def _imbalances(arms: tuple[int, ...], ratio: tuple[int, ...]) -> list[Fraction]:
    found = [Fraction(0)]
    for end in range(1, len(arms) + 1):
        counts = Counter(arms[:end])
        scaled = [Fraction(counts[arm], weight) for arm, weight in enumerate(ratio)]
        found.append(max(scaled) - min(scaled))
    return found


def test_with_limit_one_every_place_is_filled_in_turn() -> None:
    chances = _chances(lambda draw: big_stick(draw, (2, 1), 1, 3))
    assert chances == {
        (0, 0, 1): Fraction(1, 3),
        (0, 1, 0): Fraction(1, 3),
        (1, 0, 0): Fraction(1, 3),
    }


# --- whole lists --------------------------------------------------------------------------------


def _spec(design: str, ratio: tuple[int, ...] = (1, 1), length: int = 200, **more: Any) -> Any:
    arms = tuple(f"arm {number}" for number in range(len(ratio)))
    return Specification(
        more.get("trial", "T"), arms, ratio, design, more.get("strata", ("all",)), length
    )


seeds = st.binary(min_size=32, max_size=32)
NONCE = bytes(32)


@given(seeds, st.sampled_from([(4,), (4, 6), (2, 8)]), st.integers(1, 60))
def test_a_longer_list_begins_with_the_shorter(seed: bytes, sizes: Any, length: int) -> None:
    annex = Annex(NONCE, sizes)
    short = generate(_spec("permuted blocks", length=length), annex, seed)["all"]
    long = generate(_spec("permuted blocks", length=length + 7), annex, seed)["all"]
    assert len(short) == length
    assert long[:length] == short


@given(seeds, st.integers(1, 4), st.sampled_from([(1, 1), (2, 1), (1, 1, 1), (3, 2)]))
def test_the_imbalance_stays_within_the_limit(
    seed: bytes, limit: int, ratio: tuple[int, ...]
) -> None:
    arms = generate(_spec("big stick", ratio, 60), Annex(NONCE, limit=limit), seed)["all"]
    assert max(_imbalances(arms, ratio)) <= limit


@given(seeds, st.integers(0, 31))
def test_seed_trial_and_stratum_each_change_the_list(seed: bytes, at: int) -> None:
    annex = Annex(NONCE)
    one = generate(_spec("complete", strata=("a", "b")), annex, seed)
    assert one["a"] != one["b"]
    assert one["a"] == generate(_spec("complete", strata=("a",)), annex, seed)["a"]
    assert one["a"] != generate(_spec("complete", strata=("a",), trial="U"), annex, seed)["a"]
    changed = bytes(byte ^ (place == at) for place, byte in enumerate(seed))
    assert one["a"] != generate(_spec("complete", strata=("a",)), annex, changed)["a"]


def test_blocks_of_many_lists_are_uniform_and_strata_independent() -> None:
    spec = _spec("permuted blocks", length=4, strata=("a", "b"))
    annex = Annex(NONCE, (4,))
    pairs: Counter[tuple[tuple[int, ...], ...]] = Counter()
    for number in range(20_000):
        lists = generate(spec, annex, number.to_bytes(32, "big"))
        pairs[lists["a"], lists["b"]] += 1
    kinds = sorted({a for a, _ in pairs})
    table = [[pairs[a, b] for b in kinds] for a in kinds]
    assert len(kinds) == 6
    assert chisquare([sum(row) for row in table]).pvalue > 0.001
    assert chi2_contingency(table).pvalue > 0.001


def test_neighbouring_slots_of_complete_randomization_are_independent() -> None:
    arms = generate(_spec("complete", length=100_000), Annex(NONCE), b"\x01" * 32)["all"]
    pairs = Counter(pairwise(arms))
    assert chi2_contingency([[pairs[a, b] for b in (0, 1)] for a in (0, 1)]).pvalue > 0.001
    assert chisquare([arms.count(0), arms.count(1)]).pvalue > 0.001


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_seed_has_32_bytes(size: int) -> None:
    assert refusal(generate, _spec("complete"), Annex(NONCE), bytes(size)) == Problem(
        "allocation.seed",
        f"the seed has {size} bytes instead of 32",
        "Combine it from the parties' parts.",
    )


def test_an_annex_for_another_design_is_refused() -> None:
    problem = refusal(generate, _spec("complete"), Annex(NONCE, (4,)), bytes(32))
    assert problem.where == "allocation.annex"
