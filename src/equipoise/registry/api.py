"""The records served as the registry's API serves them (version 2): an app to mount or to run.

Parameters, answers and faults are those of the published description (OpenAPI, 2.0.5), so that a
client written for the registry works by changing its address. ``docs/registry/search.md`` says
what is left out.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from equipoise.errors import EquipoiseError, InputError
from equipoise.registry.search import stats
from equipoise.registry.search.ask import FILTERS, QUERIES, Asked, ask, number, split
from equipoise.registry.search.fields import areas, by_piece, enums, known_name, parameters
from equipoise.registry.search.index import Index
from equipoise.registry.search.select import chosen, columns, metadata, only, table
from equipoise.registry.store import Store

VERSION = "2.0.5"
"""The published version of the interface that is spoken."""

_DEFAULT_SIZE, _LARGEST_SIZE = 10, 1000
_MOST_FIELDS = 500
_PAGING = ("pageSize", "pageToken", "countTotal")
_SHOWN = ("format", "markupFormat", "fields")
_SEARCHING = (*QUERIES, *FILTERS, "aggFilters", "sort")

# Read and left aside: nearness does not change the order of an answer here.
_DECAY = re.compile(
    r"func:(gauss|exp|linear),scale:\d+(\.\d+)?(km|mi),offset:\d+(\.\d+)?(km|mi),decay:\d+(\.\d+)?"
)

Answer = Callable[[Request], Response]


def app(store: Store, index: Index) -> Starlette:
    """Return the app over a store of records and its index."""
    return Api(store, index).app


class Api:
    """The handlers, one per path."""

    def __init__(self, store: Store, index: Index) -> None:
        self.store = store
        self.index = index
        self._kept: tuple[int, dict[str, Any]] = (-1, {})
        routes: list[tuple[str, Answer]] = [
            ("/studies", self.studies),
            ("/studies/metadata", self.metadata),
            ("/studies/search-areas", self.search_areas),
            ("/studies/enums", self.enums),
            ("/studies/{nct_id}", self.study),
            ("/stats/size", self.size),
            ("/stats/field/values", self.field_values),
            ("/stats/field/sizes", self.field_sizes),
            ("/version", self.version),
        ]
        self.app = Starlette(
            routes=[Route(path, _told(answer), methods=["GET"]) for path, answer in routes],
            exception_handlers={HTTPException: _http_fault},
        )

    def studies(self, request: Request) -> Response:
        """Answer a search: a page of records as JSON or a table."""
        given = _parameters(request, (*_SEARCHING, *_PAGING, *_SHOWN, "geoDecay"))
        as_csv = _one_of(given, "format", ("json", "csv")) == "csv"
        _one_of(given, "markupFormat", ("markdown", "legacy"))
        _check_decay(given.get("geoDecay"))
        count = _one_of(given, "countTotal", ("false", "true")) == "true"
        size = _page_size(given.get("pageSize"))
        digest = _digest(given)
        offset = _offset(given["pageToken"], digest) if given.get("pageToken") else 0
        asked = ask(given, self.index.synonyms, offset=offset, size=size)
        shown = columns(_fields(given)) if as_csv else _chosen(given, asked)
        answer = self.index.search(asked.query)
        found = [self.store.get(each) for each in answer.ids]
        after = offset + len(found)
        token = _token(after, digest) if after < answer.total else None
        if as_csv:
            base = str(request.url.replace(query="")).rstrip("/") + "/"
            names = columns(_fields(given))
            headers = {"x-next-page-token": token} if token else {}
            headers |= {"x-total-count": str(answer.total)} if count and not offset else {}
            text = table(found, names, header=not offset, base=base)
            return Response(text, media_type="text/csv", headers=headers)
        page: dict[str, Any] = {"totalCount": answer.total} if count and not offset else {}
        page["studies"] = [only(each, shown) for each in found]  # type: ignore[arg-type]
        if token:
            page["nextPageToken"] = token
        return _json(page)

    def study(self, request: Request) -> Response:
        """Answer with one record; a former number is sent on to the present one."""
        given = _parameters(request, _SHOWN)
        shape = _one_of(given, "format", ("json", "csv", "json.zip"))
        _one_of(given, "markupFormat", ("markdown", "legacy"))
        wanted = number(request.path_params["nct_id"])
        try:
            present = self.store.resolve(wanted)
        except InputError as error:
            raise HTTPException(404, str(error)) from None
        if present != wanted:
            before, _, asked = str(request.url).rpartition(request.path_params["nct_id"])
            return RedirectResponse(before + present + asked, 301)
        found = self.store.get(present)
        if shape == "csv":
            base = str(request.url.replace(query="")).rpartition("/")[0] + "/"
            text = table([found], columns(_fields(given)), header=True, base=base)
            return Response(text, media_type="text/csv")
        shown = only(found, chosen(_fields(given)) if _fields(given) else None)
        return _zip(present, shown) if shape == "json.zip" else _json(shown)

    def metadata(self, request: Request) -> Response:
        """Answer with the tree of fields."""
        given = _parameters(request, ("includeIndexedOnly", "includeHistoricOnly"))
        for name in given:
            _one_of(given, name, ("false", "true"))
        return _json(metadata())

    def search_areas(self, request: Request) -> Response:
        """Answer with the search areas, their parts and weights."""
        _parameters(request, ())
        by_area = {area: name for name, area in parameters().items()}
        told = [
            {"name": name, **({"param": by_area[name]} if name in by_area else {}), "parts": [
                {"pieces": list(part.pieces), "type": part.type, "isEnum": part.is_enum,
                 "isSynonyms": part.synonyms, "weight": part.weight} for part in parts]}
            for name, parts in areas().items()
        ]  # fmt: skip
        return _json([{"name": "Study", "areas": told}])

    def enums(self, request: Request) -> Response:
        """Answer with the closed lists, their values and the fields that have them."""
        _parameters(request, ())
        told = []
        for name, known in enums().items():
            pieces = [f.piece for f in by_piece().values() if f.type.removesuffix("[]") == name]
            listed = [{"value": each, "legacyValue": _legacy(each)} for each in known]
            told.append({"type": name, "pieces": pieces, "values": listed})
        return _json(told)

    def size(self, request: Request) -> Response:
        """Answer with how large the records are."""
        _parameters(request, ())
        return _json(self._once("size", lambda: stats.sizes(self.store.studies())))

    def field_values(self, request: Request) -> Response:
        """Answer with the values of fields, all or those named."""
        given = _parameters(request, ("types", "fields"))
        kinds = split(given.get("types", ""))
        for kind in kinds:
            if kind not in {"ENUM", "STRING", "DATE", "INTEGER", "NUMBER", "BOOLEAN"}:
                raise InputError("types", f"knows no '{kind}'", "Use ENUM, STRING, DATE, ….")
        known = stats.leaf_fields()
        named = _named(given, known)
        fields = [each for each in named if not kinds or stats.statistic(each) in kinds]
        key = "values " + " ".join(each.piece for each in fields)
        return _json(self._once(key, lambda: stats.value_statistics(self.store.studies(), fields)))

    def field_sizes(self, request: Request) -> Response:
        """Answer with how long the lists are, all or those named."""
        fields = _named(_parameters(request, ("fields",)), stats.list_fields())
        key = "sizes " + " ".join(each.piece for each in fields)
        return _json(self._once(key, lambda: stats.list_sizes(self.store.studies(), fields)))

    def version(self, request: Request) -> Response:
        """Answer with the version of the interface and when the records last changed."""
        _parameters(request, ())
        beside = self.store.path.with_name(f"{self.store.path.name}-wal")
        times = [each.stat().st_mtime for each in (self.store.path, beside) if each.exists()]
        at = datetime.fromtimestamp(max(times, default=0.0), UTC)
        return _json({"apiVersion": VERSION, "dataTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}"})

    def _once(self, key: str, work: Callable[[], Any]) -> Any:
        """Return what ``work`` gives, worked out once for each state of the store."""
        generation = self.store.generation
        if self._kept[0] != generation:
            self._kept = (generation, {})
        kept = self._kept[1]
        if key not in kept:
            kept[key] = work()
        return kept[key]


def _told(answer: Answer) -> Answer:
    """Return a handler that says a fault in plain words: 400 for what was asked wrongly."""

    def handler(request: Request) -> Response:
        try:
            return answer(request)
        except InputError as error:
            return PlainTextResponse(str(error), 400)
        except EquipoiseError as error:
            return PlainTextResponse(str(error), 500)

    return handler


def _http_fault(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code, headers=error.headers)


def _parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters; lists given as several ones are joined."""
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise InputError(name[:60] or "parameter", "is no parameter here",
                             f"There are {', '.join(known) or 'none'}.")  # fmt: skip
        given.setdefault(name, []).append(value)
    single = {*QUERIES, *_PAGING, "format", "markupFormat", "aggFilters", "geoDecay"}
    for name, held in given.items():
        if len(held) > 1 and name in single:
            raise InputError(name, "is given more than once", "Give it once.")
    return {name: "|".join(held) for name, held in given.items()}


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    found = given.get(name, known[0])
    if found not in known:
        raise InputError(name, f"cannot be '{found[:40]}'", f"Use {' or '.join(known)}.")
    return found


