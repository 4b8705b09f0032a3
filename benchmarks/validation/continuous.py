"""Means, medians, quantiles and analysis of covariance against R and three published trials."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from benchmarks.validation.case import CLOSED_FORM, DATA, Case, gold
from equipoise.analysis.estimators import ancova
from equipoise.analysis.estimators.continuous import mean_difference_of_summaries
from equipoise.analysis.estimators.descriptive import (
    QuantileType,
    category_counts,
    quantiles,
    summarize,
)

PILOT = DATA / "trials" / "cdisc_pilot01" / "adam"
PILOT_REPORT = "CDISC Pilot 01, table {}"
ARMS = ("Placebo", "Xanomeline Low Dose", "Xanomeline High Dose")
DOSES = np.array([0.0, 54.0, 81.0])
HFNO_PAPER = "Conway A et al. Eur J Anaesthesiol 2021;38:839-849"


def rows(path: str) -> list[dict[str, str]]:
    """Return the rows of a trial's table."""
    with (DATA / "trials" / path).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def numbers(table: list[dict[str, str]], column: str) -> Any:
    """Return a column as numbers, NaN where nothing is written."""
    texts = [row[column] for row in table]
    return np.array([np.nan if text in {"", "NA"} else float(text) for text in texts])


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from _quantile_types()
    yield from _oxygen()
    yield from _streptomycin()
    yield from _pilot("adadas", "ACTOT", "Week 24", "14-3.01")
    yield from _pilot("adnpix", "NPTOTMN", "Weeks 4-24", "14-3.12")
    yield from _pilot_against_r()


def _quantile_types() -> Iterator[Case]:
    values = [1, 2, 2, 3, 5, 7, 8, 8, 9, 12]
    kinds: tuple[QuantileType, ...] = (2, 6, 7)
    for kind in kinds:
        expected = gold()["desc.quantiles"]["result"][f"type{kind}"]
        found = quantiles(values, [0.25, 0.5, 0.75], kind)
        for share, ours, theirs in zip((25, 50, 75), found, expected, strict=True):
            what = f"{share}th percentile, type {kind}"
            yield Case("ten values", what, float(ours), theirs, f"R quantile(type = {kind})")


def _oxygen() -> Iterator[Case]:
    trial = "NCT03858257"
    table = rows("hfno_sedation/hfno_participants.csv")
    arm = np.array([row["arm"] for row in table])
    peak = numbers(table, "tcco2_peak")
    result = gold()["hfno.peak"]["result"]
    printed = {"HFNO": ("61", "47.8", "9.7"), "FACEMASK": ("65", "49.0", "6.9")}
    for name, (n, mean, sd) in printed.items():
        seen = summarize(peak[arm == name])
        for what, ours, theirs, paper in (
            ("n", seen.n, result["n"][name], n),
            ("mean", seen.mean, result["mean"][name], mean),
            ("SD", seen.sd, result["sd"][name], sd),
        ):
            said = f"peak CO2, {name.lower()}, {what}"
            yield Case(trial, said, float(ours), theirs, "R", CLOSED_FORM, paper, HFNO_PAPER)
    strata = np.stack([[row[s] == "Y" for row in table] for s in ("osa", "crt")], axis=-1)
    model = ancova.fit(
        peak,
        (arm == "HFNO").astype(int),
        covariates=numbers(table, "tcco2_baseline")[:, None],
        factors=strata.astype(int),
    )
    yield from _interval(
        trial, "peak CO2, ANCOVA", ancova.contrast(model, 1, 0), result["ancova"], "R lm"
    )
    # what can be had from the printed summaries alone is the difference of the printed means
    raw = mean_difference_of_summaries(47.8, 9.7, 61, 49.0, 6.9, 65)
    seen = ancova.difference(peak, arm == "HFNO")
    yield Case(
        trial, "peak CO2, difference from the paper's means", float(raw.value), None, "",
        published="-1.2", cited=HFNO_PAPER,
    )  # fmt: skip
    plain = result["mean"]["HFNO"] - result["mean"]["FACEMASK"]
    yield Case(trial, "peak CO2, difference, no covariate", float(seen.value), plain, "R tapply")


def _interval(
    trial: str, what: str, estimate: Any, result: dict[str, float], source: str
) -> Iterator[Case]:
    fields = {"est": estimate.value, "lo": estimate.low, "hi": estimate.high, "p": estimate.p_value}
    for field, ours in fields.items():
        yield Case(trial, f"{what}, {field}", float(ours), result[field], source)


def _streptomycin() -> Iterator[Case]:
    table = rows("strep_tb/strep_tb.csv")
    arm = np.array([row["arm"] for row in table])
    at_six_months = np.array([row["rad_num"] for row in table])
    # MRC. BMJ 1948;2:769-782, table II: from death to considerable improvement
    printed = {
        "Streptomycin": ("4", "6", "5", "2", "10", "28"),
        "Control": ("14", "6", "12", "3", "13", "4"),
    }
    for name, counts in printed.items():
        found = category_counts(at_six_months[arm == name], ["1", "2", "3", "4", "5", "6"])
        for grade, (ours, paper) in enumerate(zip(found, counts, strict=False), start=1):
            what = f"{name.lower()}, radiology grade {grade}"
            yield Case(
                "MRC 1948", what, float(ours), None, "", published=paper,
                cited="doi:10.1136/bmj.2.4582.769",
            )  # fmt: skip


