"""What is summed of an arm is what NumPy sums, also of what is not a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from equipoise.rehearsal.ensemble.block import Block
from equipoise.rehearsal.ensemble.by_arm import by_arm
from equipoise.rehearsal.ensemble.plan import Cell, compiled
from equipoise.rehearsal.ensemble.simulate import simulate
from tests.rehearsals.knee import study


def block() -> Block:
    """Return 20 trials of 15 people, so that the rows end in a part of a register."""
    return simulate(compiled(study(), Cell("plain"), 15), 4, 0, 20)


def test_sums_and_extremes_are_those_of_numpy() -> None:
    some = block()
    found = by_arm(some)
    for place in range(len(some.program.arms)):
        treated = some.treated & (some.arm == place)
        assert (found["treated"][place] == treated.sum(axis=1)).all()
        assert (found["randomized"][place] == (some.arm == place).sum(axis=1)).all()
        assert (found["demands"][place] == (some.demands * treated).sum(axis=1)).all()
        given = np.where(treated, some.infused_ml.astype(np.float64), 0.0)
        assert (found["infused_ml"][place] == given.sum(axis=1)).all()
        for name, peaks in some.peak_ng_ml.items():
            each = np.where(treated, peaks.astype(np.float64), 0.0)
            assert (found[f"peak_ng_ml.{name}"][place] == each.sum(axis=1)).all()
            most = np.where(treated.any(axis=1), each.max(axis=1), np.nan)
            np.testing.assert_array_equal(found[f"peak_max_ng_ml.{name}"][place], most)


def test_peaks_that_were_not_sought_are_not_known() -> None:
    some = block()
    name = next(iter(some.peak_ng_ml))
    peaks = some.peak_ng_ml[name].copy()
    peaks[1] = np.nan
    found = by_arm(replace(some, peak_ng_ml={**some.peak_ng_ml, name: peaks}))
    for column in (f"peak_ng_ml.{name}", f"peak_max_ng_ml.{name}", f"above.{name}.40"):
        unknown = np.isnan(found[column])
        assert unknown[:, 1].all()
        assert not unknown[:, 0].any()


def test_who_was_not_treated_counts_among_the_randomized_only() -> None:
    some = block()
    nobody = np.zeros_like(some.treated)
    found = by_arm(replace(some, treated=nobody))
    assert found["randomized"].sum() == nobody.size
    assert not found["treated"].any()
    assert not found["demands"].any()
    assert np.isnan(found["bag_life_h"]).all()
    assert np.isnan(found["peak_max_ng_ml.esketamine"]).all()
