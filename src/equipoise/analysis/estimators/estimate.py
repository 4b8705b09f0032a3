"""The one shape of a result: a value, its interval, its P value and how they were obtained.

Estimators work over leading trial axes. For one trial every field is a plain number
(``np.float64``) or string; for an ensemble every field is an array of the ensemble's shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.errors import InputError

Floats = np.float64 | NDArray[np.float64]
Notes = np.str_ | NDArray[np.str_]

# Notes are short keys, so that a million of them stay small and reports can translate them.
EMPTY_ARM = "empty arm"
ZERO_CELL = "zero cell"
NO_INTERVAL = "no interval"
NO_EVENTS = "no events"
NO_CONTRAST = "no contrast"
INFINITE = "infinite"
THROUGH_INFINITY = "through infinity"
NO_SPREAD = "no spread"
TOO_FEW = "too few"
NOT_ESTIMABLE = "not estimable"
SEPARATED = "separated"
NO_CONVERGENCE = "no convergence"
NOTHING_OBSERVED = "nothing observed"
HALF_ADDED = "half added"
NO_LOGARITHM = "no logarithm"
NOT_SEEN = "not seen"
NO_FIT = "no fit"
SIMPLER_COVARIANCE = "simpler model"
MISSING_COVARIATE = "no covariate"
NO_VARIANCE = "no variance"
PENALIZED = "penalized"
TOO_MANY = "too many"

NOTES = {
    EMPTY_ARM: "An arm has no participants: nothing can be estimated.",
    ZERO_CELL: "A cell is zero: Miettinen-Nurminen score interval and P value are given instead.",
    NO_INTERVAL: (
        "The method has no interval around the value: "
        "Miettinen-Nurminen score interval and P value are given instead."
    ),
    NO_EVENTS: "No events in either arm: the ratio cannot be estimated.",
    NO_CONTRAST: "No events, or only events, in both arms: the odds ratio cannot be estimated.",
    INFINITE: "The denominator of the ratio is zero: it has no finite estimate or upper limit.",
    THROUGH_INFINITY: "The interval passes through infinity: it lies below low and above high.",
    NO_SPREAD: "The values give no spread to build on: interval and P value are of another kind.",
    TOO_FEW: "Too few values for a bounded interval at this level.",
    NOT_ESTIMABLE: "The design cannot tell this contrast from other terms: it is not estimable.",
    SEPARATED: "The outcome separates the arms: the ratio has no finite estimate.",
    PENALIZED: "The outcome is separated: Firth's penalized likelihood estimate is given.",
    NO_CONVERGENCE: "The fit did not converge: nothing is given.",
    NOTHING_OBSERVED: "Too few values were observed to impute from or to weight: nothing is given.",
    HALF_ADDED: "An imputed table has a zero cell: one half was added to each cell before pooling.",
    NO_LOGARITHM: "A risk is 0 or 1: the ratio has no finite logarithm, nothing is given.",
    NOT_SEEN: "An arm has no value at this visit: nothing can be estimated there.",
    NO_FIT: "Too few values to fit the model: nothing is given.",
    SIMPLER_COVARIANCE: "The planned covariance could not be fitted: a simpler one was used.",
    MISSING_COVARIATE: "Participants without a covariate were left out.",
    TOO_MANY: "Too many participants for the exact test: Pearson's P value is given instead.",
    NO_VARIANCE: "The variance by this method is not positive: nothing is given.",
}


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A contrast of two arms.

    ``low`` and ``high`` bound the two-sided interval at confidence ``level``; ``p_value`` is
    two-sided and belongs to ``method`` (interval and test agree unless the method says otherwise).
    ``note`` is empty unless something had to be done differently for that element: it is a key of
    ``NOTES``. A value that cannot be estimated is NaN and its note says why.

    Ratios are first arm over reference arm, differences first arm minus reference arm.
    """

    measure: str
    value: Floats
    low: Floats
    high: Floats
    level: float
    p_value: Floats
    method: str
    note: Notes


def critical_value(level: float) -> float:
    """Return the two-sided standard normal quantile of a confidence ``level`` in (0, 1).

    Raises InputError if ``level`` is not inside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise InputError("confidence level", f"{level} is not inside 0 to 1", "Give 0.95 or so.")
    return float(special.ndtri(0.5 + level / 2))


def two_sided_p(z: ArrayLike) -> NDArray[np.float64]:
    """Return the two-sided P value of standard normal deviates, any shape."""
    return np.asarray(2.0 * special.ndtr(-np.abs(np.asarray(z, dtype=np.float64))))


def floats(values: ArrayLike) -> Floats:
    """Return ``values`` as an Estimate holds them: a plain number if there is but one."""
    return np.asarray(values, dtype=np.float64)[()]


def notes(*cases: tuple[NDArray[np.bool_], str]) -> Notes:
    """Return the key of the first case that holds, element by element; empty where none does."""
    said = np.full(np.shape(cases[0][0]), "", dtype=f"<U{max(len(key) for _, key in cases)}")
    for where, key in reversed(cases):
        said[where] = key
    return said[()]
