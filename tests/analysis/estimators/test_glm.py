from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from equipoise.analysis.estimators import glm
from equipoise.analysis.estimators.participants import participants
from equipoise.errors import InputError
from tests.analysis.estimators.test_adjusted import trial


@pytest.mark.parametrize("family", ["logit", "log", "identity"])
def test_a_fit_leaves_no_score(family: glm.Family) -> None:
    who = participants(*trial())
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, family)
    assert fitted.converged
    assert design.T @ (who.outcome - fitted.mean) == pytest.approx(np.zeros(4), abs=1e-7)


def test_firth_maximizes_the_penalized_likelihood() -> None:
    outcome, treated, covariates = trial(30)
    who = participants(outcome, treated, covariates / [1.0, 10.0])
    design = who.design()

    def minus(beta: object) -> float:
        eta = design @ np.asarray(beta)
        p = 1 / (1 + np.exp(-eta))
        information = design.T @ (design * (p * (1 - p))[:, None])
        likelihood = outcome @ eta - np.logaddexp(0, eta).sum()
        return -float(likelihood + np.linalg.slogdet(information)[1] / 2)

    found = optimize.minimize(minus, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    firth = glm.fit(design, who.outcome, who.seen, "logit", penalized=True)
    assert firth.converged
    assert firth.coefficients == pytest.approx(found.x, abs=1e-5)


def test_separation_is_told_from_convergence() -> None:
    arm = np.repeat([1.0, 0.0], 6)
    design = np.column_stack([np.ones(12), arm])
    outcome = np.array([[1.0] * 6 + [0.0] * 6, [1.0, 0.0] * 6])
    both = np.broadcast_to(design, (2, 12, 2))
    fitted = glm.fit(both, outcome, np.ones((2, 12)), "logit")
    assert list(fitted.separated) == [True, False]
    assert list(fitted.converged) == [False, True]
    assert fitted.mean[0] == pytest.approx(outcome[0], abs=1e-7)


def test_a_column_told_by_others_is_not_estimable() -> None:
    x = np.column_stack([np.ones(9), np.arange(9.0), np.arange(9.0) * 2 - 5])
    assert not glm.estimable(x, np.ones(9), 1)
    assert glm.estimable(x[:, :2], np.ones(9), 1)


def test_robust_variances_grow_from_hc0_to_hc3() -> None:
    who = participants(*trial())
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, "log")
    kinds: tuple[glm.Sandwich, ...] = ("HC0", "HC2", "HC3")
    spread = [
        glm.sandwich(design, fitted, who.outcome, who.seen, "log", kind)[1, 1] for kind in kinds
    ]
    assert spread[0] < spread[1] < spread[2]


def test_a_robust_variance_that_does_not_exist_is_refused() -> None:
    who = participants(*trial())
    design = who.design()
    fitted = glm.fit(design, who.outcome, who.seen, "logit")
    with pytest.raises(InputError, match="'hc3' is none"):
        glm.sandwich(design, fitted, who.outcome, who.seen, "logit", "hc3")  # type: ignore[arg-type]
