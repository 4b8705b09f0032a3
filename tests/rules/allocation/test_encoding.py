from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.rules.allocation.encoding import canonical_json, domain_hash, framed


def test_fields_stand_after_their_lengths() -> None:
    assert framed("é", b"\x00\xff", "") == (
        b"\0\0\0\0\0\0\0\x02\xc3\xa9" + b"\0\0\0\0\0\0\0\x02\x00\xff" + b"\0\0\0\0\0\0\0\0"
    )
    assert framed() == b""
    assert framed("x" * 256)[:8] == b"\0\0\0\0\0\0\x01\0"


@given(st.lists(st.binary(max_size=20)), st.lists(st.binary(max_size=20)))
def test_different_fields_are_different_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (framed(*one) == framed(*other)) == (one == other)


def test_a_domain_is_a_field_of_its_own() -> None:
    stated = b"\0\0\0\0\0\0\0\x01a\0\0\0\0\0\0\0\x01b"
    assert domain_hash("a", b"b") == hashlib.sha256(stated).digest()
    assert domain_hash("ab") != domain_hash("a", "b")


def test_json_has_one_spelling() -> None:
    value = {"b": (1, 2), "a": {"y": None, "x": '臂 \n"'}}
    assert canonical_json(value) == '{"a":{"x":"臂 \\n\\"","y":null},"b":[1,2]}'.encode()


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))
