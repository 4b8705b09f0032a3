# ruff: noqa: S608 - the names in a statement are written here; every value is a parameter
"""The index of a portal with many readers: PostgreSQL, with the same answers as the local one.

The words of each place of a record are one row: as a ``tsvector`` without positions, by which a
GIN index says which rows have all the words, and as text, in which they stand side by side. Sites
are rows of their own. Records are kept as JSON, so that what must be compared letter by letter can
be. The rank counts the places that match by their weight, not how often they match.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from equipoise.errors import InputError
from equipoise.registry.record import Study, locations, nct_id
from equipoise.registry.search import content, fields, plan
from equipoise.registry.search.holds import holds, loosely, refuse_many
from equipoise.registry.search.index import RELEVANCE, Answer, Query, Sort
from equipoise.registry.search.postgres_query import Asking, Sql, condition, score
from equipoise.registry.search.synonyms import Synonyms

try:
    import psycopg
except ModuleNotFoundError:
    raise InputError(
        "registry search", "needs psycopg to reach PostgreSQL", "pip install 'equipoise[postgres]'"
    ) from None

LAYOUT = 1
"""Changes when tables made before can no longer be read."""

_TABLES = """
CREATE TABLE about (layout int, generation bigint);
CREATE TABLE synonyms (heading text, found text, records int);
CREATE TABLE records (id text PRIMARY KEY, serial bigint NOT NULL, has text[] NOT NULL,
  body jsonb NOT NULL);
CREATE TABLE aliases (alias text NOT NULL, id text NOT NULL);
CREATE TABLE texts (id text NOT NULL, place text NOT NULL, body text NOT NULL, words tsvector);
CREATE TABLE orders (id text NOT NULL, piece text NOT NULL, nth int NOT NULL,
  value double precision NOT NULL);
CREATE TABLE facets (id text NOT NULL, piece text NOT NULL, value text NOT NULL);
CREATE TABLE sites (site bigint PRIMARY KEY, id text NOT NULL, has text[] NOT NULL,
  latitude_deg double precision, longitude_deg double precision);
CREATE TABLE site_texts (site bigint NOT NULL, id text NOT NULL, place text NOT NULL,
  body text NOT NULL, words tsvector);
