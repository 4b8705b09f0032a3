"""Residual covariance over visits as a smooth function of free parameters, with derivatives.

The parameters are those of the R package mmrm, because the covariance of Kenward and Roger (1997)
depends on the choice: log standard deviations; correlations rho = t / sqrt(1 + t^2); for the
unstructured matrix the log diagonal and the row-scaled elements below it of the Cholesky factor.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError

Array = NDArray[np.float64]

UNSTRUCTURED = "unstructured"
HETEROGENEOUS = "heterogeneous "
CORRELATIONS = ("compound symmetry", "autoregressive", "toeplitz", "ante-dependence")
COVARIANCES = (UNSTRUCTURED, *CORRELATIONS, *(HETEROGENEOUS + name for name in CORRELATIONS))

SIMPLER = (
    UNSTRUCTURED,
    "heterogeneous toeplitz",
    "heterogeneous autoregressive",
    "heterogeneous compound symmetry",
    "compound symmetry",
)
"""What is tried in turn when no maximum is found; each is a special case of the first."""


class Curved(NamedTuple):
    """A symmetric matrix with its derivatives by m parameters.

    ``value`` (visits, visits), ``first`` (m, visits, visits), ``second`` (m, m, visits, visits).
    """

    value: Array
    first: Array
    second: Array


def known(name: str) -> str:
    """Return ``name`` if it is one of ``COVARIANCES``; raises InputError otherwise."""
    if name not in COVARIANCES:
        raise InputError(
            "covariance", f"{name!r} is not known", f"Take one of {', '.join(COVARIANCES)}."
        )
    return name


def sigma(name: str, theta: Array, visits: int) -> Curved:
    """Return the covariance (visits, visits) at ``theta`` with its first two derivatives."""
    if name == UNSTRUCTURED or visits == 1:
        return _unstructured(theta, visits)
    correlation = name.removeprefix(HETEROGENEOUS)
    spreads = visits if name.startswith(HETEROGENEOUS) else 1
    return _scaled(theta[:spreads], _correlation(correlation, theta[spreads:], visits))


def start(name: str, moments: Array) -> Array:
    """Return parameters near a rough covariance: ``moments`` (visits, visits), positive definite.

    Correlations are averaged, kept off the edges, and fall with distance where they are free.
    """
    visits = len(moments)
    if name == UNSTRUCTURED or visits == 1:
        return exact(name, moments)
    spread = np.sqrt(np.diag(moments))
    corr = moments / np.outer(spread, spread)
    lag = _lags(visits)
    if name.endswith("compound symmetry"):
        corr = np.where(lag > 0, np.clip(corr[lag > 0].mean(), 0.0, 0.9), 1.0)
    elif name.endswith("ante-dependence"):
        corr = np.where(lag == 1, np.clip(corr, -0.9, 0.9), corr)
    else:
        least = 0.0 if name.endswith("toeplitz") else -0.9
        corr = np.clip(corr[lag == 1].mean(), least, 0.9) ** lag
    if not name.startswith(HETEROGENEOUS):
        spread = np.full(visits, np.exp(np.log(spread).mean()))
    return exact(name, corr * np.outer(spread, spread))


def exact(name: str, value: Array) -> Array:
    """Return the parameters of a covariance (visits, visits) that is of the kind ``name``."""
    visits = len(value)
    if name == UNSTRUCTURED or visits == 1:
        root = np.linalg.cholesky(value)
        spread = np.diag(root)
        return np.concatenate([np.log(spread), (root / spread[:, None])[_below(visits)]])
    spread = np.sqrt(np.diag(value))
    corr = value / np.outer(spread, spread)
    log_spread = np.log(spread if name.startswith(HETEROGENEOUS) else spread[:1])
    if name.endswith("compound symmetry"):
        lowest = -1 / (visits - 1)
        return np.concatenate([log_spread, special.logit((corr[0, 1:2] - lowest) / (1 - lowest))])
    if name.endswith("autoregressive"):
        rho = corr[0, 1:2]
    else:
        rho = corr[0, 1:] if name.endswith("toeplitz") else np.diag(corr, 1)
    return np.concatenate([log_spread, rho / np.sqrt(1 - rho**2)])


def _lags(visits: int) -> NDArray[np.int64]:
    return np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))


def _below(visits: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.tril_indices(visits, -1)


def _unstructured(theta: Array, visits: int) -> Curved:
    """Return L L' with L = diag(exp(theta)) times a lower triangle with unit diagonal."""
    below, columns = _below(visits)
    spread = np.exp(theta[:visits])
    unit = np.eye(visits)
    unit[below, columns] = theta[visits:]
    root = spread[:, None] * unit
    # A parameter moves one row of L: a log diagonal by the row itself, an element by the diagonal.
    row = np.concatenate([np.arange(visits), below])
    every = np.arange(len(theta))
    moved = np.concatenate([root, spread[below, None] * np.eye(visits)[columns]])
    bent = moved @ root.T
    first = np.zeros((len(theta), visits, visits))
    first[every, row] = bent
    first += first.transpose(0, 2, 1)
    # Two parameters: the product of what they move; and if one is the log diagonal of the other's
    # row, the other's move again.
    second = np.zeros((len(theta), *first.shape))
    j, k = np.indices((len(theta), len(theta)))
    products = moved @ moved.T
    second[j, k, row[j], row[k]] += products
    second[j, k, row[k], row[j]] += products
    for one, two in ((every, row), (row[visits:], every[visits:])):
        again = bent[np.maximum(one, two)]
        second[one, two, row[one]] += again
        second[one, two, :, row[one]] += again
    return Curved(root @ root.T, first, second)


