"""Streams of bytes into records: JSON (one, a list, one a line) and every other format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from equipoise.errors import InputError
from equipoise.exchange import ctgov_json, portal_page
from equipoise.registry import formats
from equipoise.registry.archives import BROKEN, Member, said
from equipoise.registry.json_list import elements
from equipoise.registry.record import Study

LARGEST_RECORD_BYTES = 128 * 2**20
"""One record, or one page of records; the largest real ones are a tenth of it."""

_LINES = re.compile(r"\.(?:ndjson|jsonl)(?:\.(?:gz|xz|bz2))?$", re.IGNORECASE)
# A reader that meets what nobody foresaw must not stop a load of half a million records.
_UNFORESEEN = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_START_BYTES = 2**16
_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was at a place inside a file: a record, or the reason why there is none."""

    member: str
    study: Study | None
    reason: str = ""


def arrivals(member: Member, file_name: str) -> Iterator[Arrived]:
    """Yield what a file holds; a damaged record does not stop those after it.

    ``file_name`` is that of the file on the disk, which a member without a name is.
    """
    if member.fault:
        yield Arrived(member.name, None, member.fault)
        return
    try:
        first = member.stream.readline(_START_BYTES)
        while first and not first.strip(_BLANK):
            first = member.stream.readline(_START_BYTES)
        if first.lstrip(_BLANK).startswith(b"["):
            start = first + member.stream.readline(_START_BYTES)
            start += member.stream.readline(_START_BYTES)
            if portal_page.is_page(start):  # whose title begins with a bracket
                rest = member.stream.read(LARGEST_RECORD_BYTES + 1 - len(start))
                yield from _whole(member.name, start + rest)
            else:
                yield from _list(member, start.lstrip(_BLANK))
            return
        if not first.endswith(b"\n"):
            first += member.stream.readline(LARGEST_RECORD_BYTES + 1 - len(first))
        text = first.strip(_BLANK)
        whole_line = text.startswith(b"{") and text.endswith(b"}")
        named_lines = _LINES.search(member.name or file_name) is not None
        if not text:
            yield Arrived(member.name, None, "is empty")
        elif text.startswith(b"{") and (whole_line or named_lines):
            yield from _lines(member, first, alone=not named_lines)
        else:
            data = first + member.stream.read(LARGEST_RECORD_BYTES + 1 - len(first))
            yield from _whole(member.name, data)
    except BROKEN as error:
        yield Arrived(member.name, None, f"cannot be read: {said(error)}")


def _list(member: Member, start: bytes) -> Iterator[Arrived]:
    place = 0
    try:
        for place, data in enumerate(  # it says after which one the list breaks
            elements(member.stream, start, LARGEST_RECORD_BYTES), start=1
        ):
            yield from _whole(f"{member.name} study {place}".strip(), data, alone=False)
    except (OverflowError, ValueError, *BROKEN) as error:
        reason = _too_large() if isinstance(error, OverflowError) else said(error)
        where = f"{member.name} study {place + 1}".strip()
        yield Arrived(where, None, f"cannot be read, nor what follows: {reason}")


def _lines(member: Member, first: bytes, *, alone: bool) -> Iterator[Arrived]:
    line, number = first, 1
    while line:
        # A file whose name does not say so may hold a single record, on a single line.
        where = member.name if alone and number == 1 else f"{member.name} line {number}".strip()
        if len(line) > LARGEST_RECORD_BYTES:
            yield Arrived(where, None, _too_large())
            return
        if line.strip(_BLANK):
            for each in _whole(where, line.rstrip(b"\r\n"), alone=number == 1):
                yield replace(each, reason=each.reason.removeprefix("line 1, "))
        try:
            line = member.stream.readline(LARGEST_RECORD_BYTES + 1)
        except BROKEN as error:
            yield Arrived(where, None, f"cannot be read after it: {said(error)}")
            return
        number += 1


def _whole(where: str, data: bytes, *, alone: bool = True) -> Iterator[Arrived]:
    if len(data) > LARGEST_RECORD_BYTES:
        yield Arrived(where, None, _too_large())
        return
    try:
        found = (
            formats.read(data)[0][1]
            if data.lstrip(_BLANK).startswith(b"<") or portal_page.is_page(data)
            else ctgov_json.read(data)
        )
    except InputError as error:
        yield Arrived(where, None, f"{error.problem.where}: {error.problem.what}")
        return
    except _UNFORESEEN as error:
        yield Arrived(where, None, f"cannot be understood: {type(error).__name__}: {error}")
        return
    several = found.get("studies")
    if alone and isinstance(several, list):
        for place, study in enumerate(several, start=1):
            yield checked(f"{where} study {place}".strip(), study)
    else:
        yield checked(where, found)


def checked(where: str, found: Any) -> Arrived:
    """Return the record, or why this is none."""
    if not isinstance(found, Mapping):
        return Arrived(where, None, "is no JSON object, so no study")
    if not isinstance(found.get("protocolSection"), Mapping):
        return Arrived(where, None, "has no `protocolSection`, so is no API v2 study")
    return Arrived(where, found)


def _too_large() -> str:
    return f"is larger than {LARGEST_RECORD_BYTES // 2**20} MB, which no record or page is"
