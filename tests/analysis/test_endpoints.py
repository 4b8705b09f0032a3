from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import ArrayLike

from equipoise.analysis.endpoints import estimate, estimate_ensemble, estimate_trial
from equipoise.analysis.facts import of_dataset
from equipoise.analysis.methods import METHODS
from equipoise.errors import InputError, Refused
from equipoise.protocol.arrays import Codes, Column, Numbers, numbers
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset
from tests.analysis.diaries import facts
from tests.conduct.ward import study
from tests.small import analysis

EMPTY = pl.DataFrame()


def _data(answers: dict[tuple[str, str], dict[str, object]], arms: dict[str, str]) -> Dataset:
    """Return a dataset of (participant, visit) diaries."""
    people = pl.DataFrame(
        {"participant": list(arms), "arm": list(arms.values()), "treated": [True] * len(arms)}
    )
    forms = {(who, visit, "diary"): known for (who, visit), known in answers.items()}
    return Dataset(people, EMPTY, EMPTY, EMPTY, forms)  # type: ignore[arg-type]


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    loaded = study(tmp_path).protocol
    assert loaded
    return loaded


def test_the_published_counts_give_the_published_ratio(protocol: Protocol) -> None:
    """65 of 99 and 86 of 100: 0.76 (0.65 to 0.90), doi:10.1016/j.bja.2023.05.001."""
    arms = {f"A{n}": "balm" for n in range(99)} | {f"B{n}": "salve" for n in range(100)}
    answers = {
        (who, "noon"): {"sore": int(who[1:]) < (65 if arm == "balm" else 86)}
        for who, arm in arms.items()
    }
    (result,) = estimate(protocol, _data(answers, arms), "ever_sore")  # type: ignore[arg-type]
    assert [(g.arm, g.events, g.n, g.missing) for g in result.groups] == [
        ("balm", 65, 99, 0),
        ("salve", 86, 100, 0),
    ]
    row = result.row()
    assert (row["estimate"], row["low"], row["high"]) == (
        pytest.approx(0.76345, abs=1e-5),
        pytest.approx(0.64865, abs=1e-5),
        pytest.approx(0.89856, abs=1e-5),
    )
    assert row["p_value"] == pytest.approx(0.0012, abs=5e-5)


def test_missing_people_are_counted_not_analysed(protocol: Protocol) -> None:
    arms = {"P1": "balm", "P2": "balm", "P3": "balm", "P4": "salve", "P5": "salve"}
    answers = {(who, "night"): {"soreness": n} for n, who in enumerate(arms) if who != "P3"}
    (result,) = estimate(protocol, _data(answers, arms), "soreness")  # type: ignore[arg-type]
    assert [(g.n, g.missing) for g in result.groups] == [(2, 1), (2, 0)]
    assert result.estimate.value == pytest.approx(0.5 - 3.5)


def test_an_arm_with_nothing_to_analyse_is_named(protocol: Protocol) -> None:
    data = _data({("P1", "night"): {"soreness": 3}}, {"P1": "balm", "P2": "salve"})
    with pytest.raises(Refused, match="endpoint 'soreness', arm 'salve': nobody in this arm"):
        estimate(protocol, data, "soreness")


def test_an_unknown_method_lists_the_known(protocol: Protocol) -> None:
    endpoint = protocol.endpoints["soreness"]
    odd = endpoint.model_copy(
        update={"analysis": endpoint.analysis.model_copy(update={"method": "tea leaves"})}
    )
    changed = protocol.model_copy(update={"endpoints": {"soreness": odd}})
    with pytest.raises(InputError, match="'tea leaves', which does not exist"):
        estimate(changed, _data({}, {}), "soreness")


def test_a_repeated_measure_is_one_comparison_for_each_visit() -> None:
    results = estimate(analysis().protocol, analysis().data, "pain_at_rest")
    planned = analysis().protocol.all_endpoints()["pain_at_rest"].variable.visits
    assert [result.visit for result in results] == list(planned)


def test_every_planned_method_of_the_shipped_studies_exists() -> None:
    methods = {e.analysis.method for e in analysis().protocol.all_endpoints().values()}
    assert methods <= set(METHODS)


def test_an_ensemble_gives_what_each_of_its_trials_gives() -> None:
    """The rehearsed trial three times over, the second without one participant's arm."""
    one = of_dataset(analysis().protocol, analysis().data)
    arm = np.tile(one.arm, (3, 1))
    arm[1, 0] = -1
    many = replace(
        one,
        arm=arm,
        arm_treated=None,
        facts={name: np.tile(np.asarray(v), (3, 1)) for name, v in one.facts.items()},
        answers={place: _tiled(given) for place, given in one.answers.items()},
        visit_h={visit: np.tile(np.asarray(v), (3, 1)) for visit, v in one.visit_h.items()},
    )
    without = replace(one, arm=arm[1], arm_treated=None)
    for name, endpoint in analysis().protocol.all_endpoints().items():
        for place in (None, *range(len(endpoint.analysis.sensitivity))):
            whole = estimate_ensemble(analysis().protocol, many, name, place)
            for k, alone in enumerate((one, without, one)):
                single = estimate_trial(analysis().protocol, alone, name, place)
                for each, result in zip(whole, single, strict=True):
                    assert each.visit == result.visit
                    found = [np.asarray(getattr(each.estimate, f))[k] for f in FIELDS]
                    assert found == pytest.approx(
                        [getattr(result.estimate, f) for f in FIELDS], rel=1e-12, nan_ok=True
                    )
                    assert each.analysed[k].tolist() == [g.n for g in result.groups]
                    assert each.missing[k].tolist() == [g.missing for g in result.groups]
                    assert each.total[k] == pytest.approx([sum(g.values) for g in result.groups])


FIELDS = ("value", "low", "high", "p_value")


def _tiled(given: Column | ArrayLike) -> Column:
    if isinstance(given, Codes):
        return Codes(given.words, np.tile(given.possible, (3, 1, 1)))
    assert isinstance(given, Numbers)
    return numbers(np.tile(given.low, (3, 1)), np.tile(given.high, (3, 1)))


def test_an_empty_arm_of_a_trial_among_many_is_nan_with_a_note(protocol: Protocol) -> None:
    soreness = np.array([[1.0, 2, 3, 4], [1, 2, np.nan, np.nan]])
    many = facts(np.tile([0, 0, 1, 1], (2, 1)), {("night", "soreness"): soreness})
    (result,) = estimate_ensemble(protocol, many, "soreness")
    assert result.estimate.value == pytest.approx([-2, np.nan], nan_ok=True)
    assert result.estimate.note.tolist() == ["", "empty arm"]
    assert result.analysed.tolist() == [[2, 2], [2, 0]]
    assert result.missing.tolist() == [[0, 0], [0, 2]]


def test_the_same_participant_twice_is_an_error(protocol: Protocol) -> None:
    people = pl.DataFrame({"participant": ["P1", "P1"], "arm": ["balm", "salve"]})
    with pytest.raises(InputError, match="P1 has more than one row"):
        estimate(protocol, Dataset(people, EMPTY, EMPTY, EMPTY, {}), "soreness")
