"""Pages of studies from a server that speaks the ClinicalTrials.gov API, version 2.

The server's answers are expected to fail now and then: too many requests, errors of its own,
silence, half an answer, a page it gave before. Each is asked for again after a wait that doubles,
or that the server names (RFC 9110, section 10.2.3, Retry-After).

This uses Python's own ``urllib``: several clients report that the registry's firewall turns away
httpx (403), by the way in which it opens a connection, and lets ``urllib`` through.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, build_opener

from equipoise import __version__
from equipoise.clock import Clock, SystemClock
from equipoise.errors import InputError
from equipoise.exchange import ctgov_json
from equipoise.registry.record import nct_id

PAGE_SIZE = 500
"""Studies a page; the API gives 1,000 at most. Real records average 32 kB, at most 10 MB."""

LARGEST_PAGE_BYTES = 256 * 2**20

_OK = 200
_GZIP = 16 + zlib.MAX_WBITS  # what tells zlib to expect a gzip header
_CHUNK = 2**16
_AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask, and how long to bear with a server that does not answer."""

    requests_per_min: float = 50
    attempts: int = 8
    first_wait_s: float = 1
    longest_wait_s: float = 120
    longest_retry_after_s: float = 900
    silence_s: float = 60
    answer_s: float = 600


@dataclass(frozen=True, slots=True)
class Page:
    """Studies as they came, the token that follows, and how many there are where it is said."""

    studies: list[Any]
    next_token: str | None
    total: int | None


class StaleToken(InputError):
    """The server does not know the page token any more."""


class _Fault(Exception):
    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


