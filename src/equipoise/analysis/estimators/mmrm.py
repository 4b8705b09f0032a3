"""The mixed model for repeated measures: arms compared at each visit, with all visits in one fit.

Mallinckrodt CH, Clark WS, David SR. J Biopharm Stat 2001;11:9-21, doi:10.1081/BIP-100104194.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import (
    MISSING_COVARIATE,
    NO_CONVERGENCE,
    NO_FIT,
    NO_VARIANCE,
    NOT_ESTIMABLE,
    NOT_SEEN,
    SIMPLER_COVARIANCE,
    Estimate,
    critical_value,
    floats,
    notes,
)
from equipoise.analysis.estimators.mixed.covariance import SIMPLER
from equipoise.analysis.estimators.mixed.design import independent
from equipoise.analysis.estimators.mixed.fit import MixedFit, NoMaximumError, fit_table
from equipoise.analysis.estimators.mixed.inference import (
    KENWARD_ROGER_LINEAR,
    Contrasts,
    checked,
    contrasts,
)
from equipoise.errors import InputError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class VisitComparison:
    """Arms compared at each visit.

    ``difference`` has shape (visits,) for two arms given as booleans, else (arms - 1, visits);
    ``mean`` (arms, visits) holds the least squares means and the test that they are zero. Standard
    errors and degrees of freedom have the same shapes. ``cells`` (arms, visits, p) are the weights
    of the means, NaN where not estimable, for further contrasts of ``fit``, which is None if there
    is none.
    """

    difference: Estimate
    difference_se: Array
    difference_df: Array
    mean: Estimate
    mean_se: Array
    mean_df: Array
    cells: Array
    fit: MixedFit | None


def mmrm(
    values: ArrayLike,
    arms: ArrayLike,
    *,
    baseline: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    covariance: str | Sequence[str] = SIMPLER,
    method: str = KENWARD_ROGER_LINEAR,
    level: float = 0.95,
) -> VisitComparison:
    """Return arms compared at each visit of one trial: ``values`` (n, visits), NaN not observed.

    ``arms`` (n,) is True for the arm and False for the reference, or a number with 0 for the
    reference. Every arm has its own mean at every visit; ``baseline`` (n,) has a slope at every
    visit, ``covariates`` (n, k) one slope for all, ``strata`` (n,) one shift for all. Means are
    given at the mean baseline and covariates of the values observed, each stratum weighing the
    same. Participants without a value, or without a covariate (see the note), are left out.

    The fit is by REML. ``covariance`` names are tried in order, from ``mixed.covariance``;
    ``method`` is one of ``mixed.inference.METHODS``. An ensemble is a loop: fits do not share
    steps.

    Raises InputError for shapes that do not fit, infinite values, unknown names.
    """
    critical_value(level)  # refuses an impossible level
    checked(method)
    names = (covariance,) if isinstance(covariance, str) else tuple(covariance)
    table, codes, two = _table(values, arms)
    shifts = _shifts(len(table), baseline, covariates, strata)
    count = 2 if two else int(codes.max()) + 1
    complete = ~np.isnan(np.concatenate(shifts, axis=1)).any(axis=1)
    kept = complete & ~np.isnan(table).all(axis=1)
    table, codes = table[kept], codes[kept]
    design = _design(table, codes, count, *(part[kept] for part in shifts))
    columns, weights = _estimable(table, design, count * table.shape[1])
    cells = weights.reshape(count, table.shape[1], len(columns))
    fit, warned = _fitted(table, design[..., columns], names)
    if fit is not None and not warned and not complete.all():
        warned = MISSING_COVARIATE
    seen = np.array([(~np.isnan(table[codes == arm])).any(axis=0) for arm in range(count)])
    rows, both = cells[1:] - cells[0], seen[1:] & seen[0]
    if two:
        rows, both = rows[0], both[0]
    words = f"mixed model, {names[0] if fit is None else fit.covariance} covariance, {method}"
    difference, mean = (_contrasted(fit, part, method) for part in (rows, cells))
    return VisitComparison(
        _estimate(
            "mean difference", difference, level, words, _notes(both, rows, difference, warned)
        ),
        difference.se,
        difference.df,
        _estimate("mean", mean, level, words, _notes(seen, cells, mean, warned)),
        mean.se,
        mean.df,
        cells,
        fit,
    )


def _table(values: ArrayLike, arms: ArrayLike) -> tuple[Array, NDArray[np.int64], bool]:
    """Return values (n, visits), arm codes (n,) and whether they were given as two."""
    table, codes = np.asarray(values, dtype=np.float64), np.asarray(arms)
    if table.ndim != 2 or codes.shape != table.shape[:1] or not table.size:
        raise InputError(
            "values and arms", "not (n, visits) and (n,)", "Give one row and one arm a participant."
        )
    if np.isinf(table).any():
        raise InputError("values", "an infinite value", "Leave it out or mark it missing.")
    two = codes.dtype == np.bool_
    if not (two or (codes.dtype.kind in "iu" and codes.min() >= 0 and codes.max() > 0)):
        raise InputError(
            "arms", "neither True and False nor 0, 1, …", "Give 0 for the reference, 1 and up."
        )
    codes = codes.astype(np.int64)
    return table, codes, bool(two)


def _shifts(
    n: int, baseline: ArrayLike | None, covariates: ArrayLike | None, strata: ArrayLike | None
) -> tuple[Array, Array, Array]:
    """Return baseline (n, 0 or 1), covariates (n, k) and strata (n, 0 or 1) as columns."""

    def matrix(given: ArrayLike | None, what: str) -> Array:
        part = np.zeros((n, 0)) if given is None else np.asarray(given, dtype=np.float64)
        part = part[:, None] if part.ndim == 1 else part
        if part.ndim != 2 or len(part) != n or np.isinf(part).any():
            raise InputError(what, f"not {n} finite rows", "Give one row a participant.")
        return part

    start = matrix(baseline, "baseline")
    if start.shape[1] > 1:
        raise InputError("baseline", "more than one column", "Give the others as covariates.")
    groups = matrix(strata, "strata")
    if groups.shape[1] > 1:
        raise InputError("strata", "more than one column", "Give one number for each combination.")
    return start, matrix(covariates, "covariates"), groups


def _design(
    table: Array,
    codes: NDArray[np.int64],
    count: int,
    start: Array,
    covariates: Array,
    strata: Array,
) -> Array:
    """Return the design (n, visits, p): a mean for each arm and visit, then what shifts it.

    Baseline and covariates are centred on the mean of the values observed, strata on equal shares,
    so that the means are the least squares means.
    """
    n, visits = table.shape
    every, seen = np.arange(visits), (~np.isnan(table)).sum(axis=1)
    cells = np.zeros((n, visits, count, visits))
    cells[np.arange(n)[:, None], every, codes[:, None], every] = 1.0
    start, covariates = (part - seen @ part / max(seen.sum(), 1) for part in (start, covariates))
    slopes = start[:, None, :] * np.eye(visits)[None, :, : visits * start.shape[1]]
    levels = np.unique(strata)
    groups = (strata == levels[1:]) - 1.0 / max(len(levels), 1)
    same = np.concatenate([covariates, groups], axis=1)
    return np.concatenate(
        [
            cells.reshape(n, visits, count * visits),
            slopes,
            np.broadcast_to(same[:, None], (n, visits, same.shape[1])),
        ],
        axis=2,
    )


def _estimable(table: Array, design: Array, cells: int) -> tuple[NDArray[np.intp], Array]:
    """Return the columns that do not follow from those before, and each cell's weights of them.

    The weights (cells, kept) are NaN where the left out columns matter: no mean is estimable there.
    """
    kept, follows = independent(design[~np.isnan(table)])
    weights = np.eye(cells, design.shape[-1])
    left_out = np.setdiff1d(np.arange(design.shape[-1]), kept)
    gap = np.abs(weights[:, left_out] - weights[:, kept] @ follows)
    lost = gap.max(axis=1, initial=0.0) > 1e-6
    return kept, np.where(lost[:, None], np.nan, weights[:, kept])


def _fitted(table: Array, design: Array, names: tuple[str, ...]) -> tuple[MixedFit | None, str]:
    """Return the fit, or None, and the note on it."""
    if (~np.isnan(table)).sum() <= design.shape[-1]:
        return None, NO_FIT
    try:
        fit = fit_table(table, design, names)
    except NoMaximumError:
        return None, NO_CONVERGENCE
    return fit, SIMPLER_COVARIANCE if fit.failed else ""


def _contrasted(fit: MixedFit | None, rows: Array, method: str) -> Contrasts:
    """Return the contrasts ``rows`` (..., p); NaN where not estimable."""
    shape = rows.shape[:-1]
    flat = rows.reshape(math.prod(shape), rows.shape[-1])
    there = ~np.isnan(flat).any(axis=1)
    found = np.full((3, len(flat)), np.nan)
    if fit is not None and there.any():
        some = contrasts(fit, flat[there], method)
        found[:, there] = some.value, some.se, some.df
    return Contrasts(*(part.reshape(shape) for part in found))


def _notes(seen: Flags, rows: Array, found: Contrasts, warned: str) -> NDArray[np.str_]:
    lost = np.asarray(np.isnan(rows).any(axis=-1))
    every = np.full(seen.shape, bool(warned), dtype=np.bool_)
    flat = ~np.isnan(found.value) & np.isnan(found.se)
    cases = ((~seen, NOT_SEEN), (lost, NOT_ESTIMABLE), (flat, NO_VARIANCE), (every, warned))
    return np.asarray(notes(*cases))


def _estimate(
    measure: str, found: Contrasts, level: float, method: str, note: NDArray[np.str_]
) -> Estimate:
    half = special.stdtrit(found.df, 0.5 + level / 2) * found.se
    p = 2 * special.stdtr(found.df, -np.abs(found.value / found.se))
    value = np.where(np.isnan(found.se), np.nan, found.value)
    low, high = value - half, value + half
    return Estimate(
        measure, floats(value), floats(low), floats(high), level, floats(p), method, note
    )
