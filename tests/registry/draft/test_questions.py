from __future__ import annotations

import pytest

from equipoise.registry.draft.questions import question
from equipoise.registry.draft.rules import text


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Known history of epilepsy", "epilepsy"),
        ("patients with a pacemaker", "pacemaker"),
        ("No epilepsy", "not epilepsy"),
        ("Communication barrier (any language)", "communication_barrier"),
        ("Diabetes in the history", "diabetes"),
        ("Pass", "pass_"),
    ],
)
def test_a_question_is_named_by_its_words(words: str, rule: str) -> None:
    node = question(words, 0, len(words))
    assert node is not None
    assert text(node) == rule


@pytest.mark.parametrize("words", ["", "12", "patients with", "—", "女"])
def test_words_that_ask_nothing_are_no_question(words: str) -> None:
    assert question(words, 0, len(words)) is None
