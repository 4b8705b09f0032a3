from __future__ import annotations

from bisect import bisect_left, bisect_right

import pytest

from equipoise.registry.near import near

HELD = sorted(
    ["NCT05718544", "NCT05718554", "NCT05718600", "NCT04791059", "NCT00000102", "NCT00000103"]
)


def found(given: str, n: int = 3) -> list[str]:
    return near(
        given,
        n,
        has=HELD.__contains__,
        after=lambda number, k: HELD[bisect_right(HELD, number) :][:k],
        before=lambda number, k: HELD[: bisect_left(HELD, number)][::-1][:k],
    )


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("NCT05718454", "NCT05718544"),  # two swapped
        ("NCT05718514", "NCT05718544"),  # one wrong
        ("NCT0518544", "NCT05718544"),  # one lost
        ("NCT057718544", "NCT05718544"),  # one doubled
        ("nct 4791059", "NCT04791059"),  # a zero lost
        ("102", "NCT00000102"),
    ],
)
def test_one_slip_is_found_first(slip: str, meant: str) -> None:
    assert found(slip)[0] == meant


def test_without_a_slip_the_neighbours_are_nearest() -> None:
    assert found("NCT05719999", 2) == ["NCT05718600", "NCT05718554"]
    assert found("NCT00000001", 2) == ["NCT00000102", "NCT00000103"]


def test_no_more_than_asked_for_and_none_twice() -> None:
    assert len(found("NCT05718543", 2)) == 2
    assert len(set(found("NCT05718543", 6))) == len(found("NCT05718543", 6)) == 6


def test_words_are_near_nothing() -> None:
    assert found("ketamine") == []
