"""Regression and g-computation against R and SAS: a trial with covariates, a simulated one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.validation.case import DATA, Case, gold
from benchmarks.validation.two_by_two import rows_of
from equipoise.analysis.estimators import adjusted, glm, marginal
from equipoise.analysis.estimators.estimate import Estimate, critical_value
from equipoise.analysis.estimators.participants import participants

R_FIT = 1e-6  # R's glm stops at a relative change of the deviance of 1e-8


class Trial(NamedTuple):
    outcome: NDArray[np.float64]
    treated: NDArray[np.bool_]
    covariates: NDArray[np.float64]


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from conditional()
    yield from marginal_effects()
    yield from against_sas()
    yield from seed_parent()


def se(e: Estimate) -> float:
    """Return the standard error that the Wald limits were made with."""
    wide = math.log(e.high / e.low) if "ratio" in e.measure else float(e.high - e.low)
    return wide / 2 / critical_value(e.level)


def indo() -> Trial:
    rows = rows_of("indo_rct/indo_rct.csv")
    columns = [
        [float(r["age"]) for r in rows],
        [float(r["gender"] == "2_male") for r in rows],
        [float(r["risk"]) for r in rows],
        [float(r["sod"] == "1_yes") for r in rows],
    ]
    outcome = np.array([float(r["outcome"] == "1_yes") for r in rows])
    treated = np.array([r["rx"] == "1_indomethacin" for r in rows])
    return Trial(outcome, treated, np.array(columns).T)


def conditional() -> Iterator[Case]:
    trial, r = indo(), gold()["indo.logit_cond"]["result"]
    e = adjusted.odds_ratio(trial.outcome, trial.treated, covariates=trial.covariates)
    source = "R glm"
    arm = r["trt"]
    yield Case("indo", "conditional log OR", float(np.log(e.value)), arm["Estimate"], source, R_FIT)
    yield Case("indo", "conditional log OR, SE", se(e), arm["Std. Error"], source, R_FIT)
    yield Case("indo", "conditional OR, P", float(e.p_value), arm["Pr(>|z|)"], source, R_FIT)
    who = participants(*trial)
    fitted = glm.fit(who.design(), who.outcome, who.seen, "logit")
    spread = np.sqrt(np.diagonal(fitted.covariance))
    for k, name in enumerate(("age", "male", "risk", "sodf1_yes"), start=2):
        for what, ours, theirs in (
            ("", fitted.coefficients[k], "Estimate"),
            (", SE", spread[k], "Std. Error"),
        ):
            yield Case(
                "indo", f"logistic {name}{what}", float(ours), r[name][theirs], source, R_FIT
            )


def marginal_effects() -> Iterator[Case]:
    outcome, treated, covariates = indo()
    g = gold()
    beeca = g["indo.beeca_ge_ye"]["result"]
    measures: dict[str, marginal.Measure] = {
        "diff": "risk difference",
        "logrr": "risk ratio",
        "logor": "odds ratio",
    }
    variances: dict[str, marginal.Variance] = {
        "Ge": "ge-hc0",
        "Ye": "ye",
        "Ge_model": "ge-model",
    }

    def effect(measure: marginal.Measure, variance: marginal.Variance) -> Estimate:
        return marginal.marginal_effect(
            outcome, treated, covariates=covariates, measure=measure, variance=variance
        )

    for name, r in beeca.items():
        family, _, contrast = name.rpartition("_")
        if contrast in {
            "rr",
            "or",
        }:  # on the ratio's own scale: the logarithm's by the delta method
            e = effect(measures[f"log{contrast}"], variances[family])
            value, spread = float(e.value), float(e.value) * se(e)
        else:
            e = effect(measures[contrast], variances[family])
            value, spread = float(e.value if contrast == "diff" else np.log(e.value)), se(e)
        yield Case("indo", f"g-computation {name}", value, r["est"], "R beeca", R_FIT)
        yield Case("indo", f"g-computation {name}, SE", spread, r["se"], "R beeca", R_FIT)
    for name, measure in (("rd", "diff"), ("rr", "logrr"), ("or", "logor")):
        r = g[f"indo.robin_{name}"]["result"]
        e = effect(measures[measure], "ye")
        value = float(e.value if name == "rd" else np.log(e.value))
        yield Case("indo", f"g-computation {name}", value, r["est"], "R RobinCar2", R_FIT)
        yield Case("indo", f"g-computation {name}, SE", se(e), r["se"], "R RobinCar2", R_FIT)
    r = g["indo.robin_rd"]["result"]
    means = marginal.marginal_means(participants(outcome, treated, covariates))
    theirs = np.array(r["vcov_mean"]).reshape(2, 2)[::-1, ::-1]
    for k, name in enumerate(("arm", "reference")):
        share = float(means.share[k])
        yield Case("indo", f"share, {name}", share, r[f"mean{1 - k}"], "R RobinCar2", R_FIT)
        for j in (0, 1):
            what = f"covariance of shares {k + 1}{j + 1}, times 1000"
            ours = 1000 * float(means.covariance[k, j])
            yield Case("indo", what, ours, 1000 * float(theirs[k, j]), "R RobinCar2", R_FIT)
    r = g["indo.robin_rd_pb"]["result"]
    e = marginal.marginal_effect(
        outcome, treated, covariates=covariates[:, [0, 2, 3]], strata=covariates[:, 1].astype(int)
    )
    yield Case("indo", "RD, permuted blocks", float(e.value), r["est"], "R RobinCar2", R_FIT)
    yield Case("indo", "RD, permuted blocks, SE", se(e), r["se"], "R RobinCar2", R_FIT)


def against_sas() -> Iterator[Case]:
    with (DATA / "trials/gold_sets/beeca_trial01.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    outcome = np.array([float(r["aval"] or "nan") for r in rows])
    treated = np.array([r["trtp"] == "1" for r in rows])
    covariates = np.array([[float(r["bl_cov"] or "nan")] for r in rows])
    item = gold()["trial01.beeca_vs_sas"]
    variances: dict[str, marginal.Variance] = {
        "model-based": "ge-model",
        "HC0": "ge-hc0",
        "Ye": "ye",
    }
    for name, r in item["result"].items():
        e = marginal.marginal_effect(
            outcome, treated, covariates=covariates, variance=variances[name]
        )
        yield Case("trial01", f"RD {name}", float(e.value), r["est"], "R beeca", R_FIT)
        yield Case("trial01", f"RD {name}, SE", se(e), r["se"], "R beeca", R_FIT)
    sas: dict[str, Any] = item["published"]
    e = marginal.marginal_effect(outcome, treated, covariates=covariates, variance="ge-model")
    for macro in ("sas_margins", "sas_ge_macro"):
        for what, ours in (("diff", e.value), ("se", se(e)), ("lower", e.low), ("upper", e.high)):
            if macro == "sas_ge_macro" and what in {"lower", "upper"}:
                continue  # it takes z as 1.96
            source = f"SAS {macro.removeprefix('sas_')}"
            yield Case("trial01", f"RD {what}", float(ours), sas[macro][what], source, R_FIT)
    p = sas["sas_margins"]["p"]
    yield Case("trial01", "RD P", float(e.p_value), p, "SAS margins", R_FIT)


def seed_parent() -> Iterator[Case]:
    outcome = np.repeat([1.0, 0.0, 1.0, 0.0], [65, 34, 86, 14])
    treated = np.repeat([True, False], [99, 100])
    g, trial = gold(), "seed_parent"
    r = g["seed_parent.robust_poisson"]["result"]
    e = adjusted.risk_ratio(outcome, treated)
    source = "R glm, sandwich"
    for what, ours, theirs in (
        ("RR", float(e.value), "rr"),
        ("RR lower", float(e.low), "lo_hc0"),
        ("RR upper", float(e.high), "hi_hc0"),
        ("log RR, SE, HC0", se(e), "se_hc0"),
        ("log RR, SE, HC1", se(adjusted.risk_ratio(outcome, treated, variance="HC1")), "se_hc1"),
    ):
        yield Case(trial, f"modified Poisson {what}", ours, r[theirs], source, R_FIT)
    r = g["seed_parent.linear_rd"]["result"]
    kinds: tuple[glm.Sandwich, ...] = ("HC0", "HC1", "HC2", "HC3")
    for kind in kinds:
        e = adjusted.risk_difference(outcome, treated, variance=kind)
        yield Case(trial, f"linear RD, SE, {kind}", se(e), r[kind.lower()], "R lm, sandwich")
    yield Case(trial, "linear RD", float(e.value), r["rd"], "R lm")
    r = g["seed_parent.logistic"]["result"]
    e = adjusted.odds_ratio(outcome, treated)
    yield Case(trial, "logistic OR", float(e.value), r["or"], "R glm", R_FIT)
    yield Case(trial, "logistic OR, P", float(e.p_value), r["wald_p"], "R glm", R_FIT)
