"""Group-sequential designs: boundaries, what they cost, and inference after stopping.

Statistics Z_1 to Z_K at information fractions t_1 < ... < t_K = 1 have the canonical joint normal
law: Z_k has mean ``drift`` * sqrt(t_k) and B_k = Z_k sqrt(t_k) independent increments of variance
t_k - t_(k-1) (Jennison C, Turnbull BW. Group Sequential Methods. Chapman & Hall 2000, section
3.1). ``drift`` is the mean of the statistic at full information. Probabilities come from their
recursive integration (Armitage P, McPherson CK, Rowe BC. J R Stat Soc A 1969;132:235-244,
doi:10.2307/2343787), by Gauss-Legendre quadrature, which is exact here to about 1e-12.

The upper boundary is for efficacy. A lower boundary, where there is one, is for futility; with two
sides the lower one mirrors the upper and is for harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import NDArray
from scipy import special

from equipoise.errors import InputError

Array = NDArray[np.float64]
Spend = Callable[[float, float], float]
"""Error spent by information fraction t, of a total: ``spend(t, total)``."""

_NODES = 200
_FAR = 9.0  # standard deviations beyond which nothing is left to integrate


def obrien_fleming_type(t: float, total: float) -> float:
    """Return the error spent by ``t``: little early. Lan KKG, DeMets DL. Biometrika 1983;70:659.

    doi:10.2307/2336502. 2 - 2 Phi(z(1 - total/2) / sqrt(t)).
    """
    return float(2 * special.ndtr(-special.ndtri(1 - total / 2) / np.sqrt(t))) if t > 0 else 0.0


def pocock_type(t: float, total: float) -> float:
    """Return the error spent by ``t``: evenly. Lan and DeMets 1983: total log(1 + (e - 1) t)."""
    return float(total * np.log1p((np.e - 1) * t))


def hwang_shih_decani(gamma: float) -> Spend:
    """Return the spending total (1 - exp(-gamma t)) / (1 - exp(-gamma)).

    Hwang IK, Shih WJ, De Cani JS. Stat Med 1990;9:1439-1445, doi:10.1002/sim.4780091207.
    """

    def spend(t: float, total: float) -> float:
        return float(total * (t if gamma == 0 else np.expm1(-gamma * t) / np.expm1(-gamma)))

    return spend


def kim_demets(power: float) -> Spend:
    """Return the spending total t**power, power > 0.

    Kim K, DeMets DL. Biometrika 1987;74:149-154, doi:10.2307/2336029.
    """

    def spend(t: float, total: float) -> float:
        return float(total * t**power)

    return spend


@dataclass(frozen=True)
class Boundaries:
    """Limits of Z at each look. With ``lower`` of -inf there is no stopping for futility.

    ``binding``: whether the upper limits rely on stopping below the lower ones.
    ``drift`` is that for which the design has its power, None when no power was asked for.
    """

    information: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]
    sides: Literal[1, 2]
    alpha: float
    binding: bool = False
    drift: float | None = None

    @property
    def nominal_p(self) -> Array:
        """One-sided nominal P value at each look below which the trial stops for efficacy."""
        return np.asarray(special.ndtr(-np.array(self.upper)))

    def alpha_spent(self) -> Array:
        """Return the cumulative type I error at each look, of all sides."""
        lower = np.array(self.lower) if self.binding else np.full(len(self.upper), -np.inf)
        if self.sides == 2:
            lower = -np.array(self.upper)
        up, down = crossing(self.information, self.upper, lower, 0.0)
        return np.cumsum(up + down if self.sides == 2 else up)


@dataclass(frozen=True)
class Performance:
    """What a design does under a drift: chances of stopping at each look, and the mean information.

    ``efficacy`` and ``futility`` (harm, with two sides) are per look; ``power`` is their sum where
    the null hypothesis is rejected.
    """

    efficacy: Array
    futility: Array
    power: float
    mean_information: float


def _check(information: Sequence[float], alpha: float) -> tuple[float, ...]:
    t = tuple(float(each) for each in information)
    if not t or t[0] <= 0 or abs(t[-1] - 1) > 1e-9 or any(b <= a for a, b in pairwise(t)):
        raise InputError(
            "looks",
            f"{', '.join(f'{each:g}' for each in t)} do not rise from above 0 to 1",
            "Give the information fraction of each look, the last one 1.",
        )
    if not 0 < alpha < 0.5:
        raise InputError("alpha", f"{alpha} is not between 0 and 0.5", "Give 0.025 or so.")
    return (*t[:-1], 1.0)


@cache
def _legendre() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


class _Path:
    """The law of the statistic among trials that went on, look by look."""

    def __init__(self, drift: float, t: float = 0.0, z: float = 0.0) -> None:
        self._drift, self._t = drift, t
        self._u, self._mass = np.array([z * np.sqrt(t)]), np.array([1.0])

    def beyond(self, t: float, z: float) -> float:
        """Return the chance of going on so far and then having Z(t) >= z."""
        return float(self._mass @ special.ndtr(self._shift(t, z)))

    def below(self, t: float, z: float) -> float:
        """Return the chance of going on so far and then having Z(t) <= z."""
        return float(self._mass @ special.ndtr(-self._shift(t, z)))

    def _shift(self, t: float, z: float) -> Array:
        step = t - self._t
        if not np.isfinite(z):
            return np.full(len(self._u), -np.inf if z > 0 else np.inf)
        return np.asarray((self._u + self._drift * step - z * np.sqrt(t)) / np.sqrt(step))

    def go_on(self, t: float, low: float, high: float) -> None:
        """Go on to ``t`` with those whose Z(t) lies between ``low`` and ``high``."""
        mean = self._drift * np.sqrt(t)
        low, high = max(low, mean - _FAR), min(high, mean + _FAR)
        step, nodes_weights = t - self._t, _legendre()
        half = max(0.0, (high - low) / 2)
        z = (high + low) / 2 + half * nodes_weights[0]
        u = z * np.sqrt(t)
        gap = (u[:, None] - self._u - self._drift * step) / np.sqrt(step)
        density = np.exp(-0.5 * gap * gap) @ self._mass * np.sqrt(t / (2 * np.pi * step))
        self._u, self._mass, self._t = u, density * nodes_weights[1] * half, t


def crossing(
    information: Sequence[float],
    upper: Sequence[float] | Array,
    lower: Sequence[float] | Array,
    drift: float,
    *,
    start: tuple[float, float] = (0.0, 0.0),
) -> tuple[Array, Array]:
    """Return the chances of crossing each upper and each lower limit first, at each look.

    ``start`` is the information and the statistic from which the trial goes on.
    """
    path = _Path(drift, *start)
    up, down = [], []
    for t, high, low in zip(information, upper, lower, strict=True):
        up.append(path.beyond(t, high))
        down.append(path.below(t, low))
        path.go_on(t, low, high)
    return np.array(up), np.array(down)


def spending(
    information: Sequence[float], alpha: float, spend: Spend, *, sides: Literal[1, 2] = 1
) -> Boundaries:
    """Return the efficacy limits that spend ``alpha`` by ``spend``, without futility.

    With two sides ``alpha`` is that of both, and each spends its half.
    Raises InputError for looks that do not rise to 1 or an impossible ``alpha``.
    """
    t = _check(information, alpha / sides)
    upper = _efficacy(t, alpha / sides, spend, np.full(len(t), -np.inf), sides)
    return Boundaries(t, upper, _lower(upper, sides), sides, alpha)


def _lower(upper: Sequence[float], sides: int) -> tuple[float, ...]:
    return tuple(-each if sides == 2 else -np.inf for each in upper)


def _efficacy(
    t: Sequence[float], alpha: float, spend: Spend, lower: Array, sides: int
) -> tuple[float, ...]:
    path, upper, before = _Path(0.0), [], 0.0
    for look, low in zip(t, lower, strict=True):
        spent = spend(look, alpha)
        high = _limit(path.beyond, look, spent - before)
        upper.append(high)
        path.go_on(look, -high if sides == 2 else low, high)
        before = spent
    return tuple(upper)


def _limit(chance: Callable[[float, float], float], t: float, wanted: float) -> float:
    if wanted < 1e-15:
        return float(np.inf)
    ends = {z: chance(t, z) for z in (-_FAR, _FAR)}
    if max(ends.values()) <= wanted:  # no more go on than must stop
        return max(ends, key=lambda z: ends[z])
    return float(scipy.optimize.brentq(lambda z: chance(t, z) - wanted, -_FAR, _FAR, xtol=1e-13))


def family(
    information: Sequence[float],
    alpha: float,
    shape: Literal["O'Brien-Fleming", "Pocock", "Wang-Tsiatis", "Haybittle-Peto"],
    *,
    delta: float = 0.25,
    early: float = 3.0,
    sides: Literal[1, 2] = 1,
) -> Boundaries:
    """Return the limits of a classical family, its constant found for ``alpha``.

    c / sqrt(t): O'Brien PC, Fleming TR. Biometrics 1979;35:549-556, doi:10.2307/2530245.
    c: Pocock SJ. Biometrika 1977;64:191-199, doi:10.2307/2335684.
    c t**(delta - 1/2): Wang SK, Tsiatis AA. Biometrics 1987;43:193-199, doi:10.2307/2531959.
    ``early`` before the last look, then c: Haybittle JL. Br J Radiol 1971;44:793-797; Peto R et
    al. Br J Cancer 1976;34:585-612, doi:10.1038/bjc.1976.220.
    """
    looks = _check(information, alpha / sides)
    t = np.array(looks)
    exponent = {"O'Brien-Fleming": -0.5, "Pocock": 0.0, "Wang-Tsiatis": delta - 0.5}

    def limits(c: float) -> tuple[float, ...]:
        if shape == "Haybittle-Peto":
            return (*[early] * (len(looks) - 1), c)
        return tuple(c * t ** exponent[shape])

    def excess(c: float) -> float:
        high = limits(c)
        up, _ = crossing(looks, high, _lower(high, sides), 0.0)
        return float(np.sum(up)) - alpha / sides

    upper = limits(scipy.optimize.brentq(excess, 0.1, _FAR, xtol=1e-13))
    return Boundaries(looks, upper, _lower(upper, sides), sides, alpha)


def powered(design: Boundaries, power: float) -> Boundaries:
    """Return the design with the drift at which it rejects with chance ``power``."""

    def shortfall(drift: float) -> float:
        return performance(design, drift).power - power

    drift = float(scipy.optimize.brentq(shortfall, 0.0, 20.0, xtol=1e-12))
    return Boundaries(
        design.information, design.upper, design.lower, design.sides, design.alpha,
        design.binding, drift,
    )  # fmt: skip


def with_futility(
    information: Sequence[float],
    alpha: float,
    power: float,
    spend: Spend,
    spend_beta: Spend,
    *,
    binding: bool = False,
) -> Boundaries:
    """Return one-sided limits for efficacy and futility that meet at the last look.

    The chance of stopping for futility by t under the alternative is ``spend_beta(t, 1 - power)``
    (Pampallona S, Tsiatis AA, Kim K. Drug Inf J 2001;35:1113-1121,
    doi:10.1177/009286150103500408). Not binding: the efficacy limits hold whether or not the
    trial stops for futility.
    """
    t = _check(information, alpha)
    beta = 1 - power

    def limits(drift: float) -> tuple[list[float], list[float], float]:
        null, alternative = _Path(0.0), _Path(drift)
        upper: list[float] = []
        lower: list[float] = []
        spent_a = spent_b = 0.0
        for look in t[:-1]:
            upper.append(_limit(null.beyond, look, spend(look, alpha) - spent_a))
            low = _limit(alternative.below, look, spend_beta(look, beta) - spent_b)
            lower.append(-np.inf if low == np.inf else min(low, upper[-1]))
            spent_a, spent_b = spend(look, alpha), spend_beta(look, beta)
            null.go_on(look, lower[-1] if binding else -np.inf, upper[-1])
            alternative.go_on(look, lower[-1], upper[-1])
        upper.append(_limit(null.beyond, 1.0, alpha - spent_a))
        return upper, lower, spent_b + alternative.below(1.0, upper[-1]) - beta

    fixed = float(special.ndtri(1 - alpha) + special.ndtri(power))
    drift = float(
        scipy.optimize.brentq(lambda d: limits(d)[2], fixed * 0.9, fixed * 1.8, xtol=1e-12)
    )
    upper, lower, _ = limits(drift)
    return Boundaries(t, tuple(upper), (*lower, upper[-1]), 1, alpha, binding, drift)


def performance(design: Boundaries, drift: float) -> Performance:
    """Return what ``design`` does when the statistic's mean at full information is ``drift``."""
    up, down = crossing(design.information, design.upper, design.lower, drift)
    stops = up + down
    stops[-1] = 1 - np.sum(stops[:-1])
    power = float(np.sum(up) + (np.sum(down) if design.sides == 2 else 0.0))
    return Performance(up, down, power, float(stops @ np.array(design.information)))


def inflation(design: Boundaries, power: float) -> float:
    """Return the maximum information relative to a trial of one look with the same power."""
    if design.drift is None:
        design = powered(design, power)
    assert design.drift is not None
    one_look = special.ndtri(1 - design.alpha / design.sides) + special.ndtri(power)
    return float((design.drift / one_look) ** 2)
