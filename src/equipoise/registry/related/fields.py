"""What of a record is compared: its texts by field, and where two records may meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from equipoise.registry.record import (
    Study,
    arms,
    conditions,
    interventions,
    keywords,
    locations,
    mesh,
    module,
)
from equipoise.registry.related.words import pieces, words

SPACES = ("words", "pieces", "arms", "sites")
"""The spaces in which records are compared. ``words`` is the one in which they are found."""

_TITLES = ("briefTitle", "officialTitle", "acronym")


def fields(study: Study) -> dict[str, list[str]]:
    """Return the words of a record by field, none where the record says nothing."""
    identification, description = module(study, "identification"), module(study, "description")
    named = [
        name
        for each in interventions(study)
        for name in (each.get("name"), *_list(each.get("otherNames")))
    ]
    told = [each.get("description") for each in interventions(study)]
    told += [each.get(part) for each in arms(study) for part in ("label", "description")]
    return {
        "title": _words([identification.get("briefTitle")]),
        "titles": _words([identification.get(name) for name in _TITLES]),
        "conditions": _words([*conditions(study), *keywords(study), *mesh(study, "condition")]),
        "interventions": _words([*named, *mesh(study, "intervention")]),
        "summary": _words([description.get("briefSummary")]),
        "description": _words([description.get("detailedDescription")]),
        "arms": _words(told),
        "sites": _words([each.get("facility") for each in locations(study)]),
    }


def counts(study: Study) -> dict[str, Counter[str]]:
    """Return what is counted of a record in each of :data:`SPACES`."""
    of = fields(study)
    head = of["titles"] + of["conditions"] + of["interventions"]
    told = head + of["summary"] + of["description"]
    # A word of the title counts once more than it stands in the record, as an author's own choice.
    every = {"words": told + of["title"], "pieces": list(pieces(head + of["summary"]))}
    every |= {name: of[name] for name in ("arms", "sites")}
    return {name: Counter(every[name]) for name in SPACES}


def _words(texts: Iterable[object]) -> list[str]:
    return [word for text in texts if isinstance(text, str) for word in words(text)]


def _list(value: object) -> list[Mapping[str, object]]:
    return value if isinstance(value, list) else []
