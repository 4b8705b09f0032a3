"""Records named on the command line: files, folders, shipped studies, records of the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from equipoise.errors import InputError
from equipoise.exchange import portal_page
from equipoise.registry import formats
from equipoise.registry.archives import BROKEN, Member, files, members, said
from equipoise.registry.home import home
from equipoise.registry.record import Study
from equipoise.registry.store import FILE, Store

_LINES = re.compile(r"\.(?:ndjson|jsonl)(?:\.(?:gz|xz|bz2))?$", re.IGNORECASE)
_NUMBER = re.compile(r"(?P<id>NCT\d{8})(?:@(?P<version>\d{1,9}))?", re.IGNORECASE)
_START = 4096  # bytes of a text by which a page is known
_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Named:
    """A record and where it came from."""

    where: str
    study: Study


def records(name: str, *, folder: Path | None = None) -> Iterator[Named]:
    """Yield the records of a file, a folder of files, a shipped study or the store.

    A file is an API v2 study, a list or page of them, or one a line; the registry's XML, former or
    for upload; or the text of a portal's page; packed or in an archive or not. What it is shows in
    its content. Otherwise ``name`` is the number of a shipped study, or of a record in the store in
    ``folder`` (:func:`~equipoise.registry.home.home`), with ``@2`` its second version. Raises
    :class:`InputError` naming the place that cannot be read.
    """
    path = Path(name)
    if path.is_dir():
        inside = path / "record.json"
        for file in [inside] if inside.exists() else record_files(path):
            yield from _file(file)
    elif path.exists():
        yield from _file(path)
    else:
        yield _kept(name, folder)


def one(name: str, *, folder: Path | None = None) -> Study:
    """Return the record of that name; raise :class:`InputError` when it is not exactly one."""
    found = list(records(name, folder=folder))
    if len(found) != 1:
        raise InputError(name, f"holds {len(found)} records", "Give a file with one.")
    return found[0].study


def _kept(name: str, folder: Path | None) -> Named:
    number = _NUMBER.fullmatch(name)
    shipped = resources.files("equipoise") / "studies" / name / "record.json"
    if number and not number["version"] and shipped.is_file():
        return Named(name, formats.read(shipped.read_bytes())[0][1])
    place = home(folder)
    if number and (place / FILE).exists():
        version = int(number["version"]) if number["version"] else None
        with Store(place) as store:
            return Named(name, store.get(number["id"].upper(), version))
    raise InputError(
        name,
        "is no file, folder or shipped study, and there is no such record in the store",
        "Give the path of a record, or `equipoise registry load` it first.",
    )


def record_files(path: Path) -> list[Path]:
    """Return ``path``, or the files in that folder that may hold records, in order.

    In a folder names tell them, and of texts those that are pages.
    """
    if not path.is_dir():
        return [path]
    return sorted([*files(path), *(each for each in path.rglob("*.txt") if _is_page(each))])


def _is_page(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return portal_page.is_page(file.read(_START))
    except OSError:  # a text that nobody asked for by name
        return False


def _file(path: Path) -> Iterator[Named]:
    try:
        for member in members(path):
            where = f"{path}/{member.name}" if member.name else str(path)
            if member.fault:
                raise _unreadable(where, member.fault)
            yield from _member(member, where)
    except BROKEN as error:
        raise _unreadable(str(path), f"cannot be read: {said(error)}") from None


def _member(member: Member, where: str) -> Iterator[Named]:
    first = member.stream.readline()
    text = first.strip(_BLANK)
    if _LINES.search(where) or (text.startswith(b"{") and text.endswith(b"}")):
        number, line = 1, first
        rest = member.stream.readline()
        lone = not rest and not _LINES.search(where)
        while line:
            if line.strip(_BLANK):
                yield from _parsed(line, where if lone else f"{where}:{number}")
            number, line, rest = number + 1, rest, member.stream.readline()
        return
    yield from _parsed(first + member.stream.read(), where)


def _parsed(data: bytes, where: str) -> Iterator[Named]:
    try:
        found = formats.read(data)
    except InputError as error:
        problem = error.problem
        raise InputError(f"{where}, {problem.where}", problem.what, problem.todo) from None
    for place, study in found:
        yield Named(f"{where}{place}", study)


def _unreadable(where: str, fault: str) -> InputError:
    return InputError(where, fault, "Give a file of records.")