"""
_INDEXES = """
CREATE INDEX ON records USING gin (has);
CREATE INDEX ON aliases (alias);
CREATE INDEX ON texts USING gin (words);
CREATE INDEX ON texts (id, place);
CREATE INDEX ON orders (piece, value);
CREATE INDEX ON orders (id, piece);
CREATE INDEX ON facets (id);
CREATE INDEX ON sites (id);
CREATE INDEX ON sites (latitude_deg);
CREATE INDEX ON site_texts USING gin (words);
CREATE INDEX ON site_texts (site);
CREATE INDEX ON site_texts (id);
ANALYZE;
"""
_BY_ID = ("records", "aliases", "texts", "orders", "facets", "sites", "site_texts")
_COLUMNS = {
    "records": "id, serial, has, body",
    "aliases": "alias, id",
    "texts": "id, place, body, words",
    "orders": "id, piece, nth, value",
    "facets": "id, piece, value",
    "sites": "site, id, has, latitude_deg, longitude_deg",
    "site_texts": "site, id, place, body, words",
}
_AT_ONCE = 500

Rows = dict[str, list[tuple[Any, ...]]]


class PostgresIndex:
    """An :class:`~.index.Index` in a schema of a database; ``address`` as libpq reads it.

    Safe to share between threads, which take turns; a server opens one for each of its workers.
    """

    def __init__(self, address: str, schema: str = "equipoise_search") -> None:
        if not schema.isidentifier():
            raise InputError("schema", f"'{schema}' is no name", "Use letters, digits and _.")
        self.schema = schema
        self._lock = threading.RLock()
        self._known: tuple[int | None, Synonyms] = (None, Synonyms())
        try:
            self._sql = psycopg.connect(address, autocommit=True)
        except psycopg.Error as error:
            what = str(error).strip().splitlines()[0]
            raise InputError("PostgreSQL", f"cannot be reached: {what}", "Check it.") from None
        self._do(f"SET search_path TO {schema}")

    def close(self) -> None:
        """Close the connection."""
        self._sql.close()

    @property
    def generation(self) -> int | None:
        """Return the store's generation when the index was made; None where there is none."""
        if not self._do("SELECT to_regclass('about')")[0][0]:
            return None
        rows = self._do("SELECT generation FROM about WHERE layout = %s", LAYOUT)
        return int(rows[0][0]) if rows else None

    @property
    def synonyms(self) -> Synonyms:
        """Return the names of one thing, learnt from the records."""
        generation = self.generation
        if generation is not None and self._known[0] != generation:
            rows = self._do("SELECT heading, found, records FROM synonyms")
            pairs = {(tuple(a.split()), tuple(b.split())): n for a, b, n in rows}
            self._known = (generation, Synonyms(pairs))
        return self._known[1]

    def build(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records and no others; return how many.

        The old ones answer until the new ones are whole: they are put into a schema of their own.
        """
        made, synonyms = f"{self.schema}_new", Synonyms()
        with self._lock:
            self._do(f"DROP SCHEMA IF EXISTS {made} CASCADE")
            self._do(f"CREATE SCHEMA {made}")
            try:
                self._do(f"SET search_path TO {made}")
                self._each(_TABLES)
                count = self._put(studies, synonyms)
                self._each(_INDEXES)
                self._sign(generation, synonyms)
                with self._sql.transaction():
                    self._do(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
                    self._do(f"ALTER SCHEMA {made} RENAME TO {self.schema}")
            finally:
                self._do(f"SET search_path TO {self.schema}")
                self._known = (None, Synonyms())
        return count

    def update(self, studies: Iterable[Study], *, generation: int = 0) -> int:
        """Take these records in addition, or instead of their earlier versions."""
        if self.generation is None:
            return self.build(studies, generation=generation)
        synonyms = Synonyms(self.synonyms.pairs)
        with self._lock, self._sql.transaction():
            count = self._put(studies, synonyms, replace=True)
            self._sign(generation, synonyms)
        self._known = (None, Synonyms())
        return count

    def search(self, query: Query) -> Answer:
        """Answer a query; raise :class:`InputError` when there is no index yet."""
        if self.generation is None:
            raise InputError(
                "PostgreSQL", f"has no records in '{self.schema}'", "Build the index first."
            )
        where = condition(query.where, self._asking())
        total = int(self._ask(f"SELECT count(*) FROM records r WHERE {where.text}", where)[0][0])
        order = self._order(query)
        rows = self._ask(
            f"SELECT r.id FROM records r WHERE {where.text}"
            f" ORDER BY {order.text} LIMIT %s OFFSET %s",
            where, order, Sql("", [query.size, query.offset]),
        )  # fmt: skip
        return Answer(total, tuple(row[0] for row in rows), self._facets(where, query.facets))

    def _asking(self) -> Asking:
        return Asking("r", "texts", "id", self._exact)

    def _order(self, query: Query) -> Sql:
        made = []
        for sort in query.sort or (Sort(RELEVANCE, descending=True),):
            falls = "DESC" if sort.descending else "ASC"
            if sort.piece == RELEVANCE:
                found = score(query.where, self._asking())
                made += [Sql(f"{found.text} DESC", found.values)] if found else []
            else:
                text = "(SELECT value FROM orders o WHERE o.id = r.id AND piece = %s AND nth = 0)"
                made.append(Sql(f"{text} {falls} NULLS LAST", [sort.piece]))
        made.append(Sql("r.serial"))
        return Sql(", ".join(each.text for each in made), [v for each in made for v in each.values])

    def _facets(self, where: Sql, pieces: Sequence[str]) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {piece: {} for piece in pieces}
        if pieces:
            rows = self._ask(
                "SELECT f.piece, f.value, count(*) FROM facets f JOIN records r ON r.id = f.id"
                f" WHERE f.piece = ANY(%s) AND {where.text} GROUP BY 1, 2 ORDER BY 3 DESC, 2",
                Sql("", [list(pieces)]), where,
            )  # fmt: skip
            for piece, value, count in rows:
                counts[piece][value] = int(count)
        return counts

    def _exact(self, asked: plan.Exact, among: list[Sql]) -> list[str]:
        loose = condition(loosely(asked), self._asking()).joined(*among, by="AND")
        count = self._ask(f"SELECT count(*) FROM records r WHERE {loose.text}", loose)[0][0]
        refuse_many(asked, int(count))
        rows = self._ask(f"SELECT r.id, r.body FROM records r WHERE {loose.text}", loose)
        return [name for name, body in rows if holds(body, asked)]

    # --- writing ----------------------------------------------------------------------------------

    def _put(self, studies: Iterable[Study], synonyms: Synonyms, *, replace: bool = False) -> int:
        site = int(self._do("SELECT coalesce(max(site), 0) FROM sites")[0][0])
        count, rows = 0, _no_rows()
        for study in studies:
            if replace:
                for table in _BY_ID:
                    self._do(f"DELETE FROM {table} WHERE id = %s", str(nct_id(study)))
            site = _rows_of(study, rows, site)
            synonyms.add([study])
            count += 1
            if count % _AT_ONCE == 0:
                rows = self._copy(rows)
        self._copy(rows)
        return count

    def _copy(self, rows: Rows) -> Rows:
        with self._sql.cursor() as cursor:
            for table, given in rows.items():
                statement = f"COPY {table} ({_COLUMNS[table]}) FROM STDIN"
                with cursor.copy(statement.encode()) as copy:
                    for row in given:
                        copy.write_row(row)
        return _no_rows()

    def _sign(self, generation: int, synonyms: Synonyms) -> None:
        self._do("DELETE FROM about")
        self._do("INSERT INTO about VALUES (%s, %s)", LAYOUT, generation)
        self._do("DELETE FROM synonyms")
        for (heading, found), count in synonyms.pairs.items():
            row = (" ".join(heading), " ".join(found), count)
            self._do("INSERT INTO synonyms VALUES (%s, %s, %s)", *row)

    # --- the connection ---------------------------------------------------------------------------

    def _each(self, statements: str) -> None:
        for statement in statements.split(";"):
            if statement.strip():
                self._do(statement)

    def _ask(self, text: str, *parts: Sql) -> list[Any]:
        return self._do(text, *(value for part in parts for value in part.values))

    def _do(self, text: str, *values: Any) -> list[Any]:
        try:
            with self._lock:
                done = self._sql.execute(text.encode(), values or None)
                return done.fetchall() if done.description else []
        except psycopg.Error as error:
            what = str(error).strip().splitlines()[0]
            raise InputError(
                "PostgreSQL", f"did not answer: {what}", "Check the server, then try again."
            ) from None


def _no_rows() -> Rows:
    return {table: [] for table in _COLUMNS}


def _rows_of(study: Study, rows: Rows, site: int) -> int:
    """Add the rows of a record; return the number of its last site."""
    name, values = str(nct_id(study)), fields.values(study)
    body = json.dumps(study, ensure_ascii=False).replace("\\u0000", "")
    rows["records"].append((name, content.serial(name), list(values), body))
    rows["aliases"] += [(str(alias), name) for alias in values.get("NCTIdAlias", [])]
    texts = content.texts(values)
    for area in content.GATHERED:
        if text := content.gathered(area, texts):
            rows["texts"].append((name, f"area {area}", *_words(text)))
    rows["texts"] += [(name, piece, *_words(text)) for piece, text in texts.items()]
    for piece, places in content.ordered(values).items():
        rows["orders"] += [(name, piece, nth, value) for nth, value in enumerate(places)]
    for piece, counted in content.facets(values).items():
        rows["facets"] += [(name, piece, value) for value in counted]
    for location in locations(study):
        site += 1
        inside = fields.location_values(location)
        point = next(iter(content.points(inside)), (None, None))
        rows["sites"].append((site, name, list(inside), *point))
        texts = content.texts(inside)
        gathered = {"area LocationSearch": content.gathered("LocationSearch", texts)}
        rows["site_texts"] += [
            (site, name, place, *_words(text)) for place, text in (texts | gathered).items() if text
        ]
    return site


def _words(text: str) -> tuple[str, str]:
    """Return a text as it is searched for phrases, and its words as a ``tsvector``."""
    return f" {text} ", " ".join(f"'{word}'" for word in sorted(set(text.split()) - {"^", "$"}))
