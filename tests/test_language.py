from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract

from equipoise.analysis.estimators.estimate import NOTES
from equipoise.errors import InputError
from equipoise.language import Language, catalogue

SOURCE = Path(__file__).parents[1] / "src" / "equipoise"
IN_TEMPLATE = re.compile(r"""say\((["'])(.*?)\1""")


def _messages() -> set[str]:
    """Return every message that the product says, from Python and from templates."""
    found = set(NOTES.values())
    for path in SOURCE.rglob("*.py"):
        with path.open("rb") as stream:
            found |= {str(m[1]) for m in extract("python", stream, {"say": None})}
    for path in SOURCE.rglob("*.html"):
        found |= {match[2] for match in IN_TEMPLATE.finditer(path.read_text(encoding="utf-8"))}
    return found


def test_everything_that_is_said_can_be_said_in_chinese() -> None:
    messages = _messages()
    assert len(messages) > 80
    assert sorted(messages - set(catalogue("zh"))) == []


def test_a_translation_keeps_the_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    for message, words in catalogue("zh").items():
        assert fields(message) == fields(words), message


def test_saying() -> None:
    assert Language("en")("Allocated to {arm}", arm="A") == "Allocated to A"
    assert Language("zh")("Allocated to {arm}", arm="A") == "分配至A"
    assert Language("zh")("a sentence without translation") == "a sentence without translation"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="'fr' is not available"):
        Language("fr")("yes")
