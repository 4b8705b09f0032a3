"""Generalized linear models of many trials at once, by Newton's method over a leading axis.

McCullagh P, Nelder JA. Generalized linear models, 2nd ed. Chapman & Hall 1989, section 2.5. Only
canonical links: logit, log and identity, for which Newton's method is Fisher's scoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import special

from equipoise.analysis.estimators.counts import Array, Mask
from equipoise.errors import InputError

Family = Literal["logit", "log", "identity"]
Sandwich = Literal["HC0", "HC1", "HC2", "HC3"]

_MOST_STEPS = 60
_STILL = 1e-10  # largest change of a linear predictor that counts as none
_FARTHEST = 18.0  # a linear predictor beyond this only grows: the outcome is separated
_ALIASED = 1e-9  # a column with less than this share of its length left is explained by the others


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Fitted models: ``coefficients`` (..., k), ``mean`` (..., n), ``covariance`` (..., k, k).

    ``separated``: some fitted odds are without bound, the means have converged to 0 or 1 there.
    ``converged`` is False too where a Poisson mean went to 0 or nothing settled.
    """

    coefficients: Array
    mean: Array
    covariance: Array
    separated: Mask
    converged: Mask


def fit(
    design: Array, outcome: Array, seen: Array, family: Family, *, penalized: bool = False
) -> Fit:
    """Fit ``outcome`` (..., n) on ``design`` (..., n, k) where ``seen`` (..., n) is 1, not 0.

    ``penalized`` (logit only) maximizes the likelihood times the root of the information's
    determinant, which is finite for every data set: Firth D. Biometrika 1993;80:27-38,
    doi:10.1093/biomet/80.1.27; Heinze G, Schemper M. Stat Med 2002;21:2409-2419,
    doi:10.1002/sim.1047. Columns explained by others get the smallest coefficients that fit; means
    and contrasts that can be estimated do not depend on that.
    """
    beta = np.zeros(design.shape[:-2] + design.shape[-1:])
    if family == "log":
        share = (outcome * seen).sum(axis=-1) / np.maximum(seen.sum(axis=-1), 1.0)
        start = np.log(np.maximum(share, 1e-8))[..., None]
        beta = _solve(_gram(design, design, seen), _cross(design, seen * start))
    moving = np.ones(beta.shape[:-1], dtype=np.bool_)
    far = np.zeros_like(moving)
    for _ in range(_MOST_STEPS):
        eta = np.clip(_predict(design, beta), -_FARTHEST - 5, _FARTHEST + 5)
        mean, weight = _mean_and_weight(eta, family)
        weight = weight * seen
        information = _gram(design, design, weight)
        residual = (outcome - mean) * seen
        if penalized:
            residual = residual + _leverage(design, weight, information) * (0.5 - mean) * seen
        step = _solve(information, _cross(design, residual))
        change = np.abs(_predict(design, step) * seen)
        # a long step of a model without bound on its mean is cut: the likelihood is concave
        cut = np.minimum(1.0, 5.0 / np.maximum(change.max(axis=-1, initial=0.0), 1e-300))
        beta = beta + np.where(moving, cut, 0.0)[..., None] * step
        far = far | (moving & ((np.abs(eta) * seen).max(axis=-1, initial=0.0) > _FARTHEST))
        moving = moving & ~far & (change.max(axis=-1, initial=0.0) > _STILL)
        if not moving.any():
            break
    eta = np.clip(_predict(design, beta), -_FARTHEST - 5, _FARTHEST + 5)
    mean, weight = _mean_and_weight(eta, family)
    information = _gram(design, design, weight * seen)
    bounded = family != "identity"
    return Fit(beta, mean, _inverse(information), far & bounded, ~moving & ~(far & bounded))


