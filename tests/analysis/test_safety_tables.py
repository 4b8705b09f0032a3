from __future__ import annotations

from datetime import UTC, datetime

import pytest

from equipoise.analysis.adverse_events import Reported, tabulate
from equipoise.analysis.estimators.rate import poisson_rate
from equipoise.analysis.safety import Incidence, Safety
from equipoise.analysis.safety_tables import (
    Print,
    incidence_figure,
    kinds_table,
    rates_table,
    safety_tables,
    serious_table,
    severity_table,
    terms_table,
    volcano_figure,
)
from equipoise.analysis.table import Table
from equipoise.language import Language
from equipoise.protocol.parts import Protocol
from tests.analysis.layout import text_boxes
from tests.conduct.ward import Ward

ARM_OF = {f"A{n}": "new" for n in range(40)} | {f"B{n}": "old" for n in range(20)}
NAMES = {"new": "New", "old": "Old", "third": "Third", "all": "All"}
AT = datetime(2024, 3, 2, tzinfo=UTC)


def _had(who: str, term: str, severity: str = "mild", *, serious: bool = False) -> Reported:
    system = "Nervous" if term == "Dizzy" else "Gut"
    return Reported(who, system, term, severity, serious, "possible", "recovered", AT)


EVENTS = [
    _had("A0", "Nausea"),
    _had("A0", "Nausea", "severe", serious=True),
    *(_had(f"A{n}", "Nausea", "moderate") for n in range(1, 10)),
    _had("B0", "Dizzy"),
    _had("A9", "Dizzy"),
]


@pytest.fixture
def protocol(ward: Ward) -> Protocol:
    return ward.trial.state.protocol


def shown(protocol: Protocol, *arms: str, events: list[Reported] = EVENTS) -> Print:
    """Return the safety of the arms; of one arm, all people are pooled into it."""
    arm_of = ARM_OF if len(arms) > 1 else dict.fromkeys(ARM_OF, arms[0])
    rate = poisson_rate(2, 48.0)
    found = Safety(
        set="safety",
        table=tabulate(arm_of, arms, events, [("Skin", "Rash")]),
        incidence=(
            Incidence("treatment", arms[0], 1, 2, 48.0, 24.0, poisson_rate(1, 24.0), rate),
            Incidence("follow-up", arms[0], 0, 0, 0.0, 0.0, poisson_rate(0, 0), poisson_rate(0, 0)),
        ),
        serious=tuple((each, arm_of[each.participant], 2) for each in events if each.serious),
        outside=3,
    )
    return Print(found, protocol, NAMES, Language("en"))


def texts(table: Table) -> dict[str, list[str]]:
    """Return the cells after the label of each row, under its heading."""
    found, above = {}, ""
    for row in table.rows:
        if row.heading:
            above = row.cells[0].text
        else:
            name = f"{above}: {row.cells[0].text}" if row.level and above else row.cells[0].text
            found[name] = [cell.text for cell in row.cells[1:]]
    return found


def test_people_share_and_events_stand_in_each_arm(protocol: Protocol) -> None:
    table = kinds_table(shown(protocol, "new", "old"))
    rows = texts(table)
    assert table.columns[1:3] == ("New (n = 40)", "Old (n = 20)")
    assert rows["Any adverse event"][:2] == ["10 (25.0%) [12]", "1 (5.0%) [1]"]
    assert rows["Died"][:2] == ["0 (0.0%) [0]", "0 (0.0%) [0]"]
    assert "not counted: 3." in table.notes[-1]
    difference, p = rows["Any adverse event"][2:]
    assert difference.startswith("20.0 (")
    assert 0 < float(p) < 0.2


def test_terms_stand_under_their_system_the_commonest_first(protocol: Protocol) -> None:
    rows = texts(terms_table(shown(protocol, "new", "old")))
    assert list(rows) == [
        "Gut: any of these", "Gut: Nausea *", "Nervous: any of these", "Nervous: Dizzy *",
        "Skin: any of these", "Skin: Rash",
    ]  # fmt: skip
    assert rows["Skin: Rash"][:2] == ["0 (0.0%) [0]", "0 (0.0%) [0]"]


