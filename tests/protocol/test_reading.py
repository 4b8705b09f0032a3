from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.protocol.reading import read_protocol
from equipoise.protocol.source import read_yaml
from tests.protocol.sample import TRIAL, changed, line_of, load_text

DATA = read_yaml(TRIAL, "p.yaml").data


def test_a_sound_protocol_is_read() -> None:
    reading = read_protocol(DATA)
    assert reading.protocol is not None
    assert reading.salvage is reading.protocol
    assert reading.findings == ()
    assert reading.broken == frozenset()


def test_what_is_no_protocol_at_all() -> None:
    for data, what in [(None, "the file is empty"), ([1], "the file is not a protocol")]:
        reading = read_protocol(data)
        assert reading.protocol is None
        assert reading.salvage is None
        assert [finding.what for finding in reading.findings] == [what]


def test_an_empty_mapping_lacks_the_required_fields() -> None:
    reading = read_protocol({})
    assert reading.protocol is None
    assert [finding.path for finding in reading.findings] == [
        ("study",), ("version",), ("effective_on",), ("title",), ("consent_version",),
        ("eligibility",),
    ]  # fmt: skip


def test_the_bad_part_is_taken_out_and_the_rest_is_kept() -> None:
    data = read_yaml(
        changed(
            TRIAL,
            ("range: [0, 110]", "range: [0, old]"),
            ("lockout_min: 10", "lockout_min: soon"),
            ("visit: noon", "visit: Noon!"),
            ("type: integer, range: [0, 2]", "type: number, range: [0, 2]"),
        ),
        "p.yaml",
    ).data
    reading = read_protocol(data)
    salvage = reading.salvage
    assert reading.protocol is None
    assert salvage is not None
    assert [finding.path for finding in reading.findings] == [
        ("pump", "lockout_min"),
        ("forms", "baseline", "items", 0, "range", 1),
        ("forms", "baseline", "items", 4, "type"),
        ("schedule", 1, "visit"),
    ]
    items = {item.id: item for item in salvage.forms["baseline"].items}
    assert items["age_y"].range is None  # what the model can do without goes alone
    assert "ascites" not in items
    assert salvage.pump is None
    assert [visit.visit for visit in salvage.schedule] == ["entry", "night"]
    assert {"ascites", "pump", "Noon!"} <= reading.broken
    assert "age_y" not in reading.broken


def test_a_field_too_many_is_taken_out_alone() -> None:
    data = read_yaml(changed(TRIAL, ("pump:\n", "pump:\n  colour: red\n")), "p.yaml").data
    reading = read_protocol(data)
    assert [finding.path for finding in reading.findings] == [("pump", "colour")]
    assert reading.salvage is not None
    assert reading.salvage.pump is not None


def test_a_part_that_was_taken_out_causes_no_further_mistake() -> None:
    data = read_yaml(changed(TRIAL, ("per_kg: 2,", "per_kg: two,")), "p.yaml").data
    reading = read_protocol(data)
    # Without per_kg the component has neither an amount nor a use for its maximum.
    assert [finding.path for finding in reading.findings] == [
        ("mixtures", "balm", "components", 0, "per_kg")
    ]
    assert reading.salvage is not None
    assert [part.drug for part in reading.salvage.mixtures["balm"].components] == ["calmol"]


MISTAKES: list[tuple[str, str, str]] = [
    ("version: 1\n", "version: first\n", "version"),
    ("mixture: balm}", "mixture: bahlm}", "arms.balm.mixture"),
    ("per_kg: 2,", "per_kg: -2,", "mixtures.balm.components.balmol.per_kg"),
    ("lockout_min: 10", "lockout_min: 0", "pump.lockout_min"),
    ("length: 40", "length: 39", "allocation.length"),
    ("rule: age_y >= 18", "rule: age_y => 18", "eligibility.I1.rule"),
    ("rule: weight_kg < 40 or", "rule: wight_kg < 40 or", "eligibility.E1.rule"),
    ("precision: 1, range: [20, 200]", "range: [20, 200]", "forms.baseline.items.weight_kg"),
    ("visit: noon", "visit: noon\n    room: 3", "schedule.noon.room"),
    ("visits: [night]", "visits: [nite]", "endpoints.soreness.variable.visits.#1"),
    ("summary: risk ratio,", "summary: ratio,", "endpoints.ever_sore.estimand.summary"),
    ("title: It does nothing\n", "title: It does nothing\n    title: Twice\n",
     "scenarios.null.title"),
]  # fmt: skip


def test_a_dozen_mistakes_are_reported_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = changed(TRIAL, *((old, new) for old, new, _ in MISTAKES))
    loaded = load_text(tmp_path, "XX0001", text)
    assert loaded.protocol is None
    found = [(p.where.rpartition("/")[2]) for p in loaded.problems]
    expected = []
    for _, new, path in MISTAKES:
        at = new.split("\n")[1] if new.endswith(("Twice\n", "room: 3")) else new.split("\n")[0]
        expected.append(f"protocol.yaml:{line_of(text, at)}: {path}")
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "study: XX1\nforms: 3\n",
        "study: {a: 1}\neligibility: {}\n",
        "forms: {f: {items: [1, {id: 2}, {id: [a]}]}}\n",
        "schedule: [[]]\nrehearsal: {pain: 3, covariates: [1]}\n",
        "arms: {a: null}\nmixtures: {m: {components: [{}]}}\nscenarios: [x]\n",
    ],
)
def test_strange_shapes_are_refused_with_words(tmp_path: Path, text: str) -> None:
    loaded = load_text(tmp_path, "XX0001", dedent(text))
    assert loaded.protocol is None
    assert loaded.errors


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "a", "1 +", "2024-01-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)


def _paths(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    found = [] if not path else [path]
    if isinstance(data, (dict, list)):
        for step, value in inner:
            nested = isinstance(value, (dict, list))
            found += _paths(value, (*path, step)) if nested else [(*path, step)]
    return found


def _replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = _replaced(data[path[0]], path[1:], value)
    return copy


@given(st.sampled_from(_paths(DATA)), JUNK)
@settings(deadline=None, max_examples=60)
def test_whatever_stands_anywhere_is_read_or_refused(path: Any, value: Any) -> None:
    reading = read_protocol(_replaced(DATA, path, value))
    assert (reading.protocol is None) is bool(reading.findings)
    assert reading.salvage is not None
    for finding in reading.findings:
        assert finding.path[: min(len(path), 1)] == path[:1]
        assert finding.what
        assert finding.todo
