from __future__ import annotations

from equipoise.registry.related.evidence import NAMES
from equipoise.registry.related.weights import WEIGHTS


def test_every_weight_is_of_evidence_and_words_speak_for() -> None:
    assert set(WEIGHTS) <= set(NAMES)
    assert WEIGHTS["words"] > 0
