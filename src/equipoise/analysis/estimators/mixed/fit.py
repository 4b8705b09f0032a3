"""Fitting the model for repeated measures: (restricted) maximum likelihood by Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equipoise.analysis.estimators.mixed.covariance import (
    UNSTRUCTURED,
    Curved,
    exact,
    known,
    sigma,
    start,
)
from equipoise.analysis.estimators.mixed.design import dependent, orthonormal
from equipoise.analysis.estimators.mixed.likelihood import (
    Grouped,
    Solved,
    grouped,
    slopes,
    solved,
)
from equipoise.errors import InputError

Array = NDArray[np.float64]

STEPS = 60
CONVERGED = 1e-14
"""Newton's decrement, in units of minus twice the log likelihood, below which a fit is done."""

SINGULAR = 1e-8
"""A correlation matrix with a smaller eigenvalue has run to the edge: there is no maximum."""


class NoMaximumError(InputError):
    """No covariance that was asked for has a likelihood with a maximum inside."""


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """A fitted model of p coefficients, ``visits`` visits and m covariance parameters.

    ``beta`` (p,) and its model-based covariance ``beta_covariance`` (p, p); ``sigma``
    (visits, visits) over ``visits``; ``theta_covariance`` (m, m) is the inverse of the observed
    information of the covariance parameters; ``failed`` says which covariances were tried before
    ``covariance`` and why they were left. ``at``, ``curve``, ``data`` and ``basis`` (x = q basis,
    q with orthonormal columns) are what tests and degrees of freedom are made from.
    """

    beta: Array
    beta_covariance: Array
    sigma: Array
    covariance: str
    reml: bool
    minus_two_log_likelihood: float
    theta: Array
    theta_covariance: Array
    visits: NDArray[np.generic]
    values: int
    participants: int
    steps: int
    failed: tuple[str, ...]
    at: Solved
    curve: Curved
    data: Grouped
    basis: Array


def fit(
    y: ArrayLike,
    x: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    covariance: str | Sequence[str] = UNSTRUCTURED,
    *,
    reml: bool = True,
) -> MixedFit:
    """Fit the model to one row a value: ``y`` (rows,), ``x`` (rows, p), ``subject``, ``visit``.

    As :func:`fit_table`. Rows whose ``y`` is NaN are left out; visits are taken in their sorted
    order. Raises InputError too if a subject has two values at a visit.
    """
    outcome, design = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    subjects, visits = np.asarray(subject), np.asarray(visit)
    if outcome.ndim != 1 or design.ndim != 2:
        raise InputError("y and x", "not a vector and a matrix", "Give y (rows,) and x (rows, p).")
    if not len(outcome) == len(design) == len(subjects) == len(visits):
        raise InputError("y, x, subject, visit", "not of one length", "Give one row a value.")
    there = ~np.isnan(outcome)
    _, person = np.unique(subjects[there], return_inverse=True)
    labels, place = np.unique(visits[there], return_inverse=True)
    if len(np.unique(person * (len(labels) + 1) + place)) < len(person):
        raise InputError(
            "subject and visit", "a subject has two values at one visit", "Keep one of them."
        )
    shape = (person.max(initial=-1) + 1, len(labels))
    table, wide = np.full(shape, np.nan), np.zeros((*shape, design.shape[1]))
    table[person, place] = outcome[there]
    wide[person, place] = design[there]
    return fit_table(table, wide, covariance, reml=reml, visits=labels)


