from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, spearmanr

from equipoise.chance import SeededEntropy
from equipoise.errors import Problem
from equipoise.rules.allocation.kits import SYMBOLS, Kit, check_kit_code, new_kits
from tests.refusal import refusal

MANY = new_kits(2000, SeededEntropy(1, "kits"))
CODES = [code for kit in MANY for code in (kit.code, *kit.replacements)]
codes = st.sampled_from(CODES)


class Tape:
    """Entropy that was written beforehand, as 32-bit words."""

    def __init__(self, *words: int) -> None:
        self.words = iter(words)

    def bytes(self, n: int) -> bytes:
        return next(self.words).to_bytes(n, "big")


def test_the_symbols_are_28_and_not_mistaken_for_one_another() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 28
    assert not set(SYMBOLS) & set("01BILOSZ")
    assert sorted(SYMBOLS) == list(SYMBOLS)


def test_a_code_worked_by_hand() -> None:
    # Values 1 to 7: 8*1 + 7*2 + 6*3 + 5*4 + 4*5 + 3*6 + 2*7 = 112 = 4 * 29 - 4, so the check is 4.
    (kit,) = new_kits(1, Tape(*range(1, 8), *range(2, 9), *range(3, 10)))
    assert kit.code == "3456789" + "6"
    # Values 2 to 8: 112 + 35 = 147 = 6 * 29 - 27; values 3 to 9: 182 = 7 * 29 - 21.
    assert kit.replacements == ("456789A" + "Y", "56789AC" + "R")
    assert isinstance(kit, Kit)


def test_a_code_without_a_check_symbol_and_a_repeated_one_are_drawn_again() -> None:
    # 8*0 + ... + 2*15 = 30 = 2 * 29 - 28: no symbol has the value 28.
    without = [0, 0, 0, 0, 0, 0, 15]
    one, two, three = range(1, 8), range(2, 9), range(3, 10)
    (kit,) = new_kits(1, Tape(*without, *one, *one, *two, *without, *two, *three))
    assert kit == ("34567896", ("456789AY", "56789ACR"))


def test_a_source_that_repeats_itself_is_given_up() -> None:
    class Stuck:
        def bytes(self, n: int) -> bytes:
            return bytes(n)

    assert refusal(new_kits, 1, Stuck()) == Problem(
        "entropy",
        "the source of random bytes repeats itself",
        "Use the operating system's generator.",
    )


def test_a_source_is_given_up_after_128_codes() -> None:
    once, again, other = [*range(1, 8)], [*range(1, 8)] * 127, [*range(2, 9)]
    third = [*range(3, 10)]
    assert new_kits(1, Tape(*once, *again, *other, *third))[0].replacements[0] == "456789AY"
    refusal(new_kits, 1, Tape(*once, *again, *range(1, 8), *other, *third))


def test_codes_are_all_different_and_each_passes_its_own_check() -> None:
    assert len(MANY) == 2000
    assert len(set(CODES)) == 6000
    assert all(len(code) == 8 and check_kit_code(code) == code for code in CODES)
    assert new_kits(0, SeededEntropy(1, "kits")) == ()


@given(codes, st.integers(0, 7), st.sampled_from(SYMBOLS))
def test_every_wrong_symbol_is_noticed(code: str, at: int, symbol: str) -> None:
    changed = code[:at] + symbol + code[at + 1 :]
    if changed != code:
        assert refusal(check_kit_code, changed) == Problem(
            "kit code",
            f"{changed!r} is misread: its check symbol does not fit",
            "Read it again from the label.",
        )


@pytest.mark.parametrize("code", CODES[:50])
def test_every_exchange_of_two_symbols_is_noticed(code: str) -> None:
    for i, j in combinations(range(8), 2):
        symbols = list(code)
        symbols[i], symbols[j] = symbols[j], symbols[i]
        if symbols[i] != symbols[j]:
            assert refusal(check_kit_code, "".join(symbols)).where == "kit code"


def test_small_letters_and_spaces_around_are_accepted() -> None:
    assert check_kit_code(f" {CODES[0].lower()}\n") == CODES[0]


@pytest.mark.parametrize("text", ["", "3456789", "345678966", "3456 7896"])
def test_a_code_has_eight_symbols(text: str) -> None:
    assert refusal(check_kit_code, text) == Problem(
        "kit code",
        f"{text!r} has {len(text)} symbols instead of 8",
        "Read it again from the label.",
    )


@pytest.mark.parametrize(
    ("text", "wrong"), [("O4567896", "O"), ("345678b6", "B"), ("3456789é", "É")]
)
def test_a_symbol_that_no_code_has_is_named(text: str, wrong: str) -> None:
    assert refusal(check_kit_code, text) == Problem(
        "kit code",
        f"{text.upper()!r} contains {wrong!r}, which no kit code has",
        "Read it again: codes are without 0 O, 1 I L, B, S and Z.",
    )


def test_symbols_are_uniform_and_the_order_says_nothing() -> None:
    for place in range(7):
        assert chisquare(list(Counter(code[place] for code in CODES).values())).pvalue > 0.001
    rank = {code: number for number, code in enumerate(sorted(CODES))}
    ranks = [rank[code] for code in CODES]
    assert spearmanr(range(len(ranks)), ranks).pvalue > 0.001
