"""What an instrument is: its parts, its scores, and how the one follows from the other.

Scoring is three-valued. An instrument's rule does not compute a score but the lowest and the
highest value that the score can have, whatever the unanswered parts turn out to be. Where the two
meet the score is known, even with parts missing: three features of the CAM can settle delirium,
eleven points in three of the Child-Pugh parts settle the class. Where they do not meet, the score
is None and its bounds may still decide a rule such as ``stop_bang >= 3``. An instrument whose
manual says how to score with parts missing (a mean of those answered) brings that rule as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from equipoise.errors import InputError
from equipoise.instruments._terms import Keep, Pair, Parts

Answer = int | Decimal | bool | None
Answers = Mapping[str, Answer]
Value = int | Decimal | bool | str
Known = Mapping[str, int | Decimal]
"""Answers that were given and checked: a boolean is 0 or 1, an integer int, a decimal Decimal."""
Bounds = Mapping[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Part:
    """One answer that an instrument takes, from ``low`` to ``high`` inclusive.

    A boolean is True or False. ``required`` is False for a measurement that can stand in for
    another part (age for "older than 50"), and for a part that its manual lets be empty.
    ``precision`` is the number of decimals that a form should offer for a decimal.
    """

    name: str
    type: Literal["integer", "decimal", "boolean"]
    low: Decimal
    high: Decimal
    unit: str | None = None
    precision: int = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """One result of an instrument: a number from ``low`` to ``high``, a boolean, or a code.

    ``codes`` are in order, from the lowest to the highest of the numbers behind them. ``better``
    is the direction of good health, None where there is none.
    """

    name: str
    type: Literal["integer", "decimal", "boolean", "choice"]
    low: int = 0
    high: int = 1
    codes: tuple[str, ...] = ()
    better: Literal["lower", "higher"] | None = None


@dataclass(frozen=True)
class Instrument:
    """A scoring rule on anonymous parts. The first of ``scores`` is the one that it is used for.

    ``rule`` gives the bounds of every score from the answers given; ``missing_rule``, where the
    manual has one, the scores when parts are missing. ``settings`` are the choices made among
    published versions, as (name, value). ``licence`` says who owns the wording, ``sources`` where
    the rule is published. ``in_terms`` is the rule once more for loops over people, where it is
    written: the bounds of every score, codes as their places; those of a known score meet.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    scores: tuple[Score, ...]
    licence: str
    sources: tuple[str, ...]
    rule: Callable[[Known], Bounds]
    missing_rule: Callable[[Known], Mapping[str, Value | None]] | None = None
    settings: tuple[tuple[str, str | int], ...] = ()
    in_terms: Callable[[Parts, Keep], Mapping[str, Pair]] | None = None

    def score(self, answers: Answers) -> dict[str, Value | None]:
        """Return every score by name; None where the answers given do not settle it.

        ``answers`` maps names of parts to answers; a part that is absent or None is unanswered.
        Numbers are exact: a mean whose quotient does not terminate has 28 significant digits.

        Raises:
            InputError: A name is not a part's, or an answer is not one that its part allows.
        """
        known = self._check(answers)
        if self.missing_rule is not None:
            return dict(self.missing_rule(known))
        return settled(self.rule(known))

    def bounds(self, answers: Answers, score: str | None = None) -> tuple[Value, Value]:
        """Return the lowest and the highest value that ``score`` can have, given ``answers``.

        They hold for every way of answering the parts that are unanswered. ``score`` is the
        instrument's first unless named. Booleans run from False to True, codes in their order.

        Raises:
            InputError: As for :meth:`score`, or there is no such score.
        """
        wanted = self.scores[0].name if score is None else score
        if wanted not in {each.name for each in self.scores}:
            raise InputError(
                where=f"instrument {self.name}",
                what=f"It has no score {wanted!r}.",
                todo=f"Choose one of {', '.join(each.name for each in self.scores)}.",
            )
        return self.rule(self._check(answers))[wanted]

    def _check(self, answers: Answers) -> Known:
        parts = {part.name: part for part in self.parts}
        known: dict[str, int | Decimal] = {}
        for name, answer in answers.items():
            if name not in parts:
                raise InputError(
                    where=f"{self.name}.{name}",
                    what="The instrument has no such part.",
                    todo=f"Its parts are {', '.join(parts)}.",
                )
            if answer is not None:
                known[name] = _allowed(self.name, parts[name], answer)
        return known


def check_setting(
    instrument: str, setting: str, value: str | int, allowed: Sequence[str | int]
) -> None:
    """Raise InputError unless ``value`` is one that the setting allows."""
    if value not in allowed or isinstance(value, bool):
        raise InputError(
            where=f"instrument {instrument}",
            what=f"The setting {setting} cannot be {value!r}.",
            todo=f"Choose one of {', '.join(str(each) for each in allowed)}.",
        )


def settled(bounds: Bounds) -> dict[str, Value | None]:
    """Return each score whose bounds meet, and None for the others."""
    return {name: low if low == high else None for name, (low, high) in bounds.items()}


def _allowed(instrument: str, part: Part, answer: int | Decimal) -> int | Decimal:
    """Return the answer in its part's own type, or raise InputError."""
    where = f"{instrument}.{part.name}"
    if isinstance(answer, bool):
        if part.type != "boolean":
            raise InputError(where, f"{answer} is not a number.", f"Give {_range(part)}.")
        return int(answer)
    if not isinstance(answer, int | Decimal):
        raise InputError(
            where,
            f"{answer!r} is neither a whole number nor a decimal.",
            "Give an int or a Decimal; a binary fraction is not exact.",
        )
    number = Decimal(answer)
    if not number.is_finite() or not part.low <= number <= part.high:
        raise InputError(where, f"{answer} is outside the range.", f"Give {_range(part)}.")
    if part.type == "decimal":
        return number
    if number != number.to_integral_value():
        raise InputError(where, f"{answer} is not a whole number.", f"Give {_range(part)}.")
    return int(number)


def _range(part: Part) -> str:
    if part.type == "boolean":
        return "true or false"
    unit = f" {part.unit}" if part.unit else ""
    return f"a number from {part.low} to {part.high}{unit}"
