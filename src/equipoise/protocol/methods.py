"""The methods that a protocol can plan, by name: what each estimates and what it can be given.

:mod:`equipoise.analysis.methods` has the function of each. A new method is one entry here, so
that a protocol can name it, and one there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from equipoise.protocol.estimand import Option, Summary


@dataclass(frozen=True)
class Offer:
    """What a method estimates, and what it takes.

    ``adjusts`` and ``stratifies``: it takes covariates, strata; ``needs`` names those of
    ``adjust_for`` and ``stratify_by`` that it cannot do without. ``options`` are its own, each
    with its choices. ``repeated``: it takes all visits of a repeated measure at once.
    ``imputes``: multiple imputation pools just this estimate.
    ``redraws``: it draws the arms again, those that people were allocated to.
    """

    summary: Summary
    adjusts: bool = False
    stratifies: bool = False
    repeated: bool = False
    needs: frozenset[str] = frozenset()
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    imputes: bool = False
    redraws: bool = False


_STRATA = frozenset({"stratify_by"})
_COVARIATES = frozenset({"adjust_for"})
_MARGINAL: Mapping[str, tuple[Option, ...]] = {
    "variance": ("ye", "ye-residual", "ge-hc0", "ge-model"),
    "model": ("logistic", "logistic-by-arm", "linear", "anhecova"),
}


def _marginal(summary: Summary) -> Offer:
    return Offer(summary, adjusts=True, stratifies=True, needs=_COVARIATES, options=_MARGINAL)


def _regression(summary: Summary, *variances: Option) -> Offer:
    return Offer(summary, adjusts=True, needs=_COVARIATES, options={"variance": variances})


def _stratified(summary: Summary) -> Offer:
    return Offer(summary, stratifies=True, needs=_STRATA)


def _redrawn(summary: Summary, *statistics: str) -> Offer:
    return Offer(summary, options={"statistic": statistics, "draws": DRAWS}, redraws=True)


DRAWS = (10_000, 100_000, 1_000_000)
_MEANS = ("difference in means", "stratified difference in means")

METHODS: Mapping[str, Offer] = {
    "risk ratio with Wald interval on the log scale": Offer("risk ratio", imputes=True),
    "risk ratio with Koopman interval": Offer("risk ratio"),
    "risk ratio with Miettinen-Nurminen interval": Offer("risk ratio"),
    "risk difference with Miettinen-Nurminen interval": Offer("risk difference"),
    "risk difference with Newcombe interval": Offer("risk difference"),
    "risk difference with Wald interval": Offer("risk difference", imputes=True),
    "odds ratio with Miettinen-Nurminen interval": Offer("odds ratio"),
    "odds ratio with Woolf interval": Offer("odds ratio", imputes=True),
    "odds ratio with exact conditional interval": Offer("odds ratio"),
    "risk difference with Newcombe interval and Boschloo test": Offer("risk difference"),
    "risk difference with Newcombe interval and Barnard test": Offer("risk difference"),
    "risk ratio with Mantel-Haenszel weights": _stratified("risk ratio"),
    "risk difference with Mantel-Haenszel weights": _stratified("risk difference"),
    "risk difference with stratified Miettinen-Nurminen interval": _stratified("risk difference"),
    "odds ratio with Mantel-Haenszel weights": _stratified("odds ratio"),
    "marginal risk ratio by g-computation": _marginal("risk ratio"),
    "marginal risk difference by g-computation": _marginal("risk difference"),
    "marginal odds ratio by g-computation": _marginal("odds ratio"),
    "odds ratio by logistic regression": _regression("odds ratio", "model", "HC0"),
    "risk ratio by Poisson regression": _regression("risk ratio", "HC0", "HC1"),
    "risk difference by linear regression": _regression(
        "risk difference", "HC3", "HC2", "HC1", "HC0"
    ),
    "proportional odds model": Offer("common odds ratio", adjusts=True, stratifies=True),
    "van Elteren win probability": _stratified("win probability"),
    "analysis of covariance": Offer(
        "mean difference",
        adjusts=True,
        stratifies=True,
        options={"variance": ("model", "HC0", "HC1", "HC2", "HC3")},
        imputes=True,
    ),
    "mixed model for repeated measures": Offer(
        "mean difference", adjusts=True, stratifies=True, repeated=True
    ),
    "estimating equations for means at each visit": Offer(
        "mean difference", adjusts=True, stratifies=True, repeated=True
    ),
    "estimating equations for odds at each visit": Offer(
        "odds ratio", adjusts=True, stratifies=True, repeated=True
    ),
    "Hodges-Lehmann shift with Mann-Whitney test": Offer("median difference"),
    "win probability with Brunner-Munzel interval": Offer("win probability"),
    "randomization test of events": _redrawn("risk difference", *_MEANS),
    "randomization test of means": _redrawn("mean difference", *_MEANS),
    "randomization test of ranks": _redrawn("median difference", "rank sum", "stratified rank sum"),
    "Welch difference in means": Offer("mean difference"),
    "Student difference in means": Offer("mean difference", imputes=True),
}

REFERENCE_BASED = "jump to reference"
OF_VISITS = frozenset(
    {REFERENCE_BASED, "copy reference", "copy increments in reference", "last mean carried forward"}
)
"""Reference-based ways; numbers need all visits, those of a mixed model."""

MISSING: Mapping[str, frozenset[str]] = {
    "complete cases": frozenset({"events", "scores"}),
    "missing as failure": frozenset({"events"}),
    "best case": frozenset({"events"}),
    "worst case": frozenset({"events"}),
    "multiple imputation": frozenset({"events", "scores"}),
    "infinitely many imputations": frozenset({"events"}),
    "inverse probability weighting": frozenset({"events", "scores"}),
    "tipping point": frozenset({"events"}),
    **{way: frozenset({"scores"}) for way in sorted(OF_VISITS)},
    REFERENCE_BASED: frozenset({"events", "scores"}),
}
"""How missing values can be dealt with, and for which variables: true-or-false, or numbers."""

INSTEAD = OF_VISITS | {
    "multiple imputation",
    "infinitely many imputations",
    "inverse probability weighting",
}
"""Ways that estimate the summary by themselves, and so fit certain methods only."""

REPEATED = "mixed model for repeated measures"
"""The method of which the reference-based ways for numbers are sensitivity analyses."""
