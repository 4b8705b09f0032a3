"""What is to be found, as every index understands it: words at places, orders, and/or/not.

A plan says which records answer, exactly; :mod:`equipoise.registry.search.meaning` makes it from
a query. ``Prefer`` and ``Rather`` are about rank: they never change what is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from equipoise.registry.search.fields import Place


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words (as :func:`~.words.words` gives them) side by side in one value of ``place``.

    ``first``: the value begins with them; ``last``: it ends with them.
    """

    place: Place
    words: tuple[str, ...]
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """This text in a value of ``place``, its case and accents too; spaces in a row are one."""

    place: Place
    text: str
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """A value of the ordered ``piece`` from ``low`` to ``high``; None is no end."""

    piece: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Present:
    """Any of the pieces is in the record."""

    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A site lies within ``radius_km`` of a point in degrees."""

    latitude_deg: float
    longitude_deg: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class OneLocation:
    """One site alone answers ``of``."""

    of: Plan


@dataclass(frozen=True, slots=True)
class Ids:
    """These records."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Everything:
    """All records (inside :class:`OneLocation`: all sites)."""


@dataclass(frozen=True, slots=True)
class Neither:
    """Records that ``of`` does not find."""

    of: Plan


@dataclass(frozen=True, slots=True)
class Every:
    """Records that all parts find; all records where there are no parts."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Records that a part finds; none where there are no parts."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Rather:
    """Records that ``of`` finds, those before others that ``better`` finds, too."""

    of: Plan
    better: Plan


@dataclass(frozen=True, slots=True)
class Prefer:
    """Records that ``of`` finds, their score multiplied by ``factor``; 0 is a mere filter."""

    of: Plan
    factor: float


Plan = (
    Phrase | Exact | Between | Present | Near | OneLocation | Ids | Everything | Neither | Every
    | Any | Prefer | Rather
)  # fmt: skip


def conjuncts(asked: Every) -> Iterator[Plan]:
    """Yield all that must hold together, however deep it is nested."""
    for part in asked.parts:
        if isinstance(part, Every):
            yield from conjuncts(part)
        elif isinstance(part, Prefer):
            for inner in conjuncts(Every((part.of,))):
                yield inner if isinstance(inner, Exact) else Prefer(inner, part.factor)
        else:
            yield part
