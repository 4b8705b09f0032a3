"""From an endpoint of the protocol to its estimate, by the planned method.

One path for a trial and for an ensemble: facts (:mod:`.facts`), outcomes under the estimand's
strategies (:mod:`.outcomes`), the sample of an analysis set (:mod:`.sample`), the method's
function (:mod:`.methods`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators.estimate import Estimate
from equipoise.analysis.estimators.tipping_point import TippingMap
from equipoise.analysis.facts import Facts, of_dataset
from equipoise.analysis.methods import METHODS, analyse_with, run
from equipoise.analysis.missing_values import MISSING, TIPPING_POINT, tipping_map
from equipoise.analysis.sample import Sample, draw
from equipoise.errors import InputError, Refused
from equipoise.protocol import methods as offers
from equipoise.protocol.estimand import Endpoint, Procedure
from equipoise.protocol.parts import Protocol
from equipoise.protocol.wording import nearest
from equipoise.views.dataset import Dataset


@dataclass(frozen=True)
class Group:
    """The analysed values of one arm, and how many of its population have none."""

    arm: str
    values: tuple[float, ...]
    missing: int

    @property
    def n(self) -> int:
        """The number analysed."""
        return len(self.values)

    @property
    def events(self) -> int:
        """The number with a true value, for a binary variable."""
        return int(sum(self.values))


@dataclass(frozen=True)
class Result:
    """One planned comparison: an endpoint, at one visit when it is a repeated measure.

    ``sensitivity`` is the place of the sensitivity analysis that it belongs to, None for the main
    analysis; ``procedure`` is what was carried out, ``tipping`` its map where it has one.
    """

    endpoint: str
    visit: str | None
    groups: tuple[Group, Group]
    estimate: Estimate
    procedure: Procedure
    sensitivity: int | None = None
    tipping: TippingMap | None = None

    def row(self) -> dict[str, object]:
        """Return the result as plain values, for ``summary.json``."""
        estimate = self.estimate
        return {
            "endpoint": self.endpoint,
            "visit": self.visit,
            "measure": estimate.measure,
            "estimate": _plain(estimate.value),
            "low": _plain(estimate.low),
            "high": _plain(estimate.high),
            "level": estimate.level,
            "p_value": _plain(estimate.p_value),
            "method": estimate.method,
            "note": str(estimate.note),
            "groups": [
                {"arm": g.arm, "analysed": g.n, "missing": g.missing, "sum": float(sum(g.values))}
                for g in self.groups
            ],
        }


@dataclass(frozen=True, eq=False)
class EnsembleResult:
    """One planned comparison in every trial of an ensemble.

    The fields of ``estimate`` are arrays over trials; ``analysed``, ``missing`` and ``total``
    (events, or the sum of the values) are (trials, 2): arm, reference.
    """

    endpoint: str
    visit: str | None
    estimate: Estimate
    analysed: NDArray[np.int64]
    missing: NDArray[np.int64]
    total: NDArray[np.float64]


def estimate(protocol: Protocol, data: Dataset, name: str) -> list[Result]:
    """Return the planned comparisons of endpoint ``name``: one, or one per visit.

    Raises :class:`InputError` when the method is not known, :class:`Refused` when an arm has
    nothing to analyse.
    """
    return estimate_trial(protocol, of_dataset(protocol, data), name)


def estimate_trial(
    protocol: Protocol, facts: Facts, name: str, sensitivity: int | None = None
) -> list[Result]:
    """Return the planned comparisons of an endpoint from the facts of one trial.

    ``sensitivity`` is the place of a sensitivity analysis; by default the main one. Raises as
    :func:`estimate`.
    """
    endpoint = protocol.all_endpoints()[name]
    _, procedure = planned(endpoint, sensitivity)
    results = []
    for visit, sample, found in _compared(protocol, facts, name, sensitivity):
        groups = _groups(endpoint, sample)
        for group in groups:
            if not group.n:
                raise _nobody(name, group.arm, visit)
        tipping = None
        if procedure.handling.method == TIPPING_POINT:
            tipping = tipping_map(sample.compact(), analyse_with(procedure))
        results.append(Result(name, visit, groups, found, procedure, sensitivity, tipping))
    return results


def estimate_ensemble(
    protocol: Protocol, facts: Facts, name: str, sensitivity: int | None = None
) -> list[EnsembleResult]:
    """Return the planned comparisons of an endpoint in every trial of an ensemble at once.

    A trial in which an arm has nothing to analyse has NaN with a note. Raises
    :class:`InputError` when the method is not known.
    """
    return [_of_ensemble(name, *each) for each in _compared(protocol, facts, name, sensitivity)]


def _of_ensemble(name: str, visit: str | None, sample: Sample, found: Estimate) -> EnsembleResult:
    of = sample.tally
    return EnsembleResult(name, visit, found, of.known, of.missing, of.total)


def planned(endpoint: Endpoint, sensitivity: int | None) -> tuple[str, Procedure]:
    """Return the analysis set and the procedure of the main or of a sensitivity analysis."""
    main, population = endpoint.analysis, endpoint.estimand.population
    if sensitivity is None:
        return population, main
    other = main.sensitivity[sensitivity]
    return other.population or population, other.applied(main)


def _known(name: str, procedure: Procedure) -> None:
    """Raise :class:`InputError` when a method of the procedure does not exist."""
    for method, known, what in (
        (procedure.method, METHODS, "method"),
        (procedure.handling.method, MISSING, "way with missing values"),
    ):
        if method not in known:
            raise InputError(
                f"endpoint '{name}'",
                f"plans the {what} '{method}', which does not exist",
                nearest(method, known),
            )


def _compared(
    protocol: Protocol, facts: Facts, name: str, sensitivity: int | None
) -> Iterator[tuple[str | None, Sample, Estimate]]:
    """Yield (visit, its sample, its estimate) for each comparison."""
    endpoint = protocol.all_endpoints()[name]
    population, procedure = planned(endpoint, sensitivity)
    _known(name, procedure)
    sample = draw(protocol, facts, endpoint, procedure, protocol.all_populations()[population])
    visits: list[tuple[str | None, Sample]] = [
        (visit, sample.at(place)) for place, visit in enumerate(sample.visits)
    ] or [(None, sample)]
    if sample.visits and offers.METHODS[procedure.method].repeated:
        whole = replace(sample, values=np.ascontiguousarray(sample.values))
        found = run(whole, procedure)
        if isinstance(found, Estimate):
            yield None, sample, found
            return
        yield from ((v, s, e) for (v, s), e in zip(visits, found, strict=True))
        return
    for visit, part in visits:
        one = run(part, procedure)
        assert isinstance(one, Estimate)
        yield visit, part, one


def _groups(endpoint: Endpoint, sample: Sample) -> tuple[Group, Group]:
    def group(arm: str, values: NDArray[np.float64], who: NDArray[np.bool_]) -> Group:
        known = tuple(values[~np.isnan(values)].tolist())
        return Group(arm, known, int((sample.unobserved & who).sum()))

    pairs = zip(endpoint.estimand.compare, sample.by_arm(), _arms(sample), strict=True)
    arm, reference = (group(*each) for each in pairs)
    return arm, reference


def _arms(sample: Sample) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return sample.treated, ~sample.treated


def _nobody(name: str, arm: str, visit: str | None) -> Refused:
    at = f", visit '{visit}'" if visit else ""
    return Refused(
        f"endpoint '{name}', arm '{arm}'{at}",
        "nobody in this arm has a value, so nothing can be compared",
        "Look for missing forms; the report cannot give this endpoint.",
    )


def _plain(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if np.isfinite(number) else None
