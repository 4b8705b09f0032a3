"""Ordered scores against R: proportional odds, Wilcoxon, Mantel's trend."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.validation.case import CLOSED_FORM, Case, gold
from benchmarks.validation.continuous import numbers, rows
from equipoise.analysis.estimators import ordinal, rank, stratified_rank

# polr stops its search at a relative change of 1e-8 in the deviance, and so 1e-4 from the maximum
POLR = 1e-4
# wilcox.test seeks its limits with a root finder to 1e-4
WILCOX = 1e-4
Z = 1.959963984540054


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from _licorice()
    yield from _oxygen()


def _licorice() -> Iterator[Case]:
    trial = "NCT01444703"
    table = rows("licorice_gargle/licorice_gargle.csv")
    treated = numbers(table, "treat") == 1
    pain = numbers(table, "postOp4hour_throatPain")
    result = gold()["lico.wilcox_4h"]["result"]
    # R's formula takes the first level of the factor, here the reference, as the first sample
    x, y = pain[~treated], pain[treated]
    for name, e in (
        ("by values", rank.shift(x, y)),
        ("by counts", rank.shift_of_scores(rank.score_counts(x, 10), rank.score_counts(y, 10))),
    ):
        p = float(e.p_value)
        yield Case(trial, f"pain at 4 h, Mann-Whitney P {name}", p, result["p"], "R wilcox.test")
        for field, ours in (("hl", e.value), ("lo", e.low), ("hi", e.high)):
            what = f"pain at 4 h, Hodges-Lehmann {field} {name}"
            yield Case(trial, what, float(ours), result[field], "R wilcox.test", WILCOX)
    wins = rank.win_probability(x, y)
    pairs = (~np.isnan(x)).sum() * (~np.isnan(y)).sum()
    w = float(wins.value) * float(pairs)
    yield Case(trial, "pain at 4 h, W", w, result["W"], "R wilcox.test")

    cough = numbers(table, "postOp4hour_cough")
    p = float(stratified_rank.trend_p(cough, treated))
    trend = gold()["lico.trend"]["result"]["p"]
    yield Case(trial, "cough at 4 h, trend P", p, trend, "R coin lbl_test")
    e = ordinal.odds_ratio(cough, treated)
    log, se = float(np.log(e.value)), float(np.log(e.high / e.low)) / 2 / Z
    result = gold()["lico.polr"]["result"]
    yield Case(trial, "cough at 4 h, log odds ratio", log, result["logor"], "R polr", POLR)
    yield Case(trial, "cough at 4 h, its standard error", se, result["se"], "R polr", POLR)
    yield Case(trial, "cough at 4 h, t", log / se, result["t"], "R polr", POLR)


def _oxygen() -> Iterator[Case]:
    trial = "NCT03858257"
    table = rows("hfno_sedation/hfno_participants.csv")
    treated = np.array([row["arm"] == "HFNO" for row in table])
    comfort = numbers(table, "oxygencomfort")
    strata = np.stack([[row[s] == "Y" for row in table] for s in ("osa", "crt")], axis=-1)
    result = gold()["hfno.comfort_polr"]["result"]
    e = ordinal.odds_ratio(comfort, treated, covariates=strata.astype(float))
    log, se = float(np.log(e.value)), float(np.log(e.high / e.low)) / 2 / Z
    for what, ours, field in (
        ("log odds ratio", log, "logor"),
        ("its standard error", se, "se"),
        ("odds ratio", float(e.value), "or"),
        ("lower", float(e.low), "lo"),
        ("upper", float(e.high), "hi"),
    ):
        yield Case(trial, f"comfort, {what}", ours, result[field], "R polr", POLR)
    p = float(rank.shift(comfort[treated], comfort[~treated]).p_value)
    yield Case(
        trial, "comfort, Mann-Whitney P", p, result["wilcox_p"], "R wilcox.test", CLOSED_FORM
    )
