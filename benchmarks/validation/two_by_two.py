"""Two proportions against R, on every 2 by 2 table of the reference values, and as published.

Left out is what is defined otherwise (docs/statistics/two-proportions.md, "Where we differ"): the
intervals that R gives for a Wald method on a table where ours says ``zero cell``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np

from benchmarks.validation.case import CLOSED_FORM, DATA, ITERATIVE, Case, gold
from equipoise.analysis.estimators import binary, closed_form, exact, score, unconditional
from equipoise.analysis.estimators.counts import Table
from equipoise.analysis.estimators.estimate import ZERO_CELL, Estimate
from equipoise.analysis.estimators.proportion import Method, proportion

COARSE = 1e-4  # DescTools leaves its root finders at their default tolerance
CONTRASTS: dict[str, score.Contrast] = {"RD": "difference", "RR": "ratio", "OR": "odds ratio"}
DIFFERENCES = {  # DescTools' names
    "wald": "wald",
    "wald_cc": "wald-corrected",
    "agresti_caffo": "agresti-caffo",
    "newcombe": "newcombe",
    "newcombe_cc": "newcombe-corrected",
    "miettinen_nurminen": "miettinen-nurminen",
    "mee_fm": "mee",
    "brown_li": "brown-li",
    "hauck_anderson": "hauck-anderson",
    "haldane": "haldane",
    "jeffreys_perks": "jeffreys-perks",
}
RATIOS = {
    "katz.log": "katz",
    "adj.log": "adjusted-log",
    "bailey": "bailey",
    "koopman": "koopman",
    "noether": "noether",
    "sinh-1": "inverse-sinh",
}
SEARCHED = {"mee", "miettinen-nurminen", "koopman", "mid-p"}
PROPORTIONS = {"wilsoncc": "wilson-corrected", "midp": "mid-p"}

# (what, ours, reference, source, tolerance)
Number = tuple[str, Any, Any, str, float]


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    for name, item in gold().items():
        trial, _, what = name.partition(".")
        if "counts" in item and "error" not in item["result"]:
            for label, ours, reference, source, tolerance in numbers(
                what, item["counts"], item["result"]
            ):
                if reference != "NA":
                    yield Case(trial, label, float(ours), float(reference), source, tolerance)
    yield from seed_parent_models()
    yield from published()


def numbers(what: str, counts: list[int], r: dict[str, Any]) -> Iterator[Number]:
    """Yield what is compared with one reference item."""
    family, _, contrast = what.partition("_")
    if what in {"chisq", "chisq_cc"}:
        ours = binary.pearson_p if what == "chisq" else binary.yates_p
        # R divides 0 by 0 where no one, or everyone, has the event
        reference = 1.0 if r["p"] == "NaN" else r["p"]
        yield f"{what} P", ours(*counts), reference, "R chisq.test", CLOSED_FORM
    elif what in {"prop_test", "prop_test_cc"}:
        method: Any = "wald" if what == "prop_test" else "wald-corrected"
        if counts[0] + counts[2] > 0:  # without events prop.test has no interval to speak of
            e = binary.risk_difference(*counts, method=method)
            yield from limits(f"RD {method}", e, r["lo"], r["hi"], "R prop.test")
    elif family in {"mn", "fm", "scas", "mover"} and contrast in CONTRASTS:
        yield from of_ratesci(family, contrast, counts, r)
    elif what in {"rd", "rr_desctools"}:
        yield from of_desctools(what, counts, r)
    elif what == "or_woolf":
        e = binary.odds_ratio(*counts)
        yield "OR Woolf", e.value, r["or"], "R", CLOSED_FORM
        yield from limits("OR Woolf", e, r["lo"], r["hi"], "R")
        yield "OR Woolf P", e.p_value, r["p"], "R", CLOSED_FORM
    elif what == "rr_wald_log":
        e = binary.risk_ratio(*counts)
        if e.note != ZERO_CELL:
            yield "RR Katz", e.value, r["rr"], "R", CLOSED_FORM
            yield from limits("RR Katz", e, r["lo"], r["hi"], "R")
            yield "RR Katz P", e.p_value, r["p"], "R", CLOSED_FORM
    elif what == "prop_trt":
        for name, theirs in r.items():
            mine: Any = PROPORTIONS.get(name, name)
            if mine in get_args(Method):
                _, low, high = proportion(*counts[:2], method=mine)
                tolerance = COARSE if mine in SEARCHED else CLOSED_FORM
                source = "R DescTools BinomCI"
                yield f"share {mine} lower", low, theirs["lwr.ci"], source, tolerance
                yield f"share {mine} upper", high, theirs["upr.ci"], source, tolerance
    elif what == "nnt":
        needed = binary.number_needed_to_treat(binary.risk_difference(*counts))
        yield "1 / NNT", abs(1 / needed.value), 1 / float(r["nnt"]), "R ratesci", CLOSED_FORM
        ours_ = sorted(abs(1 / float(x)) for x in (needed.low, needed.high))
        theirs_ = sorted(1 / float(r[k]) for k in ("lim1", "lim2"))
        for mine_, their in zip(ours_, theirs_, strict=True):
            yield "1 / NNT, a limit", mine_, their, "R ratesci", CLOSED_FORM
    else:
        yield from of_fisher(what, counts, r)


def limits(what: str, e: Estimate, low: Any, high: Any, source: str) -> Iterator[Number]:
    """Yield both limits, unless ours say ``zero cell``."""
    if e.note != ZERO_CELL:
        yield f"{what} lower", e.low, low, source, CLOSED_FORM
        yield f"{what} upper", e.high, high, source, CLOSED_FORM


def of_ratesci(
    family: str, contrast: str, counts: list[int], r: dict[str, Any]
) -> Iterator[Number]:
    """Score and MOVER intervals; ratesci solves to 1e-8."""
    table = Table(*(np.array([float(c)]) for c in counts))
    searched = CONTRASTS[contrast]
    if family == "mover":
        forms = {
            "RD": closed_form.mover_difference,
            "RR": closed_form.mover_ratio,
            "OR": closed_form.mover_odds_ratio,
        }
        low, high = forms[contrast](table, 0.95)
    else:
        low, high = score.score_limits(
            table, searched, 0.95, corrected=family != "fm", skewness=family == "scas"
        )
    source = "R ratesci moverci" if family == "mover" else "R ratesci scoreci"
    label = {"mn": "Miettinen-Nurminen", "fm": "score", "scas": "SCAS", "mover": "MOVER-Jeffreys"}
    yield f"{contrast} {label[family]} lower", low[0], r["lo"], source, CLOSED_FORM
    yield f"{contrast} {label[family]} upper", high[0], r["hi"], source, CLOSED_FORM
    if family == "scas":
        value = score.skewness_corrected_value(table, searched)[0]
        yield f"{contrast} SCAS value", value, r["est"], source, CLOSED_FORM
    if "pval2" in r:
        p = score.score_p(table, corrected=True)[0]
        yield f"{contrast} Miettinen-Nurminen P", p, r["pval2"], source, CLOSED_FORM


def of_desctools(what: str, counts: list[int], r: dict[str, Any]) -> Iterator[Number]:
    """Intervals by name, where the method is defined on the table."""
    every = DIFFERENCES if what == "rd" else RATIOS
    all_events = counts[0] == counts[1] or counts[2] == counts[3]
    for name, theirs in r.items():
        mine: Any = every[name]
        if mine == "bailey" and all_events:
            continue  # DescTools takes half an event away there
        if what == "rd":
            e = binary.risk_difference(*counts, method=mine)
        else:
            e = binary.risk_ratio(*counts, method=mine)
        if e.note == ZERO_CELL:
            continue
        tolerance = COARSE if mine in SEARCHED else CLOSED_FORM
        label = f"{'RD' if what == 'rd' else 'RR'} {mine}"
        source = "R DescTools"
        yield f"{label} lower", e.low, theirs["lwr.ci"], source, tolerance
        yield f"{label} upper", e.high, theirs["upr.ci"], source, tolerance


def of_fisher(what: str, counts: list[int], r: dict[str, Any]) -> Iterator[Number]:
    """Exact methods. R seeks its limits on ψ or 1/ψ to 1e-4: limits above 1 compare inverted."""
    rule: Any = {
        "fisher": "central",
        "exact_central": "central",
        "exact_blaker": "blaker",
        "fisher_midp": "mid-p",
        "or_midp": "mid-p",
    }.get(what)
    source = {
        "fisher": "R fisher.test",
        "fisher_less": "R fisher.test",
        "or_midp": "R epitools",
    }.get(what, "R exact2x2")
    if what == "fisher":
        yield "Fisher P", exact.fisher_p(*counts), r["p"], source, CLOSED_FORM
    elif what == "fisher_less":
        p = exact.fisher_p(*counts, alternative="less")
        yield "Fisher P, less", p, r["p"], source, CLOSED_FORM
    elif what == "boschloo" and counts != [1, 50, 0, 50]:  # rounding breaks R's ties there
        ours = unconditional.boschloo_p(*counts)
        yield "Boschloo P", ours, r["p"], source, COARSE
    if rule is None:
        return
    e = exact.odds_ratio(*counts, rule=rule)
    if what != "fisher":
        yield f"exact {rule} P", e.p_value, r["p"], source, CLOSED_FORM
    yield tame(f"OR exact {rule} lower", e.low, r["lo"], source)
    yield tame(f"OR exact {rule} upper", e.high, r["hi"], source)
    if what == "fisher" and any(counts[::2]):  # R says 0 where there is nothing to estimate
        yield tame("OR conditional ML", e.value, r["or_cmle"], source)
    if what == "or_midp":
        value = exact.median_unbiased_odds_ratio(*counts)
        yield tame("OR median unbiased", value, r["or"], source)


def tame(what: str, ours: Any, reference: Any, source: str) -> Number:
    a, b = float(ours), float(reference)
    if max(a, b) > 1:
        return f"1 / {what}", 1 / a, 1 / b, source, COARSE * 1.3
    return what, a, b, source, COARSE * 1.3


def seed_parent_models() -> Iterator[Case]:
    """Yield what R's models of the arm alone give: the same in closed form."""
    counts = [65, 99, 86, 100]
    trial, g = "seed_parent", gold()
    katz = binary.risk_ratio(*counts)
    r = g["seed_parent.logbinomial"]["result"]
    for what, mine, theirs in (
        ("RR", katz.value, r["rr"]),
        ("RR lower", katz.low, r["lo"]),
        ("RR upper", katz.high, r["hi"]),
        ("RR P", katz.p_value, r["p"]),
    ):
        yield Case(trial, f"log-binomial {what}", float(mine), theirs, "R glm", CLOSED_FORM)
    r = g["seed_parent.logistic"]["result"]
    profile = binary.odds_ratio(*counts, method="profile-likelihood")
    woolf = binary.odds_ratio(*counts)
    for what, mine, theirs, tolerance in (
        ("OR", profile.value, r["or"], CLOSED_FORM),
        ("OR Wald P", woolf.p_value, r["wald_p"], CLOSED_FORM),
        ("OR profile lower", profile.low, r["pl_lo"], ITERATIVE),  # MASS interpolates the profile
        ("OR profile upper", profile.high, r["pl_hi"], ITERATIVE),
        ("likelihood ratio P", profile.p_value, r["lrt_p"], CLOSED_FORM),
    ):
        yield Case(trial, f"logistic {what}", float(mine), theirs, "R glm, MASS", tolerance)
    score_p = binary.risk_difference(*counts).p_value
    p = g["seed_parent.perm_asymp"]["result"]["p"]
    yield Case(trial, "permutation P, normal", float(score_p), p, "R coin")
    p = g["seed_parent.perm_exact"]["result"]["p"]
    yield Case(trial, "permutation P, exact", float(exact.fisher_p(*counts)), p, "R coin")


