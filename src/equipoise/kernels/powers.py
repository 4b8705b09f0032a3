"""Powers in plain arithmetic: the same bits on every machine."""

from __future__ import annotations

import math

from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp, log

_WHOLE_MAX = 64.0


@njit(cache=True, error_model="numpy")
def power(x: float, y: float) -> float:
    """Return ``x`` to the power ``y``, not-a-number where there is none.

    A whole ``y`` of at most 64 either way multiplies, by squaring; else it is exp(y ln x), with
    an error that grows with abs(y ln x).
    """
    if abs(y) <= _WHOLE_MAX and math.floor(y) == y:
        if x == 0.0 and y < 0.0:
            return math.nan
        left, square, result = int(abs(y)), x, 1.0
        while left > 0:
            if left % 2 == 1:
                result = result * square
            square = square * square
            left //= 2
        return 1.0 / result if y < 0.0 else result
    if y == 0.5:
        return math.sqrt(x) if x >= 0.0 else math.nan
    if x == 0.0:
        return 0.0 if y > 0.0 else math.nan
    return exp(y * log(x)) if x > 0.0 else math.nan
