"""What a method is given: outcomes, arms, covariates and strata as arrays, of one trial or many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators.arms import Tally, tally
from equipoise.analysis.estimators.reference_set import Design
from equipoise.analysis.facts import Facts
from equipoise.analysis.outcomes import outcomes
from equipoise.analysis.populations import arms_of, members
from equipoise.protocol.arrays import Codes, Column
from equipoise.protocol.estimand import Endpoint, Population, Procedure
from equipoise.protocol.parts import Protocol

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

STRATUM = "stratum"
"""Among the items to stratify by: the stratum of the randomization."""


@dataclass(frozen=True, eq=False)
class Dealt:
    """How the arms were dealt to all who were randomized, whoever is left in a sample.

    ``arm``, ``stratum`` and ``slot``, the place in the stratum's list, are (..., n); ``compare``
    numbers the arm and the reference. ``design`` is None where it is not known.
    """

    arm: NDArray[np.integer]
    stratum: NDArray[np.integer]
    slot: NDArray[np.integer]
    compare: tuple[int, int]
    design: Design | None = None

    def trial(self, place: int) -> Dealt:
        """Return trial ``place`` alone."""
        return replace(
            self, arm=self.arm[place], stratum=self.stratum[place], slot=self.slot[place]
        )

    def alone(self) -> Dealt:
        """Return one trial as the only one of an ensemble."""
        return replace(self, arm=self.arm[None], stratum=self.stratum[None], slot=self.slot[None])


@dataclass(frozen=True, eq=False)
class Sample:
    """Two arms of an analysis set; leading axes are trials.

    ``values`` (..., n), or (..., n, visits) for a repeated measure: NaN where not observed or
    not ``included``. ``treated`` (..., n) is true in the arm and false in the reference,
    ``included`` (..., n) in the set. ``covariates`` (..., n, k) are complete; ``strata``
    (..., n) are integers from 0. ``failure`` is the worse of two outcomes, NaN for numbers;
    ``baseline`` (..., n, k) what an imputation model may use; ``numbers`` (n,) what is left of
    the order of randomization in a sample of those included; ``dealt`` how all got their arms.
    """

    values: Array
    treated: Flags
    included: Flags
    visits: tuple[str, ...] = ()
    covariates: Array | None = None
    strata: NDArray[np.integer] | None = None
    failure: float = np.nan
    baseline: Array | None = None
    numbers: NDArray[np.integer] | None = None
    dealt: Dealt | None = None

    @property
    def people(self) -> NDArray[np.integer]:
        """Return the number of each participant in the addresses of their chance."""
        return np.arange(self.included.shape[-1]) if self.numbers is None else self.numbers

    @property
    def ensemble(self) -> bool:
        """Whether there are several trials."""
        return self.included.ndim > 1

    @cached_property
    def unobserved(self) -> Flags:
        """Who is in the set without a value (at a visit)."""
        inside = self.included[..., None] if self.visits else self.included
        return inside & np.isnan(self.values)

    @cached_property
    def tally(self) -> Tally:
        """What each arm comes to; not of a repeated measure."""
        return tally(self.values, self.treated, self.included)

    def at(self, place: int) -> Sample:
        """Return the sample of one visit of a repeated measure."""
        return replace(self, values=self.values[..., place], visits=())

    def by_arm(self) -> tuple[Array, Array]:
        """Return the values of the arm and of the reference, NaN for everybody else."""
        return (
            np.where(self.treated, self.values, np.nan),
            np.where(self.treated, np.nan, self.values),
        )

    def counts(self) -> tuple[NDArray[np.int64], ...]:
        """Return events and number analysed of the arm, then of the reference."""
        events, known = self.tally.events, self.tally.known
        return events[..., 0], known[..., 0], events[..., 1], known[..., 1]

    def trial(self, place: int) -> Sample:
        """Return trial ``place`` alone, with those included only."""
        inside = self.included[place]

        def kept(array: Array | None) -> Array | None:
            return None if array is None else array[place][inside]

        return replace(
            self,
            values=self.values[place][inside],
            treated=self.treated[place][inside],
            included=inside[inside],
            covariates=kept(self.covariates),
            strata=None if self.strata is None else self.strata[place][inside],
            baseline=kept(self.baseline),
            numbers=self.people[inside],
            dealt=None if self.dealt is None else self.dealt.trial(place),
        )

    def compact(self) -> Sample:
        """Return one trial with those included only."""
        whole = {
            name: None if (array := getattr(self, name)) is None else array[None]
            for name in ("values", "treated", "included", "covariates", "strata", "baseline")
        }
        dealt = None if self.dealt is None else self.dealt.alone()
        return replace(self, **whole, dealt=dealt).trial(0)  # type: ignore[arg-type]


def draw(
    protocol: Protocol,
    facts: Facts,
    endpoint: Endpoint,
    procedure: Procedure,
    population: Population,
) -> Sample:
    """Return the sample that ``procedure`` analyses for an endpoint in an analysis set."""
    first, second = (facts.arms.index(arm) for arm in endpoint.estimand.compare)
    key = population.rule, population.as_treated, first, second

    def both() -> tuple[Flags, Flags]:
        arms = arms_of(facts, population)
        who = members(protocol, facts, population) & ((arms == first) | (arms == second))
        return who, np.asarray(arms == first)

    included, treated = facts.once(key, both)
    repeated = endpoint.variable.over == "each"
    inside = included[..., None] if repeated else included
    values = outcomes(protocol, facts, endpoint)
    np.copyto(values, np.nan, where=~inside)
    asked = {*procedure.adjust_for, *procedure.stratify_by, *procedure.handling.predictors}
    baseline = facts.baseline(protocol, asked) if asked - {STRATUM} else {}
    worse = 1.0 if endpoint.better == "lower" else 0.0
    return Sample(
        values=values,
        treated=treated,
        included=included,
        visits=endpoint.variable.visits if repeated else (),
        covariates=_design(baseline, procedure.adjust_for, included),
        strata=_strata(facts, baseline, procedure.stratify_by),
        failure=worse if endpoint.of_events else np.nan,
        baseline=_design(baseline, procedure.handling.predictors, included),
        dealt=_dealt(facts, (first, second)),
    )


def _dealt(facts: Facts, compare: tuple[int, int]) -> Dealt:
    def given(array: NDArray[np.integer] | None) -> NDArray[np.integer]:
        return np.broadcast_to(np.zeros(1, np.int64) if array is None else array, facts.shape)

    # where slots are not given, sorting keeps the order in which people stand
    return Dealt(facts.arm, given(facts.stratum), given(facts.slot), compare, facts.design)


def _design(baseline: dict[str, Column], names: tuple[str, ...], included: Flags) -> Array | None:
    """Return columns of a design: numbers, and an indicator for each code but the first.

    An unknown baseline value is replaced by the mean of the trial's set, both arms together:
    White IR, Thompson SG. Stat Med 2005;24:993-1007, doi:10.1002/sim.1981.
    """
    if not names:
        return None
    columns: list[Array] = []
    for name in names:
        column = baseline[name]
        if isinstance(column, Codes):
            known = column.possible.sum(-1) == 1
            columns += [
                np.where(known, column.possible[..., place].astype(np.float64), np.nan)
                for place in range(1, len(column.words))
            ]
        else:
            columns.append(column.exact)
    return np.stack([_filled(np.broadcast_to(c, included.shape), included) for c in columns], -1)


def _filled(values: Array, included: Flags) -> Array:
    there = included & ~np.isnan(values)
    n = there.sum(axis=-1, keepdims=True)
    mean = np.where(there, values, 0.0).sum(axis=-1, keepdims=True) / np.maximum(n, 1)
    return np.where(np.isnan(values), mean, values)


def _strata(
    facts: Facts, baseline: dict[str, Column], names: tuple[str, ...]
) -> NDArray[np.integer] | None:
    """Return the combinations of items as integers; unknown is a value of its own."""
    if not names:
        return None
    strata = np.zeros(facts.shape, dtype=np.int64)
    for name in names:
        if name == STRATUM:
            values = np.zeros(facts.shape) if facts.stratum is None else facts.stratum
        else:
            column = baseline[name]
            values = (
                np.where(column.possible.sum(-1) == 1, column.possible.argmax(-1), -1)
                if isinstance(column, Codes)
                else np.nan_to_num(column.exact, nan=-np.inf)
            )
        levels, place = np.unique(np.broadcast_to(values, facts.shape), return_inverse=True)
        strata = strata * len(levels) + place.reshape(facts.shape)
    # empty combinations take no number
    _, place = np.unique(strata, return_inverse=True)
    return place.reshape(facts.shape)
