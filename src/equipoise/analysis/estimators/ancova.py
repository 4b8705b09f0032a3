"""Analysis of covariance: means compared after allowing for covariates, any number of arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.columns import (
    Array,
    Basis,
    Bools,
    basis,
    finite_or_missing,
    indicators,
    two_arms,
)
from equipoise.analysis.estimators.estimate import (
    EMPTY_ARM,
    NO_SPREAD,
    NOT_ESTIMABLE,
    TOO_FEW,
    Estimate,
    Floats,
    critical_value,
    floats,
    notes,
)
from equipoise.errors import InputError

Variance = Literal["model", "HC0", "HC1", "HC2", "HC3"]
Weights = Literal["observed", "equal"]

# A participant whose own parameter fits them exactly says nothing of the spread.
_ALONE = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear model with one mean per arm and no interaction; made by :func:`fit`.

    ``arms`` are the numbers that occur, ascending, with ``sizes`` (..., arms). Coefficients are
    those of the arms, the covariates (about their means), then the levels of each factor;
    ``observed`` and ``equal`` hold what all but the arms are averaged to. ``scatter`` (..., n) is
    each participant's variance, ``alone`` (..., n) says whose is unknown, ``flat`` (...,) where
    nothing is left to vary.
    """

    arms: NDArray[np.int64]
    sizes: Array
    observed: Array
    equal: Array
    basis: Basis
    lowest: Array
    above: Array
    df: Array
    scatter: Array
    alone: Bools
    flat: Bools
    variance: Variance


def difference(
    values: ArrayLike,
    treated: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    variance: Variance = "model",
    level: float = 0.95,
) -> Estimate:
    """Return the adjusted difference in means of two arms; ``values`` (..., n), NaN missing.

    ``covariates`` (..., n, k) enter as numbers, ``strata`` (..., n) as one factor. See :func:`fit`
    and :func:`contrast`.
    """
    factors = None if strata is None else np.asarray(strata)[..., None]
    arms = two_arms(treated).astype(np.int64)
    model = fit(values, arms, covariates=covariates, factors=factors, variance=variance)
    return contrast(model, 1, 0, level=level)


def fit(
    values: ArrayLike,
    arms: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    factors: ArrayLike | None = None,
    variance: Variance = "model",
) -> Model:
    """Fit values (..., n) on arms (..., n), numbers (..., n, k) and factors (..., n, q).

    Least squares over the participants whose value and covariates are there. Fisher RA. Statistical
    Methods for Research Workers, 4th ed. Edinburgh: Oliver and Boyd; 1932, section 49.1.
    ``variance``: one for all ("model"); HC0, White H. Econometrica 1980;48:817-838,
    doi:10.2307/1912934; HC1 to HC3, MacKinnon JG, White H. J Econometrics 1985;29:305-325,
    doi:10.1016/0304-4076(85)90158-7.

    Raises InputError for infinite values, for arms or factors that are not whole numbers, and for
    another ``variance``.
    """
    if variance not in get_args(Variance):
        names = ", ".join(get_args(Variance))
        raise InputError("variance", f"'{variance}' is none", f"Use one of {names}.")
    y, groups = finite_or_missing(values), np.asarray(arms)
    blocks = [indicators(groups, "arms")]
    equal = []
    if covariates is not None:
        blocks.append(finite_or_missing(covariates, "covariates"))
        equal.append(np.zeros(blocks[-1].shape[-1]))
    levels = np.zeros((*groups.shape, 0), np.int64) if factors is None else np.asarray(factors)
    for j in range(levels.shape[-1]):
        blocks.append(indicators(levels[..., j], "factors"))
        equal.append(np.full(blocks[-1].shape[-1], 1 / blocks[-1].shape[-1]))
    lead = np.broadcast_shapes(y.shape, *(block.shape[:-1] for block in blocks))
    columns = np.concatenate([np.broadcast_to(b, (*lead, b.shape[-1])) for b in blocks], axis=-1)
    rows = ~np.isnan(y) & ~np.isnan(columns).any(axis=-1)
    columns = np.where(rows[..., None], columns, 0.0)
    means = columns.sum(axis=-2) / np.maximum(rows.sum(axis=-1), 1)[..., None]
    first, k = blocks[0].shape[-1], 0 if covariates is None else blocks[1].shape[-1]
    numeric = np.s_[..., first : first + k]
    columns[numeric] -= means[numeric][..., None, :]
    means[numeric] = 0.0
    return _solved(
        np.broadcast_to(y, lead),
        rows,
        columns,
        (np.unique(groups), means, np.concatenate([np.zeros(0), *equal])),
        variance,
    )


