from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise.registry import archives
from equipoise.registry.archives import files, may_hold_records, members

TEXT = b'{"a": 1}\n'


def tar(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def found(path: Path) -> list[tuple[str, bytes, str]]:
    return [(each.name, each.stream.read(), each.fault) for each in members(path)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some file"


def twice(data: bytes) -> bytes:
    return gzip.compress(bz2.compress(data))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress, twice])
def test_a_file_packed_or_not(file: Path, pack: Callable[[bytes], bytes]) -> None:
    file.write_bytes(pack(TEXT))
    assert found(file) == [("", TEXT, "")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
@pytest.mark.parametrize("archive", [tar, zipped])
def test_an_archive_packed_or_not(
    file: Path, pack: Callable[[bytes], bytes], archive: Callable[[dict[str, bytes]], bytes]
) -> None:
    entries = {"x/1.json": TEXT, "x/2.json.gz": gzip.compress(b"[]"), "README.txt": b"hello"}
    file.write_bytes(pack(archive(entries)))
    if archive is zipped and pack is not bytes:
        assert found(file) == [("", b"", "is a zip file in another; unpack that first")]
    else:
        assert found(file) == [("x/1.json", TEXT, ""), ("x/2.json.gz", b"[]", "")]


def test_an_archive_in_an_archive(file: Path) -> None:
    inner = gzip.compress(tar({"1.json": TEXT}))
    file.write_bytes(zipped({"day.tar.gz": inner, "b.zip": zipped({"2.json": TEXT})}))
    assert found(file)[0] == ("day.tar.gz/1.json", TEXT, "")
    assert found(file)[1][0] == "b.zip"
    deep = gzip.compress(gzip.compress(gzip.compress(gzip.compress(TEXT))))
    file.write_bytes(deep)
    assert found(file)[0][2] == "is an archive in an archive in an archive"


def test_a_member_is_not_read_before_it_is_asked_for(file: Path) -> None:
    big = {f"{k}.json": bytes([k]) * 500_000 for k in range(20)}
    file.write_bytes(gzip.compress(tar(big), 0))
    opened = members(file)
    next(opened)
    at = next(opened).read_bytes()
    assert 400_000 < at < 1_500_000
    opened.close()  # type: ignore[attr-defined]


def test_memory_does_not_grow_with_the_members(file: Path) -> None:
    file.write_bytes(tar({f"{k}.json": b"{}" for k in range(4000)}))
    tracemalloc.start()
    count = sum(1 for _ in members(file))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4000
    assert peak_bytes < 1_000_000


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_bomb_is_refused(
    file: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED_BYTES", 10_000)
    file.write_bytes(pack(b" " * 20_000_000))
    opened = members(file)
    member = next(opened)
    if member.fault:  # it showed at the first look
        assert "more than 250 times" in member.fault
    else:
        with pytest.raises(archives.TooMuch, match="more than 250 times"):
            member.stream.read()


def test_many_small_bombs_are_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED_BYTES", 10_000)
    file.write_bytes(zipped({f"{k}.json": b" " * 1_000_000 for k in range(5)}))
    read = 0
    for member in members(file):
        try:
            read += len(member.stream.read(2_000_000))
        except archives.TooMuch:
            break
    else:
        pytest.fail("all was unpacked")
    assert read <= 250 * file.stat().st_size


def test_what_is_always_allowed(file: Path) -> None:
    file.write_bytes(gzip.compress(b" " * 10_000_000))
    assert len(found(file)[0][1]) == 10_000_000


def test_a_sparse_member_is_refused(file: Path) -> None:
    info = tarfile.TarInfo("hole.json")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1",
                        "GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,5"}  # fmt: skip
    info.size = 5
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"12345"))
        archive.addfile(tarfile.TarInfo("empty.json"), io.BytesIO())
    file.write_bytes(out.getvalue())
    assert [(name, fault) for name, _, fault in found(file)] == [
        ("hole.json", "is a sparse file"),
        ("empty.json", ""),
    ]


def test_an_archive_cut_off_gives_what_came_before(file: Path) -> None:
    whole = tar({"1.json": b"1" * 3000, "2.json": b"2" * 3000})
    file.write_bytes(whole[: 3000 + 2 * 512 + 300])
    names, faults = [], []
    for member in members(file):
        names.append(member.name)
        faults.append(member.fault)
        member.stream.read() if not member.fault and member.name == "1.json" else None
    assert names[0] == "1.json"
    assert faults[0] == ""
    assert "cannot be read" in faults[-1]


def test_a_zip_file_without_its_end(file: Path) -> None:
    file.write_bytes(zipped({"1.json": TEXT})[:40])
    ((name, _, fault),) = found(file)
    assert name == ""
    assert "cannot be read" in fault


def test_a_locked_member_does_not_stop_the_others(file: Path) -> None:
    data = bytearray(zipped({"1.json": TEXT, "2.json": TEXT}))
    data[6] |= 1  # the header of the first says that it is encrypted,
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and the directory too
    file.write_bytes(data)
    first, second = found(file)
    assert first[0] == "1.json"
    assert "encrypted" in first[2]
    assert second == ("2.json", TEXT, "")


def test_links_and_devices_are_passed_over(file: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"{kind!r}.json")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    file.write_bytes(out.getvalue())
    assert found(file) == []


def test_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/1.XML.gz", ".hidden.json", "c.txt", "d.zip", ".git/x.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files(tmp_path) == [tmp_path / each for each in ("a/1.XML.gz", "b/2.json", "d.zip")]
    assert files(tmp_path / "c.txt") == [tmp_path / "c.txt"]


@pytest.mark.parametrize(
    ("name", "whether"),
    [
        ("xml/NCT1.xml", True), ("all.ndjson.xz", True), ("x.jsonl", True), ("x.tgz", True),
        ("Contents.txt", False), ("public.xsd", False), ("__MACOSX/x.json", False),
        ("._x.json", False), ("gz", False),
    ],
)  # fmt: skip
def test_names_that_may_hold_records(name: str, whether: bool) -> None:
    assert may_hold_records(name) is whether
