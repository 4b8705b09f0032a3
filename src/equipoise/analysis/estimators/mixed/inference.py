"""Contrasts of a fitted mixed model: standard errors and degrees of freedom for small samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.mixed.fit import MixedFit
from equipoise.errors import InputError
from equipoise.kernels.repeated_measures import gram, pair_products, times

Array = NDArray[np.float64]

SATTERTHWAITE = "Satterthwaite"
KENWARD_ROGER = "Kenward-Roger"
KENWARD_ROGER_LINEAR = "Kenward-Roger linear"
EMPIRICAL = "empirical"
METHODS = (SATTERTHWAITE, KENWARD_ROGER, KENWARD_ROGER_LINEAR, EMPIRICAL)


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Linear combinations of coefficients: value, standard error, degrees of freedom, each (q,).

    ``se`` and ``df`` are NaN where the variance by the method is not positive: Kenward-Roger's may
    be negative in tiny trials, the empirical one is zero where nothing is left over.
    """

    value: Array
    se: Array
    df: Array


@dataclass(frozen=True, slots=True, eq=False)
class JointTest:
    """An F test of several contrasts at once."""

    f: float
    df: int
    df_denominator: float
    p_value: float


def beta_covariance(fit: MixedFit, method: str = KENWARD_ROGER_LINEAR) -> Array:
    """Return the covariance (p, p) of the coefficients by ``method``, one of ``METHODS``.

    Satterthwaite's is the model's own. Kenward and Roger's adds what estimating the covariance
    parameters costs: Kenward MG, Roger JH. Biometrics 1997;53:983-997, doi:10.2307/2533558; the
    linear one leaves the second derivatives of Sigma out, which makes it free of the choice of
    parameters and is what SAS gives for an unstructured Sigma: Kenward MG, Roger JH. Comput Stat
    Data Anal 2009;53:2583-2595, doi:10.1016/j.csda.2008.12.013. The empirical one does not trust
    Sigma: Liang KY, Zeger SL. Biometrika 1986;73:13-22, doi:10.1093/biomet/73.1.13.

    Raises InputError for an unknown method, or Kenward-Roger without REML.
    """
    _needs_reml(fit, method)
    back = _back(fit)
    return np.asarray(back @ _covariance(fit, method) @ back.T)


def contrasts(fit: MixedFit, weights: ArrayLike, method: str = KENWARD_ROGER_LINEAR) -> Contrasts:
    """Return the contrasts ``weights`` (q, p) of the coefficients.

    Degrees of freedom after Satterthwaite FE. Biometrics Bulletin 1946;2:110-114,
    doi:10.2307/3002019, which are those of Kenward and Roger too for one contrast. With the
    empirical covariance, from the mean and variance that the fitted Sigma gives it: Pustejovsky
    JE, Tipton E. J Bus Econ Stat 2018;36:672-683, doi:10.1080/07350015.2016.1247004.

    Raises InputError as :func:`beta_covariance`, or if the weights do not fit.
    """
    _needs_reml(fit, method)
    rows = _rows(fit, weights)
    variance = ((rows @ _covariance(fit, method)) * rows).sum(axis=1)
    model = ((rows @ _model_covariance(fit)) * rows).sum(axis=1)
    usable = variance > 1e-10 * model
    df = _empirical_df(fit, rows) if method == EMPIRICAL else _satterthwaite(fit, rows)
    se = np.sqrt(np.where(usable, variance, np.nan))
    return Contrasts(rows @ fit.at.beta, se, np.where(usable, df, np.nan))


def joint_test(fit: MixedFit, weights: ArrayLike, method: str = KENWARD_ROGER_LINEAR) -> JointTest:
    """Return the F test that all contrasts ``weights`` (q, p), linearly independent, are zero.

    Denominator degrees of freedom: Fai AHT, Cornelius PL. J Stat Comput Simul 1996;54:363-378,
    doi:10.1080/00949659608811740 for Satterthwaite; Kenward and Roger 1997, section 3, with their
    scaling of F. Raises InputError as :func:`contrasts`, and for the empirical method.
    """
    _needs_reml(fit, method)
    rows = _rows(fit, weights)
    if method == EMPIRICAL:
        raise InputError(
            "method", "no joint test is empirical", "Take Satterthwaite or Kenward-Roger."
        )
    value = rows @ fit.at.beta
    covariance = rows @ _covariance(fit, method) @ rows.T
    f = float(value @ np.linalg.solve(covariance, value)) / len(rows)
    df, scale = (_fai_cornelius if method == SATTERTHWAITE else _kenward_roger)(fit, rows)
    p = special.fdtrc(len(rows), df, scale * f)
    return JointTest(scale * f, len(rows), df, float(p))


def checked(method: str) -> None:
    """Raise InputError unless ``method`` is one of ``METHODS``."""
    if method not in METHODS:
        raise InputError("method", f"{method!r} is not known", f"Take one of {', '.join(METHODS)}.")


def _needs_reml(fit: MixedFit, method: str) -> None:
    checked(method)
    if method.startswith(KENWARD_ROGER) and not fit.reml:
        raise InputError("method", f"{method} needs REML", "Fit with reml=True.")


def _back(fit: MixedFit) -> Array:
    """Return what turns coefficients of the orthonormal columns into those of x."""
    return np.asarray(np.linalg.inv(fit.basis))