def fit_table(
    values: ArrayLike,
    design: ArrayLike,
    covariance: str | Sequence[str] = UNSTRUCTURED,
    *,
    reml: bool = True,
    visits: ArrayLike | None = None,
) -> MixedFit:
    """Fit the model to one trial: ``values`` (n, visits) with NaN, ``design`` (n, visits, p).

    ``covariance`` names are tried in order until the likelihood has a maximum. Visits without any
    value, and participants without, are left out. Laird NM, Ware JH. Biometrics 1982;38:963-974,
    doi:10.2307/2529876.

    Raises InputError if there is nothing to fit, if the design is singular or not finite where a
    value is, or if no covariance has a maximum (NoMaximumError).
    """
    table, wide = np.asarray(values, dtype=np.float64), np.asarray(design, dtype=np.float64)
    if table.ndim != 2 or wide.shape[:-1] != table.shape:
        raise InputError(
            "values and design", "their shapes differ", "Give (n, visits) and (n, visits, p)."
        )
    labels = np.arange(table.shape[1]) if visits is None else np.asarray(visits)
    there = ~np.isnan(table)
    rows, columns = there.any(axis=1), there.any(axis=0)
    data, basis = _orthonormal(grouped(table[rows][:, columns], wide[rows][:, columns]))
    names = (covariance,) if isinstance(covariance, str) else tuple(covariance)
    rough = _moments(data)
    failed: list[str] = []
    for name in map(known, names):
        found = _maximum(name, rough, data, reml=reml)
        if isinstance(found, str):
            failed.append(f"{name}: {found}")
            continue
        return _result(found, data, basis, name, labels[columns], tuple(failed), reml=reml)
    raise NoMaximumError(
        "mixed model",
        f"no fit with {data.y.shape[0]} participants and {data.y.shape[1]} visits "
        f"({'; '.join(failed)})",
        "Take a simpler covariance, fewer visits or fewer covariates.",
    )


def fit_at(fit: MixedFit, covariance: ArrayLike) -> MixedFit:
    """Return ``fit`` with its covariance replaced by another of the same kind, and all it implies.

    For comparison with another program's maximum. Raises InputError if the matrix is not of the
    kind of ``fit.covariance``.
    """
    value = np.asarray(covariance, dtype=np.float64)
    theta = exact(fit.covariance, value)
    curve = sigma(fit.covariance, theta, len(fit.sigma))
    at = solved(curve.value, fit.data, reml=fit.reml)
    if at is None or not np.allclose(curve.value, value, rtol=1e-9, atol=1e-9 * value.max()):
        raise InputError("covariance", f"not {fit.covariance}", "Give a matrix of that kind.")
    _, hessian = slopes(at, curve, fit.data, reml=fit.reml)
    found = _Maximum(theta, at, curve, hessian, 0)
    return _result(found, fit.data, fit.basis, fit.covariance, fit.visits, (), reml=fit.reml)


def _orthonormal(data: Grouped) -> tuple[Grouped, Array]:
    """Return the data with orthonormal columns q, and the basis r: x = q r."""
    n, visits, p = data.x.shape
    values = int(data.seen.sum(axis=1) @ data.count)
    if not np.isfinite(data.x).all() or not np.isfinite(data.y).all():
        raise InputError(
            "values and design", "not finite", "Leave those participants out, or mark them missing."
        )
    if p == 0 or values <= p:
        raise InputError(
            "design", f"{values} values cannot carry {p} coefficients", "Take fewer covariates."
        )
    q, r = orthonormal(data.x.reshape(-1, p))
    weak = np.flatnonzero(dependent(r))
    if weak.size:
        raise InputError(
            "design",
            f"singular: column {weak[0]} follows from the columns before it",
            "Leave that column out.",
        )
    turned = Grouped(
        data.y, q.reshape(n, visits, p), data.seen, data.pattern, data.first, data.count
    )
    return turned, r


def _moments(data: Grouped) -> Array:
    """Return a rough positive definite covariance (visits, visits) of least squares residuals."""
    q = data.x.reshape(-1, data.x.shape[2])
    residual = data.y - data.x @ np.einsum("ip,i->p", q, data.y.ravel())
    there = data.seen[data.pattern].astype(np.float64)
    pairs = there.T @ there
    moments = residual.T @ residual / np.maximum(pairs, 1)
    overall = max(np.vdot(residual, residual) / there.sum(), np.finfo(float).tiny)
    spread = np.sqrt(np.maximum(np.diag(moments), 1e-3 * overall))
    corr = moments / np.outer(spread, spread)
    np.fill_diagonal(corr, 1.0)
    size, axes = np.linalg.eigh(np.clip(corr, -1, 1))
    corr = (axes * np.maximum(size, 0.1)) @ axes.T
    root = np.sqrt(np.diag(corr))
    return np.asarray(corr / np.outer(root, root) * np.outer(spread, spread))


@dataclass(frozen=True, slots=True, eq=False)
class _Maximum:
    theta: Array
    at: Solved
    curve: Curved
    hessian: Array
    steps: int


