from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.protocol.source import Finding, Source, read_yaml


def read(text: str) -> Source:
    return read_yaml(dedent(text).lstrip("\n"), "p.yaml")


def test_plain_data_with_lines() -> None:
    source = read("""
        study: X1
        arms:
          active: {title: Active, dose: 0.5}
        items:
          - {id: sex, codes: {1: male, null: unknown}}
          - id: age
            range: [0, 110]
            when: 08:00
            since: 2021-03-15
            note: >-
              one
              two
            yes: no
    """)
    assert source.problems == []
    assert source.data == {
        "study": "X1",
        "arms": {"active": {"title": "Active", "dose": 0.5}},
        "items": [
            {"id": "sex", "codes": {"1": "male", "null": "unknown"}},
            {
                "id": "age",
                "range": [0, 110],
                "when": "08:00",
                "since": "2021-03-15",
                "note": "one two",
                "yes": "no",
            },
        ],
    }
    assert source.line_of(("arms", "active", "dose")) == 3
    assert source.line_of(("items", 1, "range", 1)) == 7
    assert source.line_of(("items", 1, "missing", "deeper")) == 6
    assert source.line_of(("items", 1, "range", 9)) == 7
    assert source.line_of(("nowhere",)) == 1
    assert Source("empty.yaml").line_of(("study",)) == 1
    assert source.place(("items", 1, "range")) == "p.yaml:7: items.age.range"
    assert source.place(("items", 1, "range", 1)) == "p.yaml:7: items.age.range.#2"
    assert source.place(()) == "p.yaml:1"


def test_findings_become_problems() -> None:
    source = read("pump:\n  lockout_min: 0\n")
    problem = source.problem(Finding(("pump", "lockout_min"), "0 min", "Give 1 to 60.", "warning"))
    assert str(problem) == "p.yaml:2: pump.lockout_min: 0 min\n   Give 1 to 60."
    assert problem.severity == "warning"


def test_a_key_twice_is_a_problem_and_the_rest_is_read() -> None:
    source = read("""
        a: 1
        b:
          - {id: q, x: 1, x: 2}
        a: 3
        c: 4
    """)
    assert source.data == {"a": 1, "b": [{"id": "q", "x": 1}], "c": 4}
    assert [(p.where, p.what) for p in source.problems] == [
        ("p.yaml:3: b.q.x", "`x` is given twice; the first time in line 3"),
        ("p.yaml:4: a", "`a` is given twice; the first time in line 1"),
    ]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a: [1\nb: 2", "p.yaml:2", "while parsing a flow sequence"),
        ("a: 1\n b: 2", "p.yaml:2", "mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", "p.yaml:2", "expected a single document"),
        ("a:\n\t- 1", "p.yaml:2", "'\\t'"),
        ("a: *x", "p.yaml:1", "undefined alias 'x'"),
        ("a: \x00", "p.yaml:1", "unacceptable character"),
        ("%YAML 1.1\n---\na: yes", "p.yaml:1", "not YAML 1.2"),
        ("[" * 1500, "p.yaml:1", "cannot be read"),
    ],
)
def test_what_is_no_yaml(text: str, where: str, what: str) -> None:
    source = read_yaml(text, "p.yaml")
    (problem,) = source.problems
    assert problem.where == where
    assert what in problem.what
    assert problem.todo
    assert source.data is None


@pytest.mark.parametrize(
    ("text", "what", "data"),
    [
        ("a: .inf\nb: 1", ".inf is not a finite number", {"a": None, "b": 1}),
        ("a: -.NaN\nb: 1", None, {"a": "-.NaN", "b": 1}),
        ("a: .nan", ".nan is not a finite number", {"a": None}),
        ("a: !secret 3", "the tag !secret is not known", {"a": "3"}),
        ("? [1, 2]\n: 3", "a key is not text", {}),
        ("a: &x [*x]", "an alias repeats without end", {"a": [None]}),
        ("<<: [3]\nb: 1", "`<<` takes mappings only", {"b": 1}),
    ],
)
def test_what_is_not_taken(text: str, what: str | None, data: object) -> None:
    source = read_yaml(text, "p.yaml")
    assert [p.what for p in source.problems] == ([what] if what else [])
    assert source.data == data


def test_numbers_are_those_of_yaml_1_2() -> None:
    assert read("%YAML 1.2\n---\na: yes\n").data == {"a": "yes"}
    source = read("a: 010\nb: 0x1F\nc: 0o17\nd: 1_000\ne: 1e3\nf: -0.5\ng: TRUE\nh: ~\n")
    assert source.data == {
        "a": 10, "b": 31, "c": 15, "d": 1000, "e": 1000.0, "f": -0.5, "g": True, "h": None,
    }  # fmt: skip


def test_anchors_and_merges_are_followed() -> None:
    source = read("""
        base: &base {x: 1, y: 2}
        copy: *base
        more:
          y: 3
          <<: *base
    """)
    assert source.problems == []
    assert source.data == {
        "base": {"x": 1, "y": 2},
        "copy": {"x": 1, "y": 2},
        "more": {"y": 3, "x": 1},
    }
    assert source.line_of(("more", "y")) == 4


def test_aliases_cannot_blow_up() -> None:
    rows = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (problem,) = read_yaml("\n".join(rows), "p.yaml").problems
    assert problem.what == "an alias repeats without end"


@given(st.text(alphabet="ab:-[]{}&*!|>#'\"\n ?,%01.~<", max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    source = read_yaml(text, "p.yaml")
    for problem in source.problems:
        assert problem.where.startswith("p.yaml:")
        assert problem.what
        assert problem.todo
