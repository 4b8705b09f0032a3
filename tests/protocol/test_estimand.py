from __future__ import annotations

import pytest
from pydantic import ValidationError

from equipoise.protocol.estimand import Analysis, Missing, Population, Sensitivity
from equipoise.protocol.part import Text

MAIN = Analysis(
    method="g-computation",
    level=0.9,
    adjust_for=("age_y",),
    missing=Missing(method="worst case"),
    options={"variance": "robust"},
)
WHAT = Text(en="otherwise")


def test_a_sensitivity_analysis_differs_in_what_it_names() -> None:
    other = Sensitivity(title=WHAT, missing=Missing(method="complete cases")).applied(MAIN)
    assert (other.method, other.level, other.adjust_for) == ("g-computation", 0.9, ("age_y",))
    assert other.handling.method == "complete cases"
    unadjusted = Sensitivity(title=WHAT, adjust_for=()).applied(MAIN)
    assert (unadjusted.adjust_for, unadjusted.options) == ((), {"variance": "robust"})


def test_another_method_does_not_inherit_what_the_main_one_was_given() -> None:
    other = Sensitivity(title=WHAT, method="risk ratio").applied(MAIN)
    assert (other.method, other.adjust_for, other.options) == ("risk ratio", (), {})
    assert (other.level, other.handling.method) == (0.9, "worst case")


def test_missing_values_are_left_out_unless_it_is_said() -> None:
    assert Analysis(method="x").handling == Missing(method="complete cases")


def test_what_is_not_said_is_not_in_the_canonical_text() -> None:
    assert Analysis(method="x").model_dump() == {"method": "x", "level": 0.95}
    assert set(Population(title=WHAT, rule="randomized").model_dump()) == {"title", "rule"}
    assert "as_treated" in Population(title=WHAT, rule="treated", as_treated=True).model_dump()


def test_one_imputation_is_not_multiple() -> None:
    with pytest.raises(ValidationError):
        Missing(imputations=1)
