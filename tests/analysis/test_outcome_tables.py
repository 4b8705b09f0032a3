from __future__ import annotations

from dataclasses import replace

import pytest

from equipoise.analysis import outcome_tables
from equipoise.analysis.estimators.binary import risk_difference
from equipoise.analysis.rounding import interval_text, p_text
from equipoise.analysis.table import Row, Table
from equipoise.language import Language
from tests.small import analysis

EN = Language("en")


def _row(table: Table, label: str) -> Row:
    return next(row for row in table.rows if row.cells[0].text == label)


def test_outcomes_stand_under_their_role_with_the_planned_numbers() -> None:
    table = outcome_tables.outcomes_table(analysis(), EN)
    heads = [row.cells[0].text for row in table.rows if row.heading]
    assert heads == ["Primary outcomes", "Secondary outcomes"]
    for result in analysis().results:
        if result.visit:
            continue
        endpoint = analysis().protocol.all_endpoints()[result.endpoint]
        cells = [cell.text for cell in _row(table, endpoint.title.en).cells]
        e = result.estimate
        assert cells[4] == interval_text(float(e.value), float(e.low), float(e.high))
        assert cells[5] == p_text(float(e.p_value))
        assert cells[3] == endpoint.estimand.summary


def test_missing_outcomes_are_noted_with_their_handling() -> None:
    table = outcome_tables.outcomes_table(analysis(), EN)
    result = next(r for r in analysis().results if r.endpoint == "chronic_pain_24m")
    first, second = (group.missing for group in result.groups)
    assert first + second
    cell = _row(table, "Chronic postsurgical pain two years after surgery").cells[0]
    assert cell.notes == (
        f"Outcome missing: {first} + {second}, dealt with as: multiple imputation.",
    )


def test_what_failed_stands_with_its_reason() -> None:
    name = "srs22_total_24m"
    failed = replace(
        analysis(),
        results=[r for r in analysis().results if r.endpoint != name],
        failed={name: "nobody has a value"},
    )
    row = _row(outcome_tables.outcomes_table(failed, EN), "SRS-22 total")
    assert row.cells[0].notes == ("Could not be estimated: nobody has a value",)
    assert [cell.text for cell in row.cells[1:]] == [""] * 5


def test_what_was_not_signed_is_marked() -> None:
    state = analysis().state
    kept = dict(state.plans)
    try:
        state.plans.clear()
        table = outcome_tables.outcomes_table(analysis(), EN)
    finally:
        state.plans.update(kept)
    assert all("Not in a signed plan." in r.cells[0].notes for r in table.rows if not r.heading)
    assert all(trace.planned is False for trace in table.traces())


def test_absolute_differences_are_in_percentage_points_and_not_planned() -> None:
    table = outcome_tables.absolute_table(analysis(), EN)
    assert table is not None
    result = next(r for r in analysis().results if r.endpoint == "moderate_severe_pain_72h")
    arm, reference = result.groups
    found = risk_difference(
        arm.events, arm.n, reference.events, reference.n, method="miettinen-nurminen"
    )
    cell = table.rows[0].cells[3]
    value, low, high = (100 * float(getattr(found, name)) for name in ("value", "low", "high"))
    assert cell.text == interval_text(value, low, high, 1)
    assert value == pytest.approx(100 * (arm.events / arm.n - reference.events / reference.n))
    assert all(trace.planned is False for trace in table.traces())


def test_sensitivity_analyses_stand_beside_their_own_numbers() -> None:
    table = outcome_tables.sensitivity_table(analysis(), EN)
    assert table is not None
    results = {trace.id: trace for trace in table.traces()}
    for result in analysis().sensitivity:
        endpoint = analysis().protocol.all_endpoints()[result.endpoint]
        title = endpoint.analysis.sensitivity[result.sensitivity or 0].title.en
        trace = results[f"sensitivity.{result.endpoint}.{result.sensitivity}"]
        row = next(r for r in table.rows if any(c.trace == trace for c in r.cells))
        assert row.cells[0].text == title
        assert trace.values["value"] == float(result.estimate.value)
    tipping = _row(table, "tipping point").cells[0]
    assert any("missing at random expects" in note or "stays" in note for note in tipping.notes)


def test_a_failed_sensitivity_analysis_does_not_shift_the_others() -> None:
    first = analysis().sensitivity[0]
    failed = replace(
        analysis(),
        sensitivity=analysis().sensitivity[1:],
        failed_sensitivity={(first.endpoint, first.sensitivity or 0): "too few"},
    )
    table = outcome_tables.sensitivity_table(failed, EN)
    assert table is not None
    whole = outcome_tables.sensitivity_table(analysis(), EN)
    assert whole is not None
    assert table.rows[1].cells[0].notes == ("Could not be estimated: too few",)
    assert table.rows[2:] == whole.rows[2:]


def test_a_course_has_a_row_for_each_visit_with_adjusted_p_values() -> None:
    (rest,) = (r for r in outcome_tables.repeated(analysis()) if r[0].endpoint == "pain_at_rest")
    table = outcome_tables.course_table(analysis(), rest, EN)
    (family,) = (f for f in analysis().adjusted if f[0].endpoint == "pain_at_rest")
    assert [row.cells[-1].text for row in table.rows] == [p_text(a.p_value) for a in family]
    assert table.columns[3] == "Median difference (95%\u00a0CI)"
