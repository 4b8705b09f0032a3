"""Pages of studies from a server that speaks the ClinicalTrials.gov API, version 2.

The server's answers are expected to fail now and then: too many requests, errors of its own,
silence, half an answer, a page it gave before. Each is asked for again after a wait that doubles,
or that the server names (RFC 9110, section 10.2.3, Retry-After).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

from equipoise import __version__
from equipoise.clock import Clock, SystemClock
from equipoise.errors import InputError
from equipoise.exchange import ctgov_json
from equipoise.registry.record import nct_id

try:
    import httpx
except ImportError:
    raise InputError(
        "registry", "needs httpx to read from an API", "pip install 'equipoise[registry]'"
    ) from None

PAGE_SIZE = 500
"""Studies a page; the API gives 1,000 at most. Real records average 32 kB, at most 10 MB."""

LARGEST_PAGE_BYTES = 256 * 2**20

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
    """A connection to ``url``, such as ``https://clinicaltrials.gov/api/v2``; a context manager.

    ``waiting`` hears how many seconds it waits before it asks again, and why. ``sleep``,
    ``elapsed_s`` and ``clock`` are handed in so that a test need not wait.
    """

    url: str
    patience: Patience = field(default_factory=Patience)
    waiting: Callable[[float, str], None] = lambda wait_s, why: None  # noqa: ARG005
    sleep: Callable[[float], None] = time.sleep
    elapsed_s: Callable[[], float] = time.monotonic
    clock: Clock = field(default_factory=SystemClock)
    _http: httpx.Client = field(init=False)
    _next_s: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        """Raise :class:`InputError` for what is no address, or a pace that is none."""
        self.url = studies_url(self.url)
        if self.patience.requests_per_min <= 0:
            raise InputError("--per-minute", "is not above 0", "Give at most 50 for the registry.")
        self._http = httpx.Client(
            timeout=self.patience.silence_s,
            follow_redirects=True,
            headers={"User-Agent": f"equipoise/{__version__}", "Accept": "application/json"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._http.close()

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
        try:
            with self._http.stream("GET", self.url, params=question) as answer:
                body = self._body(answer)
        except httpx.TimeoutException:
            raise _Fault("it is silent") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Fault(str(error) or type(error).__name__) from None
        except httpx.HTTPError as error:
            raise InputError(self.url, f"cannot be read: {error}", "Check the address.") from None
        status = answer.status_code
        if status in _AGAIN:
            raise _Fault(f"it answers {status}", self._retry_after_s(answer))
        if status != httpx.codes.OK:
            said = body[:300].decode("utf-8", "replace").strip()
            kind = StaleToken if token is not None and status in {400, 404, 410} else InputError
            raise kind(
                self.url, f"answers {status}: {said}", "Check the address and the parameters."
            )
        return _read(body)

    def _keep_pace(self) -> None:
        now_s = self.elapsed_s()
        if now_s < self._next_s:
            self.sleep(self._next_s - now_s)
        self._next_s = max(now_s, self._next_s) + 60 / self.patience.requests_per_min

    def _body(self, answer: httpx.Response) -> bytes:
        begun_s, parts, size = self.elapsed_s(), [], 0
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST_PAGE_BYTES:
                raise InputError(
                    self.url, "gives a page larger than any of records", "Check the address."
                )
            if self.elapsed_s() - begun_s > self.patience.answer_s:
                raise _Fault("its answer does not come to an end")
        return b"".join(parts)

    def _retry_after_s(self, answer: httpx.Response) -> float | None:
        given = answer.headers.get("Retry-After", "").strip()
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
