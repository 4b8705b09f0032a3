from __future__ import annotations

import numpy as np
import pytest

from equipoise.kernels.philox import philox4x32
from equipoise.kernels.rerandomize import chain_sums, table_sums, urn_distribution, urn_sums

SEED_LOW, SEED_HIGH, TRIAL, FIRST = 11, 12, 3, 1000


def word(place: int, purpose: int, draw: int) -> int:
    words = philox4x32(place // 4, purpose, draw, TRIAL, SEED_LOW, SEED_HIGH)
    return int(words[place % 4])


def test_every_word_has_the_address_that_is_promised() -> None:
    size, tables = 1000, 6
    entries = np.arange(float(size))[None, :] * np.ones((tables, 1))
    flat = (entries * 1000.0 ** np.arange(-2, tables - 2)[:, None]).ravel()
    sizes = np.full(tables, size)
    out = np.zeros((1, 300))
    table_sums(flat[None], np.cumsum(sizes) - sizes, sizes, FIRST, TRIAL, SEED_LOW, SEED_HIGH, out)
    for draw in (0, 1, 127, 128, 299):
        picked = [word(t, 0x72657461, FIRST + draw) * size >> 32 for t in range(tables)]
        expected = sum(p * 1000.0 ** (t - 2) for t, p in enumerate(picked))
        assert out[0, draw] == pytest.approx(expected, rel=1e-14)


def test_an_urn_is_emptied_place_by_place() -> None:
    places, treated = 11, 4
    scores = np.exp2(np.arange(float(places)))[None]
    out = np.zeros((1, 200))
    numbers = np.array([treated]), np.array([places]), np.array([0, places])
    urn_sums(scores, *numbers, FIRST, TRIAL, SEED_LOW, SEED_HIGH, out)
    for draw in (0, 130, 199):
        left, expected = treated, 0.0
        for place in range(places):
            if word(place, 0x72657572, FIRST + draw) * (places - place) >> 32 < left:
                left -= 1
                expected += 2.0**place
        assert left == 0
        assert out[0, draw] == expected


def test_a_chain_goes_where_its_words_send_it() -> None:
    cuts = np.array([[[2**31, 2**32], [2**30, 2**32]]], dtype=np.uint64)
    moves, takes = np.array([[1, 0], [0, 1]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    restarts = np.array([True, False, False, True, False, False])
    out = np.zeros((1, 200))
    scores = np.exp2(np.arange(6.0))[None]
    chain_sums(scores, restarts, cuts, moves, takes, FIRST, TRIAL, SEED_LOW, SEED_HIGH, out)
    for draw in (0, 127, 128, 199):
        state, expected = 0, 0.0
        for place in range(6):
            state = 0 if restarts[place] else state
            made = int(word(place, 0x72657572, FIRST + draw) >= int(cuts[0, state, 0]))
            expected += 2.0**place * takes[state, made]
            state = int(moves[state, made])
        assert out[0, draw] == expected


def test_the_distribution_of_one_urn_by_hand() -> None:
    # scores 0, 1, 3, of which two are treated: sums 1, 3, 4
    weights = np.array([[0.0, 0.0, 1 / 3, 0.0]])
    joint = urn_distribution(np.array([0, 1, 3]), np.array([0, 3]), weights, 2, 4)
    assert joint[2] == pytest.approx(np.array([0, 1, 0, 1, 1]) / 3)
    assert joint[:2].sum() == 0
