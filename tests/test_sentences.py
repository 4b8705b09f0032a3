"""Every sentence that an error can say is known in Chinese, and is found again in it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from string import Formatter
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import Problem
from equipoise.language import Language, sentences
from tests.sentences import Sentences, is_a_sentence, read_module

SOURCE = Path(__file__).parents[1] / "src" / "equipoise"
CHINESE = sentences("zh")
say = Language("zh")

# What another program or an outer error says: it ends in no literal of ours and stays as it is.
FROM_OUTSIDE = {
    "context.get_dummy_value()", "error.problem.todo", "error.problem.what", "finding.todo",
    "finding.what", "first.todo", "first.what", "member.fault", "problem.todo", "problem.what",
    "str(error['msg'])", "str(fault)", "_TOKEN.finditer(text)",
    "typer.Option(..., help='treatment of the participant, overdose, pregnancy, death, or other.')",
}  # fmt: skip


@cache
def _source() -> Sentences:
    return Sentences.of(SOURCE)


def _places(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def _endings(sentence: str) -> set[str]:
    """Return the places glued to a word before them: the plural s, which Chinese has not."""
    parts = list(Formatter().parse(sentence))
    return {str(at) for at, (literal, *_) in enumerate(parts) if literal[-1:].isalpha()}


# --- the catalogue is whole -----------------------------------------------------------------------


def test_every_sentence_of_an_error_is_known_in_chinese() -> None:
    said = {text for text in _source().found if is_a_sentence(text)}
    assert len(said) > 1400
    assert sorted(said - set(CHINESE)) == []


def test_only_what_others_say_is_not_read_from_the_source() -> None:
    assert set(_source().unread) == FROM_OUTSIDE


def test_what_the_model_of_a_protocol_says_is_known_in_chinese() -> None:
    said = [
        str(node.exc.args[0].value)
        for node in ast.walk(ast.parse((SOURCE / "protocol" / "parts.py").read_text("utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if isinstance(node.exc.args[0], ast.Constant)
    ]
    assert len(said) > 5
    assert [text for text in said if f"{text[0].upper()}{text[1:]}." not in CHINESE] == []


def test_a_translation_keeps_the_values() -> None:
    for sentence, words in CHINESE.items():
        places = _places(sentence)
        assert set(places) <= {""}, sentence
        wanted = {str(at) for at in range(len(places))}
        assert wanted - _endings(sentence) <= set(_places(words)) <= wanted, sentence


def test_a_translation_keeps_the_full_stop() -> None:
    for sentence, words in CHINESE.items():
        assert words.endswith(("。", "……")) == sentence.rstrip().endswith((".", "…")), sentence


# --- a sentence is found by its shape -------------------------------------------------------------


def test_every_sentence_is_found_again_as_itself() -> None:
    for sentence, words in CHINESE.items():
        if is_a_sentence(sentence):
            values = [f"<{at}>" for at in range(len(_places(sentence)))]
            assert say.sentence(sentence.format(*values)) == words.format(*values), sentence


@given(
    st.sampled_from([each for each in sorted(CHINESE) if is_a_sentence(each)]),
    st.lists(st.integers(100, 999).map(str), min_size=6, max_size=6, unique=True),
)
def test_it_is_found_whatever_its_values_are(sentence: str, numbers: list[str]) -> None:
    values = numbers[: len(_places(sentence))]
    assert say.sentence(sentence.format(*values)) == CHINESE[sentence].format(*values)


@pytest.mark.parametrize(
    ("sentence", "chinese"),
    [
        # values may change places
        ("slot 3 of stratum 'north'", "层“north”的序号 3"),
        # a value that is a sentence is said too, and one in quotes is somebody's own word
        ("the YAML cannot be read: it makes no sense", "无法读取该 YAML：无法理解"),
        ("there is no item `visit`", "没有条目 `visit`"),
        ("there is no visit `visit`", "没有访视 `visit`"),
        ("Give a whole number, at least 3.", "请给整数，不小于 3。"),
        (
            "has 2 errors; the first: a.yaml:3: arms: there is no arm `x`",
            "有 2 个错误；第一个：a.yaml:3: arms: 没有组 `x`",
        ),
        # of two shapes that fit, the one that says more itself
        ('"x" is not text', '"x" 不是文本'),
        # braces, several lines
        ("Write one, as {normal: [5, 1]}.", "请写一个，例如 {normal: [5, 1]}。"),
        ("column 4: nested too deeply\n   ((\n    ^", "column 4: 嵌套太深\n   ((\n    ^"),
        # a shape of few letters fits no sentence that nobody knows
        ("Use what the ward has at hand.", "Use what the ward has at hand."),
        ("nobody came to the ward", "nobody came to the ward"),
        ("", ""),
    ],
)
def test_a_sentence_in_chinese(sentence: str, chinese: str) -> None:
    assert say.sentence(sentence) == chinese


@pytest.mark.parametrize(
    "text",
    [": a, ".join(["b c to d e"] * 12), ", ".join(["abc"] * 2000), "x" * 9999],
    ids=["mixed", "list", "word"],
)
def test_what_fits_many_shapes_in_many_ways_is_soon_left_alone(text: str) -> None:
    assert say.sentence(text) == text


def test_a_problem_keeps_its_place_and_severity() -> None:
    problem = Problem("nothing", "is not there", "Check the name of the file.", "warning")
    assert say.problem(problem) == Problem("nothing", "不存在", "请核对文件名。", "warning")
    assert Language("en").problem(problem) == problem


# --- the reader of the source ---------------------------------------------------------------------


def _read(text: str) -> tuple[set[str], set[str]]:
    read = Sentences([read_module("equipoise.protocol.example", dedent(text))])
    return set(read.found), set(read.unread)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("InputError('x', f'{n} is odd', 'Give an even one.')", ["{} is odd", "Give an even one."]),
        ("Refused(where='x', what='a' 'b', todo='c{}')", ["ab", "c{{}}"]),
        ("Problem('x', 'a' if y else 'b', T['k'])\nT = {'j': 'c'}", ["a", "b", "c"]),
        ("def f(y):\n  what = 'no ' + y\n  raise Broken('x', what, g())\ndef g(): return 'go'",
         ["no {}", "go"]),
        ("def f(where, what): raise Broken(where, what, 'a')\nf(1, 'b')", ["a", "b"]),
        ("def f(self, what): yield Finding((), what, 'a')\nstudy.f('b')", ["a", "b"]),
        ("InputError('x', *pair())\ndef pair(): return 'a', 'b'", ["a", "b"]),
        ("def f():\n  for w, t in (('a', 'b'), ('c', 'd')): Problem('x', w, t)",
         ["a", "b", "c", "d"]),
        ("def f():\n  for k, v in T.items(): Problem('x', k, v)\nT = {'a': 'b'}", ["a", "b"]),
        ("InputError('x', f'the {\"big\" if y else \"small\"} one', 'a')",
         ["the {} one", "big", "small", "a"]),
        ("OtherError('x', 'a', 'b')", []),
    ],
)  # fmt: skip
def test_the_source_is_read_back_to_its_literals(source: str, said: list[str]) -> None:
    assert _read(source) == (set(said), set())


def test_what_cannot_be_read_is_named() -> None:
    assert _read("Problem('x', str(error), 'a')") == ({"a"}, {"str(error)"})
