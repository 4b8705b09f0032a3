"""Adjusted P values for a family of hypotheses; reject where they are at most alpha.

Each function takes P values ``(..., hypotheses)``, in the order of the family, and returns the
adjusted ones in the same order. Leading axes are trials. Raises InputError for what is no P value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are used: some take long
from numpy.typing import ArrayLike, NDArray
from scipy import special

from equipoise.analysis.estimators.estimate import Floats, critical_value, floats
from equipoise.errors import InputError

Array = NDArray[np.float64]

_ROUNDING = 1e-12
_OUT_OF_REACH = 1e300
_NODES = 160  # Gauss-Legendre: critical values are right to 1e-10
_REACH = 8.5  # standard deviations


def bonferroni(p: ArrayLike) -> Array:
    """Return P values times their number, at most 1.

    Dunn OJ. J Am Stat Assoc 1961;56:52-64, doi:10.1080/01621459.1961.10482090.
    """
    values = _checked(p)
    return np.asarray(np.minimum(values * values.shape[-1], 1.0))


def holm(p: ArrayLike) -> Array:
    """Return step-down adjusted P values, valid under any dependence.

    Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.
    """
    values = _checked(p)
    order = np.argsort(values, axis=-1)
    rising = np.take_along_axis(values, order, axis=-1) * np.arange(values.shape[-1], 0, -1)
    return _restored(np.minimum(np.maximum.accumulate(rising, axis=-1), 1.0), order)


def hochberg(p: ArrayLike) -> Array:
    """Return step-up adjusted P values, valid under independence or positive dependence.

    Hochberg Y. Biometrika 1988;75:800-802, doi:10.1093/biomet/75.4.800.
    """
    values = _checked(p)
    order = np.argsort(values, axis=-1)[..., ::-1]
    falling = np.take_along_axis(values, order, axis=-1) * np.arange(1, values.shape[-1] + 1)
    return _restored(np.minimum(np.minimum.accumulate(falling, axis=-1), 1.0), order)


def fixed_sequence(p: ArrayLike) -> Array:
    """Return each P value or the largest before it: the family is tested in its order.

    Westfall PH, Krishen A. J Stat Plan Inference 2001;99:25-40,
    doi:10.1016/S0378-3758(01)00077-5.
    """
    return np.asarray(np.maximum.accumulate(_checked(p), axis=-1))


def hommel(p: ArrayLike) -> Array:
    """Return adjusted P values of the closed Simes test; conditions as for Hochberg, more power.

    Hommel G. Biometrika 1988;75:383-386, doi:10.1093/biomet/75.2.383; algorithm: Wright SP.
    Biometrics 1992;48:1005-1013, doi:10.2307/2532694.
    """
    values = _checked(p)
    size = values.shape[-1]
    order = np.argsort(values, axis=-1)
    rising = np.take_along_axis(values, order, axis=-1)
    adjusted = np.broadcast_to(_simes(rising)[..., None], rising.shape).copy()
    for m in range(size - 1, 1, -1):  # the largest m - 1 of them, and one of the others
        among = np.min(m * rising[..., size - m + 1 :] / np.arange(2, m + 1), axis=-1)[..., None]
        first = np.minimum(m * rising[..., : size - m + 1], among)
        rest = np.broadcast_to(first[..., -1:], (*rising.shape[:-1], m - 1))
        adjusted = np.maximum(adjusted, np.concatenate([first, rest], axis=-1))
    return _restored(np.maximum(adjusted, rising), order)


def benjamini_hochberg(p: ArrayLike) -> Array:
    """Return P values adjusted for the false discovery rate, as for many safety terms.

    Valid under independence or positive dependence. Benjamini Y, Hochberg Y. J R Stat Soc B
    1995;57:289-300, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    values = _checked(p)
    size = values.shape[-1]
    order = np.argsort(values, axis=-1)[..., ::-1]
    scaled = np.take_along_axis(values, order, axis=-1) * size / np.arange(size, 0, -1)
    return _restored(np.minimum(np.minimum.accumulate(scaled, axis=-1), 1.0), order)


