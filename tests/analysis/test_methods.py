"""Every method gives an ensemble what it gives each of its trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from equipoise.analysis.estimators.estimate import NOTES
from equipoise.analysis.methods import METHODS, run
from equipoise.analysis.missing_values import MISSING
from equipoise.analysis.sample import Sample
from equipoise.chance import Chance
from equipoise.protocol import methods as offers
from equipoise.protocol.estimand import OF_EVENTS, Procedure

TRIALS, PEOPLE, VISITS = 6, 30, 3
FIELDS = ("value", "low", "high", "p_value")


def _uniform(purpose: str, *shape: int) -> NDArray[np.float64]:
    drawn = [Chance(5, 0).uniform(0, purpose, k) for k in range(int(np.prod(shape)))]
    return np.array(drawn).reshape(shape)


def _sample(method: str) -> Sample:
    """Return trials with a set, missing values, strata and covariates that differ by trial."""
    offer = offers.METHODS[method]
    shape = (TRIALS, PEOPLE, VISITS) if offer.repeated else (TRIALS, PEOPLE)
    treated = np.tile(np.arange(PEOPLE) % 2 == 0, (TRIALS, 1))
    score = np.floor(11 * _uniform("score", *shape))
    values = (score > 5).astype(np.float64) if offer.summary in OF_EVENTS else score
    values = np.where(_uniform("missing", *shape) < 0.1, np.nan, values)
    included = _uniform("set", TRIALS, PEOPLE) < 0.9
    inside = included[..., None] if offer.repeated else included
    return Sample(
        values=np.where(inside, values, np.nan),
        treated=treated,
        included=included,
        visits=("a", "b", "c") if offer.repeated else (),
        covariates=_uniform("covariates", TRIALS, PEOPLE, 2) if offer.adjusts else None,
        strata=(
            (_uniform("strata", TRIALS, PEOPLE) < 0.5).astype(np.int64)
            if offer.stratifies
            else None
        ),
        failure=1.0 if offer.summary in OF_EVENTS else np.nan,
    )


def test_what_a_protocol_can_plan_has_a_function() -> None:
    assert METHODS.keys() == offers.METHODS.keys()
    assert MISSING.keys() == offers.MISSING.keys()


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_is_its_trials(method: str) -> None:
    sample, procedure = _sample(method), Procedure(method=method)
    whole = run(sample, procedure)
    for k in range(TRIALS):
        one = run(sample.trial(k), procedure)
        pairs = zip(whole, one, strict=True) if isinstance(whole, list) and isinstance(one, list) \
            else [(whole, one)]  # fmt: skip
        for many, single in pairs:
            for name in FIELDS:
                assert getattr(many, name)[k] == pytest.approx(
                    getattr(single, name), rel=1e-9, abs=1e-12, nan_ok=True
                )
            assert many.note[k] == single.note  # type: ignore[union-attr]
            assert (many.measure, many.level) == (single.measure, single.level)  # type: ignore[union-attr]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", ["all missing in an arm", "all missing", "all equal", "one each"])
def test_no_estimate_without_a_note(method: str, case: str) -> None:
    sample = _sample(method)
    blank = np.isnan(sample.values)
    treated = sample.treated[..., None] if sample.visits else sample.treated
    match case:
        case "all missing in an arm":
            blank = blank | treated
        case "all missing":
            blank = np.ones_like(blank)
        case "one each":
            first = np.arange(PEOPLE) < 2
            blank = ~np.broadcast_to(first[:, None] if sample.visits else first, blank.shape)
    values = np.where(blank, np.nan, 0.0 if case == "all equal" else sample.values)
    found = run(replace(sample, values=values), Procedure(method=method))
    for estimate in found if isinstance(found, list) else [found]:
        for k in range(TRIALS):
            note = str(np.asarray(estimate.note)[k])
            numbers = [np.asarray(getattr(estimate, name))[k] for name in FIELDS]
            assert note in NOTES or (not note and not np.isnan(numbers).any())


def test_ranks_without_ties_are_exact_in_small_trials() -> None:
    """As a single trial is; among many trials some have ties and some not."""
    values = np.array([[1.0, 2, 3, 4, 5, 6], [1, 1, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]])
    treated = np.tile([True, False, True, False, True, False], (3, 1))
    sample = Sample(values, treated, np.ones_like(treated))
    procedure = Procedure(method="Hodges-Lehmann shift with Mann-Whitney test")
    whole = run(sample, procedure)
    for k in range(3):
        one = run(sample.trial(k), procedure)
        assert whole.p_value[k] == one.p_value  # type: ignore[union-attr, index]
        assert whole.low[k] == one.low  # type: ignore[union-attr, index]
