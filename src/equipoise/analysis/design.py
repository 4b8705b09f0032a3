"""What a trial of this size can find: its planning assumption, turned into power and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from equipoise.analysis.estimators.power import (
    means_power,
    proportions_power,
    rank_power,
    size,
    with_attrition,
)
from equipoise.analysis.methods import run
from equipoise.analysis.sample import Sample
from equipoise.chance import Chance
from equipoise.errors import InputError
from equipoise.protocol.estimand import Endpoint
from equipoise.protocol.parts import Protocol
from equipoise.protocol.planning import Planning

Array = NDArray[np.float64]

HOPELESS = 0.5
"""Below this power a true effect is missed more often than found."""

TRIALS = 2000


@dataclass(frozen=True)
class Simulated:
    """The share of simulated trials in which the planned method finds the effect."""

    power: float
    trials: int

    @property
    def error(self) -> float:
        """The Monte Carlo standard error of the power."""
        return sqrt(self.power * (1 - self.power) / self.trials)


@dataclass(frozen=True)
class Outlook:
    """One planning assumption at a number of participants.

    ``analysed`` are those with an outcome, in the arm and in the reference. ``needed`` is the
    number to randomize for the power wanted, both arms together; ``detectable`` the outcome of the
    arm at which this trial has that power, None when there is none. ``sizes`` and ``powers`` are
    a curve over randomized participants; ``simulated`` None when the method needs more than the
    assumption says.
    """

    planning: Planning
    participants: int
    analysed: tuple[int, int]
    power: float
    needed: int
    detectable: float | None
    sizes: Array
    powers: Array
    simulated: Simulated | None

    @property
    def hopeless(self) -> bool:
        """Whether the trial misses the assumed effect more often than it finds it."""
        return self.power < HOPELESS


def outlook(
    protocol: Protocol, planning: Planning, participants: int, *, seed: int = 0,
    trials: int = TRIALS,
) -> Outlook:  # fmt: skip
    """Return what ``participants`` can find under ``planning``, and what they cannot.

    They are shared over the two arms compared by the ratio of the allocation. Power is that of the
    normal or t approximation for the kind of endpoint; ``trials`` simulated trials (0: none) check
    it by the planned method. Raises :class:`InputError` when the assumption fits no endpoint.
    """
    endpoint = _endpoint(protocol, planning)
    if participants < 4:
        raise InputError("participants", f"{participants} are no trial", "Give 4 or more.")
    ratio = _ratio(protocol, endpoint)
    power_at = _power(endpoint, planning)
    analysed = _split(participants, ratio, planning.attrition)
    per_reference = size(lambda n, m: power_at(planning.arm, n, m), planning.power, ratio=ratio)
    needed = with_attrition(per_reference * (1 + ratio), planning.attrition)
    sizes = np.unique(np.linspace(10, 1.25 * max(needed, participants), 120).round())
    return Outlook(
        planning=planning,
        participants=participants,
        analysed=analysed,
        power=float(power_at(planning.arm, *map(np.array, analysed))),
        needed=needed,
        detectable=_detectable(power_at, endpoint, planning, analysed),
        sizes=sizes,
        powers=power_of(protocol, planning, sizes),
        simulated=simulated_power(endpoint, planning, analysed, seed, trials) if trials else None,
    )


def power_of(protocol: Protocol, planning: Planning, randomized: Array) -> Array:
    """Return the power for each number of randomized participants."""
    endpoint = _endpoint(protocol, planning)
    ratio, left = _ratio(protocol, endpoint), randomized * (1 - planning.attrition)
    n, n_ref = left * ratio / (1 + ratio), left / (1 + ratio)
    return _power(endpoint, planning)(planning.arm, n, n_ref)


PowerAt = Callable[[float, Array, Array], Array]
"""Power for an outcome of the arm, and numbers analysed in arm and reference."""


def _power(endpoint: Endpoint, planning: Planning) -> PowerAt:
    alpha, reference = planning.alpha, planning.reference
    if endpoint.of_events:
        return lambda arm, n, m: proportions_power(arm, reference, n, m, alpha=alpha)
    sd = planning.sd or 1.0
    if endpoint.estimand.summary in ("median difference", "win probability"):

        def by_ranks(arm: float, n: Array, m: Array) -> Array:
            wins = float(special.ndtr((arm - reference) / (sd * sqrt(2))))
            return rank_power(wins, n, m, alpha=alpha)

        return by_ranks
    return lambda arm, n, m: means_power(arm - reference, sd, n, m, alpha=alpha)


def _endpoint(protocol: Protocol, planning: Planning) -> Endpoint:
    found = protocol.all_endpoints().get(planning.endpoint)
    if found is None:
        raise InputError(
            f"endpoint '{planning.endpoint}'",
            f"is not in the protocol of {protocol.study}",
            f"Use one of {', '.join(protocol.all_endpoints())}.",
        )
    if found.of_events and not (0 <= planning.arm <= 1 and 0 <= planning.reference <= 1):
        raise InputError(
            f"endpoint '{planning.endpoint}'", "counts people, and is assumed to be no share",
            "Give 0.3 for 30 %.",
        )  # fmt: skip
    if not found.of_events and planning.sd is None:
        raise InputError(
            f"endpoint '{planning.endpoint}'", "is a measurement whose spread is not given",
            "Give the standard deviation within an arm.",
        )  # fmt: skip
    return found


def _ratio(protocol: Protocol, endpoint: Endpoint) -> float:
    allocation = protocol.root.allocation
    ratio = allocation.ratio if allocation else {}
    arm, reference = endpoint.estimand.compare
    return ratio.get(arm, 1) / ratio.get(reference, 1)


def _split(participants: int, ratio: float, attrition: float) -> tuple[int, int]:
    arm = floor(participants * ratio / (1 + ratio))
    kept = 1 - attrition
    return floor(arm * kept + 1e-9), floor((participants - arm) * kept + 1e-9)


def _detectable(
    power_at: PowerAt, endpoint: Endpoint, planning: Planning, analysed: tuple[int, int]
) -> float | None:
    """Return the arm's outcome, on the assumed side, at which the power is as wanted."""
    n, m = map(np.array, analysed)
    reference = planning.reference
    side = 1.0 if planning.arm >= reference else -1.0
    if endpoint.of_events:
        room = 1 - reference if side > 0 else reference
    else:
        room = 100 * (planning.sd or 1.0)

    def shortfall(step: float) -> float:
        return float(power_at(reference + side * step, n, m)) - planning.power

    if room <= 0 or shortfall(room) < 0:
        return None
    return float(reference + side * optimize.brentq(shortfall, 1e-9, room, xtol=1e-9))