def benjamini_yekutieli(p: ArrayLike) -> Array:
    """Return P values adjusted for the false discovery rate under any dependence.

    Benjamini Y, Yekutieli D. Ann Stat 2001;29:1165-1188, doi:10.1214/aos/1013699998.
    """
    values = _checked(p)
    harmonic = (1.0 / np.arange(1, values.shape[-1] + 1)).sum()
    size = values.shape[-1]
    order = np.argsort(values, axis=-1)[..., ::-1]
    scaled = np.take_along_axis(values, order, axis=-1) * harmonic * size / np.arange(size, 0, -1)
    return _restored(np.minimum(np.minimum.accumulate(scaled, axis=-1), 1.0), order)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Who may spend how much of alpha, and where it goes once a hypothesis is rejected.

    ``weights`` ``(hypotheses,)`` are the shares of alpha at the start, at most 1 together;
    ``transitions`` ``(hypotheses, hypotheses)``: row j says which part of its share hypothesis j
    hands to each other, at most 1 together, nothing to itself. Raises InputError otherwise.
    """

    weights: Array
    transitions: Array

    def __post_init__(self) -> None:
        """Refuse a graph that would spend more than alpha."""
        weights = np.asarray(self.weights, dtype=np.float64)
        transitions = np.asarray(self.transitions, dtype=np.float64)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "transitions", transitions)
        if weights.ndim != 1 or transitions.shape != (weights.size, weights.size):
            raise _fault(
                f"{weights.shape} weights do not go with {transitions.shape} transitions",
                "Give one weight for each hypothesis, and a row and a column of transitions.",
            )
        if not (np.all(weights >= 0) and weights.sum() <= 1 + _ROUNDING):
            raise _fault("the weights are more than 1, or one is negative", "Share out alpha once.")
        spent = transitions.sum(axis=1)
        if not (np.all(transitions >= 0) and np.all(spent <= 1 + _ROUNDING)):
            raise _fault(
                "a row of transitions is more than 1, or one is negative",
                "Let each hypothesis hand on at most what it has.",
            )
        if np.any(np.diag(transitions) != 0):
            raise _fault("a hypothesis hands alpha to itself", "Put 0 on the diagonal.")


def graphical(p: ArrayLike, graph: Graph) -> Array:
    """Return adjusted P values of the sequentially rejective weighted Bonferroni test of ``graph``.

    Bretz F, Maurer W, Brannath W, Posch M. Stat Med 2009;28:586-604, doi:10.1002/sim.3495,
    algorithms 1 and 2. Valid under any dependence. What no alpha can reach gets 1.
    """
    values = _checked(p)
    size = values.shape[-1]
    if graph.weights.size != size:
        raise _fault(f"it has {graph.weights.size} hypotheses, not {size}", "Give one P for each.")
    flat = values.reshape(-1, size)
    trials = np.arange(len(flat))
    weights = np.tile(graph.weights, (len(flat), 1))
    links = np.tile(graph.transitions, (len(flat), 1, 1))
    adjusted, largest = np.ones_like(flat), np.zeros(len(flat))
    is_open = np.ones(flat.shape, dtype=bool)
    for _ in range(size):
        # Out of reach: more than any P over its weight, yet before those that are closed.
        ratio = np.where(is_open, _OUT_OF_REACH, np.inf)
        np.divide(flat, weights, out=ratio, where=is_open & (weights > _ROUNDING))
        chosen = np.argmin(ratio, axis=1)
        largest = np.minimum(np.maximum(largest, ratio[trials, chosen]), 1.0)
        adjusted[trials, chosen] = largest
        is_open[trials, chosen] = False
        weights, links = _handed_on(weights, links, chosen)
    return adjusted.reshape(values.shape)


def holm_graph(size: int) -> Graph:
    """Return the graph of Holm's procedure: equal shares, handed on in equal parts."""
    return Graph(np.full(size, 1.0 / size), _equal_parts(np.ones((size, size)) - np.eye(size)))


