"""Expressions over scores of very many participants, by looking their values up.

Where each name of an expression has few whole numbers, it has few values: one for each combination
of those. It is evaluated once for each, as :func:`equipoise.protocol.arrays.evaluate` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from equipoise.kernels.compiled import njit
from equipoise.protocol.arrays import Column, Numbers, evaluate, numbers
from equipoise.protocol.expression import parse

Array = NDArray[np.float64]

_LEVELS = 16  # of a name: unknown, and 0 to 14
_NAMES_MAX = 3
_WORTH = 4  # participants for each combination; the table takes longer than fewer of them


def value(expression: str, columns: Mapping[str, Column], shape: tuple[int, ...]) -> Array:
    """Return the exact values of an expression, NaN where unknown, of ``shape``."""
    names = parse(expression).order
    if 0 < len(names) <= _NAMES_MAX and names != (parse(expression).text,):
        found = _by_combination(expression, names, columns, shape)
        if found is not None:
            return found
    return np.broadcast_to(evaluate(expression, columns).exact, shape)


def _by_combination(
    expression: str, names: tuple[str, ...], columns: Mapping[str, Column], shape: tuple[int, ...]
) -> Array | None:
    """Return the values, None where there are too many combinations for the participants."""
    combinations = _LEVELS ** len(names)
    if prod(shape) < _WORTH * combinations:
        return None
    codes = np.zeros(prod(shape), np.int16)
    for name in names:
        column = columns.get(name)
        if not isinstance(column, Numbers) or column.low is not column.high:
            return None
        if column.low.shape != shape or not _add(codes, column.low.reshape(-1)):
            return None
    digits = np.indices((_LEVELS,) * len(names)).reshape(len(names), combinations)
    scores = np.where(digits > 0, digits - 1.0, np.nan)
    known = {name: numbers(each) for name, each in zip(names, scores, strict=True)}
    table = np.broadcast_to(evaluate(expression, known).exact, combinations)
    found = np.empty(codes.size)
    _look_up(np.ascontiguousarray(table), codes, found)
    return found.reshape(shape)


@njit(cache=True, nogil=True, error_model="numpy")
def _add(codes: NDArray[np.int16], values: Array) -> bool:
    """Write a digit behind each code; false where a value is no score."""
    wrong = 0
    for i in range(values.size):
        unknown = np.isnan(values[i])
        known = (values[i] >= 0.0) & (values[i] < _LEVELS - 1)
        digit = np.int16(values[i] + 1.0) if known else np.int16(0)
        wrong += (not unknown) & ((not known) | (np.float64(digit) != values[i] + 1.0))
        codes[i] = codes[i] * np.int16(_LEVELS) + digit
    return wrong == 0


@njit(cache=True, nogil=True)
def _look_up(table: Array, codes: NDArray[np.int16], found: Array) -> None:
    for i in range(codes.size):
        found[i] = table[codes[i]]