# --- as published -------------------------------------------------------------------------------


def published() -> Iterator[Case]:
    """Yield what papers print, from the participants' data where they are there."""
    yield from seed_parent()
    yield from strep_tb()
    yield from indo()
    yield from licorice()
    yield from hfno()
    yield from counted()


def printed(trial: str, cited: str, *rows: tuple[str, Any, str]) -> Iterator[Case]:
    for what, ours, text in rows:
        yield Case(trial, what, float(ours), None, "", published=text, cited=cited)


def rows_of(path: str) -> list[dict[str, str]]:
    with (DATA / "trials" / path).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def tally(rows: list[dict[str, str]], arm: str, first: str, event: Any) -> tuple[int, ...]:
    """Return events and participants with a known event: of the arm ``first``, of the others."""
    found = [0, 0, 0, 0]
    for row in rows:
        had = event(row)
        if had is not None:
            side = 0 if row[arm] == first else 2
            found[side] += bool(had)
            found[side + 1] += 1
    return tuple(found)


def seed_parent() -> Iterator[Case]:
    arms = {row["arm"]: row for row in rows_of("seed_parent/primary_counts.csv")}
    placebo = arms.pop("placebo")
    (arm,) = arms.values()
    counts = [int(row[k]) for row in (arm, placebo) for k in ("events", "n")]
    ratio = binary.risk_ratio(*counts)
    yield from printed(
        "NCT04791059",
        "doi:10.1016/j.bja.2023.05.001",
        ("percent, arm", 100 * counts[0] / counts[1], "65.7"),
        ("percent, placebo", 100 * counts[2] / counts[3], "86.0"),
        ("RR", ratio.value, "0.76"),
        ("RR, Katz, lower", ratio.low, "0.65"),
        ("RR, Katz, upper", ratio.high, "0.90"),
        ("P, Katz", ratio.p_value, "0.001"),
    )


