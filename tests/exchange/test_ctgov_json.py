from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.exchange.ctgov_json import read, write
from tests.exchange.damage import altered, damaged
from tests.exchange.real import needs_data, studies
from tests.registry.sample import record

SMALL = b'{"a": {"b": 1}, "c": [true, null, "x"]}'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('{"a": 1,\n "b": {"c": 2, "c": 3}}', "line 2, column 16", 'names the field "c"'),
        ('{"a": [1, {"b": "{"}],\n"a": 2}', "line 2, column 1", 'names the field "a"'),
        ('{"a":\n   NaN}', "line 2, column 4", "is NaN"),
        ('{"a": -Infinity}', "line 1, column 7", "is -Infinity"),
        ('{"a": "NaN", "b": 1e999}', "line 1, column 19", "beyond every measure"),
        ('{"a": ' + "9" * 5000 + "}", "line 1, column 7", "beyond every measure"),
        ('{"a": 1', "line 1, column 8", "is no JSON"),
        ('{"a": "x', "line 1, column 7", "is no JSON"),
        ("[]", "line 1, column 1", "no JSON object"),
        ("", "line 1, column 1", "is no JSON"),
        ('{"a": ' + "[" * 100_000, "the study", "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, where: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text.encode())
    assert caught.value.problem.where == where
    assert what in caught.value.problem.what


def test_a_text_in_another_encoding_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        read('{"a": "é"}'.encode("latin-1"))
    assert caught.value.problem.where == "byte 7"


def test_numbers_keep_their_text_and_fields_their_order() -> None:
    text = '{"z": 1.10, "a": 1e3, "m": [101.0, -0, 3, -122.2708], "n": {}, "l": []}'
    again = write(read(text.encode())).decode()
    assert "".join(again.split()) == "".join(text.split())


def test_a_number_with_its_text_is_a_number_and_can_be_copied() -> None:
    number = copy.deepcopy(read(b'{"a": 1.10}'))["a"]
    assert number == 1.1
    assert write({"a": number}) == b'{\n  "a": 1.10\n}\n'


def test_a_byte_order_mark_is_no_part_of_the_study() -> None:
    assert read(b"\xef\xbb\xbf" + SMALL) == json.loads(SMALL)


def test_half_a_character_survives() -> None:
    assert read(write(read(rb'{"a": "\ud800"}'))) == {"a": "\ud800"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, 10**400, b"x"])
def test_what_json_cannot_hold_is_refused_by_name(value: object) -> None:
    with pytest.raises(InputError) as caught:
        write({"a": [{"b": value}]})
    assert caught.value.problem.where == "a[0].b"


def test_a_study_nested_too_deeply_is_refused() -> None:
    study: dict[str, Any] = {}
    for _ in range(100_000):
        study = {"a": study}
    with pytest.raises(InputError):
        write(study)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=20,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), JSON))
def test_every_object_comes_back(study: dict[str, Any]) -> None:
    assert read(write(study)) == study


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    broken = data.draw(damaged(write(record())))
    try:
        study = read(broken)
    except InputError:
        return
    assert study == json.loads(broken.decode("utf-8-sig"))


@settings(max_examples=100, deadline=None)
@given(altered(record()))
def test_an_altered_record_is_written_or_refused(study: dict[str, Any]) -> None:
    with contextlib.suppress(InputError):
        assert read(write(study)) == study


@needs_data
@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_real_records_come_back_equal_in_the_same_order(every: int) -> None:
    for line in studies(every):
        again = read(write(read(line)))
        assert json.dumps(again) == json.dumps(json.loads(line))
