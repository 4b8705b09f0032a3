from __future__ import annotations

from equipoise.registry.related.evidence import MEANT, NAMES
from equipoise.registry.related.weights import WEIGHTS, WEIGHTS_WITH_MEANING


def test_every_weight_is_of_evidence_and_speaks_for() -> None:
    for weights in (WEIGHTS, WEIGHTS_WITH_MEANING):
        assert set(weights) <= set(NAMES)
        assert min(weights.values()) > 0
    assert not set(WEIGHTS) & set(MEANT)
    assert set(WEIGHTS_WITH_MEANING) & set(MEANT)
