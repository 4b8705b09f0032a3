"""Where a printed number comes from: ledger, data, protocol, plan, code, function, options.

A result has an *identity*: the SHA-256 of what defines it (its id, function and options) and of
what it was computed from (data, protocols, plan, code). Two results with one identity are the same
number, whatever page, table or file prints them. The head of the ledger is not part of it: a ledger
that holds the same data gives the same identities.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from equipoise import __version__
from equipoise.analysis.analyse import Analysis
from equipoise.analysis.endpoints import Group, Result, planned
from equipoise.analysis.estimators.descriptive import summarize
from equipoise.analysis.methods import METHODS
from equipoise.analysis.plan import code_digest, plan_digest
from equipoise.views.dataset import Dataset

ESTIMATORS = "equipoise.analysis.estimators"
_TABLES = ("participants", "values", "presses", "adverse_events")


@dataclass(frozen=True)
class Trace:
    """A result: its numbers as they are before rounding, and the function that gave them.

    ``planned`` is whether it stands in a signed plan, None for what only describes.
    """

    id: str
    function: str
    values: Mapping[str, float | int | str | None]
    options: Mapping[str, Any] = field(default_factory=dict)
    planned: bool | None = None


def of_result(analysis: Analysis, result: Result) -> Trace:
    """Return the trace of a main or of a sensitivity analysis.

    Values are ``value``, ``low``, ``high``, ``p_value``, ``p_adjusted`` and, for each arm,
    ``ARM.n``, ``ARM.missing`` and ``ARM.events``, or mean, sd, median, q1 and q3.
    """
    endpoint = analysis.protocol.all_endpoints()[result.endpoint]
    population, _ = planned(endpoint, result.sensitivity)
    parts = [
        "outcome" if result.sensitivity is None else "sensitivity",
        result.endpoint,
        *([] if result.sensitivity is None else [str(result.sensitivity)]),
        *([result.visit] if result.visit else []),
    ]
    found = result.estimate
    values: dict[str, float | int | str | None] = {
        **{name: number(getattr(found, name)) for name in ("value", "low", "high", "p_value")},
        "p_adjusted": adjusted_p(analysis, result),
        "note": str(found.note),
    }
    for group in result.groups:
        figures = _group(group, of_events=endpoint.of_events)
        values |= {f"{group.arm}.{name}": figure for name, figure in figures.items()}
    return Trace(
        id=".".join(parts),
        function=f"{ESTIMATORS}.{METHODS[result.procedure.method].source}",
        values=values,
        options={
            "population": population,
            "compare": list(endpoint.estimand.compare),
            "summary": endpoint.estimand.summary,
            **result.procedure.model_dump(
                mode="json", include={"method", "level", "adjust_for", "stratify_by", "options"}
            ),
            "missing": result.procedure.handling.model_dump(mode="json"),
        },
        planned=analysis.planned(result.endpoint),
    )


def _group(group: Group, *, of_events: bool) -> dict[str, float | int | str | None]:
    there: dict[str, float | int | str | None] = {"n": group.n, "missing": group.missing}
    if of_events:
        return there | {"events": group.events}
    figures = summarize(np.array(group.values))
    names = ("mean", "sd", "median", "q1", "q3")
    return there | {name: number(getattr(figures, name)) for name in names}


def adjusted_p(analysis: Analysis, result: Result) -> float | None:
    """Return the P value adjusted within the family of a main analysis, None without a family."""
    if result.sensitivity is not None:
        return None
    found = (
        each.p_value
        for family in analysis.adjusted
        for each in family
        if (each.endpoint, each.visit) == (result.endpoint, result.visit)
    )
    return next(found, None)


def number(value: object) -> float | None:
    """Return a number that JSON can hold; None for NaN and infinity."""
    plain = float(value)  # type: ignore[arg-type]
    return plain if np.isfinite(plain) else None


def data_digest(data: Dataset) -> str:
    """Return the SHA-256 of the dataset: its tables as CSV, one after the other."""
    whole = hashlib.sha256()
    for name in _TABLES:
        text = getattr(data, name).write_csv().encode()
        whole.update(f"{name}\n{len(text)}\n".encode() + text)
    return whole.hexdigest()


def provenance(analysis: Analysis) -> dict[str, Any]:
    """Return what every number of an analysis comes from, as plain JSON values."""
    state = analysis.state
    return {
        "software": f"equipoise {__version__}",
        "rehearsal": state.rehearsal.model_dump() if state.rehearsal else None,
        "dummy_arms": analysis.dummy,
        "ledger": {"first_event": 1, "last_event": analysis.events, "head": analysis.head},
        "protocols": {
            study: {"version": state.protocols[study].version, "digest": digest}
            for study, digest in state.digests.items()
        },
        "signed_plans": {
            study: {"plan_digest": plan.plan_digest, "code_digest": plan.code_digest}
            for study, plan in state.plans.items()
        },
        "plan_digest": plan_digest(analysis.protocol),
        "code_digest": code_digest(),
        "data_digest": data_digest(analysis.data),
        "as_signed": analysis.as_planned(),
    }


def origin(source: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what all results of a :func:`provenance` have in common."""
    names = ("dummy_arms", "protocols", "plan_digest", "code_digest", "data_digest")
    return _digest({name: source[name] for name in names})


def identity(trace: Trace, common: str) -> str:
    """Return the identity of a result, with ``common`` from :func:`origin`."""
    return _digest([common, trace.id, trace.function, dict(trace.options)])


def joint_identity(identities: list[str]) -> str:
    """Return the identity of several results in this order, such as those of a table."""
    return _digest(identities)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
