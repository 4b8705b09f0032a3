"""Every method gives an ensemble what it gives each of its trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from equipoise.analysis.estimators.estimate import NOTES, Estimate
from equipoise.analysis.estimators.reference_set import PermutedBlocks
from equipoise.analysis.methods import METHODS, run
from equipoise.analysis.missing_values import MISSING
from equipoise.analysis.sample import Dealt, Sample
from equipoise.chance import Chance
from equipoise.protocol import methods as offers
from equipoise.protocol.estimand import OF_EVENTS, Procedure
from equipoise.protocol.methods import DRAWS

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
        dealt=Dealt(
            np.where(treated, 0, 1),
            np.zeros((TRIALS, PEOPLE), np.int64),
            np.tile(np.arange(PEOPLE), (TRIALS, 1)),
            (0, 1),
        ),
    )


def _planned(method: str) -> Procedure:
    offer = offers.METHODS[method]
    return Procedure(method=method, options={"draws": DRAWS[0]} if offer.redraws else {})


def test_what_a_protocol_can_plan_has_a_function() -> None:
    assert METHODS.keys() == offers.METHODS.keys()
    assert MISSING.keys() == offers.MISSING.keys()


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_is_its_trials(method: str) -> None:
    sample, procedure = _sample(method), _planned(method)
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


def test_arms_are_dealt_again_as_they_were_in_the_order_of_the_list() -> None:
    """Two blocks of two; in the order of the people, the second block would have one arm only."""
    dealt = Dealt(
        arm=np.array([0, 0, 1, 1]),
        stratum=np.zeros(4, np.int64),
        slot=np.array([0, 3, 1, 2]),
        compare=(0, 1),
        design=PermutedBlocks((2,)),
    )
    values = np.array([3.0, 2.0, 1.0, 0.0])
    sample = Sample(values, dealt.arm == 0, np.ones(4, np.bool_), dealt=dealt)

    def found(sample: Sample) -> Estimate:
        estimate = run(sample, _planned("randomization test of means"))
        assert isinstance(estimate, Estimate)
        return estimate

    assert found(sample).value == 2.0
    assert found(sample).p_value == 0.5  # what was seen and its mirror image, of four
    assert found(sample).method.startswith("re-randomization by permuted blocks")
    without = np.arange(4) != 2  # who is left out had an arm all the same
    part = replace(sample, included=without, values=np.where(without, values, np.nan))
    assert found(part).value == pytest.approx(2.5)
    unknown = replace(sample, dealt=replace(dealt, design=None))
    assert found(unknown).method.startswith("re-randomization by fixed totals")