@dataclass(slots=True)
class Client:
    """Who asks ``url``, such as ``https://clinicaltrials.gov/api/v2``.

    ``waiting`` hears how many seconds it waits before it asks again, and why. ``sleep``,
    ``elapsed_s`` and ``clock`` are handed in so that a test need not wait.
    """

    url: str
    patience: Patience = field(default_factory=Patience)
    waiting: Callable[[float, str], None] = lambda wait_s, why: None  # noqa: ARG005
    sleep: Callable[[float], None] = time.sleep
    elapsed_s: Callable[[], float] = time.monotonic
    clock: Clock = field(default_factory=SystemClock)
    _next_s: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        """Raise :class:`InputError` for what is no address, or a pace that is none."""
        self.url = studies_url(self.url)
        if self.patience.requests_per_min <= 0:
            raise InputError("--per-minute", "is not above 0", "Give at most 50 for the registry.")

    def pages(self, *, since: date | None = None, token: str | None = None) -> Iterator[Page]:
        """Yield the pages from ``token`` on, of studies whose update was posted on ``since`` or on.

        Raises :class:`StaleToken` when the server does not take the token, and
        :class:`InputError` when it refuses the question or its faults outlast all attempts.
        """
        asked: set[str | None] = {token}
        before: list[str | None] = []

        def check(page: Page) -> None:
            if page.next_token in asked and page.next_token is not None:
                raise _Fault("it names a page as the next that it gave before")
            if page.studies and [_number(study) for study in page.studies] == before:
                raise _Fault("it gave the same page twice")

        while True:
            page = self._patiently(since, token, check)
            yield page
            if page.next_token is None:
                return
            token, before = page.next_token, [_number(study) for study in page.studies]
            asked.add(token)

    def _patiently(
        self, since: date | None, token: str | None, check: Callable[[Page], None]
    ) -> Page:
        wait_s = self.patience.first_wait_s
        for attempt in range(1, self.patience.attempts + 1):
            try:
                page = self._page(since, token)
                check(page)
                return page
            except _Fault as fault:
                if attempt == self.patience.attempts:
                    self._give_up(str(fault))
                pause_s = wait_s if fault.wait_s is None else fault.wait_s
                if pause_s > self.patience.longest_retry_after_s:
                    self._give_up(f"it asks to wait {pause_s / 60:.0f} minutes")
                self.waiting(pause_s, str(fault))
                self.sleep(pause_s)
                wait_s = min(2 * wait_s, self.patience.longest_wait_s)
        raise AssertionError  # the last attempt returns or raises

    def _give_up(self, why: str) -> NoReturn:
        raise InputError(
            self.url,
            f"does not answer: {why}",
            "Run the same command later: it goes on from the last page it has.",
        ) from None

    def _page(self, since: date | None, token: str | None) -> Page:
        self._keep_pace()
        question: dict[str, str | int] = {"format": "json", "pageSize": PAGE_SIZE}
        if since is not None:
            question["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{since.isoformat()},MAX]"
        if token is None:
            question["countTotal"] = "true"
        else:
            question["pageToken"] = token
        status, headers, body = self._ask(f"{self.url}?{urlencode(question)}")
        if status in _AGAIN:
            raise _Fault(f"it answers {status}", self._retry_after_s(headers.get("Retry-After")))
        if status != _OK:
            said = body[:300].decode("utf-8", "replace").strip()
            kind = StaleToken if token is not None and status in {400, 404, 410} else InputError
            raise kind(
                self.url, f"answers {status}: {said}", "Check the address and the parameters."
            )
        return _read(body)

    def _ask(self, url: str) -> tuple[int, Message, bytes]:
        request = Request(  # noqa: S310  # `studies_url` lets no other scheme through
            url,
            headers={
                "User-Agent": f"equipoise/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
        )
        try:
            try:
                opened = build_opener().open(request, timeout=self.patience.silence_s)
            except HTTPError as error:  # an answer too
                opened = error
            with opened as answer:
                return answer.status, answer.headers, self._body(answer)
        except (URLError, HTTPException, OSError, zlib.error) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise InputError(
                    self.url, f"is not who it says: {reason.verify_message}", "Check the address."
                ) from None
            silent = isinstance(reason, TimeoutError)
            raise _Fault("it is silent" if silent else f"{reason or 'it hangs up'}") from None

    def _keep_pace(self) -> None:
        now_s = self.elapsed_s()
        if now_s < self._next_s:
            self.sleep(self._next_s - now_s)
        self._next_s = max(now_s, self._next_s) + 60 / self.patience.requests_per_min

    def _body(self, answer: HTTPResponse) -> bytes:
        begun_s, parts, size, received = self.elapsed_s(), [], 0, 0
        packed = answer.headers.get("Content-Encoding", "") == "gzip"
        unpack = zlib.decompressobj(_GZIP) if packed else None
        while data := answer.read1(_CHUNK):
            received += len(data)
            # At most so much at a time, however much the server has packed into it.
            while data:
                part = unpack.decompress(data, _CHUNK) if unpack else data
                data = unpack.unconsumed_tail if unpack else b""
                parts.append(part)
                size += len(part)
                if size > LARGEST_PAGE_BYTES:
                    raise InputError(
                        self.url, "gives a page larger than any of records", "Check the address."
                    )
            if self.elapsed_s() - begun_s > self.patience.answer_s:
                raise _Fault("its answer does not come to an end")
        promised = answer.headers.get("Content-Length", "")
        if promised.isdigit() and received < int(promised):
            raise _Fault("it hangs up in the middle of its answer")
        return b"".join(parts)

    def _retry_after_s(self, given: str | None) -> float | None:
        given = (given or "").strip()
        if given.isdigit():
            return float(given)
        try:
            moment = parsedate_to_datetime(given)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self.clock.now()).total_seconds())


def studies_url(url: str) -> str:
    """Return where a server has its studies; raise :class:`InputError` for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise InputError(
            url, "is no address of an API", "Give one like https://clinicaltrials.gov/api/v2"
        )
    return url.rstrip("/").removesuffix("/studies") + "/studies"


def _read(body: bytes) -> Page:
    try:
        found = ctgov_json.read(body)
    except InputError as error:
        raise _Fault(f"its answer {error.problem.what}") from None
    studies, token, total = (found.get(name) for name in ("studies", "nextPageToken", "totalCount"))
    if not isinstance(studies, list):
        raise _Fault("its answer holds no studies")
    return Page(
        studies,
        token if isinstance(token, str) and token else None,
        total if isinstance(total, int) else None,
    )


def _number(study: Any) -> str | None:
    return nct_id(study) if isinstance(study, dict) else None
