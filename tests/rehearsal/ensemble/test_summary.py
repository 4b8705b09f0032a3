"""The summary of an ensemble is what its rows say, whatever the size of its parts."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from equipoise.rehearsal.ensemble.plan import dumped
from equipoise.rehearsal.ensemble.run import here, run
from equipoise.rehearsal.ensemble.storage import PEOPLE, TRIALS
from equipoise.rehearsal.ensemble.summary import summary
from tests.rehearsal.ensemble.knees import knees, made, nothing
from tests.rehearsals.knee import study


def test_totals_are_those_of_the_people() -> None:
    cell = summary(study(), made())["cells"][0]
    people = pl.concat(made().tables(PEOPLE, 0))
    both = people.filter(pl.col("arm") == "both")
    treated = both.filter("treated")
    arm = cell["arms"]["both"]
    assert arm["demands"]["mean"] == pytest.approx(treated["demands"].mean())
    assert arm["treated"]["mean"] == pytest.approx(treated.height / both.height)
    assert arm["lost.KNEE-PCA"]["mean"] == pytest.approx(both["lost.KNEE-PCA"].mean())
    assert arm["refilled"]["mean"] == pytest.approx((treated["bags"] > 1).mean())
    assert arm["randomized"]["mean"] == pytest.approx(both.height / 40)
    peak = treated["peak_ng_ml.esketamine"]
    assert arm["peak_max_ng_ml.esketamine"] == pytest.approx(peak.max())
    fastest = 60 * 36 / max(treated["infused_ml"].to_list())
    assert arm["bag_life_min_h"] == pytest.approx(fastest, rel=1e-6)
    trials = pl.concat(made().tables(TRIALS, 0))
    assert cell["recruitment"]["screened"]["mean"] == pytest.approx(trials["screened"].mean())


def test_the_scenario_without_effect_has_errors_of_type_one() -> None:
    first, second = summary(study(), made())["cells"]
    assert first["comparisons"][0]["rejection_is"] == "power"
    assert second["comparisons"][0]["rejection_is"] == "type I error"
    assert second["comparisons"][0]["truth"] == 0.0
    p = pl.concat(made().tables(TRIALS, 0))["knee_pain_day1.p_value"]
    assert first["comparisons"][0]["rejected"] == (p < 0.05).sum()
    assert (
        sum(first["comparisons"][0]["histogram"]["counts"]) == first["comparisons"][0]["estimated"]
    )


def test_every_key_is_on_the_page_of_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ensembles.md").read_text(encoding="utf-8")
    found = json.loads(dumped(summary(study(), made())))
    cell = found["cells"][0]
    keys = [*found, *cell, *cell["comparisons"][0], *cell["recruitment"]]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_parts_of_another_size_give_the_same_summary_to_rounding(tmp_path: Path) -> None:
    other = run(study(), knees(chunk=16), tmp_path / "it", nothing, here(1))
    one, two = (summary(study(), folder)["cells"][0] for folder in (made(), other))
    assert one["arms"]["one"]["infused_ml"] == pytest.approx(two["arms"]["one"]["infused_ml"])
    mine, its = one["comparisons"][0], two["comparisons"][0]
    assert mine["histogram"]["counts"] == its["histogram"]["counts"]
    assert mine["bias_error"] == pytest.approx(its["bias_error"])
