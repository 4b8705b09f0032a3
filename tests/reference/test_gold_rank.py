"""Ranks, quantiles, summaries and multiplicity against R 4.2.2, on published trials.

The reference values and trial data are not part of the product; without them these tests are
skipped and the published values in tests/analysis remain.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.analysis.estimators import rank
from equipoise.analysis.estimators.descriptive import quantiles, summarize
from equipoise.analysis.estimators.multiplicity import bonferroni, fixed_sequence, hochberg, holm

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
pytestmark = pytest.mark.skipif(
    not (DATA / "gold.json").exists(),
    reason="the R reference values are not beside this repository",
)


def result(name: str) -> Any:
    items = json.loads((DATA / "gold.json").read_text())["items"]
    return next(i["result"] for i in items if i["id"] == name)


def column(file: str, arm_column: str, arm: str, value: str) -> Any:
    with (DATA / "trials" / file).open() as lines:
        rows = list(csv.DictReader(lines))
    texts = [row[value] for row in rows if row[arm_column] == arm]
    return np.array([float(t) if t not in {"", "NA"} else np.nan for t in texts])


def licorice(arm: str) -> Any:
    return column("licorice_gargle/licorice_gargle.csv", "treat", arm, "postOp4hour_throatPain")


def hfno(arm: str, value: str) -> Any:
    return column("hfno_sedation/hfno_participants.csv", "arm", arm, value)


def test_pain_at_four_hours_with_heavy_ties() -> None:
    # Ruetzler K et al. Anesth Analg 2013;117:614-621; wilcox.test finds limits to 1e-4
    r = result("lico.wilcox_4h")
    x, y = licorice("0"), licorice("1")
    counts = rank.score_counts(x, 10), rank.score_counts(y, 10)
    for e in (rank.shift(x, y), rank.shift_of_scores(*counts)):
        assert float(e.p_value) == pytest.approx(r["p"], rel=1e-8)
        for ours, key in ((e.value, "hl"), (e.low, "lo"), (e.high, "hi")):
            assert float(ours) == pytest.approx(r[key], abs=1e-4)
    wins = rank.win_probability_of_scores(*counts)
    pairs = int(counts[0].sum() * counts[1].sum())
    assert float(wins.value) * pairs == pytest.approx(r["W"], abs=1e-6)


def test_comfort_of_two_oxygen_devices() -> None:
    # Conway A et al. Eur J Anaesthesiol 2021;38:839-849
    e = rank.shift(hfno("HFNO", "oxygencomfort"), hfno("FACEMASK", "oxygencomfort"))
    assert float(e.p_value) == pytest.approx(result("hfno.comfort_polr")["wilcox_p"], rel=1e-8)


@pytest.mark.parametrize("arm", ["HFNO", "FACEMASK"])
def test_peak_carbon_dioxide(arm: str) -> None:
    r, s = result("hfno.peak"), summarize(hfno(arm, "tcco2_peak"))
    assert int(s.n) == r["n"][arm]
    assert float(s.mean) == pytest.approx(r["mean"][arm], rel=1e-8)
    assert float(s.sd) == pytest.approx(r["sd"][arm], rel=1e-8)


@pytest.mark.parametrize("kind", [2, 6, 7])
def test_quantile_types(kind: Any) -> None:
    x = [1, 2, 2, 3, 5, 7, 8, 8, 9, 12]
    r = result("desc.quantiles")[f"type{kind}"]
    assert list(quantiles(x, [0.25, 0.5, 0.75], kind)) == pytest.approx(r, abs=1e-12)


def test_multiplicity() -> None:
    r, p = result("mult.padjust"), [0.001, 0.0125, 0.03, 0.041, 0.2]
    for name, adjust in (("holm", holm), ("hochberg", hochberg), ("bonferroni", bonferroni)):
        assert adjust(p) == pytest.approx(r[name], abs=1e-12)
    sequence = result("mult.graph_fixedseq")["adj_p"]
    assert fixed_sequence([0.01, 0.06, 0.02]) == pytest.approx(sequence, abs=1e-12)
