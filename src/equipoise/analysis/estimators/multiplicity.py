"""Adjusted P values for a family of hypotheses; reject where they are at most alpha.

Each function takes P values ``(..., hypotheses)``, in the order of the family, and returns the
adjusted ones in the same order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.errors import InputError

Array = NDArray[np.float64]


def bonferroni(p: ArrayLike) -> Array:
    """Return P values times their number, at most 1.

    Dunn OJ. J Am Stat Assoc 1961;56:52-64, doi:10.1080/01621459.1961.10482090.
    """
    values = _checked(p)
    return np.asarray(np.minimum(values * values.shape[-1], 1.0))


def holm(p: ArrayLike) -> Array:
    """Return step-down adjusted P values, valid under any dependence.

    Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.
    """
    values = _checked(p)
    order = np.argsort(values, axis=-1)
    rising = np.take_along_axis(values, order, axis=-1) * np.arange(values.shape[-1], 0, -1)
    return _restored(np.minimum(np.maximum.accumulate(rising, axis=-1), 1.0), order)


def hochberg(p: ArrayLike) -> Array:
    """Return step-up adjusted P values, valid under independence or positive dependence.

    Hochberg Y. Biometrika 1988;75:800-802, doi:10.1093/biomet/75.4.800.
    """
    values = _checked(p)
    order = np.argsort(values, axis=-1)[..., ::-1]
    falling = np.take_along_axis(values, order, axis=-1) * np.arange(1, values.shape[-1] + 1)
    return _restored(np.minimum(np.minimum.accumulate(falling, axis=-1), 1.0), order)


def fixed_sequence(p: ArrayLike) -> Array:
    """Return each P value or the largest before it: the family is tested in its order.

    Westfall PH, Krishen A. J Stat Plan Inference 2001;99:25-40,
    doi:10.1016/S0378-3758(01)00077-5.
    """
    return np.asarray(np.maximum.accumulate(_checked(p), axis=-1))


def _checked(p: ArrayLike) -> Array:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim == 0 or not np.all((values >= 0) & (values <= 1)):
        raise InputError(
            "P values",
            "a list of numbers from 0 to 1 is needed",
            "Leave out what is not estimable.",
        )
    return values


def _restored(adjusted: Array, order: NDArray[np.intp]) -> Array:
    back = np.empty_like(adjusted)
    np.put_along_axis(back, order, adjusted, axis=-1)
    return back
