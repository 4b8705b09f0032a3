"""The functions that generated loops call, each with the bits of its scalar counterpart."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log1p
from equipoise.kernels.elementary import log as natural_log
from equipoise.kernels.philox import uniform
from equipoise.kernels.powers import power
from equipoise.kernels.quantiles import near_normal, normal_quantile

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]

nan = math.nan

__all__ = [
    "NORMAL",
    "TILE",
    "UNIFORM",
    "draw",
    "exp",
    "expit",
    "floor",
    "greatest",
    "least",
    "log",
    "log1p",
    "logistic",
    "microseconds",
    "nan",
    "power",
    "quotient",
    "recorded_decimal",
    "rint",
    "round_to",
    "sqrt",
    "truncated",
]

TILE = 128
"""How many people are computed side by side: a row of a workspace has as many numbers."""
UNIFORM, NORMAL = 0, 1
"""Laws of a draw."""
_SPLIT = 134217729.0  # 2**27 + 1: Veltkamp's splitting of a double into halves


@njit(cache=True, error_model="numpy")
def log(x: float) -> float:
    """Return the natural logarithm, not-a-number where there is none."""
    return natural_log(x) if x > 0.0 else math.nan


@njit(cache=True, error_model="numpy")
def sqrt(x: float) -> float:
    """Return the square root, not-a-number where there is none."""
    return math.sqrt(x) if x >= 0.0 else math.nan


@njit(cache=True, error_model="numpy")
def floor(x: float) -> float:
    """Return the largest whole number that is not above ``x``."""
    return float(np.floor(x))


@njit(cache=True, error_model="numpy")
def truncated(x: float) -> float:
    """Return ``x`` without its decimals."""
    return float(np.trunc(x))


@njit(cache=True, error_model="numpy")
def expit(x: float) -> float:
    """Return 1 / (1 + exp(-x)), without overflow."""
    small = exp(-abs(x))
    return 1.0 / (1.0 + small) if x >= 0.0 else small / (1.0 + small)


@njit(cache=True, error_model="numpy")
def logistic(x: float) -> float:
    """Return odds / (1 + odds) of the log odds ``x``, as a drawn chance is computed."""
    odds = exp(x)
    return odds / (1.0 + odds)


@njit(cache=True, error_model="numpy")
def quotient(x: float, y: float) -> float:
    """Return x / y, not-a-number when y is 0."""
    return x / y if y != 0.0 else math.nan


@njit(cache=True, error_model="numpy")
def least(x: float, y: float) -> float:
    """Return the lesser, the first when they are equal or not comparable."""
    return y if y < x else x  # noqa: FURB136 - not-a-number goes by this order


@njit(cache=True, error_model="numpy")
def greatest(x: float, y: float) -> float:
    """Return the greater, the first when they are equal or not comparable."""
    return y if y > x else x  # noqa: FURB136 - likewise


@njit(cache=True, error_model="numpy")
def round_to(x: float, places: float) -> float:
    """Return ``x`` rounded half to even at so many decimals."""
    scale = 10.0**places
    return float(np.rint(x * scale) / scale)


@njit(cache=True, error_model="numpy")
def recorded_decimal(x: float, scale: float) -> float:
    """Return ``x`` as it reads back when written with decimals, ``scale`` being 10 to their number.

    The product is rounded, but rounding never crosses a half: only where it falls exactly on one
    does its error (Dekker's product) tell on which side the exact number lies.
    """
    y = x * scale
    a = _SPLIT * x
    high = a - (a - x)
    low = x - high
    error = (high * scale - y) + low * scale  # exact: scale has few bits
    whole = np.floor(y)
    rest = y - whole
    near = np.rint(y)
    if rest == 0.5 and error != 0.0:
        near = whole + 1.0 if error > 0.0 else whole
    return float(near / scale)


@njit(cache=True, error_model="numpy")
def rint(x: float) -> float:
    """Return the nearest whole number, the even one of two."""
    return float(np.rint(x))


@njit(cache=True, error_model="numpy")
def microseconds(hours: float) -> float:
    """Return ``hours`` in whole microseconds, as :class:`datetime.timedelta` rounds them."""
    whole = np.trunc(hours)
    return float(whole * 3600000000.0 + np.rint((hours - whole) * 3600000000.0))


@njit(cache=True, nogil=True, error_model="numpy")
def draw(
    key_0: int, key_1: int, trial: Words, person: Words, draws: NDArray[np.int64], c: Floats
) -> None:
    """Fill rows of ``c`` with each person's number at an address.

    A row of ``draws`` is the law (0 uniform, 1 normal), purpose, index, and where the row begins.
    """
    people = trial.shape[0]
    which, who = trial.astype(np.uint64), person.astype(np.uint64)
    chance, far = np.empty(people), np.empty(people)
    for k in range(draws.shape[0]):
        law, purpose, index, start = draws[k]
        row = c[start : start + people]
        if law == UNIFORM:
            for i in range(people):
                row[i] = uniform(key_0, key_1, which[i], who[i], purpose, index)
            continue
        # Short loops: of these the processor does several rounds at once, at long ones it waits.
        for i in range(people):
            chance[i] = uniform(key_0, key_1, which[i], who[i], purpose, index)
        for i in range(people):
            far[i] = natural_log(min(chance[i], 1.0 - chance[i]))
        for i in range(people):
            row[i] = near_normal(chance[i], math.sqrt(-far[i]))
        unknown = 0
        for i in range(people):
            unknown += row[i] != row[i]
        if unknown > 0:
            for i in range(people):
                if row[i] != row[i]:
                    row[i] = normal_quantile(chance[i])
