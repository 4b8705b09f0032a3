"""The studies related to one, as a page shows them: looked up once, said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from equipoise.errors import InputError
from equipoise.language import Language
from equipoise.registry.page import Neighbour
from equipoise.registry.page.words import comma
from equipoise.registry.record import Study, get, interventions, title
from equipoise.registry.related.facts import drugs
from equipoise.registry.related.fresh import fresh_related
from equipoise.registry.related.index import Index, Related
from equipoise.registry.related.links import KINDS, Reason
from equipoise.registry.related.words import words
from equipoise.registry.store import FILE, Store

_SHOWN = 8
_REMEMBERED = 2000
_STATUS = "protocolSection.statusModule.overallStatus"
_TOKEN = re.compile(r"[\w-]+")
_OF_DRUGS = ("condition and drugs", "drugs", "cohort")


@dataclass(frozen=True, slots=True)
class _Found:
    """A related study before its reasons are put in words."""

    nct_id: str
    title: str
    status: str
    reasons: tuple[Reason, ...]


class Relatives:
    """The relations of a store's records, kept in ``home``.

    Until they are worked out none is told, so that pages need not wait; after a load, those worked
    out before are told until the new ones are. Safe to share between threads.
    """

    def __init__(self, store: Store, home: Path) -> None:
        """Take the store; nothing is read before :meth:`prepare`."""
        self.store = store
        self.home = home
        self._made: tuple[int, Index] | None = None
        self._looked_up = lru_cache(maxsize=_REMEMBERED)(self._look_up)

    def __call__(self, number: str, say: Language) -> list[Neighbour] | None:
        """Return the studies most related to a record of the store; None if not worked out yet."""
        if self._made is None:
            return None
        found = self._looked_up(number, self.store.generation, self._made[0])
        return [_neighbour(each, say) for each in found]

    def prepare(self, store: Store) -> None:
        """Read the relations, or work them out where there are none for the records as they are."""
        generation = store.generation
        self._made = generation, fresh_related(store, self.home)
        self._looked_up.cache_clear()  # no more than what is told from now on

    def _look_up(self, number: str, _generation: int, _made: int) -> tuple[_Found, ...]:
        assert self._made is not None
        study = self.store.get(number)
        return _told(self.store, study, self._made[1].related(study, _SHOWN))


def related_in(home: Path, study: Study, say: Language) -> list[Neighbour] | None:
    """Return the records in ``home`` most related to a study; None where there are no records.

    Works the relations out where that has not been done for the records as they are. Raises
    :class:`InputError` when they cannot be kept in ``home``.
    """
    if not (home / FILE).exists():
        return None
    with Store(home) as store:
        if not len(store):
            return None
        try:
            index = fresh_related(store, home)
        except OSError as error:
            raise InputError(
                str(home), f"cannot keep relations: {error.strerror}", "Give another --home."
            ) from None
        return [_neighbour(each, say) for each in _told(store, study, index.related(study, _SHOWN))]


def _told(store: Store, study: Study, related: Sequence[Related]) -> tuple[_Found, ...]:
    """Return related records with titles, states, and names in reasons as they are written."""
    found = []
    for each in related:
        other = store.get(each.nct_id)
        reasons = tuple(as_written(reason, study) for reason in each.reasons)
        found.append(_Found(each.nct_id, title(other), str(get(other, _STATUS, "")), reasons))
    return tuple(found)


def _neighbour(found: _Found, say: Language) -> Neighbour:
    """Return a related study with its reasons in words."""
    reasons = tuple(said(reason, say) for reason in found.reasons)
    return Neighbour(found.nct_id, found.title, found.status, reasons)


def said(reason: Reason, say: Language) -> str:
    """Return a reason in words."""
    return say(KINDS[reason.kind], parts=comma(say).join(reason.parts))


def as_written(reason: Reason, study: Study) -> Reason:
    """Return a reason with the names of drugs as ``study`` writes them.

    They are compared in small letters and without signs; what is not found again stays so.
    """
    if reason.kind not in _OF_DRUGS:
        return reason
    compared = set(drugs(study)).intersection(reason.parts)
    names = [str(each.get("name", "")) for each in interventions(study)]
    written = {
        " ".join(words(run)): run
        for name in [*names, title(study)]
        for run in _runs(name, compared)
    }
    parts: list[str] = []
    for part in reason.parts:
        has = [run for key, run in written.items() if part in key.split()]
        new = min(has, key=len) if part in compared and has else part
        if new not in parts:
            parts.append(new)
    return replace(reason, parts=tuple(parts))


def _runs(name: str, compared: AbstractSet[str]) -> Iterator[str]:
    """Yield the words of a name that are among those compared, neighbours together."""
    start = end = -1
    for token in _TOKEN.finditer(name):
        if compared.isdisjoint(words(token[0])):
            if end >= 0:
                yield name[start:end]
            start = end = -1
        else:
            start, end = (start if end >= 0 else token.start()), token.end()
    if end >= 0:
        yield name[start:end]
