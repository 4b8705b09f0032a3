"""The files inside files and folders: plain, packed, or in archives, as streams.

What a file is shows in its first bytes, not in its name. Nothing is unpacked whole, neither into
memory nor onto the disk, and a file may not unpack to more than :data:`LARGEST_RATIO` times its
size: real records reach 12 times, while a decompression bomb needs more than 1,000.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

LARGEST_RATIO = 250
ALWAYS_ALLOWED_BYTES = 64 * 2**20
"""What even a tiny file may unpack to."""

BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
"""What reading a damaged archive raises."""

_UNPACKERS: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    b"\xfd7zXZ\0": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115
    b"BZh": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_RECORDS = (".json", ".ndjson", ".jsonl", ".xml")
_PACKED = (".gz", ".xz", ".bz2")
_ARCHIVES = (".zip", ".tar", ".tgz", ".txz", ".tbz2")
_LEVELS = 3  # records packed, in an archive, packed
_TAR_BLOCK = 512
_CHUNK = 2**17


class TooMuch(OSError):
    """A file unpacks to more than any file of records would."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file to read, or ``fault``: why that cannot be.

    ``name`` is its place inside the file on the disk, empty for that file itself; ``read_bytes``
    says how far into the file on the disk the reading has come.
    """

    name: str
    stream: IO[bytes]
    read_bytes: Callable[[], int]
    fault: str = ""


def files(path: Path) -> list[Path]:
    """Return the files that may hold records: ``path``, or those in that folder, in order."""
    if not path.is_dir():
        return [path]
    inside = (each for each in path.rglob("*") if each.is_file())
    return sorted(each for each in inside if may_hold_records(str(each.relative_to(path))))


def may_hold_records(name: str) -> bool:
    """Return whether a file inside a folder or an archive is to be read, by its name."""
    parts = name.lower().split("/")
    for packed in _PACKED:
        parts[-1] = parts[-1].removesuffix(packed)
    hidden = any(part.startswith((".", "__macosx")) for part in parts)
    return not hidden and parts[-1].endswith((*_RECORDS, *_ARCHIVES))


def members(path: Path) -> Iterator[Member]:
    """Yield the files inside a file, each open until the next is asked for.

    A member that cannot be read has a fault and the others follow; where an archive is cut off or
    damaged, its last member has the fault. Raises nothing but what opening ``path`` does
    (:class:`OSError`).
    """
    with path.open("rb") as raw:
        allowance = _Allowance(path.stat().st_size)
        yield from _inside("", cast("IO[bytes]", raw), raw.tell, allowance, _LEVELS)


class _Allowance:
    def __init__(self, packed_bytes: int) -> None:
        self.left = max(ALWAYS_ALLOWED_BYTES, LARGEST_RATIO * packed_bytes)

    def take(self, n: int) -> None:
        self.left -= n
        if self.left < 0:
            raise TooMuch(f"unpacks to more than {LARGEST_RATIO} times its size")


class _Limited(io.RawIOBase):
    def __init__(self, stream: IO[bytes], allowance: _Allowance) -> None:
        self._stream, self._allowance = stream, allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        # Not `read`: of a stream that is cut off it would lose what came before the cut.
        found = cast("io.BufferedIOBase", self._stream).read1(len(buffer))
        self._allowance.take(len(found))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _inside(
    name: str, stream: IO[bytes], at: Callable[[], int], allowance: _Allowance, levels: int
) -> Iterator[Member]:
    plain = io.BufferedReader(cast("io.RawIOBase", stream), _CHUNK)
    try:
        start = plain.peek(_TAR_BLOCK)[:_TAR_BLOCK]
        unpack = next((u for magic, u in _UNPACKERS.items() if start.startswith(magic)), None)
        is_zip = start.startswith(_ZIP)
        is_tar = start[257:262] == b"ustar"
        if (unpack or is_zip or is_tar) and not levels:
            yield Member(name, io.BytesIO(), at, "is an archive in an archive in an archive")
        elif unpack:
            unpacked = _Limited(unpack(cast("IO[bytes]", plain)), allowance)
            yield from _inside(name, cast("IO[bytes]", unpacked), at, allowance, levels - 1)
        elif is_zip:
            yield from _zip(name, cast("IO[bytes]", plain), allowance, levels - 1)
        elif is_tar:
            yield from _tar(name, cast("IO[bytes]", plain), at, allowance, levels - 1)
        else:
            yield Member(name, cast("IO[bytes]", plain), at)
    except BROKEN as error:
        yield Member(name, io.BytesIO(), at, f"cannot be read: {said(error)}")
    finally:
        plain.detach()  # left to itself it would close `stream`, which is not its own


def _zip(name: str, stream: IO[bytes], allowance: _Allowance, levels: int) -> Iterator[Member]:
    if not stream.seekable():
        yield Member(name, io.BytesIO(), lambda: 0, "is a zip file in another; unpack that first")
        return
    with zipfile.ZipFile(stream) as archive:
        done = 0
        for info in archive.infolist():
            inner = _within(name, info.filename)
            here = _fixed(done)
            if not info.is_dir() and may_hold_records(info.filename):
                try:
                    with archive.open(info) as opened:
                        limited = cast("IO[bytes]", _Limited(opened, allowance))
                        yield from _inside(inner, limited, here, allowance, levels)
                except (*BROKEN, RuntimeError, NotImplementedError) as error:
                    # A password is a RuntimeError, an unknown method the other.
                    fault = f"cannot be read: {said(error)}"
                    yield Member(inner, io.BytesIO(), here, fault)
            done += info.compress_size


def _tar(
    name: str, stream: IO[bytes], at: Callable[[], int], allowance: _Allowance, levels: int
) -> Iterator[Member]:
    last = ""
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
            for info in archive:
                inner = last = _within(name, info.name)
                if not info.isfile() or not may_hold_records(info.name):
                    continue
                if info.issparse():
                    yield Member(inner, io.BytesIO(), at, "is a sparse file")
                elif opened := archive.extractfile(info):
                    with opened:
                        yield from _inside(inner, opened, at, allowance, levels)
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep every header
    except BROKEN as error:
        where = f"after {last}" if last else name
        yield Member(where, io.BytesIO(), at, f"the archive cannot be read: {said(error)}")


def _fixed(n: int) -> Callable[[], int]:
    return lambda: n


def _within(name: str, inner: str) -> str:
    return f"{name}/{inner}" if name else inner


def said(error: BaseException) -> str:
    """Return what an error says of a file, in a few words."""
    return str(error) or type(error).__name__