def contrast(model: Model, arm: int, reference: int, *, level: float = 0.95) -> Estimate:
    """Return the adjusted mean of ``arm`` minus that of ``reference``.

    Interval and P: t distribution with the residual degrees of freedom, whichever the variance.
    With no degree of freedom, or where an HC variance rests on a participant that the model fits
    exactly, the limits are infinite and P is 1; without any spread the interval has no width, and P
    is 1 for equal means and 0 otherwise. The note says so.

    Raises InputError where both are the same arm.
    """
    if arm == reference:
        raise InputError("contrast", f"arm {arm} against itself", "Name two arms.")
    asked = np.zeros((1, model.basis.reach.shape[-1]))
    empty = np.zeros((*model.df.shape, 1), dtype=np.bool_)
    for side, sign in ((arm, 1.0), (reference, -1.0)):
        here = model.arms == side
        asked[0, : here.size][here] = sign
        empty |= (model.sizes * here).sum(axis=-1, keepdims=True) == 0
    return _answer(model, "adjusted mean difference", asked, empty, level)


def arm_means(model: Model, *, weights: Weights = "observed", level: float = 0.95) -> Estimate:
    """Return the adjusted ("least-squares") mean of each arm, in a last axis ordered as ``arms``.

    Numeric covariates are held at their mean; a factor's levels weigh as they were ``observed`` in
    all arms together, or ``equal``. Searle SR, Speed FM, Milliken GA. Am Stat 1980;34:216-221,
    doi:10.1080/00031305.1980.10483031. P is of the mean being 0. Intervals as :func:`contrast`.
    """
    rest = model.observed if weights == "observed" else model.equal
    count = model.arms.size
    rest = np.broadcast_to(rest, (*model.sizes.shape[:-1], rest.shape[-1]))[..., None, :]
    of_arm = np.broadcast_to(np.eye(count), (*rest.shape[:-2], count, count))
    asked = np.concatenate(
        [of_arm, np.broadcast_to(rest, (*of_arm.shape[:-1], rest.shape[-1]))], axis=-1
    )
    empty = model.sizes == 0
    return _answer(model, "adjusted mean", asked, empty, level, means=True)


def slope(model: Model, covariate: int, *, level: float = 0.95) -> Estimate:
    """Return the change in mean per unit of the ``covariate`` of that number, from 0.

    A dose response is the slope of the dose in a model whose participants are all in one arm.
    Intervals as :func:`contrast`.
    """
    asked = np.zeros((1, model.basis.reach.shape[-1]))
    asked[0, model.arms.size + covariate] = 1.0
    empty = (model.sizes.sum(axis=-1) == 0)[..., None]
    return _answer(model, "slope", asked, empty, level)


def arms_p(model: Model) -> Floats:
    """Return the P value of the F test that all arms have one adjusted mean.

    NaN where an arm is empty or the design does not tell the arms apart; 1 with a single arm, and
    where no degree of freedom is left.
    """
    count = model.arms.size
    if count < 2:
        return floats(np.ones(model.df.shape))
    asked = np.zeros((count - 1, model.basis.reach.shape[-1]))
    asked[:, 0], asked[:, 1:count] = -1.0, np.eye(count - 1)
    value, share = _values(model, asked)
    spread = (share * model.scatter[..., None, :]) @ np.swapaxes(share, -1, -2)
    wald = np.einsum("...i,...ij,...j->...", value, np.linalg.pinv(spread, hermitian=True), value)
    df = np.maximum(model.df, 1)
    p = special.fdtrc(count - 1, df, np.maximum(wald, 0) / (count - 1))
    p = np.where(model.flat, (value == 0).all(axis=-1), p)
    unknown = (model.df < 1) | _leaning(model, share).any(axis=-1)
    open_ = ~model.basis.estimable(asked).all(axis=-1) | (model.sizes == 0).any(axis=-1)
    return floats(np.where(open_, np.nan, np.where(unknown, 1.0, p)))