def simulated_power(
    endpoint: Endpoint, planning: Planning, analysed: tuple[int, int], seed: int, trials: int
) -> Simulated | None:
    """Return how often the planned method finds the assumed effect, outcomes drawn independently.

    Event counts are binomial, measurements normal. None for a repeated measure, and for a method
    with covariates or strata: of those the assumption says nothing.
    """
    procedure = endpoint.analysis
    if endpoint.variable.over == "each" or procedure.adjust_for or procedure.stratify_by:
        return None
    values = np.concatenate(
        [
            _outcomes(endpoint, outcome, planning.sd, (seed, trials, n), arm)
            for arm, (outcome, n) in enumerate(
                zip((planning.arm, planning.reference), analysed, strict=True)
            )
        ],
        axis=-1,
    )
    sample = Sample(
        values=values,
        treated=np.broadcast_to(np.arange(sum(analysed)) < analysed[0], values.shape),
        included=np.ones(values.shape, dtype=bool),
    )
    found = run(sample, procedure)
    assert not isinstance(found, list)  # not a repeated measure
    return Simulated(float(np.mean(np.asarray(found.p_value) <= planning.alpha)), trials)


def _outcomes(
    endpoint: Endpoint, outcome: float, sd: float | None, draw: tuple[int, int, int], arm: int
) -> Array:
    """Return outcomes of one arm, shape (trials, n): of events, those who have one come first."""
    seed, trials, n = draw
    chances = [Chance(seed, trial) for trial in range(trials)]
    if endpoint.of_events:
        uniforms = np.array([chance.uniform(arm, "planned events", 0) for chance in chances])
        events = stats.binom.ppf(uniforms, n, outcome)
        return np.asarray(np.arange(n) < events[:, None], dtype=np.float64)
    normals = [[chance.normal(arm, "planned outcome", i) for i in range(n)] for chance in chances]
    return outcome + (sd or 1.0) * np.array(normals, dtype=np.float64)
