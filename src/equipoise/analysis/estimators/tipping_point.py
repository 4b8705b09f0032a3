"""How wrong missing at random must be before a conclusion changes.

For a binary endpoint every way in which the missing could have turned out is worked out: there are
but (missing + 1) x (missing in the reference + 1) tables, so nothing is simulated. For other
analyses imputed values are moved by a delta until the P value crosses the level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.estimate import NOTHING_OBSERVED, Estimate
from equipoise.errors import InputError

Array = NDArray[np.float64]
Contrast = Callable[[ArrayLike, ArrayLike, ArrayLike, ArrayLike], Estimate]
"""Events, participants, and both of the reference, to an estimate: any of :mod:`binary`."""


@dataclass(frozen=True, slots=True, eq=False)
class TippingMap:
    """The result under every pair of assumptions about the missing of both arms.

    ``assumed`` (rows,) of the arm, ``assumed_ref`` (columns,) of the reference: numbers of events
    among the missing, or deltas. ``estimate`` has fields of shape (rows, columns). ``verdict``
    (rows, columns): 0 where P is not below 1 - level, else the sign of the effect. ``at_random``
    is the pair that missing at random expects (need not be whole, NaN if an arm has nothing
    observed), ``start`` the row and column nearest to it, ``nearest`` those of the pair with
    another verdict for which the fewest assumptions change; None where there is none.
    """

    assumed: Array
    assumed_ref: Array
    estimate: Estimate
    verdict: NDArray[np.int8]
    at_random: tuple[float, float]
    start: tuple[int, int] | None
    nearest: tuple[int, int] | None
    note: str = ""

    @property
    def tipped(self) -> NDArray[np.bool_]:
        """Where the verdict is another than at random; nowhere without a start."""
        if self.start is None:
            return np.zeros(self.verdict.shape, dtype=bool)
        return np.asarray(self.verdict != self.verdict[self.start])


@dataclass(frozen=True, slots=True, eq=False)
class DeltaPath:
    """Results along a line of deltas; fields of ``estimate`` are of their shape.

    ``tipping`` is the delta nearest to 0 where P crosses 1 - level, NaN where it does not.
    """

    deltas: Array
    estimate: Estimate
    tipping: float


def binary_map(
    contrast: Contrast,
    counts: tuple[int, int, int],
    counts_ref: tuple[int, int, int],
) -> TippingMap:
    """Return the result of every way in which missing events could have turned out.

    ``counts`` are events, participants observed and participants missing of the arm, ``counts_ref``
    those of the reference; ``contrast`` is an estimator of :mod:`binary`, say ``risk_ratio`` or
    ``partial(risk_difference, method="newcombe")``. Exact: one table for each pair, one trial.

    Yan X, Lee S, Li N. J Biopharm Stat 2009;19:1085-1098, doi:10.1080/10543400903243009; Liublinska
    V, Rubin DB. Stat Med 2014;33:4170-4185, doi:10.1002/sim.6197.
    Raises InputError for counts that are not whole with 0 <= events <= observed, 0 <= missing.
    """
    (x1, n1, m1), (x0, n0, m0) = _whole(counts), _whole(counts_ref)
    k, j = np.arange(m1 + 1), np.arange(m0 + 1)
    estimate = contrast(x1 + k[:, None], n1 + m1, x0 + j, n0 + m0)
    if not (n1 and n0):
        nowhere = (float("nan"), float("nan"))
        return _map(estimate, (k, j), nowhere)
    return _map(estimate, (k, j), (m1 * x1 / n1, m0 * x0 / n0))


def delta_map(
    analyse: Callable[[float, float], Estimate],
    deltas: Sequence[float],
    deltas_ref: Sequence[float],
) -> TippingMap:
    """Return the result under each pair of deltas of the arm and the reference, one trial.

    ``analyse`` repeats the analysis with imputed values moved by the pair; let it take its chance
    from the same addresses each time, so that only the deltas differ.
    """
    found = [[analyse(a, b) for b in deltas_ref] for a in deltas]
    estimate = _stack([e for row in found for e in row], (len(deltas), len(deltas_ref)))
    return _map(estimate, (np.asarray(deltas), np.asarray(deltas_ref)), (0.0, 0.0))


def delta_path(analyse: Callable[[float], Estimate], deltas: Sequence[float]) -> DeltaPath:
    """Return the results along increasing ``deltas`` and where the conclusion tips, one trial.

    Between the two deltas where P crosses 1 - level the crossing is sought by Brent's method to
    1e-6 of the delta. Ratitch B, O'Kelly M, Tosiello R. Pharm Stat 2013;12:337-347,
    doi:10.1002/pst.1549. Raises InputError where deltas do not increase.
    """
    at = np.asarray(deltas, dtype=np.float64)
    if at.size == 0 or np.any(np.diff(at) <= 0):
        raise InputError("deltas", "they do not increase", "Give them in increasing order.")
    estimate = _stack([analyse(float(d)) for d in at], at.shape)
    alpha = 1 - estimate.level
    beyond = np.asarray(estimate.p_value) - alpha
    crossings = np.flatnonzero((beyond[:-1] < 0) != (beyond[1:] < 0))
    known = [c for c in crossings if np.isfinite(beyond[c : c + 2]).all()]
    found = [
        float(
            scipy.optimize.brentq(
                lambda d: float(analyse(d).p_value) - alpha, at[c], at[c + 1], xtol=1e-6, rtol=1e-9
            )
        )
        for c in known
    ]
    return DeltaPath(at, estimate, min(found, key=abs, default=float("nan")))


def _whole(counts: tuple[int, int, int]) -> tuple[int, int, int]:
    events, observed, missing = counts
    if any(int(c) != c for c in counts) or not (0 <= events <= observed and missing >= 0):
        raise InputError(
            "tipping point",
            f"{counts} are not events, observed and missing participants",
            "Give whole numbers with events up to those observed.",
        )
    return int(events), int(observed), int(missing)


def _map(
    estimate: Estimate, assumed: tuple[ArrayLike, ArrayLike], at_random: tuple[float, float]
) -> TippingMap:
    rows, columns = (np.asarray(a, dtype=np.float64) for a in assumed)
    null = 1.0 if "ratio" in estimate.measure else 0.0
    significant = np.asarray(estimate.p_value) < 1 - estimate.level
    effect = np.nan_to_num(np.sign(np.asarray(estimate.value) - null))
    verdict = np.where(significant, effect, 0).astype(np.int8)
    if not np.isfinite(at_random).all():
        return TippingMap(rows, columns, estimate, verdict, at_random, None, None, NOTHING_OBSERVED)
    start = tuple(
        int(np.argmin(np.abs(axis - p))) for axis, p in zip((rows, columns), at_random, strict=True)
    )
    made = TippingMap(rows, columns, estimate, verdict, at_random, (start[0], start[1]), None)
    return replace(made, nearest=_nearest(made))


def _nearest(made: TippingMap) -> tuple[int, int] | None:
    tipped = np.argwhere(made.tipped)
    if len(tipped) == 0:
        return None
    away = np.abs(made.assumed[tipped[:, 0]] - made.at_random[0])
    away = away + np.abs(made.assumed_ref[tipped[:, 1]] - made.at_random[1])
    row, column = tipped[np.argmin(away)]
    return int(row), int(column)


def _stack(estimates: Sequence[Estimate], shape: tuple[int, ...]) -> Estimate:
    """Return estimates of one analysis as one, with fields of this shape."""

    def field(name: str) -> Array:
        return np.array([float(getattr(e, name)) for e in estimates]).reshape(shape)

    note = np.array([str(e.note) for e in estimates]).reshape(shape)
    first = estimates[0]
    return Estimate(
        first.measure,
        field("value"),
        field("low"),
        field("high"),
        first.level,
        field("p_value"),
        first.method,
        note,
    )
