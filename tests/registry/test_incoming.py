from __future__ import annotations

import io
import json

import pytest

from equipoise.exchange import ctgov_json
from equipoise.registry import formats, incoming
from equipoise.registry.archives import Member
from equipoise.registry.incoming import Arrived, arrivals
from equipoise.registry.record import nct_id, title
from tests.registry.sample import put, record

STUDY = record(results=False)
LINE = json.dumps(STUDY).encode()
PRETTY = json.dumps(STUDY, indent=2).encode()


def read(data: bytes, name: str = "x.json") -> list[Arrived]:
    return list(arrivals(Member("", io.BytesIO(data), lambda: 0), name))


def told(data: bytes, name: str = "x.json") -> list[tuple[str, str]]:
    return [
        (each.member, str(nct_id(each.study)) if each.study else each.reason)
        for each in read(data, name)
    ]


def test_a_study_on_one_line_or_many() -> None:
    for data in (LINE, PRETTY, b"\xef\xbb\xbf" + PRETTY, b"\n\n  " + LINE + b"\n"):
        (arrived,) = read(data)
        assert arrived.study == STUDY


def test_a_page_and_a_list() -> None:
    page = b'{"totalCount": 2, "studies": [' + LINE + b",\n" + LINE + b"]}"
    numbers = [("study 1", "NCT00000001"), ("study 2", "NCT00000001")]
    assert [(where.removeprefix("line 1 "), n) for where, n in told(page)] == numbers
    assert told(b"[" + PRETTY + b", " + LINE + b"]") == numbers
    assert told(b"[]") == []


def test_a_list_of_any_length_gives_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "LARGEST_RECORD_BYTES", 2 * len(LINE))
    good = [(f"study {k}", "NCT00000001") for k in (1, 2, 3)]
    odd = [("study 4", "has no `protocolSection`, so is no API v2 study")]
    told_of = "cannot be read, nor what follows: "
    begun = b"[" + b",".join([LINE] * 3 + [b'{"a": 1}'])
    assert told(begun + b"]") == good + odd
    assert told(begun + b"," + LINE[:90])[4:] == [("study 5", f"{told_of}the list does not end")]
    assert told(begun + b",{]}," + LINE + b"]")[4:] == [
        ("study 5", f"{told_of}its brackets do not match")
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"hello", "is no JSON"),
        (b"\xff\xfe{", "is not UTF-8"),
        (PRETTY[:300], "is no JSON"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" * 1000, "does not end"),
        (b'[{"a"', "does not end"),
        (b'{"protocolSection": []}', "no `protocolSection`"),
        (b'{"protocolSection": {}, "a": NaN}', "JSON does not know"),
        (b'{"studies": [7]}', "no JSON object"),
        (b"<html></html>", "is no XML of a record"),
        (b"<clinical_study>", "is no XML"),
    ],
)
def test_what_is_no_record(data: bytes, reason: str) -> None:
    (arrived,) = read(data)
    assert arrived.study is None
    assert reason in arrived.reason


def test_the_former_xml() -> None:
    data = (
        b"<clinical_study><id_info><nct_id>NCT00000007</nct_id></id_info>"
        b"<brief_title>Balm</brief_title></clinical_study>"
    )
    (arrived,) = read(data, "x.xml")
    assert arrived.study
    assert nct_id(arrived.study) == "NCT00000007"


def test_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "LARGEST_RECORD_BYTES", 2 * len(PRETTY))
    assert len(read(LINE + b"\n" + LINE + b"\n" + LINE)) == 3
    long = b"{" + b" " * 3 * len(PRETTY) + b"}"
    assert "larger than" in read(long)[0].reason
    found = read(LINE + b"\n" + long + b"\n" + LINE)
    assert [each.reason[:14] for each in found] == ["", "is larger than"]


def test_a_stream_that_breaks_gives_what_came_before() -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            if self.tell() > len(LINE):
                raise EOFError("cut off")
            return super().readline(size)

    found = list(arrivals(Member("a.ndjson", Broken(LINE + b"\n" + LINE), lambda: 0), "x.tar"))
    assert found[0].study == STUDY
    assert found[1].member == "a.ndjson line 1"
    assert found[1].reason == "cannot be read after it: cut off"


def test_a_reader_that_fails_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> dict[str, object]:
        raise KeyError("odd")

    monkeypatch.setattr(ctgov_json, "read", fail)
    assert read(LINE)[0].reason == "cannot be understood: KeyError: 'odd'"


def test_a_fault_of_the_archive_is_passed_on() -> None:
    (arrived,) = arrivals(Member("x.json", io.BytesIO(), lambda: 0, "is locked"), "x.zip")
    assert arrived == Arrived("x.json", None, "is locked")


@pytest.mark.parametrize("name", ["legacy-xml", "upload-xml", "page", "json"])
def test_every_format_that_is_read_is_taken(name: str) -> None:
    (arrived,) = read(formats.write(record(), name), "anything.xml")
    assert arrived.study is not None
    assert title(arrived.study) == "Balm after hand surgery"


def test_a_page_whose_title_begins_with_a_bracket_is_no_list() -> None:
    study = record()
    put(study, "protocolSection.identificationModule.briefTitle", "[Balm] after hand surgery")
    (arrived,) = read(formats.write(study, "page"), "page.txt")
    assert arrived.study is not None
    assert title(arrived.study) == "[Balm] after hand surgery"


def test_a_torn_page_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    page = formats.write(record(), "page")
    monkeypatch.setattr(incoming, "LARGEST_RECORD_BYTES", len(page) - 1)
    (arrived,) = read(page, "page.txt")
    assert "is larger than" in arrived.reason
