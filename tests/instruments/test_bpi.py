from __future__ import annotations

from decimal import Decimal

import pytest

from equipoise.instruments import Answer, instrument

BPI = instrument("bpi")
SEVERITY = ["bpi_worst", "bpi_least", "bpi_average", "bpi_now"]
INTERFERENCE = [f"bpi_interference_{item}" for item in range(1, 8)]


def _answers(severity: list[int | None], interference: list[int | None]) -> dict[str, Answer]:
    return dict(zip(SEVERITY + INTERFERENCE, severity + interference, strict=True))


def test_a_worked_example() -> None:
    assert BPI.score(_answers([7, 2, 4, 5], [3, 2, 0, 5, 1, 8, 2])) == {
        "bpi_severity": Decimal("4.5"),
        "bpi_interference": Decimal(3),
    }


@pytest.mark.parametrize(
    ("answered", "interference"), [(4, Decimal(4)), (3, None), (5, Decimal("4.2"))]
)
def test_interference_needs_four_of_seven(answered: int, interference: Decimal | None) -> None:
    ratings: list[int | None] = [2, 6, 3, 5, 5, 9, 9]
    some = [rating if place < answered else None for place, rating in enumerate(ratings)]
    assert BPI.score(_answers([1, 1, 1, 1], some))["bpi_interference"] == interference


@pytest.mark.parametrize("missing", range(4))
def test_severity_needs_all_four(missing: int) -> None:
    severity: list[int | None] = [4, 4, 4, 4]
    severity[missing] = None
    answers = _answers(severity, [0] * 7)
    assert BPI.score(answers)["bpi_severity"] is None
    assert BPI.bounds(answers) == (Decimal(3), Decimal("5.5"))


def test_bounds_of_interference() -> None:
    answers = _answers([0] * 4, [7, 7, 7, 7, 7, None, None])
    assert BPI.bounds(answers, "bpi_interference") == (Decimal(5), Decimal(55) / Decimal(7))
