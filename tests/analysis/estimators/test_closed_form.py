from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators import binary, closed_form
from equipoise.analysis.estimators.counts import Table


def table(*counts: int) -> Table:
    return Table(*(np.array([float(c)]) for c in counts))


def test_half_an_event_is_added_by_the_adjusted_log_method() -> None:
    e = binary.risk_ratio(9, 19, 19, 29, method="adjusted-log")
    halves = (9.5 / 19.5) / (19.5 / 29.5)
    se = np.sqrt(1 / 9.5 - 1 / 19.5 + 1 / 19.5 - 1 / 29.5)
    assert e.value == pytest.approx((9 / 19) / (19 / 29))
    assert np.log(e.high) - np.log(halves) == pytest.approx(1.959964 * se, abs=1e-6)


def test_agresti_and_caffo_add_two_to_each_arm() -> None:
    e = binary.risk_difference(3, 10, 6, 12, method="agresti-caffo")
    wald = binary.risk_difference(4, 12, 7, 14, method="wald")
    assert (e.low, e.high) == pytest.approx((wald.low, wald.high))


def test_newcombe_is_a_hybrid_of_the_arms() -> None:
    # Newcombe 1998, table II, methods 10 and 11: 56/70 - 48/80
    low, high = closed_form.newcombe(table(56, 70, 48, 80), 0.95)
    assert (low[0], high[0]) == pytest.approx((0.0524, 0.3339), abs=5.1e-5)
    low, high = closed_form.newcombe(table(56, 70, 48, 80), 0.95, arms="wilson-corrected")
    assert (low[0], high[0]) == pytest.approx((0.0428, 0.3422), abs=5.1e-5)


def test_ratio_hybrids_solve_the_difference_of_odds_and_shares() -> None:
    # at a limit t the hybrid interval of m1 - t m0 touches 0
    seen = table(7, 30, 12, 40)
    for form, odds in ((closed_form.mover_ratio, False), (closed_form.mover_odds_ratio, True)):
        m1, m0, l1, u1, l0, u0 = (float(v[0]) for v in closed_form._posteriors(seen, 0.95))
        if odds:
            m1, m0, l1, u1, l0, u0 = (v / (1 - v) for v in (m1, m0, l1, u1, l0, u0))
        low, high = (float(v[0]) for v in form(seen, 0.95))
        assert m1 - low * m0 == pytest.approx(np.hypot(m1 - l1, low * (u0 - m0)))
        assert high * m0 - m1 == pytest.approx(np.hypot(u1 - m1, high * (m0 - l0)))


def test_an_undefined_form_is_not_a_number_and_not_a_warning() -> None:
    for form in (closed_form.katz, closed_form.noether, closed_form.bailey, closed_form.woolf):
        low, high = form(table(0, 10, 0, 10), 0.95)
        assert np.isnan(low[0]) or np.isnan(high[0])


def test_bailey_without_skew_is_near_katz() -> None:
    seen = table(400, 1000, 500, 1000)
    katz, bailey = closed_form.katz(seen, 0.95), closed_form.bailey(seen, 0.95)
    assert np.ravel(bailey) == pytest.approx(np.ravel(katz), rel=2e-3)
