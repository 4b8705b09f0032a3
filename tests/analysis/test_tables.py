from __future__ import annotations

from equipoise.analysis import tables
from equipoise.analysis.rounding import fixed
from equipoise.analysis.table import Table
from equipoise.language import Language
from tests.small import PEOPLE, analysis, events, store

EN, ZH = Language("en"), Language("zh")


def _lines(table: Table) -> dict[str, list[str]]:
    return {row.cells[0].text: [c.text for c in row.cells[1:]] for row in table.rows}


def test_arms_are_headed_by_their_size() -> None:
    arms = list(analysis().data.arms().values())
    assert tables.arms_with_sizes(analysis(), EN) == (
        f"Combined supplement (n\u00a0=\u00a0{arms.count('combined')})",
        f"Placebo (n\u00a0=\u00a0{arms.count('placebo')})",
    )


def test_baseline_prints_means_counts_and_differences() -> None:
    found = _lines(tables.baseline_table(analysis(), EN))
    age = next(row for row in analysis().table1 if row.item == "age_y")
    cell = age.cells[0]
    assert age.difference is not None
    printed = found["Age\u00a0(year)"]
    assert printed[0] == f"{fixed(cell.mean or 0, 1)} ({fixed(cell.sd or 0, 1)})"
    assert printed[2] == fixed(age.difference, 2)
    sex = next(row for row in analysis().table1 if row.item == "sex")
    assert found["Sex: Female"][0].startswith(f"{sex.cells[0].count} (")


def test_categories_stand_under_their_characteristic() -> None:
    table = tables.baseline_table(analysis(), EN)
    items = [row.item for row in analysis().table1]
    several = {item for item in items if items.count(item) > 1}
    assert len([row for row in table.rows if row.heading]) == len(several)
    assert len([row for row in table.rows if row.level]) == sum(i in several for i in items)


def test_sets_add_up_to_the_randomized() -> None:
    table = tables.sets_table(analysis(), EN)
    total, sums = 0, []
    for row in table.rows:
        here = sum(int(cell.text) for cell in row.cells[1:])
        if row.level == 0:
            sums.append(total)
            total = 0
        total += here
    assert {*sums[1:], total} == {PEOPLE}
    assert any("the study pump was never started" in row.cells[0].text for row in table.rows)


def test_the_plan_has_a_row_for_each_analysis_and_says_same_things_once() -> None:
    table = tables.plan_table(analysis(), EN)
    endpoints = analysis().protocol.all_endpoints().values()
    assert len(table.rows) == sum(1 + len(each.analysis.sensitivity) for each in endpoints)
    estimands = [row.cells[1].text for row in table.rows]
    assert estimands.count("as above") == 8  # two scores of pain, stronger pain, five of SRS-22
    assert all("planned" in row.cells[3].text for row in table.rows)
    assert any("rank.shift" in row.cells[2].text for row in table.rows)


def test_exposure_has_a_dash_where_an_arm_has_no_drug() -> None:
    found = _lines(tables.exposure_table(analysis(), EN))
    rate = next(r for r in analysis().dose_rates if r.drug == "esketamine")
    assert found["esketamine"] == [fixed(rate.ug_kg_h, 1), "–"]


def test_conduct_counts_what_the_ledger_holds() -> None:
    found = _lines(tables.conduct_table(analysis(), EN))
    kinds = [event.kind for event in events()]
    assert found["Forms recorded"] == [str(kinds.count("FormRecorded"))]


def test_each_study_tells_its_assumptions() -> None:
    found = list(tables.assumption_tables(analysis(), ZH))
    lineage = analysis().protocol.lineage()
    assert [len(table.rows) for table in found] == [len(study.assumptions) for study in lineage]


def test_the_origin_prints_the_head_and_the_root_once() -> None:
    text = "\n".join(cell.text for cell in tables.origin_table(analysis(), EN).cells())
    sealed = analysis().state.sealed
    assert sealed is not None
    assert text.count(str(store().head())) == 1
    assert text.count(sealed.root) == 1
    assert "yes" in text