def strep_tb() -> Iterator[Case]:
    rows = rows_of("strep_tb/strep_tb.csv")
    paper = "doi:10.1136/bmj.2.4582.769"
    deaths = tally(rows, "arm", "Streptomycin", lambda r: r["radiologic_6m"].startswith("1_"))
    better = tally(rows, "arm", "Streptomycin", lambda r: r["radiologic_6m"].startswith("6_"))
    for what, found, texts in (
        ("deaths", deaths, ("4", "55", "14", "52")),
        ("considerable improvement", better, ("28", "55", "4", "52")),
    ):
        yield from printed(
            "strep_tb", paper, *((what, *pair) for pair in zip(found, texts, strict=True))
        )
    yield from printed(
        "strep_tb",
        paper,
        ("percent improved, arm", 100 * better[0] / better[1], "51"),
        ("percent improved, control", 100 * better[2] / better[3], "8"),
    )


def indo() -> Iterator[Case]:
    rows = rows_of("indo_rct/indo_rct.csv")
    counts = tally(rows, "rx", "1_indomethacin", lambda r: r["outcome"] == "1_yes")
    yield from printed(
        "NCT00820612",
        "doi:10.1056/NEJMoa1111103",
        ("percent, indomethacin", 100 * counts[0] / counts[1], "9.2"),
        ("percent, placebo", 100 * counts[2] / counts[3], "16.9"),
        ("P, Fisher", exact.fisher_p(*counts), "0.005"),
    )


