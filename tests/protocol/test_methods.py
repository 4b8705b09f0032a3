from __future__ import annotations

from typing import get_args

import pytest

from equipoise.protocol.estimand import Summary
from equipoise.protocol.methods import METHODS, MISSING, Offer


@pytest.mark.parametrize("method", METHODS)
def test_an_offer_is_of_a_summary_and_can_be_given_what_it_needs(method: str) -> None:
    offer = METHODS[method]
    assert offer.summary in get_args(Summary)
    taken = {"adjust_for": offer.adjusts, "stratify_by": offer.stratifies}
    assert all(taken[need] for need in offer.needs)


def test_complete_cases_fit_everything() -> None:
    assert MISSING["complete cases"] == {"events", "scores"}


def test_a_plain_method_takes_nothing() -> None:
    plain = Offer("risk ratio")
    assert {plain.adjusts, plain.stratifies, plain.repeated} == {False}
    assert plain.needs == frozenset()
    assert plain.options == {}