def model_covariance(design: Array, fitted: Fit, outcome: Array, seen: Array) -> Array:
    """Return the covariance of an identity fit: the residual variance times the inverse."""
    k = np.linalg.matrix_rank(_gram(design, design, seen), hermitian=True)
    df = np.maximum(seen.sum(axis=-1) - k, 1.0)
    variance = ((outcome - fitted.mean) ** 2 * seen).sum(axis=-1) / df
    return np.asarray(variance[..., None, None] * fitted.covariance)


def sandwich(
    design: Array, fitted: Fit, outcome: Array, seen: Array, family: Family, kind: Sandwich = "HC0"
) -> Array:
    """Return the robust covariance of the coefficients (..., k, k).

    ``HC0``: White H. Econometrica 1980;48:817-838, doi:10.2307/1912934; ``HC1`` times n / (n - k),
    ``HC2`` and ``HC3`` over 1 - h once and twice: MacKinnon JG, White H. J Econom 1985;29:305-325,
    doi:10.1016/0304-4076(85)90158-7. Raises InputError for another ``kind``.
    """
    if kind not in get_args(Sandwich):
        names = ", ".join(get_args(Sandwich))
        raise InputError("variance", f"'{kind}' is none", f"Use one of {names}.")
    residual = (outcome - fitted.mean) * seen
    square = residual**2
    if kind == "HC1":
        n, k = seen.sum(axis=-1, keepdims=True), design.shape[-1]
        square = square * n / np.maximum(n - k, 1.0)
    elif kind in {"HC2", "HC3"}:
        _, weight = _mean_and_weight(_link(fitted.mean, family), family)
        weight = weight * seen
        left = np.maximum(1 - _leverage(design, weight, _gram(design, design, weight)), 1e-12)
        square = square / (left if kind == "HC2" else left**2)
    middle = _gram(design, design, square)
    return np.asarray(fitted.covariance @ middle @ fitted.covariance)


def estimable(design: Array, seen: Array, column: int) -> Mask:
    """Return whether the other columns leave something of ``column`` to estimate."""
    others = np.delete(design, column, axis=-1)
    wanted = design[..., column]
    explained = _predict(others, _solve(_gram(others, others, seen), _cross(others, wanted * seen)))
    left = ((wanted - explained) ** 2 * seen).sum(axis=-1)
    return np.asarray(left > _ALIASED * np.maximum((wanted**2 * seen).sum(axis=-1), 1e-300))


def _mean_and_weight(eta: Array, family: Family) -> tuple[Array, Array]:
    if family == "logit":
        mean = special.expit(eta)
        return mean, mean * special.expit(-eta)
    if family == "log":
        mean = np.exp(eta)
        return mean, mean
    return eta, np.ones_like(eta)


def _link(mean: Array, family: Family) -> Array:
    if family == "logit":
        return np.asarray(special.logit(mean))
    return np.log(mean) if family == "log" else mean


def _leverage(design: Array, weight: Array, information: Array) -> Array:
    return np.asarray(weight * ((design @ _inverse(information)) * design).sum(axis=-1))


def _predict(design: Array, beta: Array) -> Array:
    return np.asarray((design @ beta[..., None])[..., 0])


def _cross(design: Array, vector: Array) -> Array:
    return np.asarray((np.swapaxes(design, -1, -2) @ vector[..., None])[..., 0])


def _gram(a: Array, b: Array, weight: Array) -> Array:
    return np.asarray(np.swapaxes(a, -1, -2) @ (b * weight[..., None]))


def _inverse(information: Array) -> Array:
    """Return the inverse, or where columns are explained by others a generalized one."""
    scale = np.sqrt(np.maximum(np.diagonal(information, axis1=-2, axis2=-1), 1e-300))
    both = scale[..., :, None] * scale[..., None, :]
    return np.asarray(np.linalg.pinv(information / both, rcond=1e-12, hermitian=True) / both)


def _solve(information: Array, score: Array) -> Array:
    return np.asarray((_inverse(information) @ score[..., None])[..., 0])
