from __future__ import annotations

import numpy as np
import pytest

from equipoise.registry.related.evidence import MEANT, NAMES, _walk
from equipoise.registry.related.index import Index
from tests.registry.related.cohort import ALL, PARENT, trial


def _of(index: Index, study: dict, name: str) -> dict[str, float]:  # type: ignore[type-arg]
    places, told = index.evidence(study, linked=False)
    column = told[:, NAMES.index(name)]
    return {index.ids[p]: float(v) for p, v in zip(places, column, strict=True)}


def test_shares_are_of_the_best() -> None:
    plain = _of(Index.build(ALL), PARENT, "words")
    shares = _of(Index.build(ALL), PARENT, "words, share")
    best = max(plain.values())
    assert len(plain) > 1
    for each, cosine in plain.items():
        assert shares[each] == pytest.approx(np.log(cosine / best + 0.001), abs=1e-4)
    plain = _of(Index.build(ALL), PARENT, "pieces")
    shares = _of(Index.build(ALL), PARENT, "pieces, share")
    best = max(plain.values())
    for each, cosine in plain.items():
        assert shares[each] == pytest.approx((cosine / best) ** 4, abs=1e-4)


def test_nearer_numbers_speak_more() -> None:
    near = _of(Index.build(ALL), PARENT, "number")
    assert near["NCT00000120"] > near["NCT00005000"]


def test_a_comparison_speaks_and_an_observation_speaks_against() -> None:
    told = ("Balm randomised", "Balm versus salve", "Balm in a cohort", "Balm for randomness")
    balms = [trial(i, title, "") for i, title in enumerate(told, 2)]
    strangers = [trial(i, "Choir: a randomised cohort versus talk", "") for i in (10, 11)]
    index = Index.build([trial(1, "Balm", ""), *balms, *strangers])
    expected = {"at random": [1, 0, 0, 0], "compared": [0, 1, 0, 0], "not observed": [1, 1, 0, 1]}
    for name, values in expected.items():
        found = _of(index, trial(1, "Balm", ""), name)
        assert [found[f"NCT{i:08d}"] for i in (2, 3, 4, 5)] == values


def test_by_words_a_walk_favours_a_record_like_the_likely_ones() -> None:
    # The last two are as near to the asking one by words; the first of them is like the best match.
    titles = ("Balm for sore hand", "Balm for sore thumb", "Balm in thumb", "Balm in foot")
    known = [trial(i, title, "") for i, title in enumerate(titles, 1)]
    other = [trial(i, "Foot washed", "") for i in (8,)] + [trial(9, "Hand washed", "")]
    index = Index.build([*known, *other, *(trial(i, "Choir singing", "") for i in range(20, 40))])
    words, walk = (_of(index, known[0], name) for name in ("words", "walk"))
    assert words["NCT00000003"] == pytest.approx(words["NCT00000004"])
    assert walk["NCT00000002"] > walk["NCT00000003"] > walk["NCT00000004"]


def test_a_walk_by_meaning_steps_to_what_means_the_same() -> None:
    # Words and meaning are as near to both others; the first is also like the best match.
    strangers = [trial(i, "Choir singing", "") for i in range(5, 12)]
    index = Index.build([*(trial(i, "Balm", "") for i in (1, 2, 3, 4)), *strangers])
    read = np.zeros((len(index.ids), 384))
    read[:4, :4] = np.array([[1.0, 0, 0, 0], [0.9, 0.43, 0, 0], [0.5, 0.8, 0, 0], [0.5, 0, 0.8, 0]])
    index = Index(index.ids, index.spaces, index.known, read.astype(np.float16))
    walk = _of(index, trial(1, "Balm", ""), "walk")
    assert walk["NCT00000002"] > walk["NCT00000003"] > walk["NCT00000004"]
    both = _of(index, trial(1, "Balm", ""), "words and meaning")
    assert both["NCT00000002"] == pytest.approx(np.log(1.001), abs=1e-6)
    assert both["NCT00000003"] == both["NCT00000004"] < both["NCT00000002"]
    assert both["NCT00000003"] == pytest.approx(np.log((5 / 9) ** 3 + 0.001), abs=1e-2)


def test_the_walk_ends_where_the_equation_says() -> None:
    near = np.array([[0, 0.5, 0.2], [0.5, 0, 0.1], [0.2, 0.1, 0]], np.float32)
    start = np.array([0.9, 0.3, 0.3], np.float32)
    step = 2 * near.astype(float) ** 2
    root = np.sqrt(step.sum(axis=1))
    step = step / root[:, None] / root
    end = np.linalg.solve(np.eye(3) - 0.85 * step, 0.15 * start.astype(float) ** 2)
    assert np.allclose(_walk(near, start), end / end.max(), atol=0.05)
    assert _walk(near, start)[1] > _walk(near, start)[2]


def test_without_a_model_meaning_says_nothing() -> None:
    for name in MEANT:
        assert set(_of(Index.build(ALL), PARENT, name).values()) == {0}
