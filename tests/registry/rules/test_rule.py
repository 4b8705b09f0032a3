from __future__ import annotations

from dataclasses import replace

from equipoise.language import Language
from equipoise.registry.record import Study
from equipoise.registry.rules.rule import (
    MISSHAPEN,
    SEVERITIES,
    Finding,
    Rule,
    findings,
    is_new,
    worst_first,
)
from tests.registry.sample import DELETE, put, record


def test_a_finding_says_what_and_where() -> None:
    looks = [("a.b", False), ("a.c", True)]
    rule = Rule(
        "r", "note", "`{field}` is missing", "Add it.", "us", lambda _: iter(looks),
        fields={"field": "b"},
    )  # fmt: skip
    (found,) = findings(record(), [rule])
    assert (found.where, found.what(Language("en"))) == ("a.b", "`b` is missing")
    assert found.todo(Language("zh")) == "请补充。"


def test_a_rule_that_cannot_look_says_so() -> None:
    def check(study: Study) -> object:
        raise TypeError

    rule = Rule("r", "note", "", "", "", check)  # type: ignore[arg-type]
    (found,) = findings(record(), [rule])
    assert found.rule is MISSHAPEN


def test_the_worst_come_first_and_equals_stay_in_order() -> None:
    note, warning, error = (replace(MISSHAPEN, severity=each) for each in SEVERITIES[::-1])
    given = ((note, "a"), (error, "b"), (note, "c"), (warning, "d"), (error, "e"))
    found = [Finding(rule, rule.severity, where) for rule, where in given]
    assert "".join(each.where for each in worst_first(found)) == "bedac"


def test_new_is_from_2017_on_or_without_a_date() -> None:
    study, start = record(), "protocolSection.statusModule.startDateStruct"
    assert is_new(study)
    put(study, f"{start}.date", "2017-01")
    assert is_new(study)
    put(study, f"{start}.date", "2017-01-17")
    assert not is_new(study)
    put(study, start, DELETE)
    assert is_new(study)