def test_people_are_counted_at_their_worst(protocol: Protocol) -> None:
    rows = texts(severity_table(shown(protocol, "new", "old")))
    nausea = {key.partition(": ")[2]: row[0] for key, row in rows.items() if "Nausea" in key}
    assert nausea == {"mild": "0 (0.0%)", "moderate": "9 (22.5%)", "severe": "1 (2.5%)"}
    assert not any("Rash" in key for key in rows)


def test_rates_are_per_100_hours_with_exact_limits(protocol: Protocol) -> None:
    treatment, after = rates_table(shown(protocol, "new", "old")).rows
    assert treatment.cells[0].text.endswith("events per 100 person-hours: New")
    # 2 events: 0.2422 and 7.2247 are Garwood's limits of the mean
    assert treatment.cells[4].text == "4.17 (0.50 to 15.05)"
    assert treatment.cells[1].text == "1"
    assert treatment.cells[2].text == "4.17 (0.11 to 23.22)"
    assert after.cells[0].text.endswith("events per 100 person-days: New")
    assert not any(digit in after.cells[4].text for digit in "0123456789")


def test_each_serious_event_is_told(protocol: Protocol) -> None:
    (row,) = serious_table(shown(protocol, "new", "old")).rows
    told = ["A0", "New", "Nausea", "2", "severe", "possible", "recovered"]
    assert [cell.text for cell in row.cells] == told
    assert serious_table(shown(protocol, "new", "old", events=[])).rows == ()


def test_of_one_pooled_arm_nothing_is_compared(protocol: Protocol) -> None:
    one = shown(protocol, "all")
    for table in safety_tables(one):
        assert not {"P", "Risk difference, % (95% CI)"} & set(table.columns)
        assert all(row.heading or len(row.cells) == len(table.columns) for row in table.rows)
        assert not any("Fisher" in note for note in table.notes)
    assert texts(kinds_table(one))["Any adverse event"] == ["11 (18.3%) [13]"]
    assert volcano_figure(one) == ""
    drawn = {box.text for box in text_boxes(incidence_figure(one))}
    assert {"Nausea", "Dizzy", "All", "10", "2"} <= drawn
    assert "risk difference, % (95% CI)" not in drawn


def test_each_of_three_arms_is_compared_with_the_last(protocol: Protocol) -> None:
    three = shown(protocol, "third", "new", "old")
    table = kinds_table(three)
    assert table.columns[4:] == (
        "Third: risk difference, % (95% CI)", "P", "New: risk difference, % (95% CI)", "P",
    )  # fmt: skip
    row = texts(table)["Any adverse event"]
    assert len(row) == 7
    assert not any(digit in row[3] for digit in "0123456789")  # nobody is in the third arm
    assert row[5].startswith("20.0 (")
    assert volcano_figure(three) == ""
    assert "Third" in incidence_figure(three)


def test_the_figures_draw_what_was_reported(protocol: Protocol) -> None:
    two = shown(protocol, "new", "old")
    drawn = {box.text for box in text_boxes(incidence_figure(two))}
    assert {"Nausea", "Dizzy", "New", "Old"} <= drawn
    assert "Rash" not in drawn
    sides = {box.text for box in text_boxes(volcano_figure(two))}
    assert {"← more in Old", "more in New →", "Nausea"} <= sides
    nothing = shown(protocol, "new", "old", events=[])
    assert incidence_figure(nothing) == volcano_figure(nothing) == ""


def test_every_number_names_the_count_it_shows(protocol: Protocol) -> None:
    for table in (
        kinds_table(shown(protocol, "new", "old")),
        terms_table(shown(protocol, "new", "old")),
    ):
        for row in (each for each in table.rows if not each.heading):
            for cell in row.cells[1:]:
                assert cell.trace is not None
                assert set(cell.fields) <= set(cell.trace.values)
            people, n, events = (row.cells[1].trace.values[f] for f in row.cells[1].fields)  # type: ignore[union-attr]
            assert row.cells[1].text.startswith(f"{people} (")
            assert row.cells[1].text.endswith(f"[{events}]")
            assert n == 40
