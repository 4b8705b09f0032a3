"""Whether a record holds a text exactly as written: for what an index of words cannot say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from equipoise.errors import InputError
from equipoise.registry.record import Study
from equipoise.registry.search import plan
from equipoise.registry.search.fields import values
from equipoise.registry.search.words import words

MOST_READ = 2000
"""Records that are compared letter by letter for one part of a question."""


def holds(study: Study, asked: plan.Exact) -> bool:
    """Return whether a value of the place is, begins with, ends with or has the text in it.

    A text stands between ends of words: ``ear`` is not in ``heart``. Finding its words comes first:
    this only says whether they are written so.
    """
    return holds_in(values(study), asked)


def holds_in(found: Mapping[str, list[Any]], asked: plan.Exact) -> bool:
    """Return the same for the values of a record or of one site."""
    return any(
        _fits(" ".join(str(value).split()), asked)
        for piece in asked.place.texts
        for value in found.get(piece, [])
    )


def _fits(value: str, asked: plan.Exact) -> bool:
    before, after = "" if asked.first else r"(?<!\w)", "" if asked.last else r"(?!\w)"
    pattern = f"{before}{re.escape(asked.text)}{after}"
    if asked.first:
        return (re.fullmatch if asked.last else re.match)(pattern, value) is not None
    return re.search(f"{pattern}\\Z" if asked.last else pattern, value) is not None


def loosely(asked: plan.Exact) -> plan.Phrase:
    """Return a plan that finds at least what ``asked`` finds."""
    return plan.Phrase(asked.place, tuple(words(asked.text)))


def refuse_many(asked: plan.Exact, count: int) -> None:
    """Raise :class:`InputError` where more records would have to be read than a question may."""
    if count > MOST_READ:
        raise InputError(
            "query", f"the words of '{asked.text[:60]}' are in {count:,} records, "
            f"and at most {MOST_READ:,} are compared letter by letter",
            "Ask for more beside it with AND or a filter, or use EXPANSION[Term].",
        )  # fmt: skip


def refuse_exact(asked: plan.Exact, _among: object) -> list[str]:
    """Raise :class:`InputError`: no index keeps how the words of a site were written."""
    raise InputError(
        "query", f"'{asked.text}' cannot be asked of one location as it is written",
        "Use EXPANSION[Term] inside SEARCH[Location].",
    )  # fmt: skip