def _fields(given: Mapping[str, str]) -> list[str]:
    names = split(given.get("fields", ""))
    if "fields" in given and not names:
        raise InputError("fields", "names none", "Name a field, or leave it out for all.")
    if len(names) > _MOST_FIELDS:
        raise InputError("fields", "names too many", f"Name {_MOST_FIELDS} at most.")
    return names


def _chosen(given: Mapping[str, str], asked: Asked) -> dict[str, Any] | None:
    names = _fields(given)
    if "@query" in names:
        names = [*(each for each in names if each != "@query"), *asked.places]
    return chosen(names) if names else None


def _named(given: Mapping[str, str], known: list[Any]) -> list[Any]:
    names = _fields(given)
    if not names:
        return known
    pieces = {each.piece: each for each in known}
    found = []
    for name in names:
        piece = known_name(name)
        if piece not in pieces:
            raise HTTPException(404, f"fields: '{name}' is no such field.")
        found.append(pieces[piece])
    return found


def _page_size(text: str | None) -> int:
    if text is None:
        return _DEFAULT_SIZE
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InputError("pageSize", f"cannot be '{text[:20]}'", "Give a number from 0 to 1000.")
    return min(int(text), _LARGEST_SIZE) or _DEFAULT_SIZE


def _check_decay(text: str | None) -> None:
    if text is not None and not _DECAY.fullmatch(text):
        raise InputError(
            "geoDecay", f"cannot be read: '{text[:60]}'",
            "Write func:exp,scale:300mi,offset:0mi,decay:0.5.",
        )  # fmt: skip


def _digest(given: Mapping[str, str]) -> str:
    asked = sorted((name, given[name]) for name in _SEARCHING if given.get(name))
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def _token(offset: int, digest: str) -> str:
    return base64.urlsafe_b64encode(f"{offset}.{digest}".encode()).decode().rstrip("=")


def _offset(token: str, digest: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        offset, _, of = text.partition(".")
        if of == digest and 0 < int(offset) < 10**8:
            return int(offset)
    except ValueError:
        pass
    raise InputError(
        "pageToken", "is no token of this search", "Give the nextPageToken of its previous page."
    )


def _legacy(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _json(told: Any) -> Response:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json")


def _zip(name: str, told: Any) -> Response:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.json", json.dumps(told, ensure_ascii=False))
    headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)
