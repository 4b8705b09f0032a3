"""An index of records that finds the related ones: built, saved, loaded, asked."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from equipoise.errors import InputError
from equipoise.registry.record import Study, nct_id
from equipoise.registry.related.evidence import NAMES, evidence
from equipoise.registry.related.facts import Facts, facts
from equipoise.registry.related.fields import SPACES, counts
from equipoise.registry.related.links import Reason, explicit, reasons, ties
from equipoise.registry.related.sentence import Sentences, told
from equipoise.registry.related.space import Growing, Space
from equipoise.registry.related.weights import WEIGHTS, WEIGHTS_WITH_MEANING

CANDIDATES = 300
"""How many records are looked at closely: the nearest by words and by meaning, and those linked."""

_NAME = "related-3.json"
_MEANINGS = "meanings.npy"
_LINKED = 100.0
_DAMAGE = (OSError, ValueError, LookupError, TypeError, EOFError, BadZipFile, zlib.error)
_MOST_SHARED_TERMS = 5


@dataclass(frozen=True, slots=True)
class Related:
    """A related record: the score ranks within one answer only; the reasons say why."""

    nct_id: str
    score: float
    reasons: tuple[Reason, ...]


class Index:
    """Records as vectors in several spaces, with what links are found by."""

    def __init__(
        self,
        ids: Sequence[str],
        spaces: dict[str, Space],
        known: Sequence[Facts],
        meanings: NDArray[np.float16] | None = None,
    ) -> None:
        """Take numbers, spaces, facts and (where a model read them) meanings, record by record."""
        self.ids = tuple(ids)
        self.spaces = spaces
        self.known = tuple(known)
        self.meanings = None if meanings is None else meanings.astype(np.float32)
        self._place = {each: place for place, each in enumerate(self.ids)}
        self._numbers = np.array([_number(each) for each in self.ids], np.int64)

    @classmethod
    def build(cls, studies: Iterable[Study], sentences: Sentences | None = None) -> Index:
        """Return the index of ``studies``; one without a registration number is left out.

        ``sentences`` is the model that reads their meanings, None to relate them by words alone.
        """
        known: list[Facts] = []
        texts: list[str] = []
        growing = {name: Growing() for name in SPACES}
        for study in studies:
            if nct_id(study):
                known.append(facts(study))
                if sentences:
                    texts.append(told(study))
                for name, counted in counts(study).items():
                    growing[name].add(counted)
        spaces = {name: growing.pop(name).space() for name in SPACES}
        # Rounded as they will be written, so that an index answers alike before and after.
        meanings = sentences.encode(texts).astype(np.float16) if sentences else None
        return cls([each.nct_id for each in known], spaces, known, meanings)

    def save(self, folder: Path) -> None:
        """Write the index to ``folder``, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _NAME).unlink(missing_ok=True)
        for name, one in self.spaces.items():
            sp.save_npz(folder / f"{name}.npz", one.counts, compressed=False)
            (folder / f"{name}.txt").write_text("\n".join(one.terms), "utf-8")
        (folder / _MEANINGS).unlink(missing_ok=True)
        if self.meanings is not None:
            np.save(folder / _MEANINGS, self.meanings.astype(np.float16))
        with gzip.open(folder / "facts.json.gz", "wt", encoding="utf-8", compresslevel=3) as file:
            json.dump([each.as_json() for each in self.known], file, ensure_ascii=False)
        # Written last: without it the folder holds no index, whatever else was written.
        (folder / _NAME).write_text(json.dumps({"ids": self.ids}), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Index:
        """Return the index saved in ``folder``; raise :class:`InputError` when there is none."""
        try:
            kept = json.loads((folder / _NAME).read_text("utf-8"))
            spaces = {name: _loaded(folder, name) for name in SPACES}
            with gzip.open(folder / "facts.json.gz", "rt", encoding="utf-8") as file:
                known = [Facts.from_json(each) for each in json.load(file)]
            meant = (folder / _MEANINGS).exists()
            meanings = np.load(folder / _MEANINGS) if meant else None
        except _DAMAGE:
            raise InputError(
                str(folder), "holds no index of related records", "Build it again."
            ) from None
        return cls(kept["ids"], spaces, known, meanings)

    def related(self, study: Study, k: int = 10, *, linked: bool = True) -> list[Related]:
        """Return the ``k`` records most related to ``study``, the likeliest first.

        ``study`` need not be in the index; where it is, it is not among its own relatives.
        Records that it names, that name it, or that share a publication of results or a number
        with it come first; ``linked=False`` ranks by what the records say alone.
        """
        places, scores = self.ranked(study, linked=linked)
        own = facts(study)
        vector = self.spaces["words"].vector(counts(study)["words"])
        return [
            Related(
                self.ids[place],
                round(float(score), 4),
                reasons(own, self.known[place], self._shared(vector, place)),
            )
            for place, score in zip(places[:k], scores[:k], strict=True)
        ]

    def ranked(
        self, study: Study, *, linked: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the places of the candidates, the likeliest first, and their scores."""
        places, found = self.evidence(study, linked=linked)
        by_words = self._meaning(nct_id(study)) is None
        weights = WEIGHTS if by_words else WEIGHTS_WITH_MEANING
        scores = found @ np.array([weights.get(name, 0.0) for name in NAMES], np.float32)
        if linked:
            own = facts(study)
            scores += [_LINKED * explicit(own, self.known[place]) for place in places]
        order = np.lexsort((places, -scores))
        return places[order], scores[order]

    def evidence(
        self, study: Study, *, linked: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the places of the candidates and what speaks for each, by :data:`NAMES`."""
        counted, own = counts(study), nct_id(study)
        vector = self.spaces["words"].vector(counted["words"])
        near = np.asarray((vector @ self.spaces["words"].inverted).todense()).ravel()
        meaning = self._meaning(own)
        places = self._nearest(near, own)
        if meaning is not None and self.meanings is not None:
            places = np.union1d(places, self._nearest(self.meanings @ meaning, own))
        if linked:
            places = np.union1d(places, self._linked(facts(study), own))
        places = np.sort(places).astype(np.int64)
        if not len(places):
            return places, np.empty((0, len(NAMES)), np.float32)
        numbers = (_number(own or ""), self._numbers[places])
        meant = None
        if meaning is not None and self.meanings is not None:
            meant = meaning, self.meanings[places]
        return places, evidence(self.spaces, counted, places, numbers, meant)

    def _nearest(self, near: NDArray[np.float32], own: str | None) -> NDArray[np.int64]:
        """Return the places of the nearest records, without ``own``."""
        if own in self._place:
            near[self._place[own]] = -1
        n = min(CANDIDATES, len(near))
        places = np.argpartition(-near, n - 1)[:n] if n else np.empty(0, np.int64)
        return places[near[places] > 0]

    def _meaning(self, own: str | None) -> NDArray[np.float32] | None:
        """The meaning of a record of the index; None where none was read."""
        if self.meanings is None or own not in self._place:
            return None
        return np.asarray(self.meanings[self._place[own]], np.float32)

    def _linked(self, own: Facts, number: str | None) -> NDArray[np.int64]:
        found = {place for key in ties(own) for place in self._tied.get(key, ())}
        found.discard(self._place.get(number or "", -1))
        linked = [place for place in sorted(found) if explicit(own, self.known[place])]
        return np.array(linked, np.int64)

    @cached_property
    def _tied(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, other in enumerate(self.known):
            for key in ties(other):
                found.setdefault(key, []).append(place)
        return found

    def _shared(self, vector: sp.csr_matrix, place: int) -> list[str]:
        words = self.spaces["words"]
        both = vector.multiply(words.unit[place]).tocsr()
        top = both.indices[np.argsort(-both.data, kind="stable")[:_MOST_SHARED_TERMS]]
        names = self._terms
        return [names[int(term)] for term in top]

    @cached_property
    def _terms(self) -> list[str]:
        return list(self.spaces["words"].terms)


def _loaded(folder: Path, name: str) -> Space:
    terms = (folder / f"{name}.txt").read_text("utf-8").split("\n")
    counts = sp.csr_matrix(sp.load_npz(folder / f"{name}.npz"))
    return Space(counts, {term: place for place, term in enumerate(terms) if term})


def _number(nct: str) -> int:
    return int(nct[3:]) if nct[3:].isdigit() else 0
