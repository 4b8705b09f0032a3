from __future__ import annotations

import pytest
from pydantic import ValidationError

from equipoise.protocol.part import Part, Text, unsaid


class Cup(Part):
    size_ml: int = 1


def test_a_part_is_immutable_and_knows_its_fields() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Cup().size_ml = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Cup.model_validate({"colour": "blue"})


def test_words_fall_back_on_english() -> None:
    assert Text.model_validate("Pain").get("zh") == "Pain"
    assert Text(en="Pain", zh="疼痛").get("zh") == "疼痛"
    assert Text(en="Pain", zh="疼痛").get("en") == "Pain"


@pytest.mark.parametrize("nothing", [None, False, (), {}])
def test_nothing_is_unsaid(nothing: object) -> None:
    assert unsaid(nothing)


@pytest.mark.parametrize("something", [0, 0.0, "", ("x",), {"x": 1}, True])
def test_zero_and_empty_text_are_said(something: object) -> None:
    assert not unsaid(something)
