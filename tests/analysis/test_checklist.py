from __future__ import annotations

import re
from itertools import chain

import pytest

from equipoise.analysis.analyse import Analysis
from equipoise.analysis.checklist import Entry, checklist, checklist_table
from equipoise.language import Language
from tests.small import PEOPLE, analysis

EN = Language("en")
ITEMS = [
    "1a", "1b", "2", "3", "4", "5a", "5b", "6", "7", "8", "9", "10", "11", "12a", "12b", "13", "14",
    "15", "16a", "16b", "17a", "17b", "18", "19", "20a", "20b", "21a", "21b", "21c", "21d", "22a",
    "22b", "23a", "23b", "24a", "24b", "25", "26", "27", "28", "29", "30",
]  # fmt: skip


def _entries(found: Analysis, say: Language = EN) -> dict[str, Entry]:
    labels = {"baseline": "Table 1", "figure_flow": "Figure 1", "outcomes": "Table 4"}
    sections = checklist(found, labels, say)
    return {entry.number: entry for entry in chain.from_iterable(sections.values())}


def test_it_has_the_thirty_items_in_their_order() -> None:
    assert list(_entries(analysis())) == ITEMS
    assert len({re.sub(r"\D", "", number) for number in ITEMS}) == 30


def test_what_nobody_recorded_is_said_to_be_missing() -> None:
    found = _entries(analysis())
    for number in ("5a", "5b", "6", "8", "20b", "23b", "24b", "29"):
        assert not found[number].answered
        assert found[number].answer.startswith("not available: ")
    assert all(e.answered == (not e.answer.startswith("not available")) for e in found.values())


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("2", "NCT04791059, NCT05718544"),
        ("9", "1:1"),
        ("17b", "permuted blocks"),
        ("20a", "outcomes assessor"),
        ("21c", "multiple imputation"),
        ("16a", "0.2 against 0.3"),
        ("16b", "none is planned"),
        ("22a", f"{PEOPLE} randomized"),
        ("23a", "randomized from 20"),
        ("13", "esketamine"),
    ],
)
def test_answers_come_from_protocol_and_ledger(number: str, says: str) -> None:
    entry = _entries(analysis())[number]
    assert says in entry.answer
    assert entry.answered


def test_answers_point_to_tables_and_figures() -> None:
    found = _entries(analysis())
    assert (found["25"].where, found["22a"].where) == ("Table 1", "Figure 1")
    assert found["26"].where == "Table 4"


def test_dummies_do_not_tell_the_interventions() -> None:
    found = _entries(analysis(dummy=True))
    assert not found["13"].answered
    assert "Dummy 1 / Dummy 2" in found["7"].answer
    assert not any("Combined" in entry.answer for entry in found.values())


def test_the_table_counts_what_is_answered() -> None:
    table = checklist_table(analysis(), {}, EN)
    answered = sum(entry.answered for entry in _entries(analysis()).values())
    assert table.notes[0].startswith(f"{answered} of 42 ")
    assert [row.cells[0].text for row in table.rows if not row.heading] == ITEMS


def test_a_plan_that_is_not_the_signed_one_is_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "plan and code as signed" in _entries(analysis())["10"].answer
    monkeypatch.setattr("equipoise.analysis.analyse.code_digest", lambda: "0" * 64)
    assert "plan or code not as signed" in _entries(analysis())["10"].answer
