"""Generated lines do what the same lines do in Python, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from equipoise.rehearsal.ensemble import functions
from equipoise.rehearsal.ensemble.functions import TILE
from equipoise.rehearsal.ensemble.lowering import loops

ROWS = 3
SOURCES = [
    "c[0 + i] + c[128 + i] * 3.0 - 1.5 / c[128 + i]",
    "-c[0 + i]",
    "abs(c[0 + i])",
    "(1.0 if c[0 + i] < c[128 + i] else nan)",
    "(1.0 if (not (c[0 + i] >= 0.5)) else 0.0)",
    "(1.0 if ((c[0 + i] > 0.0) & (c[128 + i] <= 1.0)) else 2.0)",
    "(1.0 if ((c[0 + i] == 0.0) | (c[128 + i] != c[128 + i])) else 2.0)",
    "(1.0 if (False | True) else 0.0)",
    "floor(c[0 + i] + 0.5)",
    "least(greatest(c[0 + i], -1.0), 1.0)",
    "power(c[0 + i], 3.0)",
    "exp(c[0 + i]) + quotient(1.0, c[0 + i]) + logistic(c[128 + i])",
    "recorded_decimal(c[0 + i], 10.0)",
    "round_to(c[0 + i], 1.0) + truncated(c[128 + i]) + rint(c[0 + i])",
    "log(abs(c[0 + i])) + sqrt(c[128 + i]) + log1p(abs(c[0 + i])) + expit(c[0 + i])",
]


def start() -> np.ndarray:
    c = np.zeros(ROWS * TILE)
    c[:TILE] = np.linspace(-4, 4, TILE)
    c[TILE : 2 * TILE] = np.linspace(3, -1, TILE)
    c[[5, 70]], c[TILE + 9] = 0.0, math.nan
    return c


@pytest.mark.parametrize("source", SOURCES)
def test_a_line_is_what_it_says(source: str) -> None:
    found, expected = start(), start()
    line = f"c[256 + i] = {source}"
    run = loops(line, {256})

    @njit(error_model="numpy")
    def lowered(c: np.ndarray) -> None:
        run(c)

    lowered(found)
    names = {name: getattr(functions, name) for name in functions.__all__} | {"c": expected}
    code = compile(line, "line", "exec")
    with np.errstate(all="ignore"):
        for i in range(TILE):
            exec(code, names, {"i": i})  # noqa: S102 - our own lines
    np.testing.assert_array_equal(found, expected)


def test_a_line_reads_what_the_lines_before_it_wrote() -> None:
    text = "\n".join(f"c[256 + i] = c[256 + i] + {k}.0" for k in range(60))
    run = loops(text + "\nc[0 + i] = c[256 + i] * 2.0", {0, 256})

    @njit(error_model="numpy")
    def lowered(c: np.ndarray) -> None:
        run(c)

    c = np.ones(ROWS * TILE)
    lowered(c)
    assert (c[2 * TILE :] == 1 + 60 * 59 / 2).all()
    assert (c[:TILE] == 2 * c[2 * TILE :]).all()
    assert (c[TILE : 2 * TILE] == 1).all()


def test_what_nobody_reads_afterwards_is_not_written() -> None:
    text = "\n".join(f"c[{'0' if k % 2 else '128'} + i] = c[256 + i] + {k}.0" for k in range(60))
    run = loops(text, {128})

    @njit(error_model="numpy")
    def lowered(c: np.ndarray) -> None:
        run(c)

    c = np.ones(ROWS * TILE)
    lowered(c)
    assert (c[TILE : 2 * TILE] == 1 + 58).all()
    assert (c[:TILE] == 1).all()
