from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.registry import json_list
from equipoise.registry.json_list import elements

TEXT = st.text(st.sampled_from('a"\\[]{},本\n'))
VALUE = st.recursive(
    TEXT | st.integers(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3),
    max_leaves=8,
)


def split(data: bytes, first: int = 1, largest: int = 1000) -> list[Any]:
    found = elements(io.BytesIO(data[first:]), data[:first], largest)
    return [json.loads(each) for each in found]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.dictionaries(TEXT, VALUE, max_size=3)), st.integers(1, 9), st.booleans())
def test_the_elements_are_those_of_the_list(
    given_list: list[dict[str, Any]], chunk: int, pretty: bool
) -> None:
    data = json.dumps(given_list, indent=2 if pretty else None, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_list, "_CHUNK", chunk)
        assert split(data, largest=10**6) == given_list


def test_what_follows_the_list_is_not_read() -> None:
    assert split(b'[{"a": 1}, [2]] {"b": 2}') == [{"a": 1}, [2]]


@pytest.mark.parametrize("data", [b'[{"a": 1}, {"b"', b'[{"a": 1}', b'[{"a": 1}, {"b": "c]', b"["])
def test_a_list_that_does_not_end(data: bytes) -> None:
    found = elements(io.BytesIO(data[1:]), data[:1], 1000)
    if b"1" in data:
        assert next(found) == b'{"a": 1}'
    with pytest.raises(EOFError, match="does not end"):
        next(found)


@pytest.mark.parametrize("data", [b"[{]}, {}]", b"[[}]", b"[}"])
def test_brackets_that_do_not_match(data: bytes) -> None:
    with pytest.raises(ValueError, match="do not match"):
        split(data)


def test_an_element_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_list, "_CHUNK", 100)
    data = json.dumps([{"a": "x" * 500}, {"a": "x" * 5000}]).encode()
    found = elements(io.BytesIO(data[1:]), data[:1], 1000)
    assert len(next(found)) > 500
    with pytest.raises(OverflowError):
        next(found)


def test_no_more_is_read_than_is_needed() -> None:
    data = b"[" + b",".join([b'{"a": 1}'] * 1_000_000) + b"]"
    stream = io.BytesIO(data[1:])
    next(elements(stream, b"[", 1000))
    assert stream.tell() < 200_000
