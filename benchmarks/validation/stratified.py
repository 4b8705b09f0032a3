"""Two proportions in strata against R: a trial of four sites, one of 19 435 participants.

The Mantel-Haenszel risk difference of metafor has Sato's variance, whatever its help page says.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.validation.case import CLOSED_FORM, DATA, Case, gold
from benchmarks.validation.two_by_two import rows_of
from equipoise.analysis.estimators import binary, exact, stratified

COARSE = 1e-4  # mantelhaen.test(exact = TRUE) leaves its root finder at the default tolerance
Strata = tuple[list[int], list[int], list[int], list[int]]


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from by_site()
    yield from by_sex()
    yield from stroke()


def tallies(rows: list[dict[str, str]], stratum: str, arm: Any, event: Any) -> Strata:
    """Return events and participants of the arm and of the reference, by stratum."""
    found: Strata = ([], [], [], [])
    for label in sorted({row[stratum] for row in rows}):
        here = [row for row in rows if row[stratum] == label]
        for side, which in enumerate((True, False)):
            members = [row for row in here if arm(row) is which]
            found[2 * side].append(sum(event(row) for row in members))
            found[2 * side + 1].append(len(members))
    return found


def indo(stratum: str) -> Strata:
    return tallies(
        rows_of("indo_rct/indo_rct.csv"),
        stratum,
        lambda row: row["rx"] == "1_indomethacin",
        lambda row: row["outcome"] == "1_yes",
    )


def by_site() -> Iterator[Case]:
    counts, r = indo("site"), gold()["indo.cmh_site"]["result"]
    ratio = stratified.odds_ratio(*counts)
    for what, ours, theirs in (
        ("CMH P, corrected", stratified.cochran_mantel_haenszel_p(*counts, corrected=True), "p_cc"),
        ("CMH P", stratified.cochran_mantel_haenszel_p(*counts), "p"),
        ("MH OR", ratio.value, "or_mh"),
        ("MH OR lower", ratio.low, "lo"),
        ("MH OR upper", ratio.high, "hi"),
    ):
        yield Case("indo by site", what, float(ours), r[theirs], "R mantelhaen.test")


def by_sex() -> Iterator[Case]:
    counts, g, trial = indo("gender"), gold(), "indo by sex"
    seen = {k: list(map(int, v)) for k, v in g["indo.strata_counts"]["result"].items()}
    if [seen[k] for k in ("ai", "n1", "ci", "n2")] != list(counts):
        raise AssertionError("the strata are not those of the reference")
    for name, ratio in (
        ("RR", stratified.risk_ratio(*counts)),
        ("OR", stratified.odds_ratio(*counts)),
    ):
        r = g[f"indo.mh_{name}_sex"]["result"]
        for what, ours, theirs in (
            ("", ratio.value, "est"),
            (" lower", ratio.low, "lo"),
            (" upper", ratio.high, "hi"),
        ):
            yield Case(trial, f"log MH {name}{what}", float(np.log(ours)), r[theirs], "R metafor")
        yield Case(trial, f"MH {name} P", float(ratio.p_value), r["p"], "R metafor")
    r = g["indo.mh_OR_sex"]["result"]
    cmh = stratified.cochran_mantel_haenszel_p(*counts)
    tarone = stratified.homogeneity_p(*counts)
    yield Case(trial, "CMH P", float(cmh), r["MHp"], "R metafor")
    yield Case(trial, "Tarone P", float(tarone), r["TAp"], "R metafor")
    day = stratified.homogeneity_p(*counts, tarone=False)
    r = g["indo.breslowday"]["result"]
    yield Case(trial, "Breslow-Day P", float(day), r["bd_p"], "R DescTools")
    r = g["indo.mh_RD_sex"]["result"]
    sato = stratified.risk_difference(*counts, method="sato")
    for what, ours, theirs in (
        ("MH RD", sato.value, "est"),
        ("MH RD lower", sato.low, "lo"),
        ("MH RD upper", sato.high, "hi"),
        ("MH RD P", sato.p_value, "p"),
    ):
        yield Case(trial, what, float(ours), r[theirs], "R metafor")
    for name, e in (
        ("RD", stratified.risk_difference(*counts)),
        ("RR", stratified.risk_ratio(*counts, method="miettinen-nurminen")),
    ):
        r = g[f"indo.strat_mn_{name}"]["result"]
        for what, ours, theirs in (
            ("", e.value, "est"),
            (" lower", e.low, "lo"),
            (" upper", e.high, "hi"),
        ):
            label = f"stratified score {name}{what}"
            yield Case(trial, label, float(ours), r[theirs], "R ratesci", CLOSED_FORM)
    r = g["indo.cmh_exact"]["result"]
    central = exact.common_odds_ratio(*counts)
    minlike = exact.common_odds_ratio(*counts, rule="minlike")
    source = "R mantelhaen.test, exact"
    yield Case(trial, "exact CMH P", float(minlike.p_value), r["p"], source)
    for what, ours, theirs in (
        ("exact common OR", central.value, "or"),
        ("exact common OR lower", central.low, "lo"),
        ("exact common OR upper", central.high, "hi"),
    ):
        yield Case(trial, what, float(ours), r[theirs], source, COARSE)


def stroke() -> Iterator[Case]:
    """Yield the International Stroke Trial, by the other treatment and as a whole."""
    with gzip.open(DATA / "trials/ist/ist_subset.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["heparin"] = "no" if row["RXHEP"] == "N" else "yes"
    known = [row for row in rows if row["OCCODE"] in {"1", "2", "3", "4"}]
    trial, paper = "IST", "doi:10.1016/S0140-6736(97)04011-7"

    def aspirin(row: dict[str, str]) -> bool:
        return row["RXASP"] == "Y"

    def poor(row: dict[str, str]) -> bool:
        return row["OCCODE"] in {"1", "2"}

    counts, r = tallies(known, "heparin", aspirin, poor), gold()["ist.dd6"]["result"]
    ratio = stratified.odds_ratio(*counts)
    x1, n1, x0, n0 = (sum(c) for c in counts)
    p = binary.pearson_p(x1, n1, x0, n0)
    for what, ours, theirs in (
        ("Pearson P, dead or dependent", p, "p"),
        ("MH OR by heparin", ratio.value, "mh_or"),
        ("MH OR lower", ratio.low, "lo"),
        ("MH OR upper", ratio.high, "hi"),
        ("CMH P", stratified.cochran_mantel_haenszel_p(*counts), "mh_p"),
    ):
        yield Case(trial, what, float(ours), r[theirs], "R mantelhaen.test")
    prints: list[tuple[str, float, str]] = [
        ("percent dead or dependent, aspirin", 100 * x1 / n1, "62.2"),
        ("percent dead or dependent, none", 100 * x0 / n0, "63.5"),
        ("P, dead or dependent", float(p), "0.07"),
    ]
    dead = gold()["ist.death14"]["result"]
    for name, key, first, texts in (
        ("aspirin", "p_asp", aspirin, ("872", "9.0", "909", "9.4")),
        ("heparin", "p_hep", lambda row: row["heparin"] == "yes", ("876", "9.0", "905", "9.3")),
    ):
        arms = [[row for row in rows if first(row) is which] for which in (True, False)]
        deaths = [sum(row["ID14"] == "1" for row in arm) for arm in arms]
        p = binary.pearson_p(deaths[0], len(arms[0]), deaths[1], len(arms[1]))
        yield Case(
            trial, f"Pearson P, death by 14 days, {name}", float(p), dead[key], "R chisq.test"
        )
        for side, arm in enumerate((name, f"no {name}")):
            share = 100 * deaths[side] / len(arms[side])
            prints.append((f"deaths by 14 days, {arm}", deaths[side], texts[2 * side]))
            prints.append((f"percent dead by 14 days, {arm}", share, texts[2 * side + 1]))
    again = [
        sum("1" in (row["ISC14"], row["NK14"]) for row in rows if aspirin(row) is which)
        for which in (True, False)
    ]
    sizes = [sum(aspirin(row) is which for row in rows) for which in (True, False)]
    prints += [
        ("percent ischaemic or unknown stroke, aspirin", 100 * again[0] / sizes[0], "2.8"),
        ("percent ischaemic or unknown stroke, none", 100 * again[1] / sizes[1], "3.9"),
    ]
    for label, number, text in prints:
        yield Case(trial, label, float(number), None, "", published=text, cited=paper)
