"""Generalized estimating equations against R geepack, and proportions as printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.validation.case import Case, gold
from benchmarks.validation.continuous import numbers, rows
from equipoise.analysis.estimators import gee

# geepack stops at a relative change of 1e-4 in the coefficients; ours go on to the solution
GEEPACK = 2e-5
CLOSE = 1e-8
Z = 1.959963984540054
TIMES = {
    "30 min": "pacu30min_throatPain",
    "90 min": "pacu90min_throatPain",
    "4 h": "postOp4hour_throatPain",
    "next morning": "pod1am_throatPain",
}


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from _licorice()
    yield from _respiratory()


def _licorice() -> Iterator[Case]:
    trial = "NCT01444703"
    table = rows("licorice_gargle/licorice_gargle.csv")
    treated = numbers(table, "treat") == 1
    scores = np.stack([numbers(table, column) for column in TIMES.values()], axis=-1)
    sore = np.where(np.isnan(scores), np.nan, scores > 0)
    paper = "Ruetzler K et al. Anesth Analg 2013;117:614-621"
    for visit, percent in ((0, ("19", "36")), (2, ("21", "45"))):
        arms = ("licorice", treated), ("sugar", ~treated)
        for (name, side), printed in zip(arms, percent, strict=True):
            share = 100 * float(np.nanmean(sore[side, visit]))
            what = f"sore throat, %, {list(TIMES)[visit]}, {name}"
            yield Case(trial, what, share, None, "", published=printed, cited=paper)
    correlations: tuple[Any, ...] = ("independence", "exchangeable", "ar1", "unstructured")
    links: tuple[Any, ...] = ("logit", "log")
    for link in links:
        for correlation in correlations:
            result = gold()[f"lico.gee_{link}_{correlation}"]["result"]
            model = gee.Marginal(link=link, correlation=correlation)
            yield from _fitted(trial, sore, treated, model, result)


def _fitted(
    trial: str, sore: Any, treated: Any, model: gee.Marginal, result: dict[str, Any]
) -> Iterator[Case]:
    name, source = f"sore throat, {model.link} {model.correlation}", "R geepack"
    e = gee.effect(sore, treated, model)
    log, se = float(np.log(e.value)), float(np.log(e.high / e.low)) / 2 / Z
    yield Case(trial, f"{name}, effect", log, result["est"], source, GEEPACK)
    yield Case(trial, f"{name}, standard error", se, result["se"], source, GEEPACK)
    yield Case(trial, f"{name}, P", float(e.p_value), result["p"], source, GEEPACK)
    visits = sore.shape[-1]
    arm = np.broadcast_to(treated[:, None, None], (*sore.shape, 1))
    means = np.broadcast_to(np.eye(visits), (*sore.shape, visits))
    working = gee.fit(sore, np.concatenate([arm, means], axis=-1), model).correlation
    theirs = np.atleast_1d(result["alpha"])
    ours = working[np.triu_indices(visits, 1)][: theirs.size]
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True), start=1):
        yield Case(trial, f"{name}, correlation {number}", float(a), float(b), source, GEEPACK)


def _respiratory() -> Iterator[Case]:
    table = rows("respiratory/respiratory.csv")
    first = {(row["center"], row["id"]): row for row in table}
    place = {key: i for i, key in enumerate(first)}
    outcome = np.full((len(first), 4), np.nan)
    for row in table:
        outcome[place[row["center"], row["id"]], int(row["visit"]) - 1] = float(row["outcome"])
    people = list(first.values())
    columns = {
        'I(treat == "A")TRUE': [row["treat"] == "A" for row in people],
        "(Intercept)": [True] * len(people),
        'I(sex == "M")TRUE': [row["sex"] == "M" for row in people],
        "age": [float(row["age"]) for row in people],
        "baseline": [float(row["baseline"]) for row in people],
        "factor(center)2": [row["center"] == "2" for row in people],
    }
    x = np.array(list(columns.values()), dtype=np.float64).T
    design = np.broadcast_to(x[:, None, :], (*outcome.shape, x.shape[-1]))
    fitted = gee.fit(outcome, design, gee.Marginal())
    result, back = gold()["resp.gee_exch"]["result"], fitted.basis.back
    effects, errors = back @ fitted.at, np.sqrt(np.diag(back @ fitted.covariance @ back.T))
    trial, source = "respiratory illness, 111 patients", "R geepack"
    for name, effect, error in zip(columns, effects, errors, strict=True):
        yield Case(trial, name, float(effect), result["coef"][name], source, CLOSE)
        yield Case(
            trial, f"{name}, standard error", float(error), result["se"][name], source, CLOSE
        )
    alpha = float(fitted.correlation[0, 1])
    yield Case(trial, "correlation", alpha, result["alpha"], source, CLOSE)
    yield Case(trial, "scale", float(fitted.scale), result["phi"], source, CLOSE)
    # the treatment's odds ratio by way of the front door
    model = gee.Marginal(visit_means=False)
    e = gee.effect(outcome, x[:, 0] == 1, model, covariates=x[:, 2:])
    odds = float(np.exp(result["coef"]['I(treat == "A")TRUE']))
    yield Case(trial, "odds ratio of the treatment", float(e.value), odds, source, CLOSE)
