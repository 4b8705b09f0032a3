from __future__ import annotations

from equipoise.registry.related.fields import SPACES, counts, fields
from tests.registry.related.cohort import PARENT, trial


def test_words_by_field() -> None:
    of = fields(PARENT)
    assert of["title"] == ["balmazole", "sore", "hand", "surgery"]
    assert of["interventions"] == ["balmazole"]


def test_the_title_counts_once_more() -> None:
    counted = counts(trial(1, "Sore hands", "Balm for hands"))
    assert counted["words"] == {"sore": 2, "hand": 3, "balm": 1}


def test_an_empty_record_counts_nothing() -> None:
    assert all(not counted for counted in counts({}).values())
    assert set(counts({})) == set(SPACES)
