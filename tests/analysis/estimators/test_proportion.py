from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import stats

from equipoise.analysis.estimators.proportion import Method, proportion
from equipoise.errors import InputError

every_method = pytest.mark.parametrize("method", get_args(Method))


def test_proportions() -> None:
    # Wilson for 0 of 10: 0 to z2 / (n + z2); Clopper-Pearson: 1 - 0.025 ** (1 / n)
    z2 = 1.959963984540054**2
    assert proportion(0, 10) == pytest.approx((0, 0, z2 / (10 + z2)), abs=1e-12)
    exact = proportion([0, 10], 10, method="clopper-pearson")
    assert exact[1] == pytest.approx([0, 0.025**0.1], abs=1e-12)
    assert exact[2] == pytest.approx([1 - 0.025**0.1, 1], abs=1e-12)
    assert np.isnan(proportion(0, 0)[0])
    assert proportion(0, 0)[1:] == pytest.approx((0, 1))


@every_method
def test_every_interval_holds_its_share_and_mirrors(method: Method) -> None:
    x = np.arange(31)
    value, low, high = (np.asarray(a) for a in proportion(x, 30, method=method))
    assert np.all((low >= 0) & (low <= value) & (value <= high) & (high <= 1))
    _, below, above = (np.asarray(a) for a in proportion(30 - x, 30, method=method))
    assert low == pytest.approx(1 - above, abs=1e-12)
    assert high == pytest.approx(1 - below, abs=1e-12)


def test_mid_p_halves_what_was_seen() -> None:
    _, low, high = proportion(3, 17, method="mid-p")
    for end, seen in ((low, stats.binom(17, low)), (high, stats.binom(17, high))):
        tail = seen.sf(3) if end == low else seen.cdf(2)
        assert tail + seen.pmf(3) / 2 == pytest.approx(0.025, abs=1e-10)


def test_newcombes_own_example() -> None:
    # Newcombe 1998, table I: 81 of 263, methods 1, 3, 4 and 5
    for method, low, high in (
        ("wald", 0.2522, 0.3638),
        ("wilson", 0.2553, 0.3662),
        ("wilson-corrected", 0.2535, 0.3682),
        ("clopper-pearson", 0.2527, 0.3676),
    ):
        assert proportion(81, 263, method=method)[1:] == pytest.approx((low, high), abs=5.1e-5)  # type: ignore[arg-type]


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(InputError):
        proportion(5, 4)
