"""What is signed before the allocation is opened: digests of the plan and of the code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from equipoise.analysis.endpoints import planned
from equipoise.analysis.methods import METHODS
from equipoise.protocol.estimand import Endpoint, Procedure
from equipoise.protocol.part import Text
from equipoise.protocol.parts import Protocol

_CODE = (
    "analysis", "views", "rules", "events", "protocol", "infusion", "instruments", "kernels",
    "chance.py",
)  # fmt: skip


def plan_digest(protocol: Protocol) -> str:
    """Return the SHA-256 of what the protocol's lineage plans to analyse.

    That is its populations, its endpoints with their estimands, analyses and sensitivity
    analyses, and the families whose P values are adjusted.
    """
    plan = [
        {
            "study": part.study,
            "populations": {k: v.model_dump(mode="json") for k, v in part.populations.items()},
            "endpoints": {k: v.model_dump(mode="json") for k, v in part.endpoints.items()},
            **(
                {"multiplicity": [each.model_dump(mode="json") for each in part.multiplicity]}
                if part.multiplicity
                else {}
            ),
        }
        for part in protocol.lineage()
    ]
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest() -> str:
    """Return the SHA-256 of the source of everything between ledger and result."""
    whole = hashlib.sha256()
    package = resources.files("equipoise")
    for part in _CODE:
        for path, text in sorted(_sources(package / part, part)):
            whole.update(f"{path}\n{len(text)}\n".encode() + text)
    return whole.hexdigest()


@dataclass(frozen=True)
class Step:
    """One analysis that is planned.

    ``sensitivity`` is its place among the endpoint's sensitivity analyses, None for the main one.
    ``function`` is the estimator that carries it out, empty when there is none of that name.
    """

    study: str
    endpoint: str
    sensitivity: int | None
    title: Text
    population: str
    procedure: Procedure
    function: str


def steps(protocol: Protocol) -> list[Step]:
    """Return every planned analysis in the order of the protocol."""
    return [
        Step(part.study, name, place, title, *_carried_out(endpoint, place))
        for part in protocol.lineage()
        for name, endpoint in part.endpoints.items()
        for place, title in [
            (None, endpoint.title),
            *((n, each.title) for n, each in enumerate(endpoint.analysis.sensitivity)),
        ]
    ]


def _carried_out(endpoint: Endpoint, place: int | None) -> tuple[str, Procedure, str]:
    population, procedure = planned(endpoint, place)
    method = METHODS.get(procedure.method)
    return population, procedure, method.source if method else ""


def _sources(place: Traversable, path: str) -> list[tuple[str, bytes]]:
    if place.is_dir():
        return [
            each for inside in place.iterdir() for each in _sources(inside, f"{path}/{inside.name}")
        ]
    kept = place.name.endswith((".py", ".html", ".css", ".po"))
    return [(path, place.read_bytes())] if kept else []