def _solved(
    y: Array,
    rows: Bools,
    columns: Array,
    held: tuple[NDArray[np.int64], Array, Array],
    variance: Variance,
) -> Model:
    arms, means, equal = held
    space = basis(columns, rows)
    # measured from the lowest value, equal values are 0 and not rounding noise
    lowest = np.where(rows, y, np.inf).min(axis=-1, initial=np.inf)
    lowest = np.where(np.isfinite(lowest), lowest, 0.0)
    above = np.where(rows, y - lowest[..., None], 0.0)
    coordinates = np.einsum("...ij,...i->...j", space.axes, above)
    residuals = above - np.einsum("...ij,...j->...i", space.axes, coordinates)
    size = rows.sum(axis=-1)
    df = (size - space.rank).astype(np.float64)
    leverage = (space.axes**2).sum(axis=-1)
    alone = (leverage > _ALONE) & (variance != "model")
    squares = residuals**2
    rest = np.where(alone, 1.0, 1.0 - leverage)
    if variance == "model":
        squares = np.where(rows, squares.sum(axis=-1, keepdims=True), 0.0)
    scale = {"model": 1 / np.maximum(df, 1), "HC1": size / np.maximum(df, 1)}.get(variance)
    if scale is not None:
        squares = squares * scale[..., None]
    squares = squares / rest ** {"HC2": 1, "HC3": 2}.get(variance, 0)
    noise = 1e-12 * above.max(axis=-1, initial=0.0) * np.sqrt(np.maximum(size, 1))
    return Model(
        arms=arms,
        sizes=columns[..., : arms.size].sum(axis=-2),
        observed=means[..., arms.size :],
        equal=equal,
        basis=space,
        lowest=lowest,
        above=above,
        df=df,
        scatter=np.where(alone, 0.0, squares),
        alone=alone,
        flat=np.sqrt((residuals**2).sum(axis=-1)) <= noise,
        variance=variance,
    )


def _values(model: Model, asked: Array) -> tuple[Array, Array]:
    """Return the contrasts (..., m) above the lowest value, and each participant's share in them.

    Where nothing varies, differences that are rounding noise are 0.
    """
    share = asked @ model.basis.back @ np.swapaxes(model.basis.axes, -1, -2)
    value = (share * model.above[..., None, :]).sum(axis=-1)
    noise = 1e-9 * model.above.max(axis=-1, initial=0.0)
    nothing = model.flat[..., None] & (np.abs(value) <= noise[..., None])
    return np.where(nothing, 0.0, value), share


def _leaning(model: Model, share: Array) -> Bools:
    """Return which contrasts rest on a participant whose variance is unknown."""
    return np.asarray((model.alone[..., None, :] & (np.abs(share) > 1e-9)).any(axis=-1))


def _answer(
    model: Model, measure: str, asked: Array, empty: Bools, level: float, *, means: bool = False
) -> Estimate:
    critical_value(level)  # refuses an impossible level
    value, share = _values(model, asked)
    se = np.sqrt((share**2 * model.scatter[..., None, :]).sum(axis=-1))
    flat = np.broadcast_to(model.flat[..., None], value.shape)
    df = model.df[..., None]
    few = (df < 1) | _leaning(model, share)
    if means:
        value = value + model.lowest[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(flat, 0.0, special.stdtrit(np.maximum(df, 1), 0.5 + level / 2) * se)
        tested = 2 * special.stdtr(np.maximum(df, 1), -np.abs(value) / se)
    p = np.where(flat, value == 0, tested)
    half, p = np.where(few, np.inf, half), np.where(few, 1.0, p)
    hidden = ~np.broadcast_to(model.basis.estimable(asked), value.shape)
    said = notes(
        (np.broadcast_to(empty, value.shape), EMPTY_ARM),
        (hidden, NOT_ESTIMABLE),
        (few, TOO_FEW),
        (flat, NO_SPREAD),
    )
    numbers = (value, value - half, value + half, p)
    shown = (np.where(empty | hidden, np.nan, number) for number in numbers)
    pick = np.s_[...] if means else np.s_[..., 0]
    mean, low, high, p_value = (floats(number[pick]) for number in shown)
    method = f"ANCOVA, {model.variance} variance, t interval and P"
    return Estimate(measure, mean, low, high, level, p_value, method, np.asarray(said)[pick][()])
