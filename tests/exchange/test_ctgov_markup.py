from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.exchange.ctgov_markup import LINES, TYPED, WIDTH, escaped, laid_out, plain
from tests.exchange.real import needs_data, studies

MARKDOWN = """Inclusion Criteria:

* Sore for at least two weeks, in the hand or in the wrist, on the left side or on the right one
* One of:

  * burn
  * cut

    Even if it has healed.
* Age \\> 18

Exclusion Criteria:

1. None
10. Few"""

LAID_OUT = """
        Inclusion Criteria:

          -  Sore for at least two weeks, in the hand or in the wrist, on the left side or on the
             right one

          -  One of:

               -  burn

               -  cut

                  Even if it has healed.

          -  Age > 18

        Exclusion Criteria:

          1. None

         10. Few
      """


def test_text_laid_out_for_the_eye_is_markdown_and_back() -> None:
    codec = laid_out(8)
    xml = LAID_OUT.replace("\n", "\r\n").removeprefix("\r")
    assert codec.read(xml) == MARKDOWN
    assert codec.write(MARKDOWN) == xml


def test_text_with_plain_line_ends_reads_the_same() -> None:
    assert laid_out(8).read(LAID_OUT) == MARKDOWN


def test_an_item_that_comes_first_has_lost_its_column() -> None:
    codec = laid_out(6)
    xml = "\n      -  one\r\n\r\n        -  two\r\n    "
    assert codec.read(xml) == "* one\n* two"
    assert codec.write("* one\n* two") == xml


def test_words_that_only_look_like_an_item_are_words() -> None:
    codec = laid_out(6)
    xml = "\n      Then\r\n\r\n      1. stop\r\n    "
    assert codec.read(xml) == "Then\n\n1\\. stop"
    assert codec.write("Then\n\n1\\. stop") == xml


def test_nothing_laid_out_is_nothing() -> None:
    assert laid_out(6).read("\n    ") is None


def test_no_line_is_wider_than_the_page_but_for_a_long_word() -> None:
    text = laid_out(6).write(" ".join(["word"] * 200 + ["x" * 150] + ["word"] * 50)) or ""
    long = [line for line in text.split("\r\n") if len(line) > WIDTH]
    assert [line.strip() for line in long] == ["x" * 150]


@pytest.mark.parametrize(
    ("xml", "markdown"),
    [
        ("one\r\ntwo <3>", "one\n\ntwo \\<3\\>"),
        ("one\r\n-  a\r\n-  b\r\n  -  c\r\n-  d\r\ntwo", "one\n\n* a\n* b\n\n  * c\n* d\n\ntwo"),
        ("1.  a\r\n2.  b", "1. a\n2. b"),
        ("- a", "\\- a"),
        ("1. a", "1\\. a"),
    ],
)
def test_every_line_of_an_element_is_a_paragraph(xml: str, markdown: str) -> None:
    assert LINES.read(xml) == markdown
    assert LINES.write(markdown) == xml


@pytest.mark.parametrize(
    ("typed", "markdown"),
    [
        ("In:\n\n- a < b\n- c\n\n  1. d", "In:\n\n* a \\< b\n* c\n\n  1. d"),
        ("+ a", "\\+ a"),
        ("1) a", "1\\) a"),
    ],
)
def test_text_is_typed_with_dashes_and_numbers(typed: str, markdown: str) -> None:
    assert TYPED.read(typed) == markdown
    assert TYPED.write(markdown) == typed


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab-*1. <>\\\n&_", max_size=40))
def test_text_survives_markdown(text: str) -> None:
    assert plain(escaped(text)) == text
    assert TYPED.write(TYPED.read(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab-*1. <>\\\n\r&_", max_size=60))
def test_any_text_can_be_read_and_laid_out(text: str) -> None:
    codec = laid_out(8)
    once = codec.write(codec.read(text) or "") or ""
    words = (codec.read(once) or "").split()
    assert words == (codec.read(text) or "").split()
    LINES.write(LINES.read(text))


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, name)
    elif isinstance(value, str) and name in {"description", "eligibilityCriteria", "briefSummary"}:
        yield value


@needs_data
def test_nearly_all_markdown_of_the_registry_comes_back() -> None:
    same = Counter(
        TYPED.read(TYPED.write(text) or "") == text
        for line in studies(every=20)
        for text in _texts(json.loads(line))
    )
    assert same[True] > 2000
    assert same[False] / same[True] < 0.005