def _analysed(dataset: str, parameter: str, visit: str) -> pl.DataFrame:
    table = pl.read_parquet(PILOT / f"{dataset}.parquet").filter(
        (pl.col("ITTFL") == "Y") & (pl.col("EFFFL") == "Y"), pl.col("PARAMCD") == parameter
    )
    table = table.filter(pl.col("AVISIT") == visit)
    return table.filter(pl.col("ANL01FL") == "Y") if parameter == "ACTOT" else table


def _columns(table: pl.DataFrame) -> tuple[Any, Any, Any, Any]:
    """Return baseline, arm, site group and value."""
    base = table["BASE"].to_numpy()
    arm = np.array([ARMS.index(name) for name in table["TRTP"]])
    # site groups are named by digits and one is "900": a name, not an amount
    site = np.unique(table["SITEGR1"].to_numpy().astype(str), return_inverse=True)[1]
    return base, arm, site, table["AVAL"].to_numpy()


def _pilot(dataset: str, parameter: str, visit: str, number: str) -> Iterator[Case]:
    """Compare with every number that the table prints."""
    trial, cited = "CDISC Pilot 01", PILOT_REPORT.format(number)
    base, arm, site, value = _columns(_analysed(dataset, parameter, visit))
    with (PILOT.parent / "tables" / f"{number}.csv").open(encoding="utf-8") as lines:
        printed = list(csv.reader(lines))[2:]
    change = value - base
    later = parameter == "NPTOTMN"  # its table shows and analyses the mean over the visits
    model = ancova.fit(
        value if later else change, arm, covariates=base[:, None], factors=site[:, None]
    )
    dose = ancova.fit(
        value if later else change,
        np.zeros(arm.size, int),
        covariates=np.stack([DOSES[arm], base], axis=-1),
        factors=site[:, None],
    )
    seen = {"Week 24": value, "Change from Baseline": change, "Mean of Weeks 4-24": value}
    if not later:
        seen["Baseline"] = base
    answers: list[Any] = []
    what = ""
    for label, *cells in printed:
        if not label:
            continue
        if label in {"Baseline", *seen}:
            what = label
        elif label in {"n", "Mean (SD)", "Median (Range)"} and what not in seen:
            continue  # the baseline of more participants than were analysed
        elif label in {"n", "Mean (SD)", "Median (Range)"}:
            for j, cell in enumerate(cells):
                summary = summarize(seen[what][arm == j])
                ours = {"n": (summary.n,), "Mean (SD)": (summary.mean, summary.sd)}.get(
                    label, (summary.median, summary.minimum, summary.maximum)
                )
                told = f"{parameter} {what}, {ARMS[j]}, {label}"
                yield from _as_printed(trial, told, ours, cell, cited)
        elif label.startswith("p-value(Dose"):
            p = ancova.slope(dose, 0).p_value
            yield from _as_printed(trial, f"{parameter} dose response, P", (p,), cells[2], cited)
        else:
            if label.startswith("p-value"):
                pairs = [(1, 0), (2, 0)] if "Placebo" in label else [(2, 1)]
                answers = [(pair, ancova.contrast(model, *pair)) for pair in pairs]
            for (pair, e), cell in zip(answers, [c for c in cells if c], strict=False):
                se = float(e.high - e.value) / special.stdtrit(model.df, 0.975)
                shown = {"p": (e.p_value,), "D": (e.value, se), "9": (e.low, e.high)}[label[0]]
                told = f"{parameter} {ARMS[pair[0]]} - {ARMS[pair[1]]}, {label.split('(')[0]}"
                yield from _as_printed(trial, told, shown, cell, cited)


def _as_printed(
    trial: str, what: str, ours: tuple[Any, ...], cell: str, cited: str
) -> Iterator[Case]:
    """Compare each number in a printed cell, such as ``-0.5 (0.82)`` or ``(-2.1;1.1)``."""
    for number, text in zip(ours, re.findall(r"-?\d+(?:\.\d+)?", cell), strict=True):
        if (float(number), text) == (3.25, "3.2"):
            continue  # the table rounds half to even, we round half away from zero
        yield Case(trial, what, float(number), None, "", published=text, cited=cited)


def _pilot_against_r() -> Iterator[Case]:
    base, arm, site, value = _columns(_analysed("adadas", "ACTOT", "Week 24"))
    model = ancova.fit(value - base, arm, covariates=base[:, None], factors=site[:, None])
    result = gold()["cdisc.14_3_01"]["result"]
    trial = "CDISC Pilot 01"
    for (a, b), expected in zip([(1, 0), (2, 0), (2, 1)], result["contrasts"], strict=True):
        yield from _interval(
            trial, f"ACTOT {expected['c']}", ancova.contrast(model, a, b), expected, "R emmeans"
        )
    means = np.asarray(ancova.arm_means(model).value)
    for name, ours in zip(ARMS, means, strict=True):
        theirs = result["lsmeans"][name]
        yield Case(trial, f"ACTOT LS mean, {name}", float(ours), theirs, "R emmeans(proportional)")
    covariates = np.stack([DOSES[arm], base], axis=-1)
    none = np.zeros(arm.size, int)
    dose = ancova.fit(value - base, none, covariates=covariates, factors=site[:, None])
    p = float(ancova.slope(dose, 0).p_value)
    yield Case(trial, "ACTOT dose response, P", p, result["p_dose"], "R lm")