def fixed_sequence_graph(size: int) -> Graph:
    """Return the graph of the fixed sequence: all of alpha goes from each to the next."""
    return Graph(np.eye(size)[0], np.eye(size, k=1))


def parallel_gate(gate: Sequence[int], behind: Sequence[int]) -> Graph:
    """Return the graph of parallel gatekeeping over the numbers of hypotheses from 0.

    Each of ``gate`` has an equal share and hands it, once rejected, in equal parts to those
    ``behind``, which hand theirs to each other. Dmitrienko A, Offen WW, Westfall PH. Stat Med
    2003;22:2387-2400, doi:10.1002/sim.1526; as a graph: Bretz et al. 2009, section 3.
    """
    _check_family([*gate, *behind])
    size = len(gate) + len(behind)
    shares, allowed = np.zeros(size), np.zeros((size, size))
    shares[list(gate)] = 1.0 / max(len(gate), 1)
    allowed[:, list(behind)] = 1.0
    np.fill_diagonal(allowed, 0.0)
    return Graph(shares, _equal_parts(allowed))


def serial_gatekeeping(p: ArrayLike, families: Sequence[Sequence[int]]) -> Array:
    """Return adjusted P values where a family is tested once all of the one before are rejected.

    ``families`` are numbers of hypotheses from 0, each once; Holm's procedure within a family.
    Westfall PH, Krishen A. J Stat Plan Inference 2001;99:25-40,
    doi:10.1016/S0378-3758(01)00077-5.
    """
    values = _checked(p)
    if _check_family([at for family in families for at in family]) != values.shape[-1]:
        raise _fault("the families leave out a hypothesis, or have too many", "Name each once.")
    adjusted = np.empty_like(values)
    gate = np.zeros(values.shape[:-1])
    for family in families:
        within = np.maximum(holm(values[..., list(family)]), gate[..., None])
        adjusted[..., list(family)] = within
        gate = within.max(axis=-1, initial=0.0)
    return adjusted


def dunnett_p(t: ArrayLike, n: ArrayLike, n_ref: int, df: float) -> Array:
    """Return two-sided P values of several arms against one reference, adjusted for their number.

    ``t`` ``(..., arms)`` are the t statistics with a common variance on ``df`` degrees of freedom
    (infinite: known variance), ``n`` ``(arms,)`` and ``n_ref`` the participants. P is the chance
    that any of them would be as large. Dunnett CW. J Am Stat Assoc 1955;50:1096-1121,
    doi:10.1080/01621459.1955.10501294.
    """
    sizes = np.asarray(n, dtype=np.float64)
    statistics = np.asarray(t, dtype=np.float64)
    if sizes.ndim != 1 or statistics.ndim == 0 or statistics.shape[-1] != sizes.size:
        raise InputError("Dunnett", "there is not one t for each arm", "Give one t and n an arm.")
    inside = _dunnett(np.abs(statistics).ravel(), _loadings(sizes, n_ref, df), df)
    return np.asarray(np.clip(1.0 - inside, 0.0, 1.0).reshape(statistics.shape))


def dunnett_critical(n: ArrayLike, n_ref: int, df: float, *, level: float = 0.95) -> Floats:
    """Return the two-sided critical value of :func:`dunnett_p`; it bounds simultaneous intervals.

    The intervals of all arms together hold with probability ``level``: difference plus and minus
    this value times its standard error.
    """
    loadings = _loadings(np.asarray(n, dtype=np.float64), n_ref, df)
    least = critical_value(level)  # refuses an impossible level
    top = special.stdtrit(df, 1 - (1 - level) / 2 / loadings.size) if np.isfinite(df) else 2 * least
    return floats(
        scipy.optimize.brentq(
            lambda c: float(_dunnett(np.array([c]), loadings, df)[0]) - level,
            least * 0.99,
            float(top) * 1.01 + 2.0,
            xtol=1e-12,
        )
    )