def _correlation(name: str, theta: Array, visits: int) -> Curved:
    """Return the correlation matrix at ``theta``, mapped to (-1, 1)."""
    if name == "compound symmetry":  # all of what is positive definite, and no more
        lowest = -1 / (visits - 1)
        share = special.expit(theta)
        rho, slope = lowest + (1 - lowest) * share, (1 - lowest) * share * (1 - share)
        bend = slope * (1 - 2 * share)
    else:
        size = 1 + theta**2
        rho, slope, bend = theta / np.sqrt(size), size**-1.5, -3 * theta * size**-2.5
    lag = _lags(visits)
    m = len(theta)
    first, second = np.zeros((m, visits, visits)), np.zeros((m, m, visits, visits))
    if name == "autoregressive":
        value = rho[0] ** lag
        first[0] = lag * rho[0] ** np.maximum(lag - 1, 0)
        second[0, 0] = lag * (lag - 1) * rho[0] ** np.maximum(lag - 2, 0)
    elif name == "ante-dependence":
        value, first, second = _products(rho, visits)
    else:
        group = lag - 1 if name == "toeplitz" else np.minimum(lag, 1) - 1
        value = np.where(lag == 0, 1.0, rho[group])
        first[:] = (group == np.arange(m)[:, None, None]) & (lag > 0)
    second = second * np.multiply.outer(slope, slope)[..., None, None]
    second[np.arange(m), np.arange(m)] += bend[:, None, None] * first
    return Curved(value, slope[:, None, None] * first, second)


def _products(rho: Array, visits: int) -> Curved:
    """Return the products of ``rho`` between each two visits, with derivatives by ``rho``."""
    place = np.arange(visits)
    low, high = np.minimum.outer(place, place), np.maximum.outer(place, place)
    step = np.arange(visits - 1)
    between = (step >= low[..., None]) & (step < high[..., None])  # (visits, visits, m)

    # Without one factor, and without two: zero where the product does not hold them.
    other = step != step[:, None]
    one = np.where(between[..., None, :] & other, rho, 1.0).prod(axis=-1)
    first = np.where(between, one, 0.0).transpose(2, 0, 1)
    rest = other[:, None] & other
    two = np.where(between[..., None, None, :] & rest, rho, 1.0).prod(axis=-1)
    held = between[..., None] & between[..., None, :] & other
    second = np.where(held, two, 0.0).transpose(2, 3, 0, 1)
    return Curved(np.where(between, rho, 1.0).prod(axis=-1), first, second)


def _scaled(log_spread: Array, corr: Curved) -> Curved:
    """Return the covariance of correlations and log standard deviations (one, or one a visit)."""
    visits, k = len(corr.value), len(log_spread)
    spread = np.exp(np.broadcast_to(log_spread, visits))
    scale = np.outer(spread, spread)
    # d scale / d log spread counts how often a visit's own parameter stands in the product.
    own = np.eye(k)[:, np.zeros(visits, int) if k == 1 else np.arange(visits)]
    times = own[:, :, None] + own[:, None, :]
    m = k + len(corr.first)
    first, second = np.empty((m, visits, visits)), np.empty((m, m, visits, visits))
    value = scale * corr.value
    first[:k], first[k:] = times * value, scale * corr.first
    second[:k, :k] = times[:, None] * times * value
    second[:k, k:] = times[:, None] * first[k:]
    second[k:, :k] = second[:k, k:].transpose(1, 0, 2, 3)
    second[k:, k:] = scale * corr.second
    return Curved(value, first, second)
