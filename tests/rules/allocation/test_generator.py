from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice, repeat
from typing import Any

import pytest
from scipy.stats import chisquare

from equipoise.chance import SeededEntropy
from equipoise.errors import Problem
from equipoise.rules.allocation.generator import GENERATOR, below, entropy_words, shuffle, words
from tests.refusal import refusal
from tests.rules.allocation import twin
from tests.rules.allocation.paths import all_paths

VECTORS: list[dict[str, Any]] = json.loads(twin.VECTORS.read_text("utf-8"))

# RFC 4231, test cases 1 to 4, 6 and 7: key, data, HMAC-SHA256.
RFC_4231 = [
    (
        "0b" * 20,
        b"Hi There".hex(),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "aa" * 20,
        "dd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)).hex(),
        "cd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        "aa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size data."
            b" The key needs to be hashed before being used by the HMAC algorithm."
        ).hex(),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "data", "code"), RFC_4231)
def test_hmac_is_that_of_rfc_4231(key: str, data: str, code: str) -> None:
    stated = bytes.fromhex(key), bytes.fromhex(data)
    assert hmac.digest(*stated, "sha256").hex() == code
    assert twin.hmac_sha256(*stated).hex() == code


def test_the_words_are_hmac_of_counted_blocks() -> None:
    seed = bytes(range(32))
    name = twin.lengths_first("equipoise/allocation", "hmac-sha256-ctr/1", "T", "s")
    tape = b"".join(
        hmac.new(seed, name + block.to_bytes(8, "big"), hashlib.sha256).digest()
        for block in range(3)
    )
    stated = [int.from_bytes(tape[at : at + 4], "big") for at in range(0, 96, 4)]
    assert list(islice(words(seed, "T", "s"), 24)) == stated
    assert GENERATOR == "hmac-sha256-ctr/1"


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_the_words_are_the_published_ones(case: dict[str, Any]) -> None:
    stream = words(bytes.fromhex(case["seed"]), case["trial"], case["strata"][0])
    assert list(islice(stream, 10)) == case["first_words"]


def test_entropy_is_read_four_bytes_at_a_time() -> None:
    tape = SeededEntropy(1, "x").bytes(12)
    drawn = list(islice(entropy_words(SeededEntropy(1, "x")), 3))
    assert b"".join(word.to_bytes(4, "big") for word in drawn) == tape


@pytest.mark.parametrize(
    ("given", "n", "drawn"),
    [
        ([0], 6, 0),
        ([7], 6, 1),
        ([2**32 - 5, 8], 6, 2),  # 2**32 = 6 * 715827882 + 4: the last four words are thrown away
        ([2**32 - 4, 8], 6, 2),
        ([2**32 - 1, 2**32 - 3, 4], 6, 4),
        ([2**32 - 1], 2, 1),  # a power of two throws nothing away
        ([2**32 - 1], 1, 0),
        ([2**32 - 1], 2**32, 2**32 - 1),
        ([2**31 + 1, 2**31], 2**31 + 1, 2**31),
    ],
)
def test_words_that_would_favour_a_remainder_are_thrown_away(
    given: list[int], n: int, drawn: int
) -> None:
    if given[0] == 2**32 - 5:
        drawn = 5  # the last word of the last full round is kept
    assert below(iter(given), n) == drawn


def test_a_source_that_only_repeats_a_rejected_word_is_given_up() -> None:
    rejected = repeat(2**32 - 1)
    assert refusal(below, rejected, 3) == Problem(
        "entropy",
        "the source of random bytes repeats itself",
        "Use the operating system's generator.",
    )


def test_a_source_is_given_up_after_128_words() -> None:
    assert below(chain(repeat(2**32 - 1, 127), [5]), 3) == 2
    refusal(below, chain(repeat(2**32 - 1, 128), [5]), 3)


@pytest.mark.parametrize("n", [2, 6, 7])
def test_a_million_draws_are_uniform(n: int) -> None:
    stream = words(b"\x07" * 32, "uniform", str(n))
    counts = Counter(below(stream, n) for _ in range(1_000_000 // 3))
    assert len(counts) == n
    assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5])
def test_every_order_is_equally_likely(size: int) -> None:
    orders = all_paths(lambda draw: tuple(shuffle(draw, range(size))))
    count = 1
    for factor in range(2, size + 1):
        count *= factor
    assert len(orders) == count
    assert set(orders.values()) == {Fraction(1, count)}


def test_the_shuffle_exchanges_from_the_last_place_down() -> None:
    draws: Iterator[int] = iter([0, 1, 0])
    asked: list[int] = []

    def draw(n: int) -> int:
        asked.append(n)
        return next(draws)

    items = ["a", "b", "c", "d"]
    # d<->a: dbca; c stays against b: dcba; then c<->d: cdba
    assert shuffle(draw, items) == ["c", "d", "b", "a"]
    assert asked == [4, 3, 2]
    assert items == ["a", "b", "c", "d"]
