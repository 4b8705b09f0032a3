from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.noise import Draws, exponentials, normals, uniforms
from equipoise.chance import Chance
from equipoise.errors import InputError


def test_every_number_is_the_one_at_its_address() -> None:
    chance = Chance(2**40 + 7, trial=5)
    people = [3, 2**31, 0]
    for array, single in (
        (uniforms(chance, (2, 2), people, "a purpose", 4), Chance.uniform),
        (normals(chance, (2, 2), people, "a purpose", 4), Chance.normal),
        (exponentials(chance, (2, 2), people, "a purpose", 4), Chance.exponential),
    ):
        assert array.shape == (2, 2, 3, 4)
        for t in range(4):
            trial = Chance(chance.seed, 5 + t)
            for i, person in enumerate(people):
                for k in range(4):
                    expected = single(trial, person, "a purpose", k)
                    assert array[t // 2, t % 2, i, k] == expected


def test_one_trial_has_no_leading_axis() -> None:
    assert uniforms(Chance(1), (), np.arange(3), "x", 2).shape == (3, 2)


def test_participants_are_numbered_in_order_unless_told() -> None:
    assert Draws(Chance(1)).numbers(3).tolist() == [0, 1, 2]
    assert Draws(Chance(1), 5, [7, 9]).numbers(2).tolist() == [7, 9]


@pytest.mark.parametrize("people", [[-1], [2**32]])
def test_a_number_must_fit_into_its_word(people: list[int]) -> None:
    with pytest.raises(InputError, match="participants"):
        uniforms(Chance(1), (), people, "x", 1)


def test_there_is_one_number_for_each_participant() -> None:
    with pytest.raises(InputError, match="participants"):
        Draws(Chance(1), 5, [7, 9]).numbers(3)
