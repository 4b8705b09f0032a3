"""The registry served: a search with facets, the pages of studies, and the API under ``/api/v2``.

Everything is read from the store and its index; a request changes nothing. Pages are whole files
under a policy that lets them fetch nothing, so a record's text can neither run nor call out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from equipoise.errors import EquipoiseError, InputError, Problem
from equipoise.language import LANGUAGES, Language
from equipoise.registry import api
from equipoise.registry.page import Links, Neighbour, Version, render
from equipoise.registry.page.environment import policy
from equipoise.registry.page.pages import (
    Choice,
    Facet,
    Found,
    changes_page,
    facet,
    message_page,
    search_page,
)
from equipoise.registry.record import Study
from equipoise.registry.search.ask import ask
from equipoise.registry.search.index import FACETS, Index
from equipoise.registry.store import Store
from equipoise.registry.versions import differences

_SIZE = 20
_NUMBER = re.compile(r"NCT\d{8}", re.IGNORECASE)
_ORDERS = {
    "": "best match",
    "LastUpdatePostDate": "last updated",
    "StartDate": "start",
    "EnrollmentCount:desc": "enrollment",
}
"""A sort of the API -> English message."""

Related = Callable[[str, Language], Sequence[Neighbour] | None]
"""The studies related to the record of a number; None while they are being worked out."""


@dataclass(frozen=True)
class Registry:
    """What is served: records, their index, what is related to a record, and the day it is."""

    store: Store
    index: Index
    related: Related
    today: Callable[[], date]


def app(registry: Registry) -> ASGIApp:
    """Return the app over a store, its index and its relations."""
    pages = {
        "/": search,
        "/studies/{nct_id}": study,
        "/studies/{nct_id}/versions/{version:int}": version,
        "/studies/{nct_id}/changes": changes,
    }
    routes = [Route(path, _told(registry, page), methods=["GET"]) for path, page in pages.items()]
    mount = Mount("/api/v2", api.app(registry.store, registry.index))
    return _Guarded(Starlette(routes=[*routes, mount], exception_handlers={404: _nowhere}))


def search(registry: Registry, request: Request) -> Response:
    """Answer with the studies that are asked for, and how to narrow the search."""
    given, language = request.query_params, _language(request)
    asked = given.get("q", "").strip()
    if _NUMBER.fullmatch(asked):
        return RedirectResponse(_links(request).study.format(asked.upper()))
    chosen = {piece: given[piece] for piece in FACETS if given.get(piece)}
    # Nothing matches better than another where nothing is asked.
    order = given.get("sort", "") or ("" if asked else "LastUpdatePostDate")
    offset = _offset(given.get("from", "0"))
    parameters = {
        "query.term": asked,
        "filter.advanced": " AND ".join(_where(piece, value) for piece, value in chosen.items()),
        "sort": order,
    }
    say, links = Language(language), _links(request)
    try:
        wanted = ask(parameters, registry.index.synonyms, offset=offset, size=_SIZE)
        answer = registry.index.search(replace(wanted.query, facets=FACETS))
    except InputError as error:
        nothing = Found(asked, 0, 0, (), (), (), fault=error.problem)
        return HTMLResponse(search_page(nothing, links, language), 400)
    now = {"q": asked, **chosen, "sort": order, "language": language}
    return HTMLResponse(
        search_page(
            Found(
                asked=asked,
                total=answer.total,
                offset=offset,
                studies=[registry.store.get(each) for each in answer.ids],
                facets=tuple(
                    _facet(piece, answer.facets.get(piece, {}), chosen, now, say)
                    for piece in FACETS
                ),
                orders=tuple(
                    Choice(say(label), _href(now, sort=key), key == order)
                    for key, label in _ORDERS.items()
                    if key or asked
                ),
                before=_href(now, **{"from": max(offset - _SIZE, 0)}) if offset else "",
                after=_href(now, **{"from": offset + _SIZE})
                if offset + _SIZE < answer.total
                else "",
                notes=wanted.notes,
            ),
            links,
            language,
        )
    )


def study(registry: Registry, request: Request) -> Response:
    """Answer with the page of a record; a former number leads to the present one."""
    number = registry.store.resolve(request.path_params["nct_id"])
    if number != request.path_params["nct_id"]:
        return RedirectResponse(_links(request).study.format(number), 301)
    return _page(registry, request, registry.store.get(number), number)


def version(registry: Registry, request: Request) -> Response:
    """Answer with the page of an earlier version of a record."""
    number = registry.store.resolve(request.path_params["nct_id"])
    asked = request.path_params["version"]
    found = registry.store.get(number, asked)
    current = [each.number for each in registry.store.versions(number) if each.current]
    return _page(registry, request, found, number, None if asked in current else asked)


def changes(registry: Registry, request: Request) -> Response:
    """Answer with what changed up to a version, from the one before it or another."""
    number = registry.store.resolve(request.path_params["nct_id"])
    after = _offset(request.query_params.get("to", "1"))
    before = _offset(request.query_params.get("from", str(after - 1)))
    found = differences(registry.store.get(number, before), registry.store.get(number, after))
    return HTMLResponse(
        changes_page(number, before, after, found, _links(request), _language(request))
    )


def _page(
    registry: Registry, request: Request, found: Study, number: str, outdated: int | None = None
) -> Response:
    language = _language(request)
    # The longest lists are thousands of events; they are sent to whom asks for them.
    all_of_it = request.query_params.get("events") == "all"
    links = replace(
        _links(request),
        data="" if outdated else f"/api/v2/studies/{number}",
        everything="" if all_of_it else f"{request.url.path}?language={language}&events=all",
    )
    text = render(
        found,
        language=language,
        today=registry.today(),
        related=registry.related(number, Language(language)),
        versions=_versions(registry.store, number, language),
        links=links,
        outdated=outdated,
    )
    return HTMLResponse(text)


def _versions(store: Store, number: str, language: str) -> list[Version]:
    """Return the versions, the last first; a single one is none."""
    found = sorted(store.versions(number), key=lambda each: -each.number)
    if len(found) == 1:
        return []
    return [
        Version(
            each.number, each.at[:10], each.source,
            href=f"/studies/{number}/versions/{each.number}?language={language}",
            compare_href=f"/studies/{number}/changes?to={each.number}&language={language}"
            if each.number > 1 else "",
        )
        for each in found
    ]  # fmt: skip


def _facet(
    piece: str, counts: Mapping[str, int], chosen: Mapping[str, str], now: Mapping[str, str],
    say: Language,
) -> Facet:  # fmt: skip
    hrefs = {
        value: _href(now, **{piece: "" if chosen.get(piece) == value else value})
        for value in counts
    }
    return facet(piece, counts, chosen.get(piece, ""), hrefs, say)


def _where(piece: str, value: str) -> str:
    quoted = value.replace("\\", "").replace('"', "")
    # The value as a whole: Guinea is not Equatorial Guinea.
    return f'COVERAGE[FullMatch]AREA[{piece}]"{quoted}"'


def _href(now: Mapping[str, str], **other: str | int) -> str:
    merged = {**now, **other}
    return "/?" + urlencode({name: value for name, value in merged.items() if value != ""})


def _offset(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InputError("address", f"'{text[:20]}' is no number", "Follow a link of a page.")
    return int(text)


def _language(request: Request) -> str:
    given = request.query_params.get("language", "")
    if given in LANGUAGES:
        return given
    first = request.headers.get("accept-language", "")
    return "zh" if first.lower().startswith("zh") else "en"


def _links(request: Request) -> Links:
    language = _language(request)
    here = dict(request.query_params)
    return Links(
        study=f"/studies/{{}}?language={language}",
        condition=f"/?q={{}}&language={language}",
        search="/",
        languages=tuple(
            (code, f"{request.url.path}?{urlencode({**here, 'language': code})}")
            for code in LANGUAGES
        ),
    )


Page = Callable[[Registry, Request], Response]


def _told(registry: Registry, page: Page) -> Callable[[Request], Response]:
    """Return a handler that says a fault in plain words."""

    def handler(request: Request) -> Response:
        try:
            return page(registry, request)
        except EquipoiseError as error:
            given = request.path_params.get("nct_id", "")
            near = registry.store.near(given) if given else []
            text = message_page(error.problem, _links(request), _language(request), near)
            return HTMLResponse(text, 404 if given else 400)

    return handler


def _nowhere(request: Request, _: Exception) -> Response:
    problem = Problem(request.url.path, "there is no such page", "Search for what you look for.")
    return HTMLResponse(message_page(problem, _links(request), _language(request)), 404)


class _Guarded:
    """The app with the headers that keep its pages to themselves."""

    def __init__(self, inside: ASGIApp) -> None:
        self.inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = f"{policy()}; frame-ancestors 'none'"
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "no-referrer"
            await send(message)

        await self.inside(scope, receive, guarded)
