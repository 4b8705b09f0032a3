from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.registry import formats
from equipoise.registry.versions import differences
from tests.exchange.real_records import records
from tests.registry.sample import record

READ_TOO = ("json", "legacy-xml", "upload-xml", "page")
NUMBER = "protocolSection.identificationModule.nctId"


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_record_is_written_in_each_format_and_read_in_those_that_can_be(name: str) -> None:
    data = formats.write(record(), name)
    assert data
    if name in READ_TOO:
        ((place, study),) = formats.read(data)
        assert place == ""
        assert study["protocolSection"]["identificationModule"]["briefTitle"] == (
            "Balm after hand surgery"
        )
    else:
        said = {"usdm": "is a USDM study, which is written here and not read",
                "fhir": "is a FHIR resource, which is written here and not read",
                "who": "is no study of the registry's API"}  # fmt: skip
        with pytest.raises(InputError, match=said[name]):
            formats.read(data)


def test_json_is_read_as_it_was_written() -> None:
    ((_, study),) = formats.read(formats.write(record(), "json"))
    assert study == record()


def test_a_study_may_have_fields_of_other_formats_names() -> None:
    data = json.dumps({**record(), "resourceType": "x"}).encode()
    assert formats.read(data)[0][1]["resourceType"] == "x"


def test_a_list_and_a_page_of_records() -> None:
    both = [record(), record()]
    for data in (both, {"studies": both, "nextPageToken": "x"}):
        found = formats.read(json.dumps(data).encode())
        assert [place for place, _ in found] == ["#0", "#1"]
        assert found[1][1] == record()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "none of the formats"),
        (b"hello", "none of the formats"),
        (b"[]", "holds no record"),
        (b"{}", "no study"),
        (b'{"protocolSection": 1}', "no study"),
        (b"[1]", "no study"),
        (b"<html></html>", "no XML of a record"),
        (b"<!-- <clinical_study> --><html/>", "no XML of a record"),
        (b"<", "no XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><clinical_study/>", "not allowed"),
    ],
)
def test_what_is_no_record_is_named(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        formats.read(data)


def test_there_is_no_other_format() -> None:
    with pytest.raises(InputError, match="there is no format 'pdf'"):
        formats.write(record(), "pdf")


def test_what_a_format_has_no_place_for_is_named() -> None:
    assert formats.left_out(record(), "json") == []
    page = formats.left_out(record(), "page")
    assert "protocolSection.outcomesModule.primaryOutcomes[].measure" in page
    assert "protocolSection.statusModule.startDateStruct.type" in page
    assert "protocolSection.statusModule.startDateStruct.date" not in page
    assert "resultsSection.moreInfoModule.certainAgreement.piSponsorEmployee" in page
    noted = {**record(), "equipoiseAnnotation": {"notes": ["x"]}}
    assert formats.left_out(noted, "page") == page
    assert "protocolSection.oversightModule" in formats.left_out(record(), "usdm")
    assert "protocolSection.referencesModule" not in formats.left_out(record(), "usdm")
    assert "resultsSection" in formats.left_out(record(), "fhir")
    assert "resultsSection" not in formats.left_out(record(results=False), "fhir")


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, each in inside:
        found.append((*way, key))
        if isinstance(each, dict | list):
            found += _places(each, (*way, key))
    return found


PLACES = _places(record())
ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 7, "x", [], {}, [1], [None], {"a": 1}, ["x"], [[]], [{}]]
)


@given(st.sampled_from(PLACES), ODD, st.sampled_from(list(formats.FORMATS)))
def test_a_field_of_another_shape_is_written_or_refused(
    way: tuple[Any, ...], odd: object, name: str
) -> None:
    study = record()
    place: Any = study
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = odd
    with suppress(InputError):
        formats.write(study, name)
        formats.left_out(study, name)


@given(st.sampled_from(READ_TOO), st.integers(0, 20_000), st.integers(0, 60), st.binary(max_size=3))
def test_a_torn_file_is_read_or_refused(name: str, at: int, length: int, put: bytes) -> None:
    data = formats.write(record(), name)
    at %= len(data)
    with suppress(InputError):
        formats.read(data[:at] + put + data[at + length :])


def test_real_records_are_written_in_every_format() -> None:
    for study in records(one_in=200):
        for name in formats.FORMATS:
            assert formats.write(study, name), name
            assert isinstance(formats.left_out(study, name), list)


def test_a_real_record_comes_back_from_xml() -> None:
    for study in records(one_in=400):
        ((_, back),) = formats.read(formats.write(study, "legacy-xml"))
        titles = [c for c in differences(study, back) if c.path.endswith("Title")]
        assert titles == []
