"""How many events there are in each arm when those missing are drawn, many times, many trials.

The models are those of :func:`imputation.impute_binary`; the completed data themselves, as large as
all trials times all imputations, are not made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.arms import tally
from equipoise.analysis.estimators.imputation import (
    EVENT,
    Model,
    binary_values,
    event_models,
    lay_out,
)
from equipoise.analysis.estimators.noise import Draws
from equipoise.kernels.compiled import njit
from equipoise.kernels.elementary import exp

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_NEAR, _SURE = 1e-6, 20.0  # log odds: at 20 a chance is exact to 1e-7 in log odds


def imputed_events(
    values: ArrayLike,
    treated: ArrayLike,
    draws: Draws,
    *,
    covariates: ArrayLike | None = None,
    model: Model = "own arm",
    delta: tuple[float, float] = (0.0, 0.0),
) -> Array:
    """Return the events that :func:`impute_binary` would complete, (..., draws.count, 2) by arm.

    The last axis is the arm and the reference. Where something could not be imputed both are NaN.
    """
    y = binary_values(values)
    data = lay_out(y[..., None], treated, covariates)
    lead, n, imputations = y.shape[:-1], y.shape[-1], draws.count
    arm, lack = data.treated, np.isnan(y)
    seen = tally(y, arm, np.ones_like(arm)).events.astype(np.float64)
    found = np.repeat(seen[..., None, :], imputations, axis=-2)
    if not lack.any():
        return found
    u, which = draws.shared(lead, n, EVENT)
    shift = np.where(arm, delta[0], delta[1])
    for target, x, beta in event_models(y, data, draws, model, None):
        _count_events(
            found.reshape(-1, imputations, 2),
            (lack & target).reshape(-1, n),
            arm.reshape(-1, n),
            x.reshape(-1, n, x.shape[-1]),
            beta.reshape(-1, imputations, x.shape[-1]),
            shift.reshape(-1, n),
            np.broadcast_to(which, y.shape).reshape(-1, n),
            np.stack([u, special.logit(u)]),
        )
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _count_events(
    events: Array, fill: Mask, arm: Mask, x: Array, beta: Array, shift: Array,
    which: NDArray[np.int64], u: Array,
) -> None:  # fmt: skip
    """Add the events drawn for those to ``fill``; ``which`` are their rows of ``u`` (2, ...).

    Those are the uniform numbers and their logits. A number below the chance of the event has a
    logit below its log odds. Where those are too near to each other for their rounding, or so great
    that the chance is nearly certain, the number itself is compared with the chance.
    """
    odds, drawn = np.empty(events.shape[1]), np.empty(events.shape[1])
    for trial in range(events.shape[0]):
        of_trial = beta[trial].T.copy()
        fitted = not np.isnan(of_trial).any()
        for i in np.flatnonzero(fill[trial]):
            if not fitted:
                events[trial] = np.nan
                break
            odds[:] = shift[trial, i]
            for a in range(of_trial.shape[0]):
                for m in range(odds.size):
                    odds[m] += x[trial, i, a] * of_trial[a, m]
            number, logit = u[0, which[trial, i]], u[1, which[trial, i]]
            nearest, surest = np.inf, 0.0
            for m in range(odds.size):
                ahead = odds[m] - logit[m]
                nearest = min(nearest, abs(ahead))
                surest = max(surest, abs(odds[m]))
                drawn[m] = 1.0 if ahead > 0.0 else 0.0
            if nearest < _NEAR or surest > _SURE:
                for m in range(odds.size):
                    drawn[m] = 1.0 if number[m] < 1.0 / (1.0 + exp(-odds[m])) else 0.0
            of_arm = 0 if arm[trial, i] else 1
            for m in range(odds.size):
                events[trial, m, of_arm] += drawn[m]