def _loadings(sizes: Array, n_ref: int, df: float) -> Array:
    """Return each arm's share in the reference's error: their products are the correlations."""
    if not (sizes.size and np.all(sizes > 0) and n_ref > 0 and df > 0):
        raise InputError("Dunnett", "an arm or the degrees of freedom are 0", "Leave them out.")
    return np.asarray(np.sqrt(sizes / (sizes + n_ref)))


def _dunnett(c: Array, loadings: Array, df: float) -> Array:
    """Return P(no |T| exceeds c), for each ``c``: over the reference's error and the variance."""
    nodes, parts = np.polynomial.legendre.leggauss(_NODES)
    z, dz = _REACH * nodes, _REACH * parts * np.exp(-((_REACH * nodes) ** 2) / 2)
    dz /= np.sqrt(2 * np.pi)
    if np.isfinite(df):  # s = sqrt(chi2 / df)
        low, high = np.sqrt(special.chdtri(df, [1 - 1e-15, 1e-15]) / df)
        s = (high + low) / 2 + (high - low) / 2 * nodes
        log_density = df * np.log(s) - df * s**2 / 2 + df / 2 * np.log(df / 2)
        log_density += np.log(2) - special.gammaln(df / 2) - np.log(s)
        ds = (high - low) / 2 * parts * np.exp(log_density)
    else:
        s, ds = np.ones(1), np.ones(1)
    rest = np.sqrt(1 - loadings**2)
    found = np.empty(c.size)
    for at, bound in enumerate(c):
        inside = np.ones((s.size, z.size))
        for load, own in zip(loadings, rest, strict=True):
            reach = bound * s[:, None]
            inside *= special.ndtr((reach + load * z) / own) - special.ndtr(
                (load * z - reach) / own
            )
        found[at] = ds @ inside @ dz
    return found


def _simes(rising: Array) -> Array:
    size = rising.shape[-1]
    return np.asarray(np.min(size * rising / np.arange(1, size + 1), axis=-1))


def _handed_on(weights: Array, links: Array, chosen: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return weights and transitions after the chosen hypothesis of each trial is rejected."""
    trials = np.arange(len(weights))
    out, into = links[trials, chosen], links[trials, :, chosen]
    gained = weights + weights[trials, chosen][:, None] * out
    loop = (into * out)[:, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        through = (links + into[:, :, None] * out[:, None, :]) / (1 - loop)
    through = np.where(loop < 1 - _ROUNDING, through, 0.0)
    through[:, np.arange(weights.shape[1]), np.arange(weights.shape[1])] = 0.0
    through[trials, chosen] = 0.0
    through[trials, :, chosen] = 0.0
    gained[trials, chosen] = 0.0
    return gained, through


def _equal_parts(allowed: Array) -> Array:
    return np.asarray(allowed / np.maximum(allowed.sum(axis=1, keepdims=True), 1.0))


def _check_family(numbers: Sequence[int]) -> int:
    """Return how many there are; raise InputError unless they are 0, 1, ... in some order."""
    if sorted(numbers) != list(range(len(numbers))):
        raise _fault("a hypothesis is named twice or not at all", "Number them from 0, each once.")
    return len(numbers)


def _fault(what: str, todo: str) -> InputError:
    return InputError("graph of hypotheses", what, todo)


def _checked(p: ArrayLike) -> Array:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim == 0 or not np.all((values >= 0) & (values <= 1)):
        raise InputError(
            "P values",
            "a list of numbers from 0 to 1 is needed",
            "Leave out what is not estimable.",
        )
    return values


def _restored(adjusted: Array, order: NDArray[np.intp]) -> Array:
    back = np.empty_like(adjusted)
    np.put_along_axis(back, order, adjusted, axis=-1)
    return back
