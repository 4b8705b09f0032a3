from __future__ import annotations

import numpy as np
import pytest

from equipoise.registry.related.evidence import MEANT, NAMES
from equipoise.registry.related.index import Index
from tests.registry.related.cohort import ALL, PARENT, trial


def _of(index: Index, study: dict, name: str) -> dict[str, float]:  # type: ignore[type-arg]
    places, told = index.evidence(study, linked=False)
    column = told[:, NAMES.index(name)]
    return {index.ids[p]: float(v) for p, v in zip(places, column, strict=True)}


def test_relative_evidence_is_a_share_of_the_best() -> None:
    relative = _of(Index.build(ALL), PARENT, "words, relative")
    assert max(relative.values()) == 1
    plain = _of(Index.build(ALL), PARENT, "words")
    best = max(plain.values())
    assert all(np.isclose(relative[each], plain[each] / best) for each in plain)


def test_nearer_numbers_speak_more() -> None:
    near = _of(Index.build(ALL), PARENT, "number")
    assert near["NCT00000120"] > near["NCT00005000"]


def test_a_walk_favours_a_record_like_the_likely_ones() -> None:
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


def test_without_a_model_meaning_says_nothing() -> None:
    for name in MEANT:
        assert set(_of(Index.build(ALL), PARENT, name).values()) == {0}
