from __future__ import annotations

from fractions import Fraction

import pytest

from equipoise.analysis.adverse_events import Reported, Table, at_least, by_frequency, tabulate
from equipoise.analysis.estimators.binary import fisher_p, risk_difference

ARM_OF = {f"A{n}": "new" for n in range(20)} | {f"B{n}": "old" for n in range(10)}


def report(who: str, term: str, severity: str = "mild", **more: object) -> Reported:
    system = "Nervous" if term == "Dizzy" else "Gut"
    return Reported(who, system, term, severity, **more)  # type: ignore[arg-type]


EVENTS = [
    report("A0", "Nausea"),
    report("A0", "Nausea", "severe"),
    report("A1", "Vomiting", related="possible"),
    report("B0", "Dizzy", serious=True),
    report("B1", "Dizzy", related="unrelated"),
    report("stranger", "Dizzy", outcome="fatal"),
]


def table(events: list[Reported] | None = None) -> Table:
    events = EVENTS if events is None else events
    return tabulate(ARM_OF, ["new", "old"], events, [("Skin", "Rash"), ("Gut", "Nausea")])


def rows(of: Table) -> list[tuple[str, str]]:
    return [(line.organ_system, line.term) for line in of.lines]


def test_people_are_counted_once_and_events_each() -> None:
    gut = next(line for line in table().lines if (line.organ_system, line.term) == ("Gut", ""))
    assert [(c.n, c.people, c.events) for c in gut.counts] == [(20, 2, 3), (10, 0, 0)]
    assert gut.counts[0].worst == (1, 0, 1)  # by the worst event of each


def test_kinds_of_events() -> None:
    kinds = table().kinds
    assert {kind: [c.people for c in line.counts] for kind, line in kinds.items()} == {
        "any": [2, 2], "serious": [0, 1], "severe": [1, 0], "related": [1, 0], "death": [0, 0],
    }  # fmt: skip


def test_deaths_stand_there_without_any_event() -> None:
    death = table([]).kinds["death"]
    assert [(c.people, c.n) for c in death.counts] == [(0, 20), (0, 10)]


def test_arms_are_compared_with_the_last() -> None:
    dizzy = next(line for line in table().lines if line.term == "Dizzy")
    expected = risk_difference(0, 20, 2, 10)
    assert float(dizzy.differences[0].value) == -0.2
    assert float(dizzy.differences[0].low) == float(expected.low)
    assert float(dizzy.p_values[0]) == float(fisher_p(0, 20, 2, 10))


def test_rows_stay_whether_anybody_had_them_or_not() -> None:
    assert rows(table([])) == [("Gut", ""), ("Gut", "Nausea"), ("Skin", ""), ("Skin", "Rash")]
    assert ("Skin", "Rash") in rows(table())


def test_the_commonest_come_first() -> None:
    assert rows(by_frequency(table())) == [
        ("Gut", ""), ("Gut", "Nausea"), ("Gut", "Vomiting"),
        ("Nervous", ""), ("Nervous", "Dizzy"), ("Skin", ""), ("Skin", "Rash"),
    ]  # fmt: skip
    assert rows(by_frequency(table(), "old"))[:2] == [("Nervous", ""), ("Nervous", "Dizzy")]


@pytest.mark.parametrize(
    ("share", "among", "terms"),
    [
        (Fraction(5, 100), "any arm", {"Nausea", "Vomiting", "Dizzy"}),  # 1 of 20 is 5 %
        (Fraction(51, 1000), "any arm", {"Dizzy"}),
        (Fraction(5, 100), "pooled", {"Dizzy"}),
        (Fraction(0), "any arm", {"Nausea", "Vomiting", "Dizzy"}),
    ],
)
def test_a_threshold(share: Fraction, among: str, terms: set[str]) -> None:
    kept = at_least(table(), share, among)  # type: ignore[arg-type]
    assert {line.term for line in kept.terms()} == terms
    assert {line.organ_system for line in kept.lines if not line.term} == {
        line.organ_system for line in kept.terms()
    }