def _rows(fit: MixedFit, weights: ArrayLike) -> Array:
    """Return contrasts of the orthonormal coefficients."""
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != len(fit.beta):
        raise InputError(
            "weights", f"not {len(fit.beta)} a contrast", "Give one weight a coefficient."
        )
    return np.asarray(rows @ _back(fit))


def _model_covariance(fit: MixedFit) -> Array:
    return np.asarray(fit.at.half.T @ fit.at.half)


def _covariance(fit: MixedFit, method: str) -> Array:
    """Return the covariance of the orthonormal coefficients."""
    model = _model_covariance(fit)
    if method == SATTERTHWAITE:
        return model
    if method == EMPIRICAL:
        scores = (fit.at.vr[:, None, :] @ fit.data.x)[:, 0] @ model
        return np.asarray(scores.T @ scores)
    return model + 2 * model @ _lost(fit, model, linear=method == KENWARD_ROGER_LINEAR) @ model


def _lost(fit: MixedFit, model: Array, *, linear: bool) -> Array:
    """Return sum over j, k of W_jk (Q_jk - P_j Phi P_k - R_jk / 4)."""
    w, v, vx = fit.theta_covariance, fit.curve.first, fit.at.vx
    m, visits = len(w), len(fit.sigma)
    size = visits * visits
    flat = v.reshape(m, size)
    pairs = times(np.ascontiguousarray(flat.T), times(w, flat)).reshape((visits,) * 4)
    middle = np.einsum("abcd,sbc->sad", pairs, fit.at.inverse)  # W_jk V_j inverse V_k, by pattern
    if not linear:
        middle = middle - np.einsum("jk,jkab->ab", w, fit.curve.second) / 4
    inner = (vx.transpose(0, 2, 1) @ (middle[fit.data.pattern] @ vx)).sum(axis=0)
    slopes = pair_products(vx, v)
    inner -= (np.einsum("jk,kab->jab", w, slopes) @ model @ slopes).sum(axis=0)
    return np.asarray((inner + inner.T) / 2)


def _variance_slopes(fit: MixedFit, rows: Array) -> Array:
    """Return the derivatives (m, q, q) of the contrasts' covariance by theta."""
    half = rows @ _model_covariance(fit)
    return np.asarray(half @ pair_products(fit.at.vx, fit.curve.first) @ half.T)


def _satterthwaite(fit: MixedFit, rows: Array) -> Array:
    variance = ((rows @ _model_covariance(fit)) * rows).sum(axis=1)
    slopes = np.diagonal(_variance_slopes(fit, rows), axis1=1, axis2=2)
    return np.asarray(
        2 * variance**2 / np.einsum("jq,jk,kq->q", slopes, fit.theta_covariance, slopes)
    )


def _empirical_df(fit: MixedFit, rows: Array) -> Array:
    """Return 2 E^2 / Var of the empirical variance, were Sigma true."""
    half = rows @ _model_covariance(fit)
    fitted = fit.data.x @ half.T  # (n, visits, q)
    weighted = fit.at.vx @ half.T
    own = (fitted * weighted).sum(axis=1)
    pulled = fit.data.x.transpose(0, 2, 1) @ weighted  # (n, p, q)
    n, p, q = pulled.shape
    root = times(pulled.transpose(0, 2, 1).reshape(n * q, p), np.ascontiguousarray(fit.at.half.T))
    root = root.reshape(n, q, p)
    shared = (root**2).sum(axis=2)
    cross = np.array([gram(np.ascontiguousarray(root[:, k])) for k in range(q)])
    square = (own**2 - 2 * own * shared).sum(axis=0) + (cross**2).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):  # 0/0 where nothing is left over
        return np.asarray((own - shared).sum(axis=0) ** 2 / square)


def _fai_cornelius(fit: MixedFit, rows: Array) -> tuple[float, float]:
    """Return denominator degrees of freedom and the scale 1 of F."""
    _, axes = np.linalg.eigh(rows @ _model_covariance(fit) @ rows.T)
    df = _satterthwaite(fit, axes.T @ rows)
    if np.ptp(df) < 1e-8 * df.max():
        return float(df.mean()), 1.0
    if df.min() <= 2:
        return 2.0, 1.0
    expected = float((df / (df - 2)).sum())
    return 2 * expected / (expected - len(rows)), 1.0


def _kenward_roger(fit: MixedFit, rows: Array) -> tuple[float, float]:
    """Return denominator degrees of freedom and the scale of F."""
    q = len(rows)
    inverse = np.linalg.inv(rows @ _model_covariance(fit) @ rows.T)
    slopes = inverse @ _variance_slopes(fit, rows)
    traces = np.trace(slopes, axis1=1, axis2=2)
    products = np.tensordot(slopes, slopes, axes=([1, 2], [2, 1]))
    w = fit.theta_covariance
    a1, a2 = float(traces @ w @ traces), float((w * products).sum())
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    d = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / d, (q - g) / d, (q + 2 - g) / d
    mean = 1 / (1 - a2 / q)
    variance = 2 / q * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    df = 4 + (q + 2) / (q * variance / (2 * mean**2) - 1)
    return df, df / (mean * (df - 2))
