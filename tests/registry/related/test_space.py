from __future__ import annotations

import numpy as np

from equipoise.registry.related.space import Growing, Space


def _space() -> Space:
    growing = Growing()
    for counted in ({"sore": 1, "hand": 2}, {"sore": 1, "foot": 3}, {"hand": 1, "sore": 4}, {}):
        growing.add(counted)
    return growing.space()


def test_weights_are_the_root_of_the_rarity() -> None:
    space = _space()
    assert set(space.terms) == {"sore", "hand"}
    assert np.isclose(space.weight[space.terms["sore"]], np.sqrt(np.log(5 / 4)))
    assert np.isclose(space.weight[space.terms["hand"]], np.sqrt(np.log(5 / 3)))


def test_cosines_agree_with_the_definition() -> None:
    space = _space()
    sore, hand = np.sqrt(np.log(5 / 4)), np.sqrt(np.log(5 / 3))
    first = np.array([sore, (1 + np.log(2)) * hand])
    third = np.array([(1 + np.log(4)) * sore, hand])
    expected = first @ third / np.linalg.norm(first) / np.linalg.norm(third)
    vector = space.vector({"sore": 1, "hand": 2, "unknown": 5})
    found = space.cosines(vector, np.array([0, 2, 3]))
    assert np.allclose(found, [1, expected, 0], atol=1e-6)


def test_inverted_is_the_same_turned() -> None:
    space = _space()
    assert (space.inverted.toarray() == space.unit.toarray().T).all()


def test_a_record_with_unknown_terms_only_has_no_direction() -> None:
    assert _space().vector({"unknown": 1}).nnz == 0


def test_records_that_have_any_of_some_words() -> None:
    space = _space()
    places = np.array([3, 2, 1])
    assert space.having(["hand", "unknown"], places).tolist() == [False, True, False]
    assert space.having(["hand", "sore"], places).tolist() == [False, True, True]
    assert not space.having([], places).any()
