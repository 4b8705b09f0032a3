"""Rehearsals give the ledgers that they gave before."""

from __future__ import annotations

import pytest

from tests.rehearsals.record import REHEARSALS, facts, recorded

RENEW = "if that is meant: python -m tests.rehearsals.record"


@pytest.mark.parametrize("name", REHEARSALS)
def test_a_recorded_rehearsal_is_lived_and_written_as_before(name: str) -> None:
    now, before = facts(name), recorded()[name]
    assert now["people"] == before["people"], f"somebody's life changed; {RENEW}"
    assert now["head"] == before["head"], f"the same lives are written otherwise; {RENEW}"


def test_everything_recorded_is_rehearsed() -> None:
    assert recorded().keys() == REHEARSALS.keys()
