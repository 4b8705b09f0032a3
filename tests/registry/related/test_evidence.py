from __future__ import annotations

import numpy as np

from equipoise.registry.related.evidence import NAMES
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
    # Both others share one rare word with the one asking; the first is also like its best match.
    best = trial(2, "Balm sore hand", "wrist splint glove")
    liked = trial(3, "Balm", "wrist splint glove")
    alone = trial(4, "Balm", "asthma choir singing")
    more = [trial(i, "asthma choir singing wrist splint glove sore hand", "") for i in (5, 6)]
    asking = trial(1, "Balm sore hand", "balm")
    walk = _of(Index.build([best, liked, alone, *more]), asking, "walk")
    assert walk["NCT00000003"] > walk["NCT00000004"]
    assert max(walk.values()) == 1
