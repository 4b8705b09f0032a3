"""The methods that a protocol can plan, by name: what each estimates and what it can be given.

:mod:`equipoise.analysis.methods` has the function of each. A new method is one entry here, so
that a protocol can name it, and one there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from equipoise.protocol.estimand import Summary


@dataclass(frozen=True)
class Offer:
    """What a method estimates, and what it takes.

    ``adjusts`` and ``stratifies``: it takes covariates, strata; ``needs`` names those of
    ``adjust_for`` and ``stratify_by`` that it cannot do without. ``options`` are the names of its
    own. ``repeated``: it takes all visits of a repeated measure at once. ``imputes``: multiple
    imputation pools just this estimate.
    """

    summary: Summary
    adjusts: bool = False
    stratifies: bool = False
    repeated: bool = False
    needs: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    imputes: bool = False


METHODS: Mapping[str, Offer] = {
    "risk ratio with Wald interval on the log scale": Offer("risk ratio", imputes=True),
    "risk ratio with Koopman interval": Offer("risk ratio"),
    "risk ratio with Miettinen-Nurminen interval": Offer("risk ratio"),
    "risk difference with Miettinen-Nurminen interval": Offer("risk difference"),
    "risk difference with Newcombe interval": Offer("risk difference"),
    "risk difference with Wald interval": Offer("risk difference", imputes=True),
    "odds ratio with Miettinen-Nurminen interval": Offer("odds ratio"),
    "odds ratio with Woolf interval": Offer("odds ratio", imputes=True),
    "Hodges-Lehmann shift with Mann-Whitney test": Offer("median difference"),
    "win probability with Brunner-Munzel interval": Offer("win probability"),
    "Welch difference in means": Offer("mean difference"),
    "Student difference in means": Offer("mean difference", imputes=True),
}

MISSING: Mapping[str, frozenset[str]] = {
    "complete cases": frozenset({"events", "scores"}),
    "missing as failure": frozenset({"events"}),
    "best case": frozenset({"events"}),
    "worst case": frozenset({"events"}),
    "multiple imputation": frozenset({"events", "scores"}),
    "tipping point": frozenset({"events"}),
}
"""How missing values can be dealt with, and for which variables: true-or-false, or numbers."""
