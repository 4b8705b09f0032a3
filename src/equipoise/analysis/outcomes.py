"""The value of an endpoint's variable for every participant, under the estimand's strategies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from equipoise.analysis.estimators.area import Ends, area_under_curve
from equipoise.analysis.facts import Facts
from equipoise.analysis.looked_up import value
from equipoise.errors import InputError
from equipoise.protocol.arrays import decide
from equipoise.protocol.estimand import Endpoint, Intercurrent, Variable
from equipoise.protocol.expression import parse
from equipoise.protocol.parts import Protocol

Array = NDArray[np.float64]


def outcomes(protocol: Protocol, facts: Facts, endpoint: Endpoint) -> Array:
    """Return the values, true 1 and false 0, NaN where unknown: an array of one's own.

    The shape is that of ``facts``, with one more axis, the visits, for a repeated measure. The
    strategies for intercurrent events are applied in the order in which they are written.

    Raises InputError for a principal stratum.
    """
    variable = endpoint.variable
    visits = _visits(protocol, endpoint)
    seen = at_visits(protocol, facts, variable, visits)
    for event in endpoint.estimand.intercurrent:
        if event.strategy == "principal stratum":
            raise InputError(
                f"intercurrent event '{event.event.en}'",
                "the strategy 'principal stratum' asks who would have had the event under the "
                "other treatment, which no method here can tell",
                "Choose another strategy.",
            )
        if event.rule is not None and event.strategy != "treatment policy":
            seen = _STRATEGIES[event.strategy](seen, _happened(protocol, facts, event, visits),
                                               _failure(endpoint, event))  # fmt: skip
    if variable.over == "each":
        return seen
    strict = variable.missing == "strict"
    if variable.over == "area":
        return under_curve(protocol, visits, seen, strict=strict)
    return at_any(seen, strict=strict) if variable.over == "any" else seen[..., -1]


def at_visits(
    protocol: Protocol, facts: Facts, variable: Variable, visits: tuple[str, ...]
) -> Array:
    """Return the expression's value at each visit: the shape of ``facts``, then visits."""
    asked = parse(variable.expression).names
    seen = np.empty((len(visits), *facts.shape))  # each visit in one piece
    for place, visit in enumerate(visits):
        columns = facts.columns(protocol, visit, variable.form, asked)
        seen[place] = value(variable.expression, columns, facts.shape)
    return np.moveaxis(seen, 0, -1)


def at_any(seen: Array, *, strict: bool) -> Array:
    """Return whether true at one visit at least: (..., visits) to (...).

    Visits without an answer are left out, or with ``strict`` leave undecided what is not true.
    """
    unknown = np.isnan(seen)
    undecided = unknown.any(axis=-1) if strict else unknown.all(axis=-1)
    true = (seen == 1.0).any(axis=-1)
    return np.where(true, 1.0, np.where(undecided, np.nan, 0.0))


def under_curve(protocol: Protocol, visits: tuple[str, ...], seen: Array, *, strict: bool) -> Array:
    """Return the mean over time of each participant's values: (..., visits) to (...).

    The times are those planned. With ``strict`` every visit has to have a value, else two.
    """
    planned = (protocol.visit(visit).planned_h for visit in visits)
    hours = [np.nan if hour is None else hour for hour in planned]
    ends: Ends = "missing" if strict else "observed"
    seen = np.ascontiguousarray(seen)
    return area_under_curve(seen, hours, ends=ends, fewest=len(visits) if strict else 2)


def _visits(protocol: Protocol, endpoint: Endpoint) -> tuple[str, ...]:
    """Return the visits looked at; *while on treatment* may fall back on earlier ones."""
    variable = endpoint.variable
    falls_back = any(e.strategy == "while on treatment" for e in endpoint.estimand.intercurrent)
    if variable.over != "value" or not falls_back:
        return variable.visits
    with_form = [v.visit for v in protocol.visits() if variable.form in v.forms]
    return tuple(with_form[: with_form.index(variable.visits[0]) + 1])


def _happened(
    protocol: Protocol, facts: Facts, event: Intercurrent, visits: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Return whether the event is known to have happened by each visit: (..., visits)."""
    assert event.rule is not None
    at = []
    for visit in visits:
        known = facts.about(protocol, event.rule, visit)
        if event.form is not None:
            known |= facts.columns(protocol, visit, event.form, parse(event.rule).names)
        at.append(np.broadcast_to(decide(event.rule, known) == 1, facts.shape))
    return np.logical_or.accumulate(np.stack(at, axis=-1), axis=-1)


def _failure(endpoint: Endpoint, event: Intercurrent) -> float:
    if event.failure is not None:
        return event.failure
    if endpoint.of_events:
        return 1.0 if endpoint.better == "lower" else 0.0
    if event.strategy == "composite":
        raise InputError(
            f"intercurrent event '{event.event.en}'",
            "the strategy 'composite' needs the value that stands for failure",
            "Give `failure`, such as the worst score.",
        )
    return np.nan


def _composite(seen: Array, happened: NDArray[np.bool_], failure: float) -> Array:
    return np.where(happened, failure, seen)


def _hypothetical(seen: Array, happened: NDArray[np.bool_], _failure: float) -> Array:
    return np.where(happened, np.nan, seen)


def _while_on_treatment(seen: Array, happened: NDArray[np.bool_], _failure: float) -> Array:
    """Carry the last value before the event forward."""
    before = ~happened & ~np.isnan(seen)
    visits = np.arange(seen.shape[-1])
    last = np.maximum.accumulate(np.where(before, visits, -1), axis=-1)
    carried = np.take_along_axis(seen, np.maximum(last, 0), axis=-1)
    return np.where(happened, np.where(last >= 0, carried, np.nan), seen)


_STRATEGIES: dict[str, Callable[[Array, NDArray[np.bool_], float], Array]] = {
    "composite": _composite,
    "hypothetical": _hypothetical,
    "while on treatment": _while_on_treatment,
}
