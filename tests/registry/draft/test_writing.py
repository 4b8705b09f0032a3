from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.protocol.source import read_yaml
from equipoise.registry.draft.writing import Path, clean, scalar, written

VALUES = st.recursive(
    st.text(max_size=12) | st.integers(-999, 999) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=3)
    ),
    max_leaves=8,
)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    return clean(value) if isinstance(value, str) else value


@given(st.dictionaries(st.sampled_from("abcde"), VALUES, max_size=4), st.text(max_size=30))
def test_what_is_written_reads_back(data: dict[str, Any], comment: str) -> None:
    places: dict[Path, list[str]] = {(key,): [comment] for key in data}
    places[()] = [comment]
    source = read_yaml(written(data, places), "draft.yaml")
    assert not source.problems
    assert (source.data or {}) == _cleaned(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("yes", '"yes"'), ("age_y >= 18", "age_y >= 18"), ("12", '"12"'), ("a: b", '"a: b"'),
        ("# a", '"# a"'), (Decimal("2.50"), "2.5"), (Decimal(200), "200"), (True, "true"),
        (date(2020, 3, 1), "2020-03-01"), ("18 <= age_y <= 75", "18 <= age_y <= 75"),
    ],
)  # fmt: skip
def test_scalars(value: object, text: str) -> None:
    assert scalar(value) == text


def test_comments_stand_above_their_place_and_are_wrapped() -> None:
    text = written({"a": {"b": 1, "c": [{"d": 2}]}}, {("a", "c", 0): ["word " * 40]})
    lines = text.splitlines()
    assert lines[0:4] == ["", "a:", "  b: 1", "  c:"]
    assert lines[4].startswith("    # word")
    assert max(map(len, lines)) <= 96
    assert lines[-1] == "    - {d: 2}"
