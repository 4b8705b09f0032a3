"""What was found, in words, tables and a picture: the same for the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any

import numpy as np

from equipoise.analysis.page import fill_in
from equipoise.language import Language
from equipoise.protocol.parts import Protocol
from equipoise.rehearsal.ensemble.plan import SYNTHETIC
from equipoise.rehearsal.ensemble.uses.assurance import Assurance
from equipoise.rehearsal.ensemble.uses.trials import Question, Share


@dataclass(frozen=True)
class Shown:
    """A table: the first column is text, the others numbers."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Told:
    """A title, the question, the answer in one sentence, tables, a figure and what to know."""

    title: str
    question: str
    answer: str
    tables: Sequence[Shown]
    figure: str
    notes: Sequence[str]


def page(told: Told, protocol: Protocol, say: Language) -> str:
    """Return the page in the language of ``say``; the same content gives the same bytes."""
    return fill_in("design_use.html", told=told, protocol=protocol, say=say)


def as_json(found: Any, asked: Question) -> dict[str, Any]:
    """Return what was found and of which trials, for JSON."""
    return {
        "synthetic": SYNTHETIC,
        "study": asked.protocol.study,
        "endpoint": asked.endpoint,
        "visit": asked.visit,
        "scenario": asked.scenario,
        "seed": asked.seed,
        "participants": asked.size,
        "alpha": asked.alpha,
        "found": _plain(found),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Share):
        return value.as_json()
    if is_dataclass(value) and not isinstance(value, type):
        extra = {"value": value.value, "error": value.error} if isinstance(value, Assurance) else {}
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__} | extra
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
