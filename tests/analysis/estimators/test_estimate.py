from __future__ import annotations

import numpy as np
import pytest

from equipoise.analysis.estimators.estimate import NOTES, critical_value, floats, notes, two_sided_p
from equipoise.errors import InputError


def test_the_critical_value_and_its_p_value_belong_together() -> None:
    assert critical_value(0.95) == pytest.approx(1.959963984540054, abs=1e-12)
    assert critical_value(0.9) == pytest.approx(1.6448536269514722, abs=1e-12)
    assert two_sided_p(-critical_value(0.8)) == pytest.approx(0.2, abs=1e-12)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="not inside 0 to 1"):
        critical_value(level)


def test_one_trial_gives_a_number_and_an_ensemble_an_array() -> None:
    assert isinstance(floats([[1.0]][0][0]), np.float64)
    assert np.shape(floats([1, 2])) == (2,)


def test_the_first_case_that_holds_is_the_note() -> None:
    first, second = np.array([True, False, False]), np.array([True, True, False])
    said = notes((first, "empty arm"), (second, "zero cell"))
    assert list(np.asarray(said)) == ["empty arm", "zero cell", ""]
    assert notes((np.array(True), "no events")) == "no events"


def test_every_note_is_a_sentence_under_a_short_key() -> None:
    for key, text in NOTES.items():
        assert len(key) <= 16
        assert text.endswith(".")
