from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.protocol.methods import METHODS, MISSING, Offer
from tests.protocol.sample import load, said

SORENESS, EVER = "endpoints.soreness", "endpoints.ever_sore"
MEANS = "analysis: {method: Welch difference in means}"
RATIO = "analysis: {method: risk ratio with Wald interval on the log scale}"
ESTIMAND = "estimand: {population: all, summary: mean difference, compare: [balm, salve]}"
OF_EVENTS = "estimand: {population: all, summary: risk ratio, compare: [balm, salve]}"
VISITS = "visits: [noon, night], over: any"
FAMILY = "multiplicity: [{title: All, procedure: Holm, endpoints: [%s]}]\nassumptions:\n"
GRAPH = FAMILY.replace("Holm", "graphical, graph: {%s}") % ("%s", "soreness, ever_sore")


def _event(estimand: str, event: str) -> tuple[str, str]:
    return estimand, estimand[:-1] + ", intercurrent: [{event: gone, " + event + "}]}"


def _analysis(analysis: str, more: str) -> tuple[str, str]:
    return analysis, analysis[:-1] + f", {more}}}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # --- intercurrent events
        (_event(ESTIMAND, "strategy: treatment policy"), []),
        (
            _event(ESTIMAND, "strategy: hypothetical"),
            [
                (
                    f"{SORENESS}.estimand.intercurrent.#1.strategy: nothing says who had the "
                    "event, so `hypothetical` cannot be carried out"
                )
            ],
        ),
        (
            _event(ESTIMAND, "strategy: principal stratum, rule: withdrawn"),
            [
                (
                    f"{SORENESS}.estimand.intercurrent.#1.strategy: a principal stratum asks who "
                    "would have had the event under the other treatment"
                )
            ],
        ),
        (_event(ESTIMAND, "strategy: hypothetical, rule: withdrawn"), []),
        (
            _event(OF_EVENTS, "strategy: hypothetical, rule: withdrawn"),
            [
                (
                    f"{EVER}.estimand.intercurrent.#1.rule: the rule does not say when the event "
                    "happened, and there are several visits"
                )
            ],
        ),
        (_event(OF_EVENTS, "strategy: while on treatment, rule: pump_h < visit_h"), []),
        (_event(OF_EVENTS, "strategy: hypothetical, rule: sore, form: diary"), []),
        (_event(OF_EVENTS, "strategy: composite, rule: withdrawn"), []),
        (
            _event(ESTIMAND, "strategy: composite, rule: withdrawn"),
            [
                (
                    f"{SORENESS}.estimand.intercurrent.#1: `composite` needs the number that "
                    "stands for failure"
                )
            ],
        ),
        (_event(ESTIMAND, "strategy: composite, rule: withdrawn, failure: 10"), []),
        (
            _event(ESTIMAND, "strategy: composite, rule: withdrewn, failure: 10"),
            [f"{SORENESS}.estimand.intercurrent.#1.rule: there is no item `withdrewn`"],
        ),
        (
            _event(OF_EVENTS, "strategy: hypothetical, rule: sore, form: dairy"),
            [f"{EVER}.estimand.intercurrent.#1.form: there is no form `dairy`"],
        ),
        (_event(ESTIMAND, "strategy: hypothetical, rule: age_y > 80 or deviation_late > 0"), []),
        # --- methods
        (
            (MEANS, "analysis: {method: Welch diference in means}"),
            [f"{SORENESS}.analysis.method: there is no method `Welch diference in means`"],
        ),
        (
            (MEANS, RATIO),
            [
                (
                    f"{SORENESS}.analysis.method: `risk ratio with Wald interval on the log scale` "
                    "estimates a risk ratio, and the estimand's is mean difference"
                )
            ],
        ),
        (
            _analysis(MEANS, "options: {steps: 3}"),
            [
                (
                    f"{SORENESS}.analysis.options.steps: `Welch difference in means` has no option "
                    "`steps`"
                )
            ],
        ),
        (
            _analysis(MEANS, "adjust_for: [age_y]"),
            [f"{SORENESS}.analysis.adjust_for: `Welch difference in means` takes no `adjust_for`"],
        ),
        # --- missing values
        (_analysis(RATIO, "missing: {method: worst case}"), []),
        (
            _analysis(RATIO, "missing: {method: worse case}"),
            [
                (
                    f"{EVER}.analysis.missing.method: there is no way to deal with missing values "
                    "called `worse case`"
                )
            ],
        ),
        (
            _analysis(MEANS, "missing: {method: worst case}"),
            [
                (
                    f"{SORENESS}.analysis.missing.method: `worst case` does not fit a variable "
                    "that is a number"
                )
            ],
        ),
        (
            _analysis(RATIO, "missing: {method: complete cases, predictors: [sore]}"),
            [f"{EVER}.analysis.missing.predictors.#1: there is no screening item `sore`"],
        ),
        # --- sensitivity analyses
        (_analysis(RATIO, "sensitivity: [{title: x, missing: {method: worst case}}]"), []),
        (
            _analysis(RATIO, "sensitivity: [{title: x, method: Welch difference in means}]"),
            [
                (
                    f"{EVER}.analysis.sensitivity.#1.method: `Welch difference in means` estimates "
                    "a mean difference, and the estimand's is risk ratio"
                )
            ],
        ),
        (
            _analysis(RATIO, "sensitivity: [{title: x, population: al}]"),
            [f"{EVER}.analysis.sensitivity.#1.population: there is no population `al`"],
        ),
        # --- families
        (("assumptions:\n", FAMILY % "soreness, ever_sore"), []),
        (
            ("assumptions:\n", FAMILY % "soreness, ever_sor"),
            ["multiplicity.#1.endpoints.#2: there is no endpoint `ever_sor`"],
        ),
        (
            ("assumptions:\n", FAMILY % "soreness, soreness"),
            ["multiplicity.#1.endpoints.#2: endpoint `soreness` is adjusted for twice"],
        ),
        (("assumptions:\n", GRAPH % "weights: {soreness: 1}"), []),
        (
            ("assumptions:\n", GRAPH % "weights: {soreness: 1, ever_sore: 0.1}"),
            ["multiplicity.#1.graph.weights: the weights are more than 1 together"],
        ),
        (
            (
                "assumptions:\n",
                GRAPH % "weights: {sorenes: 1}, transitions: {soreness: {soreness: 1}}",
            ),
            [
                "multiplicity.#1.graph.weights.sorenes: there is no endpoint here `sorenes`",
                "multiplicity.#1.graph.transitions.soreness: `soreness` hands alpha to itself",
            ],
        ),
        (
            ("assumptions:\n", FAMILY.replace("Holm", "graphical") % "soreness"),
            ["multiplicity.#1.procedure: the graphical procedure needs a `graph`"],
        ),
        # --- ways that estimate by themselves
        (_analysis(RATIO, "missing: {method: inverse probability weighting}"), []),
        (_analysis(RATIO, "missing: {method: jump to reference, predictors: [age_y]}"), []),
        (
            _analysis(RATIO, "missing: {method: infinitely many imputations, predictors: [age_y]}"),
            [
                (
                    f"{EVER}.analysis.missing.method: infinitely many imputations are counted "
                    "without predictors"
                )
            ],
        ),
        (
            _analysis(MEANS, "missing: {method: inverse probability weighting}"),
            [
                (
                    f"{SORENESS}.analysis.missing.method: inverse probability weighting does not "
                    "give `Welch difference in means`"
                )
            ],
        ),
        (
            _analysis(MEANS, "missing: {method: copy reference}"),
            [
                (
                    f"{SORENESS}.analysis.missing.method: `copy reference` of numbers is for the "
                    "method `mixed model for repeated measures`"
                )
            ],
        ),
        # --- analysis sets
        (("rule: randomized}", "rule: age_y > 60 and visits_missed == 0}"), []),
        (
            ("rule: randomized}", "rule: randomized and treated, reasons: {treated: No pump}}"),
            [],
        ),
        (
            ("rule: randomized}", "rule: randomized, reasons: {treated: No pump}}"),
            ["populations.all.reasons.treated: `treated` is no part of the rule"],
        ),
    ],
)
def test_analyses(tmp_path: Path, change: tuple[str, str], expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


def test_a_mistake_of_the_main_analysis_is_said_once(tmp_path: Path) -> None:
    """Its sensitivity analyses inherit it."""
    odd = "analysis: {method: tea leaves, sensitivity: [{title: x, missing: {method: worst case}}]}"
    assert said(load(tmp_path, (RATIO, odd))) == [
        f"{EVER}.analysis.method: there is no method `tea leaves`"
    ]


def test_covariates_are_screening_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = Offer("mean difference", adjusts=True, stratifies=True, needs=frozenset({"adjust_for"}))
    monkeypatch.setitem(METHODS, "balanced means", offer)

    def found(more: str) -> list[str]:
        return said(load(tmp_path, (MEANS, f"analysis: {{method: balanced means{more}}}")))

    assert found(", adjust_for: [age_y, hand], stratify_by: [stratum, hand]") == []
    assert found(", adjust_for: [sore]") == [
        f"{SORENESS}.analysis.adjust_for.#1: there is no screening item `sore`"
    ]
    assert found("") == [f"{SORENESS}.analysis.adjust_for: `balanced means` needs `adjust_for`"]


def test_a_repeated_measure_is_needed_where_all_visits_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "course", Offer("mean difference", repeated=True))
    assert said(load(tmp_path, (MEANS, "analysis: {method: course}"))) == [
        f"{SORENESS}.analysis.method: `course` is for a repeated measure, `over: each`"
    ]


def test_an_item_is_not_named_like_a_fact(tmp_path: Path) -> None:
    item = "{id: ascites, type: integer"
    change = (item, "{id: lost, type: boolean, label: Lost}\n      - " + item)
    assert said(load(tmp_path, change))[0] == (
        "forms.baseline.items.lost: `lost` is the name of a fact that rules ask for"
    )


def test_the_nearest_method_is_suggested(tmp_path: Path) -> None:
    changed = load(tmp_path, (MEANS, "analysis: {method: Welch difference in mean}"))
    assert [problem.todo for problem in changed.problems] == [
        "Did you mean `Welch difference in means`?"
    ]
    assert "protocol.yaml:" in changed.problems[0].where


def test_missing_values_can_be_dealt_with_in_every_kind_of_variable() -> None:
    assert {kind for fits in MISSING.values() for kind in fits} == {"events", "scores"}
