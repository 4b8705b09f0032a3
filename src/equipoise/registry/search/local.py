"""The index of one machine: two folders of tantivy (records, sites) and the synonyms."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.errors import InputError
from equipoise.registry.record import Study, nct_id
from equipoise.registry.search import plan
from equipoise.registry.search.distance import Points, distances_km
from equipoise.registry.search.engine import tantivy
from equipoise.registry.search.fields import by_piece
from equipoise.registry.search.holds import holds, loosely, refuse_exact, refuse_many
from equipoise.registry.search.index import RELEVANCE, Answer, Query, Sort
from equipoise.registry.search.local_documents import (
    LAYOUT,
    location_documents,
    location_schema,
    record_document,
    record_number,
    record_schema,
)
from equipoise.registry.search.local_query import Asking, query
from equipoise.registry.search.synonyms import Synonyms

_HEAP_BYTES = 200_000_000
_MOST_FACETS = 1000


class LocalIndex:
    """An :class:`~.index.Index` in ``folder``; ``record`` gives a record for exact comparison.

    Safe to be read by several threads, and while another process writes: what it wrote is found by
    the next question. One process writes at a time.
    """

    def __init__(self, folder: Path, record: Callable[[str], Study] | None = None) -> None:
        self.folder = folder
        self.record = record
        self._numbers = lru_cache(maxsize=64)(self._numbers_now)
        self._signed: tuple[int, int] | None = None

    @property
    def generation(self) -> int | None:
        """Return the store's generation when the index was made; None where there is none."""
        try:
            about = json.loads((self.folder / "about.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return int(about["generation"]) if about.get("layout") == LAYOUT else None

    @cached_property
    def synonyms(self) -> Synonyms:
        """Return the names of one thing, learnt from the records."""
        return Synonyms.read(self.folder / "synonyms.json")

    def build(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records and no others; return how many.

        The old index answers until the new one is whole.
        """
        made = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(made, ignore_errors=True)
        synonyms = Synonyms()
        with _writing(self.folder):
            count = _write(made, studies, synonyms, replace=False)
            synonyms.write(made / "synonyms.json")
            _sign(made, generation)
            shutil.rmtree(self.folder, ignore_errors=True)
            made.rename(self.folder)
        self._forget()
        return count

    def update(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records in addition, or instead of their earlier versions."""
        if self.generation is None:
            return self.build(studies, generation=generation)
        synonyms = Synonyms.read(self.folder / "synonyms.json")
        with _writing(self.folder):
            count = _write(self.folder, studies, synonyms, replace=True)
            synonyms.write(self.folder / "synonyms.json")
            _sign(self.folder, generation)
        self._forget()
        return count

    def search(self, query: Query) -> Answer:
        """Answer a query; raise :class:`InputError` when there is no index yet."""
        self._follow()
        searcher = self._searchers[0]
        found = self._query(query.where)
        if not query.sort or query.sort[0].piece == RELEVANCE:
            result = searcher.search(found, limit=_within_reason(searcher, query), count=True)
            total = int(result.count)  # type: ignore[attr-defined]  # not in its stubs
            hits = [address for _, address in result.hits[query.offset :]][: query.size]
        else:
            total = _count(searcher, found)
            hits = self._sorted(found, query)
        ids = tuple(str(searcher.doc(each).get_first("id")) for each in hits)
        return Answer(total, ids, self._facets(found, query.facets))

    @cached_property
    def _indexes(self) -> tuple[tantivy.Index, tantivy.Index]:
        if self.generation is None:
            raise InputError(
                str(self.folder),
                "holds no index of records",
                "Run `equipoise registry load` first.",
            )
        try:
            return _open(self.folder / "records"), _open(self.folder / "locations")
        except ValueError as error:
            raise InputError(
                str(self.folder), f"is damaged: {error}", "Delete the folder; it is made again."
            ) from None

    @cached_property
    def _searchers(self) -> tuple[tantivy.Searcher, tantivy.Searcher]:
        return self._indexes[0].searcher(), self._indexes[1].searcher()

    def _follow(self) -> None:
        """Open the files anew if somebody wrote them since they were opened."""
        try:
            about = (self.folder / "about.json").stat()
        except OSError:
            return  # being replaced: the old files still answer
        signed = (about.st_mtime_ns, about.st_ino)
        if signed != self._signed:
            self._forget()
            self._signed = signed

    def _forget(self) -> None:
        for name in ("_indexes", "_searchers", "_points", "synonyms"):
            self.__dict__.pop(name, None)
        self._numbers.cache_clear()

    def _query(self, asked: plan.Plan) -> tantivy.Query:
        schema = self._indexes[0].schema
        return query(asked, Asking(schema, self._numbers, self._points_in, self._exact))

    def _facets(self, found: tantivy.Query, pieces: Sequence[str]) -> dict[str, dict[str, int]]:
        wanted = {
            piece: {"terms": {"field": f"facet_{piece}", "size": _MOST_FACETS}} for piece in pieces
        }
        answer = self._searchers[0].aggregate(found, wanted) if wanted else {}
        return {
            piece: {str(each["key"]): int(each["doc_count"]) for each in answer[piece]["buckets"]}
            for piece in pieces
        }

    def _numbers_now(self, asked: plan.OneLocation) -> list[int]:
        searcher, schema = self._searchers[1], self._indexes[1].schema
        asking = Asking(schema, self._numbers, self._points_in, refuse_exact, of_locations=True)
        inside = query(asked.of, asking)
        hits = _all(searcher, tantivy.Query.const_score_query(inside, 0.0))
        numbers: list[Any] = searcher.fast_field_values("number", hits)
        return sorted({int(each) for each in numbers})

    @cached_property
    def _points(self) -> tuple[list[str], Points]:
        """Return where sites are, as terms and as degrees: each point once, however many share it.

        The registry knows a site by its town, so points are few.
        """
        terms = [term for term, _ in self._searchers[0].terms_with_prefix("point", "")]
        degrees = [float(each) for term in terms for each in term.split(",")]
        return terms, np.array(degrees, float).reshape(-1, 2)

    def _points_in(self, near: plan.Near) -> list[str]:
        terms, points = self._points
        apart_km = distances_km((near.latitude_deg, near.longitude_deg), points)
        return [terms[each] for each in np.flatnonzero(apart_km <= near.radius_km)]

    def _exact(self, asked: plan.Exact, among: list[tantivy.Query]) -> list[str]:
        if self.record is None:
            raise InputError(
                "query", "EXPANSION[None] compares with the records themselves, which are not here",
                "Search with the store of records, or use EXPANSION[Term].",
            )  # fmt: skip
        searcher = self._searchers[0]
        loose = tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, each) for each in (*among, self._query(loosely(asked)))]
        )
        refuse_many(asked, _count(searcher, loose))
        hits = _all(searcher, tantivy.Query.const_score_query(loose, 0.0))
        ids = [str(searcher.doc(each).get_first("id")) for each in hits]
        return [each for each in ids if holds(self.record(each), asked)]

    def _sorted(self, found: tantivy.Query, asked: Query) -> list[tantivy.DocAddress]:
        """Return the hits of a part of the answer in its order, ties by registration number."""
        searcher = self._searchers[0]
        needed = _within_reason(searcher, asked)
        hits = _scored(searcher, self._front(found, asked.sort[0], needed) or found)
        addresses = [address for _, address in hits]
        keys = [np.array(searcher.fast_field_values("serial", addresses), float)]
        for sort in reversed(asked.sort):
            if sort.piece == RELEVANCE:
                keys.append(-np.array([score for score, _ in hits], float))
                continue
            values = searcher.fast_field_values(f"order_{sort.piece}", addresses)
            key = np.array([np.nan if each is None else each for each in values], float)
            keys.append(-key if sort.descending else key)  # lexsort puts nan last
        order = np.lexsort(keys)[asked.offset : needed]
        return [addresses[each] for each in order]

    def _front(self, found: tantivy.Query, sort: Sort, needed: int) -> tantivy.Query | None:
        """Return what finds the first ``needed`` records and their ties; None for all of them.

        An order by one field is quick; by a second one, only within the ties of the first.
        """
        if by_piece()[sort.piece].repeats:
            return None
        name = f"order_{sort.piece}"
        order = tantivy.Order.Desc if sort.descending else tantivy.Order.Asc
        top = self._searchers[0].search(
            found, limit=max(1, needed), count=False, order_by_field=name, order=order
        )
        if len(top.hits) < needed or not top.hits or top.hits[-1][0] is None:
            return None
        last = top.hits[-1][0]
        low, high = (last, None) if sort.descending else (None, last)
        within = tantivy.Query.range_query(
            self._indexes[0].schema, name, tantivy.FieldType.Float, low, high
        )
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, found),
                (tantivy.Occur.Must, tantivy.Query.const_score_query(within, 0.0)),
            ]
        )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say in a sentence why an index could not be written."""
    try:
        yield
    except (OSError, ValueError) as error:  # tantivy raises ValueError, for locks and disks too
        busy = "Lock" in str(error)
        what = "is being written by another process" if busy else f"cannot be written: {error}"
        todo = "Wait for it, then try again." if busy else "Make room, or give another folder."
        raise InputError(str(folder), what, todo) from None


def _open(folder: Path, schema: tantivy.Schema | None = None) -> tantivy.Index:
    if schema is None:
        opened = tantivy.Index.open(str(folder))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        opened = tantivy.Index(schema, path=str(folder))
    plain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    opened.register_tokenizer("whitespace", plain)
    return opened


def _write(folder: Path, studies: Iterable[Study], synonyms: Synonyms, *, replace: bool) -> int:
    records = _open(folder / "records", record_schema())
    place_schema = location_schema()
    places = _open(folder / "locations", place_schema)
    record_writer, place_writer = records.writer(_HEAP_BYTES, 1), places.writer(_HEAP_BYTES // 4, 1)
    count = 0
    for study in studies:
        study_id = str(nct_id(study))
        if replace:
            record_writer.delete_documents_by_term("id", study_id)
            sites = tantivy.Query.term_query(place_schema, "number", record_number(study_id))
            place_writer.delete_documents_by_query(sites)  # by term misses numbers
        record_writer.add_document(record_document(study))
        for each in location_documents(study):
            place_writer.add_document(each)
        synonyms.add([study])
        count += 1
    for writer in (record_writer, place_writer):
        writer.commit()
        writer.wait_merging_threads()
    return count


def _sign(folder: Path, generation: int) -> None:
    about = json.dumps({"layout": LAYOUT, "generation": generation})
    (folder / "about.json").write_text(about, encoding="utf-8")


def _within_reason(searcher: tantivy.Searcher, asked: Query) -> int:
    """Return how many hits are needed; room is made for as many, so never more than there are."""
    return max(1, min(asked.offset + asked.size, searcher.num_docs))


def _scored(searcher: tantivy.Searcher, found: tantivy.Query) -> list[tuple[Any, Any]]:
    """Return all hits; counted first, since room is made for as many as are asked for."""
    limit = max(1, _count(searcher, found))
    return searcher.search(found, limit=limit, count=False).hits


def _count(searcher: tantivy.Searcher, found: tantivy.Query) -> int:
    plain = tantivy.Query.const_score_query(found, 0.0)  # no score is worked out
    return int(searcher.search(plain, limit=1, count=True).count)  # type: ignore[attr-defined]


def _all(searcher: tantivy.Searcher, found: tantivy.Query) -> list[tantivy.DocAddress]:
    return [address for _, address in _scored(searcher, found)]
