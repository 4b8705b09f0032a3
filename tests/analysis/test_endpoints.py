from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from equipoise.analysis.endpoints import estimate
from equipoise.analysis.methods import METHODS
from equipoise.errors import InputError, Refused
from equipoise.protocol.parts import Protocol
from equipoise.views.dataset import Dataset
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
