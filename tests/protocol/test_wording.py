from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.protocol.parts import Protocol
from equipoise.protocol.wording import fields, inside, nearest
from tests.protocol.sample import Change, load


@pytest.mark.parametrize(
    ("change", "what", "todo"),
    [
        (
            ("lockout_min: 10", "lockout_min: 0"),
            "0 min is not allowed",
            "With no lockout the pump delivers on every press. Give 1 to 60 min.",
        ),
        (("lockout_min: 10", "lockout_min: 61"), "61 min is not allowed", "Give 1 to 60 min."),
        (("lockout_min: 10", "lockout: 10"), "`lockout_min` is missing", "Add `lockout_min`."),
        (("bolus_rate_ml_h: 60", "bolus_rate_ml_h: 0"), "0 ml/h is not allowed", "above 0 ml/h."),
        (("reservoir_ml: 100", "reservoir_ml: full"), '"full" is not a number', "above 0 ml."),
        (("version: 1\n", "version: one\n"), '"one" is not a whole number', "at least 1."),
        (("version: 1\n", "version: 1.5\n"), "1.5 is not a whole number", "at least 1."),
        (("{balm: 1, salve", "{balm: 1.5, salve"), "1.5 is not a whole number", "at least 1"),
        (("version: 1\n", "version: 0\n"), "0 is not allowed", "a whole number, at least 1."),
        (('"1.0"\n', "1.0\n"), "1.0 is not text", 'Put it in quotes: "1.0".'),
        (("2024-02-01\ntitle", "1 Feb 2024\ntitle"), '"1 Feb 2024" is no date', "2023-01-30"),
        (("2024-02-01\ntitle", "2024-02-30\ntitle"), '"2024-02-30" is no date', "2023-01-30"),
        (('at: "12:00"', 'at: "25:00"'), '"25:00" is no time of day', '"08:00"'),
        (('at: "12:00"', "at: noon"), '"noon" is no time of day', '"08:00"'),
        (
            ("type: PLACEBO_COMPARATOR", "type: PLACEBO"),
            '"PLACEBO" is not one of the choices',
            "Did you mean `PLACEBO_COMPARATOR`?",
        ),
        (("  balm: {title", "  Balm!: {title"), '"Balm!" cannot be a name here', "small letters"),
        (("study: XX0001", "study: xx1"), '"xx1" cannot be a name here', "`NCT01234567`"),
        (("- {id: I1,", "- {id: i1,"), '"i1" cannot be a name here', "`E2`"),
        (
            (", rule: age_y >= 18}", "}"),
            "the entries do not fit together",
            "Give either rule or not_applicable.",
        ),
        (("title: Baseline", "title: 3"), "3 is not text", "{en: …, zh: …}"),
        (("site: {name", "site: [name"), "the YAML cannot be read", "brackets"),
        (("range: [0, 110]", "range: [0, 110, 3]"), "the list has 3 entries", "Give it 2."),
        (("range: [0, 110]", "range: 110"), "110 stands where a list belongs", "[a, b]"),
        (("range: [0, 110]", "range: [110, 0]"), "do not fit", "The range runs backwards."),
        (("site: {name: City hospital, zone: Europe/Berlin}", "site: here"),
         '"here" stands where fields belong', "`name: value`"),
        (("start: 5 + tender", "start: [5]"), "neither a number nor an expression", "Write one"),
        (("label: Heavy", "label: Heavy, required: perhaps"), '"perhaps" is neither true nor false',
         "true or false"),
        (("rule: randomized", 'rule: ""'), "the text is empty", "leave the field out"),
        (("  parties:", "  block_size: 4\n  parties:"), "there is no field `block_size`", "sealed"),
        (("pump:\n", "pump:\n  lockot_min: 3\n"), "no field `lockot_min`", "`lockout_min`"),
        (("study: XX0001", "study: XX0001\nparent: {}"), "there is no field `parent`", "`extends`"),
    ],
)  # fmt: skip
def test_refusals_are_plain_words(tmp_path: Path, change: Change, what: str, todo: str) -> None:
    problem = load(tmp_path, change).problems[0]
    assert what in problem.what
    assert todo in problem.todo
    assert "Input should" not in problem.what + problem.todo


def test_names_are_suggested_or_listed() -> None:
    assert nearest("wieght", ["weight", "height"]) == "Did you mean `weight`?"
    assert (
        nearest("OPEN", ["Opens at night only", "closed"]) == "Did you mean `Opens at night only`?"
    )
    assert nearest("x", ["b", "a"]) == "There are: a, b."
    assert nearest("x", []) == "There are none yet; add it first."
    assert nearest("x", [f"n{i}" for i in range(10)]).endswith("n7 and 2 more.")


def test_the_model_is_walked_by_path() -> None:
    annotation, optional = inside(Protocol, "pump")
    assert optional
    assert "lockout_min" in fields(annotation)
    lockout, optional = inside(annotation, "lockout_min")
    assert not optional
    assert fields(lockout) == []
    criteria, _ = inside(Protocol, "eligibility")
    criterion, optional = inside(criteria, 3)
    assert optional
    assert "rule" in fields(criterion)
    assert "parent" not in fields(Protocol)
