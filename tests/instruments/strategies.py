"""Answers to an instrument, drawn; and the order of its scores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import strategies as st

from equipoise.instruments import Answer, Instrument, Part, Score, Value


def answer(part: Part) -> st.SearchStrategy[Answer]:
    """Draw an answer that the part allows."""
    if part.type == "boolean":
        return st.booleans()
    if part.type == "integer":
        return st.integers(int(part.low), int(part.high))
    return st.decimals(part.low, part.high, places=part.precision)


def answers(instrument: Instrument, *, full: bool = False) -> st.SearchStrategy[dict[str, Answer]]:
    """Draw answers to some parts, or, if ``full``, to every required part and some others."""
    return st.fixed_dictionaries(
        {
            part.name: answer(part) if full and part.required else st.none() | answer(part)
            for part in instrument.parts
        }
    )


def place(score: Score, value: Value) -> Decimal:
    """Return where a score stands on its scale, so that any two can be compared."""
    if score.type == "choice":
        return Decimal(score.codes.index(str(value)))
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def inside(instrument: Instrument, answers_given: Mapping[str, Answer], name: str) -> list[Decimal]:
    """Return the places of the two bounds of the score ``name``."""
    score = next(each for each in instrument.scores if each.name == name)
    return [place(score, value) for value in instrument.bounds(answers_given, name)]