def _hopeless(name: str, rough: Array, data: Grouped) -> str:
    """Return why no maximum need be sought; empty if it may exist."""
    n, visits = data.y.shape
    if np.trace(rough) <= 1e-20 * np.square(data.y).max():
        return "the values leave no residual"
    if name == UNSTRUCTURED and n <= visits:
        return "no more participants than visits"
    there = data.seen.astype(np.float64)
    if name == UNSTRUCTURED and ((there.T * data.count) @ there == 0).any():
        return "two visits were never seen in the same participant"
    return ""


def _maximum(name: str, rough: Array, data: Grouped, *, reml: bool) -> _Maximum | str:
    """Return the maximum of the likelihood, or the words why there is none."""
    why = _hopeless(name, rough, data)
    if why:
        return why
    theta = start(name, rough)
    curve = sigma(name, theta, data.y.shape[1])
    at = solved(curve.value, data, reml=reml)
    for step in range(STEPS):
        if at is None:
            return "no step leads up"
        if _least_eigenvalue(curve.value) < SINGULAR:
            break
        gradient, hessian = slopes(at, curve, data, reml=reml)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return "the likelihood is not finite"
        down, convex = _newton(gradient, hessian)
        decrement = float(-gradient @ down)
        if decrement < CONVERGED and convex:
            return _Maximum(theta, at, curve, hessian, step)
        theta, curve, at = _step(name, theta, down, (at, decrement), data, reml=reml)
    if _least_eigenvalue(curve.value) < 1e-4:
        return "the covariance runs to a singular matrix"
    return f"no convergence in {STEPS} steps"


def _newton(gradient: Array, hessian: Array) -> tuple[Array, bool]:
    """Return the step down and whether the Hessian is positive definite.

    Where it is not, its eigenvalues are taken by their size, so that the step still leads down.
    """
    try:
        root = np.linalg.cholesky(hessian)
        half = np.linalg.inv(root)
    except np.linalg.LinAlgError:
        size, axes = np.linalg.eigh(hessian)
        least = 1e-8 * np.abs(size).max()
        return np.asarray(-axes @ (axes.T @ gradient / np.maximum(np.abs(size), least))), False
    own = np.diag(root) ** 2 / np.diag(hessian)  # what each parameter adds to those before it
    return np.asarray(-half.T @ (half @ gradient)), bool((own > 1e-9).all())


def _step(
    name: str,
    theta: Array,
    direction: Array,
    now: tuple[Solved, float],
    data: Grouped,
    *,
    reml: bool,
) -> tuple[Array, Curved, Solved | None]:
    """Return the first of halved steps that lowers the objective enough (Armijo's rule).

    Without such a step there is no solution either.
    """
    at, decrement = now
    length = min(1.0, 2.0 / max(float(np.abs(direction).max()), 1e-300))
    while True:
        trial = theta + length * direction
        curve = sigma(name, trial, data.y.shape[1])
        new = solved(curve.value, data, reml=reml)
        # Next to the maximum the gain drowns in rounding: any step that does not lose is good.
        slack = 1e-9 * (1 + abs(at.objective)) if decrement < 1e-4 else 0.0
        if new is not None and new.objective <= at.objective - 1e-4 * length * decrement + slack:
            return trial, curve, new
        if length < 1e-10:
            return trial, curve, None
        length /= 2


def _least_eigenvalue(value: Array) -> float:
    """Return the smallest eigenvalue of the correlation matrix."""
    spread = np.sqrt(np.diag(value))
    return float(np.linalg.eigvalsh(value / np.outer(spread, spread))[0])


def _result(
    found: _Maximum,
    data: Grouped,
    basis: Array,
    name: str,
    visits: NDArray[np.generic],
    failed: tuple[str, ...],
    *,
    reml: bool,
) -> MixedFit:
    p = len(basis)
    values = int(data.seen.sum(axis=1) @ data.count)
    back = np.linalg.inv(basis)
    half = found.at.half @ back.T
    constant = (values - p * reml) * np.log(2 * np.pi)
    if reml:  # |X'V^-1 X| in the columns as they were given
        constant += 2 * np.log(np.abs(np.diag(basis))).sum()
    return MixedFit(
        back @ found.at.beta,
        half.T @ half,
        found.curve.value,
        name,
        reml,
        found.at.objective + float(constant),
        found.theta,
        np.asarray(2 * np.linalg.inv(found.hessian), dtype=np.float64),
        visits,
        values,
        len(data.y),
        found.steps,
        failed,
        found.at,
        found.curve,
        data,
        basis,
    )