def licorice() -> Iterator[Case]:
    rows = rows_of("licorice_gargle/licorice_gargle.csv")
    paper = "doi:10.1213/ANE.0b013e318299a650"
    for what, column, texts in (
        ("30 min", "pacu30min_throatPain", ("19", "36")),
        ("4 h", "postOp4hour_throatPain", ("21", "45")),
    ):

        def sore(row: dict[str, str], column: str = column) -> bool | None:
            return None if row[column] in {"", "NA"} else float(row[column]) > 0

        counts = tally(rows, "treat", "1", sore)
        yield from printed(
            "NCT01444703",
            paper,
            (f"percent sore, {what}, licorice", 100 * counts[0] / counts[1], texts[0]),
            (f"percent sore, {what}, sugar water", 100 * counts[2] / counts[3], texts[1]),
        )


def hfno() -> Iterator[Case]:
    rows = rows_of("hfno_sedation/hfno_participants.csv")

    def event(row: dict[str, str]) -> bool | None:
        return None if row["minor_airway_event"] == "" else float(row["minor_airway_event"]) > 0

    treated = [row for row in rows if row["id"] != "P084"]  # randomized, then cancelled
    counts = tally(treated, "arm", "HFNO", event)
    texts = ("9", "64", "2", "65")
    yield from printed(
        "NCT03858257",
        "doi:10.1097/EJA.0000000000001496",
        *(("minor airway events", *pair) for pair in zip(counts, texts, strict=True)),
    )


def counted() -> Iterator[Case]:
    """Yield trials known by their tables."""
    stent = {(r["arm"], r["outcome"]): int(r["Freq"]) for r in rows_of("two_by_two/stent30.csv")}
    # the paper's percentages are Kaplan-Meier's and its P value the log-rank test's
    yield from printed(
        "SAMMPRIS",
        "doi:10.1056/NEJMoa1105335",
        ("events by 30 days, stent", stent["treatment", "stroke"], "33"),
        ("events by 30 days, medical", stent["control", "stroke"], "13"),
    )
    trial = rows_of("two_by_two/biontech_adolescents.csv")
    shot = {(r["arm"], r["outcome"]): int(r["Freq"]) for r in trial}
    x0 = shot["placebo", "COVID-19"]
    n0 = x0 + shot["placebo", "no COVID-19"]
    none = binary.risk_ratio(0, shot["vaccine", "no COVID-19"], x0, n0)
    yield from printed(
        "NCT04368728, 12 to 15 years",
        "doi:10.1056/NEJMoa2107456",
        ("efficacy, percent", 100 * (1 - none.value), "100"),
    )
    rows = rows_of("two_by_two/diabetes2.csv")
    arms = {(r["arm"], r["outcome"]): int(r["Freq"]) for r in rows}
    for arm, text in (("met", "51.7"), ("rosi", "38.6"), ("lifestyle", "46.6")):
        failed = arms[arm, "failure"]
        n = failed + arms[arm, "success"]
        percent = 100 * float(proportion(failed, n)[0])
        yield from printed("TODAY", "doi:10.1056/NEJMoa1109333", (f"percent, {arm}", percent, text))
