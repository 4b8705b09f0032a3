"""Any trial of an ensemble, through conduct: the same numbers, or they are named."""

from __future__ import annotations

import pytest

from equipoise.analysis.analyse import Analysis, analyse
from equipoise.ledger import MemoryStore, read_events
from equipoise.protocol.load import load_study
from equipoise.rehearsal.ensemble.plan import ensemble
from equipoise.rehearsal.ensemble.run import Job, chunk_rows
from equipoise.rehearsal.ensemble.storage import TRIALS, Folder
from equipoise.rehearsal.replay import Compared, compare, find_cell, replay, row_of
from tests.refusal import refusal
from tests.rehearsal.ensemble.knees import knees, made
from tests.rehearsals.knee import nothing, study


def replayed(folder: Folder, cell: int, trial: int) -> Analysis:
    store = MemoryStore()
    replay(study(), folder.ensemble, cell, trial, store, nothing)
    return analyse(read_events(store), str(store.head()))


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("trial", [0, 17, 39])
def test_a_trial_of_each_scenario_is_the_same(cell: int, trial: int) -> None:
    row = row_of(made(), cell, trial)
    compared = compare(row, replayed(made(), cell, trial))
    assert [each for each in compared if not each.same] == []
    named = {each.name for each in compared}
    assert {"knee_pain_day1.estimate", "demands.one", "adverse_event.Fall.both",
            "lost.KNEE-PCA.other", "infused_ml.both", "screened"} <= named  # fmt: skip
    assert not {name for name in named if name not in row}


def test_another_trial_is_not_the_same() -> None:
    compared = compare(row_of(made(), 0, 5), replayed(made(), 0, 6))
    different = {each.name for each in compared if not each.same}
    assert {"knee_pain_day1.estimate", "infused_ml.both"} <= different


def test_what_was_varied_is_varied_again_and_stands_in_the_ledger() -> None:
    whole = ensemble(
        study(), ["plain"], {"attrition.lost": [0.3, 0.6], "demand.per_h": [2.0]},
        trials=2, seed=8, participants=12, chunk=2,
    )  # fmt: skip
    row = chunk_rows(Job(study(), whole), whole.chunks(1)[0])[TRIALS].row(1, named=True)
    store = MemoryStore()
    replay(study(), whole, 1, 1, store, nothing)
    analysis = analyse(read_events(store), str(store.head()))
    assert [each for each in compare(row, analysis) if not each.same] == []
    assert sum(row[f"lost.KNEE-PCA.{arm}"] for arm in ("both", "one", "other")) > 4
    assert analysis.state.rehearsal
    scenario = "plain, attrition.lost = 0.6, demand.per_h = 2"
    assert analysis.state.rehearsal.scenario == scenario


def test_a_cell_is_found_by_what_sets_it_apart() -> None:
    whole = knees(vary={"demand.per_h": [1.0, 2.0], "attrition.lost": [0.1]})
    assert find_cell(whole, "useless", {"demand.per_h": 2.0}) == 3
    assert find_cell(knees(scenarios=("useless",)), None, {}) == 0
    assert "is in 2 cells" in refusal(find_cell, whole, "plain", {}).what
    assert "is in no cell" in refusal(find_cell, whole, "plain", {"demand.per_h": 3.0}).what
    assert "is not in this ensemble" in refusal(find_cell, whole, "painful", {}).what
    said = refusal(find_cell, whole, None, {"demand.perh": 1.0})
    assert "demand.per_h" in said.todo


def test_a_trial_that_is_not_there_and_a_changed_protocol_are_refused() -> None:
    store = MemoryStore()
    said = refusal(replay, study(), made().ensemble, 0, 40, store, nothing)
    assert said.todo == "Give 0 to 39."
    other = load_study("NCT04791059")
    assert "is not the one" in refusal(replay, other, made().ensemble, 0, 1, store, nothing).what


def test_numbers_are_the_same_when_both_are_absent_or_as_close_as_they_must_be() -> None:
    nan = float("nan")
    assert Compared("x", nan, nan).same
    assert not Compared("x", nan, 0.0).same
    assert Compared("x", 0.1 + 0.2, 0.3, 1e-9).same
    assert not Compared("x", 0.1 + 0.2, 0.3).same
    assert not Compared("x", 1.0, 1.000001, 1e-9).same
    assert Compared("x", float("inf"), float("inf")).as_json()["ensemble"] is None
