from __future__ import annotations

import pytest

from equipoise.analysis.estimators.binary import risk_difference, risk_ratio
from equipoise.analysis.monitoring import boundaries, standing
from equipoise.errors import InputError
from equipoise.protocol.planning import Monitoring

PLAN = Monitoring(
    endpoint="pain", looks=(0.5, 1), spending="O'Brien-Fleming type", futility="Pocock type"
)


def test_limits_are_those_of_the_spending_function() -> None:
    plain = PLAN.model_copy(update={"futility": None})
    assert boundaries(plain).upper == pytest.approx((2.9626, 1.9686), abs=1e-4)
    assert boundaries(PLAN).upper == pytest.approx((2.9626, 1.9686), abs=1e-4)
    assert boundaries(PLAN).lower[0] > 0


@pytest.mark.parametrize("estimator", [risk_ratio, risk_difference])
def test_fewer_events_are_better_when_lower_is(estimator: object) -> None:
    fewer = standing(PLAN, 1, estimator(20, 50, 35, 50), better="lower")  # type: ignore[operator]
    more = standing(PLAN, 1, estimator(35, 50, 20, 50), better="lower")  # type: ignore[operator]
    assert fewer.z == pytest.approx(-more.z)
    assert fewer.z > 2.5
    assert more.stops_for_futility
    assert not fewer.stops_for_futility
    assert fewer.power_by_trend > fewer.predictive > fewer.power_without_effect
    again = standing(PLAN, 1, estimator(35, 50, 20, 50), better="higher")  # type: ignore[operator]
    assert again.z == pytest.approx(fewer.z)


def test_a_clear_effect_stops_the_trial() -> None:
    found = standing(PLAN, 1, risk_difference(5, 50, 35, 50), better="lower")
    assert found.stops_for_efficacy
    last = standing(PLAN, 2, risk_difference(35, 100, 60, 100), better="lower")
    assert last.stops_for_efficacy
    assert last.predictive == 1.0


def test_a_look_at_another_time_has_other_limits() -> None:
    early = standing(PLAN, 1, risk_difference(20, 50, 35, 50), better="lower", information=0.3)
    planned = standing(PLAN, 1, risk_difference(20, 50, 35, 50), better="lower")
    assert early.information == 0.3
    assert early.upper > planned.upper


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(InputError, match="not one of the 2 planned"):
        standing(PLAN, 3, risk_ratio(5, 50, 9, 50), better="lower")
    with pytest.raises(InputError, match="no P value"):
        standing(PLAN, 1, risk_ratio(0, 0, 9, 50), better="lower")
