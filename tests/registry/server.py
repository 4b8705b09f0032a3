"""A server that speaks the documented API, and misbehaves when told to."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from equipoise.registry.record import get

SINCE = re.compile(r"AREA\[LastUpdatePostDate\]RANGE\[(\d{4}-\d\d-\d\d),MAX\]")
POSTED = "protocolSection.statusModule.lastUpdatePostDateStruct.date"


@dataclass
class Registry:
    """What the server holds, what it was asked, and how it fails.

    ``faults`` are used up in order, one a question: ``"429"``, ``"429 after 7"``, ``"500"``,
    ``"stall"``, ``"drip"``, ``"cut"`` (half the JSON), ``"dropped"`` (half the bytes it promised),
    ``"half"`` (half the bytes, then silence), ``"hung up"`` (no answer at all), ``"cut gzip"``,
    ``"bad gzip"``, ``"repeat"`` (the page before once more), ``"loop"`` (its own token as the
    next), any status; or in other words: ``"gzip"``, ``"chunks"``, ``"ok"``.
    """

    studies: list[Any]
    page_size: int = 2
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def page(self, question: dict[str, str]) -> dict[str, Any]:
        since = SINCE.fullmatch(question.get("filter.advanced", "")) or ["", ""]
        found = [each for each in self.studies if str(get(each, POSTED, "")) >= since[1]]
        start = int(question.get("pageToken", "t0")[1:])
        size = min(self.page_size, int(question["pageSize"]))
        page: dict[str, Any] = {"studies": found[start : start + size]}
        if start + size < len(found):
            page["nextPageToken"] = f"t{start + size}"
        if question.get("countTotal") == "true" and not start:
            page["totalCount"] = len(found)
        return page


@contextmanager
def serving(registry: Registry) -> Iterator[Registry]:
    """Serve ``registry`` on this machine; ``registry.url`` says where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.registry = registry  # type: ignore[attr-defined]
    registry.url = f"http://127.0.0.1:{server.server_address[1]}/api/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield registry
    finally:
        registry.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        registry = cast("Registry", self.server.registry)  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        question = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/api/v2/studies":
            self._answer(404, b"no such page")
            return
        registry.asked.append(question)
        fault = registry.faults.pop(0) if registry.faults else "ok"
        if question.get("pageToken") in registry.expired:
            self._answer(400, b"pageToken is not known")
        elif fault.startswith("429 after "):
            self._answer(429, b"slowly", {"Retry-After": fault.removeprefix("429 after ")})
        elif fault.isdigit():
            self._answer(int(fault), b"no")
        elif fault == "stall":
            registry.released.wait(30)
        elif fault == "hung up":
            self.close_connection = True
        else:
            self._page(registry, question, fault)

    def _page(self, registry: Registry, question: dict[str, str], fault: str) -> None:
        page = registry.page(question)
        if fault == "repeat":
            start = int(question["pageToken"][1:]) - registry.page_size
            page["studies"] = registry.page({**question, "pageToken": f"t{start}"})["studies"]
        if fault == "loop":
            page["nextPageToken"] = question.get("pageToken", "t0")
        body = json.dumps(page).encode()
        if fault == "cut":
            self._answer(200, body[: len(body) // 2])
        elif fault == "dropped":
            self._answer(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
        elif fault == "half":
            self._answer(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
            registry.released.wait(30)
        elif "gzip" in fault:
            packed = gzip.compress(body)
            packed = packed[: len(packed) // 2] if fault == "cut gzip" else packed
            packed = b"\0" * 50 if fault == "bad gzip" else packed
            self._answer(200, packed, {"Content-Encoding": "gzip"})
        elif fault == "chunks":
            self._chunks(body)
        elif fault == "drip":
            self._drip(registry, body)
        else:
            self._answer(200, body)

    def _chunks(self, body: bytes) -> None:
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for k in range(0, len(body), 10_000):
            part = body[k : k + 10_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _drip(self, registry: Registry, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        while not registry.released.is_set():
            try:
                self.wfile.write(body[:1])
            except OSError:  # the client has had enough
                return
            time.sleep(0.01)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        given = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        for name, value in (given | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):  # the client has had enough
            self.wfile.write(body)
