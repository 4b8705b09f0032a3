from __future__ import annotations

import threading
from itertools import combinations, permutations

import pytest
import shamir_mnemonic
from hypothesis import given
from hypothesis import strategies as st
from shamir_mnemonic import shamir

from equipoise.chance import SeededEntropy
from equipoise.conduct._keys import Reader, new_reader_key
from equipoise.conduct._shares import restore_key, split_key
from equipoise.errors import Problem
from equipoise.rules.allocation.secrecy import Secret
from tests.refusal import refusal

KEY = new_reader_key("escrow", SeededEntropy(1, "escrow"))
PRIVATE = KEY.private_key.reveal()
SHARES = split_key(KEY, SeededEntropy(1, "split"))
OTHERS = split_key(KEY, SeededEntropy(2, "split"))
MIXED = Problem(
    "shares",
    "they are not two different shares of one split",
    "Bring two shares that were printed together.",
)
ANOTHER = Problem(
    "shares",
    "they restore another key than that of 'escrow'",
    "Bring the shares of this trial's escrow key.",
)


def _wrong_words(place: int) -> Problem:
    return Problem(
        f"share {place}",
        "its words are not those that were written down",
        "Compare every word with the paper; there are 33.",
    )


def _words(*groups: tuple[int, int], secret: bytes = PRIVATE, threshold: int = 1) -> list[str]:
    """Split with the library alone."""
    made = shamir_mnemonic.generate_mnemonics(threshold, groups, secret, iteration_exponent=0)
    return [words for group in made for words in group]


def test_any_two_shares_restore_the_key() -> None:
    for pair in permutations(SHARES, 2):
        key = restore_key(KEY.reader, pair)
        assert key.reader == KEY.reader
        assert key.private_key.reveal() == PRIVATE


def test_each_share_is_33_words_and_shows_none() -> None:
    assert [len(share.reveal().split()) for share in SHARES] == [33, 33, 33]
    assert str(SHARES) == "(sealed, sealed, sealed)"


def test_any_other_implementation_restores_the_key() -> None:
    for pair in combinations(SHARES, 2):
        assert shamir_mnemonic.combine_mnemonics([share.reveal() for share in pair]) == PRIVATE
    share = shamir_mnemonic.Share.from_mnemonic(SHARES[0].reveal())
    assert (share.extendable, share.iteration_exponent) == (True, 0)
    assert (share.group_threshold, share.group_count, share.member_threshold) == (1, 1, 2)


def test_we_restore_what_any_other_implementation_split() -> None:
    words = _words((2, 3))
    assert restore_key(KEY.reader, [Secret(w) for w in words[1:]]).private_key.reveal() == PRIVATE


def test_the_split_is_repeatable_and_draws_from_what_is_handed_in() -> None:
    again = split_key(KEY, SeededEntropy(1, "split"))
    assert [share.reveal() for share in again] == [share.reveal() for share in SHARES]
    assert {share.reveal() for share in OTHERS}.isdisjoint(share.reveal() for share in SHARES)
    number = int.from_bytes(SeededEntropy(1, "split").bytes(2), "big")
    share = shamir_mnemonic.Share.from_mnemonic(SHARES[0].reveal())
    assert share.identifier == number % 2**15


@given(st.integers(0, 2**16 - 1))
def test_every_identifier_can_be_drawn(number: int) -> None:
    class Tape:
        def bytes(self, n: int) -> bytes:
            return number.to_bytes(2, "big") if n == 2 else SeededEntropy(1, "x").bytes(n)

    shares = split_key(KEY, Tape())
    assert restore_key(KEY.reader, shares[:2]).reader == KEY.reader


def test_the_librarys_own_source_is_put_back() -> None:
    before = shamir.RANDOM_BYTES
    split_key(KEY, SeededEntropy(1, "split"))
    assert shamir.RANDOM_BYTES is before

    class Broken:
        def bytes(self, n: int) -> bytes:
            if n == 2:
                return b"\0\0"
            raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        split_key(KEY, Broken())
    assert shamir.RANDOM_BYTES is before


def test_a_split_waits_until_another_has_drawn() -> None:
    stated = [share.reveal() for share in split_key(KEY, SeededEntropy(2, "split"))]
    made: list[str] = []

    def split() -> None:
        made.extend(share.reveal() for share in split_key(KEY, SeededEntropy(2, "split")))

    second = threading.Thread(target=split)

    class Slow:
        def bytes(self, n: int) -> bytes:
            if n > 2:  # the library is drawing
                second.start()
                second.join(timeout=0.2)
                assert second.is_alive()
            return SeededEntropy(1, "slow").bytes(n)

    split_key(KEY, Slow())
    second.join()
    assert made == stated


@pytest.mark.parametrize("count", [0, 1, 3])
def test_exactly_two_shares_are_asked_for(count: int) -> None:
    assert refusal(restore_key, KEY.reader, SHARES[:count]) == Problem(
        "shares", f"{count} were given", "Give 2 of them."
    )


def test_shares_of_different_splits_are_refused() -> None:
    for one in SHARES:
        for other in OTHERS:
            assert refusal(restore_key, KEY.reader, [one, other]) == MIXED


def test_shares_of_different_splits_with_one_identifier_are_refused() -> None:
    class Tape:
        def __init__(self, seed: int) -> None:
            self.source = SeededEntropy(seed, "x")

        def bytes(self, n: int) -> bytes:
            return b"\x12\x34" if n == 2 else self.source.bytes(n)

    one, other = split_key(KEY, Tape(1)), split_key(KEY, Tape(2))
    assert refusal(restore_key, KEY.reader, [one[0], other[1]]) == MIXED
    assert refusal(restore_key, KEY.reader, [one[0], other[0]]) == MIXED


def test_one_share_twice_is_refused() -> None:
    assert refusal(restore_key, KEY.reader, [SHARES[0], SHARES[0]]) == MIXED


@pytest.mark.parametrize("groups", [((3, 3),), ((2, 3), (2, 3))])
def test_shares_of_another_scheme_are_refused(groups: tuple[tuple[int, int], ...]) -> None:
    words = _words(*groups, threshold=len(groups))
    assert refusal(restore_key, KEY.reader, [Secret(w) for w in words[:2]]) == MIXED


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("at", [0, 3, 16, 32])
def test_wrong_words_name_the_share(place: int, at: int) -> None:
    pair = [share.reveal() for share in SHARES[:2]]
    words = pair[place - 1].split()
    for wrong in ("academic" if words[at] != "academic" else "acid", "arm", ""):
        pair[place - 1] = " ".join([*words[:at], wrong, *words[at + 1 :]])
        assert refusal(restore_key, KEY.reader, [Secret(w) for w in pair]) == _wrong_words(place)


def test_capitals_and_spaces_do_not_matter() -> None:
    pair = [Secret(f" {share.reveal().upper()}\n") for share in SHARES[:2]]
    assert restore_key(KEY.reader, pair).reader == KEY.reader


def test_the_shares_of_another_key_are_refused() -> None:
    other = new_reader_key("escrow", SeededEntropy(2, "escrow"))
    shares = split_key(other, SeededEntropy(1, "split"))
    assert refusal(restore_key, KEY.reader, shares[:2]) == ANOTHER
    short = [Secret(w) for w in _words((2, 3), secret=bytes(16))]
    assert refusal(restore_key, KEY.reader, short[:2]) == ANOTHER


def test_the_restored_key_has_the_readers_role() -> None:
    reader = Reader(role="ethics office", public_key=KEY.public_key.hex())
    assert restore_key(reader, SHARES[:2]).role == "ethics office"
